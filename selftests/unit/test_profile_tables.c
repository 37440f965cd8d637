// SPDX-License-Identifier: GPL-3.0-or-later
/* What stands in a profile's tables: each changed through the writer, which makes the digest right, so that only the
 * families' own checks are left to refuse it. */
#include "math/quant.h"
#include "profilecheck.h"

#define FLOWS 60

static __u8 *good;
static size_t good_len;

/* Element i of a tensor becomes v. */
static void poke(struct fosr_tensor *t, __u64 i, __u64 v)
{
	memcpy((__u8 *)t->data + i * t->dtype, &v, t->dtype);
}

static __u64 peek(const struct fosr_tensor *t, __u64 i)
{
	__u64 v = 0;

	memcpy(&v, (const __u8 *)t->data + i * t->dtype, t->dtype);
	return v;
}

/* The profile with its tensors in memory of their own. */
static void open_set(struct fosr_tensors *set, json_t **meta)
{
	__u8 digest[FOSR_DIGEST_LEN];
	struct fosr_err err = {0};

	*set = (struct fosr_tensors){0};
	if (fosr_st_read(good, good_len, set, meta, digest, &err))
		abort();
	for (size_t i = 0; i < set->list.n; i++) {
		struct fosr_tensor *t = &set->list.v[i];
		size_t bytes = fosr_tensor_count(t) * t->dtype;

		t->owned = malloc(bytes + 8);
		memcpy(t->owned, t->data, bytes);
		t->data = t->owned;
	}
}

static struct fosr_tensor *of(struct fosr_tensors *set, const char *name)
{
	struct fosr_tensor *t = (struct fosr_tensor *)fosr_tensors_find(set, name);

	if (!t)
		abort();
	return t;
}

/* words NULL: the change is a legal one. */
static void expect_tables(void (*change)(struct fosr_tensors *set), const char *words, const char *what)
{
	struct fosr_tensors set;
	struct fosr_err err = {0};
	size_t len = 0;
	json_t *meta;
	void *file;

	open_set(&set, &meta);
	change(&set);
	if (fosr_st_write(&set, meta, &file, &len, &err))
		abort();
	if (words)
		expect_refused(file, len, words, what);
	else
		ok(accepted(file, len), "%s", what);
	free(file);
	json_decref(meta);
	fosr_tensors_free(&set);
}

enum { SERVICES = 3, PAIRS = FOSR_ROLES * FOSR_ROLES };

/* One element, ALL of them, or the LAST, of one tensor. */
#define ALL UINT64_MAX
#define LAST (UINT64_MAX - 1)

static const struct edit {
	const char *tensor;
	__u64 at, value;
	const char *words;
} edits[] = {
	{"arrivals.rate_q32", ALL, 0, "all zero"},
	{"arrivals.rate_q32", 5, (1ULL << 55) + 1, "arrivals.rate_q32[5]"},
	{"arrivals.rate_q32", LAST, UINT64_MAX, "the limit is 8388608"},
	{"flows.hour", ALL, 0, "flows.hour is all zero"},
	{"flows.roles", ALL, 0, "no roles or no end state"},
	{"flows.end", ALL, 0, "no roles or no end state"},
	{"flows.port_first", 0, 1, "flows.port_first does not span"},
	{"flows.port_first", LAST, 2, "flows.port_first"},
	{"flows.port_first", LAST, UINT32_MAX, "flows.port_first does not span"},
	{"flows.port_first", 1, UINT32_MAX, "flows.port_first decreases at row 1"},
	{"flows.port_first", 1, 0, "service http has no port"},
	{"flows.port_weight", 1, 0, "flows.port_weight[1] is zero"},
	{"flows.shape_first", 0, 9, "flows.shape_first"},
	{"flows.shape_first", 7, UINT32_MAX, "flows.shape_first decreases at row 7"},
	{"flows.shape_first", LAST, UINT32_MAX, "flows.shape_first does not span"},
	{"flows.shape_weight", 0, 0, "flows.shape_weight[0] is zero"},
	{"flows.shape_cell", 0, 200, "flows.shape_cell[0] is out of range"},
	{"flows.shape_cell", 1, 255, "flows.shape_cell[0] is out of range"},
	{"flows.shape_cell", 6, 16, "flows.shape_cell[1] is out of range"},
	{"flows.shape_cell", LAST, 16, "is out of range"},
	{"steps.first", 0, 1, "steps.first does not span"},
	{"steps.first", LAST, 0, "steps.first does not span"},
	{"steps.first", 1, 0, "steps.first[0] does not increase"},
	{"steps.first", 1, UINT32_MAX, "steps.first[0] does not increase"},
	{"steps.first", 2, 0, "steps.first[1] does not increase"},
	{"steps.weight", ALL, 0, "context 0 does not make a distribution"},
	{"steps.action", 0, FOSR_ACTION_START, "transition 0 is out of range"},
	{"steps.action", 1, 0xffff, "transition 1 is out of range"},
	{"steps.action", 0, FOSR_SIZE_CLASSES, "transition 0 is out of range"},
	{"steps.gap", LAST, 1000000, "is out of range"},
	{"steps.size", 0, UINT32_MAX, "transition 0 is out of range"},
	{"steps.gap_table", FOSR_QUANTS, 1ULL << 62, "steps.gap_table[0] is not a quantile table"},
	{"steps.gap_table", 0, UINT64_MAX, "steps.gap_table[0] is not a quantile table"},
	{"steps.gap_table", FOSR_QUANTS + 1, UINT64_MAX / 4, "steps.gap_table[1] is not a quantile table"},
	{"steps.size_table", LAST, 0, "is not a quantile table"},
	{"steps.size_table", ALL, 0, "sizes of another class"},
	{"steps.size_table", ALL, 1500, "sizes of another class"},
	/* Odd, but sound. */
	{"arrivals.rate_q32", ALL, 1ULL << 55, NULL},
	{"arrivals.rate_q32", 0, 0, NULL},
	{"flows.hour", ALL, UINT32_MAX, NULL},
	{"flows.hour", 0, 0, NULL},
	{"flows.port", ALL, 0, NULL},
	{"flows.port_weight", ALL, UINT32_MAX, NULL},
	{"flows.shape_weight", ALL, UINT32_MAX, NULL},
	{"flows.shape_cell", ALL, 0, NULL},
	{"steps.weight", ALL, UINT32_MAX, NULL},
	{"steps.context", ALL, 0, NULL},
	{"steps.gap", ALL, 0, NULL},
	{"steps.gap_table", ALL, (1ULL << 62) - 1, NULL},
};

static const struct edit *edit_now;

static void change_edit(struct fosr_tensors *set)
{
	struct fosr_tensor *t = of(set, edit_now->tensor);
	__u64 n = fosr_tensor_count(t);

	if (edit_now->at == ALL)
		for (__u64 i = 0; i < n; i++)
			poke(t, i, edit_now->value);
	else
		poke(t, edit_now->at == LAST ? n - 1 : edit_now->at, edit_now->value);
}

static void test_edits(void)
{
	char what[128], at[24];

	for (size_t i = 0; i < FOSR_ARRAY_SIZE(edits); i++) {
		edit_now = &edits[i];
		snprintf(at, sizeof(at),
			edits[i].at == ALL	      ? "all"
				: edits[i].at == LAST ? "last"
						      : "%llu",
			edits[i].at);
		snprintf(what, sizeof(what), "%s[%s] = %llu%s", edits[i].tensor, at, edits[i].value,
			edits[i].words ? "" : " is sound");
		expect_tables(change_edit, edits[i].words, what);
	}
}

static void change_nothing(struct fosr_tensors *set)
{
}

/* dns is used at no hour of the day. */
static void change_hours(struct fosr_tensors *set)
{
	for (__u64 h = 0; h < 24; h++)
		poke(of(set, "flows.hour"), h * SERVICES + 1, 0);
}

static void change_roles(struct fosr_tensors *set)
{
	for (__u64 r = 0; r < PAIRS; r++)
		poke(of(set, "flows.roles"), 1 * PAIRS + r, 0);
}

/* http to hosts has roles, and then no way to end. */
static void change_ends(struct fosr_tensors *set)
{
	for (__u64 e = 0; e < FOSR_END_STATES; e++)
		poke(of(set, "flows.end"), e, 0);
}

/* mdns has a group among its roles, and then no way to end there. */
static void change_group_ends(struct fosr_tensors *set)
{
	for (__u64 e = 0; e < FOSR_END_STATES; e++)
		poke(of(set, "flows.end"), 5 * FOSR_END_STATES + e, 0);
}

static void change_udp_reset(struct fosr_tensors *set)
{
	poke(of(set, "flows.end"), 2 * FOSR_END_STATES + FOSR_RSTO, 1);
}

static void change_group_answers(struct fosr_tensors *set)
{
	poke(of(set, "flows.end"), 5 * FOSR_END_STATES + FOSR_SF, 1);
}

/* An end state that was never seen, of which no protocol has a shape. */
static void change_no_shape(struct fosr_tensors *set)
{
	poke(of(set, "flows.end"), FOSR_SHR, 1);
}

/* The row of SF of all TCP services goes to the row behind. */
static void change_pool_row(struct fosr_tensors *set)
{
	struct fosr_tensor *first = of(set, "flows.shape_first");
	__u64 row_sf = SERVICES * FOSR_END_STATES + FOSR_SF;

	poke(first, row_sf + 1, peek(first, row_sf));
}

static void change_fewer_shapes(struct fosr_tensors *set)
{
	of(set, "flows.shape_cell")->shape[0]--;
}

static void change_fewer_rows(struct fosr_tensors *set)
{
	of(set, "flows.shape_first")->shape[0]--;
}

static void change_fewer_transitions(struct fosr_tensors *set)
{
	of(set, "steps.gap")->shape[0]--;
}

static void change_fewer_contexts(struct fosr_tensors *set)
{
	of(set, "steps.context")->shape[0]--;
}

static void change_one_table(struct fosr_tensors *set)
{
	of(set, "steps.gap_table")->shape[0] = 1;
}

static void change_no_tables(struct fosr_tensors *set)
{
	of(set, "steps.size_table")->shape[0] = 0;
}

static void change_narrow_tables(struct fosr_tensors *set)
{
	of(set, "steps.gap_table")->shape[1] = FOSR_QUANTS;
}

static void change_no_bins(struct fosr_tensors *set)
{
	of(set, "arrivals.rate_q32")->shape[0] = 0;
}

/* No contexts at all: the tracker alone decides. */
static void change_no_contexts(struct fosr_tensors *set)
{
	static const char *const empty[] = {"steps.context", "steps.action", "steps.weight", "steps.gap", "steps.size"};

	for (size_t i = 0; i < FOSR_ARRAY_SIZE(empty); i++)
		of(set, empty[i])->shape[0] = 0;
	of(set, "steps.first")->shape[0] = 1;
}

/* Contexts, but no transitions for them. */
static void change_no_transitions(struct fosr_tensors *set)
{
	change_no_contexts(set);
	of(set, "steps.context")->shape[0] = 1;
	of(set, "steps.first")->shape[0] = 2;
	poke(of(set, "steps.first"), 1, 0);
}

static void test_tables(void)
{
	expect_tables(change_nothing, NULL, "written again unchanged: read");
	expect_tables(change_hours, "flows.hour is all zero for service dns", "a service that no hour has");
	expect_tables(change_roles, "service dns has no roles", "a service without roles");
	expect_tables(change_ends, "service http has no roles or no end state", "roles without an end state");
	expect_tables(change_group_ends, "service mdns has no roles or no end state", "a group without an end state");
	expect_tables(change_udp_reset, "service dns cannot end in RSTO", "a reset of UDP");
	expect_tables(change_group_answers, "service mdns cannot end in SF with a group", "a group that answers");
	expect_tables(change_no_shape, "no shape for service http ending in SHR", "an end state without a shape");
	expect_tables(change_pool_row, "no shape for service http ending in SF", "a protocol without shapes");
	expect_tables(change_fewer_shapes, "flows.shape_cell", "fewer shapes than weights");
	expect_tables(change_fewer_rows, "flows.shape_first", "fewer rows of shapes than services have");
	expect_tables(change_fewer_transitions, "steps.gap", "fewer gaps than actions");
	expect_tables(change_fewer_contexts, "steps.first", "fewer contexts than rows");
	expect_tables(change_one_table, "1 tables, the protocols' own are missing", "one gap table");
	expect_tables(change_no_tables, "0 tables, the protocols' own are missing", "no size table");
	expect_tables(change_narrow_tables, "expected U64[any,65]", "gap tables of 64 knots");
	expect_tables(change_no_bins, "expected U64[672]", "no rates");
	expect_tables(change_no_contexts, NULL, "no contexts at all is sound");
	expect_tables(change_no_transitions, "steps.first[0] does not increase", "contexts without transitions");
}

int main(void)
{
	good = kit_profile(FLOWS, &good_len);
	test_edits();
	test_tables();
	free(good);
	return done();
}

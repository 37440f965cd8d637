// SPDX-License-Identifier: GPL-3.0-or-later
/* What stands in a profile's tables: each changed through the writer, which makes the digest right, so that only the
 * families' own checks are left to refuse it. */
#include "math/quant.h"
#include "model/bn.h"
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

/* Parent i of variable v. */
#define P(v, i) ((v)*FOSR_BN_PARENTS + (i))

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
	{"flows.parent", 0, FOSR_BN_WEEKEND, "hour cannot depend on variable 1"},
	{"flows.parent", P(FOSR_BN_SERVICE, 0), FOSR_BN_END, "service cannot depend on variable 6"},
	{"flows.parent", P(FOSR_BN_SERVICE, 0), FOSR_BN_L4, "service cannot depend on variable 3"},
	{"flows.parent", P(FOSR_BN_END, 0), FOSR_BN_VARS, "end state cannot depend on variable 12"},
	{"flows.parent", P(FOSR_BN_END, 0), FOSR_BN_END, "end state cannot depend on variable 6"},
	{"flows.parent", P(FOSR_BN_END, 0), FOSR_BN_PACKETS_FWD, "end state cannot depend on variable 7"},
	{"flows.parent", P(FOSR_BN_END, 0), FOSR_BN_NONE, "end state has the wrong first parent"},
	{"flows.parent", P(FOSR_BN_PORT, 0), FOSR_BN_L4, "port has the wrong first parent"},
	{"flows.parent", P(FOSR_BN_ROLES, 0), FOSR_BN_HOUR, "roles has the wrong first parent"},
	{"flows.parent", P(FOSR_BN_ROLES, 1), FOSR_BN_SERVICE, "roles depends on service twice"},
	{"flows.states", FOSR_BN_SERVICE, 4, "service has 4, expected 3"},
	{"flows.states", FOSR_BN_PORT, 0, "port has 0, expected 1 to 4096"},
	{"flows.states", FOSR_BN_PORT, 4097, "port has 4097, expected 1 to 4096"},
	{"flows.states", FOSR_BN_PORT, 4, "port has no value for category 3"},
	{"flows.row", 0, UINT64_MAX, "flows.row[0] is of no variable"},
	{"flows.row", 0, 0, "flows.row[0] is of no variable"},
	{"flows.row", 0, (2ULL << 56) + 1000, "flows.row[0] is out of range or order"},
	{"flows.row", 1, 2ULL << 56, "flows.row[1] is out of range or order"},
	{"flows.first", 0, 1, "flows.first does not span"},
	{"flows.first", LAST, UINT32_MAX, "flows.first does not span"},
	{"flows.first", 1, 0, "flows.first[0] does not increase"},
	{"flows.first", 1, UINT32_MAX, "out of range or order"},
	{"flows.state", 0, 3, "flows.state[0], weight: out of range or order"},
	{"flows.state", 1, 0, "flows.state[1], weight: out of range or order"},
	{"flows.weight", 1, 0, "flows.state[1], weight: out of range or order"},
	{"flows.piece_state", 0, 0, "flows.piece_state[0] is out of range or order"},
	{"flows.piece_state", 0, UINT32_MAX, "flows.piece_state[0] is out of range or order"},
	{"flows.piece_state", LAST, 0, "is out of range or order"},
	{"flows.piece", 0, 65536, "flows.piece[0] is out of range"},
	{"flows.piece", 1, 65536, "flows.piece[0] is out of range"},
	{"flows.piece", 2, 0, "flows.piece[0] is out of range"},
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
	{"flows.prior", ALL, UINT32_MAX, NULL},
	{"flows.prior", ALL, 0, NULL},
	{"flows.weight", ALL, UINT32_MAX, NULL},
	{"flows.piece", 0, 0, NULL},
	{"flows.piece", 1, 65535, NULL},
	{"flows.piece", LAST, UINT32_MAX, NULL},
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

/* The first number of the first row of a variable. */
static __u64 number_of(struct fosr_tensors *set, int v)
{
	const struct fosr_tensor *row = of(set, "flows.row");
	__u64 r = 0;

	while (peek(row, r) >> 56 != (__u64)v)
		r++;
	return peek(of(set, "flows.first"), r);
}

/* A group would open the flow. */
static void change_group_opens(struct fosr_tensors *set)
{
	poke(of(set, "flows.state"), number_of(set, FOSR_BN_ROLES), FOSR_ROLE_GROUP * FOSR_ROLES);
}

/* The last row of end states is of UDP, and of a service that is only seen to go to a group if it is the last one. */
static void change_udp_reset(struct fosr_tensors *set)
{
	poke(of(set, "flows.state"), number_of(set, FOSR_BN_PACKETS_FWD) - 1, FOSR_RSTO);
}

static void change_end_range(struct fosr_tensors *set)
{
	poke(of(set, "flows.state"), number_of(set, FOSR_BN_END), FOSR_END_STATES);
}

static void change_cycle(struct fosr_tensors *set)
{
	poke(of(set, "flows.parent"), P(FOSR_BN_PACKETS_FWD, 1), FOSR_BN_PACKETS_BWD);
	poke(of(set, "flows.parent"), P(FOSR_BN_PACKETS_FWD, 2), FOSR_BN_NONE);
	poke(of(set, "flows.parent"), P(FOSR_BN_PACKETS_BWD, 1), FOSR_BN_PACKETS_FWD);
	poke(of(set, "flows.parent"), P(FOSR_BN_PACKETS_BWD, 2), FOSR_BN_NONE);
}

static void change_fewer_pieces(struct fosr_tensors *set)
{
	of(set, "flows.piece")->shape[0]--;
}

static void change_fewer_states(struct fosr_tensors *set)
{
	of(set, "flows.state")->shape[0]--;
}

static void change_fewer_rows(struct fosr_tensors *set)
{
	of(set, "flows.row")->shape[0]--;
}

static void change_no_rows(struct fosr_tensors *set)
{
	of(set, "flows.row")->shape[0] = 0;
	of(set, "flows.first")->shape[0] = 1;
	of(set, "flows.state")->shape[0] = 0;
	of(set, "flows.weight")->shape[0] = 0;
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
	expect_tables(change_group_opens, "a group opens no flow", "a group that opens flows");
	expect_tables(change_udp_reset, "cannot end in RSTO", "a reset of UDP");
	expect_tables(change_end_range, "out of range or order", "an end state that there is not");
	expect_tables(change_cycle, "flows.parent has a cycle", "packets that depend on each other");
	expect_tables(change_fewer_pieces, "flows.piece", "fewer pieces than categories of them");
	expect_tables(change_fewer_states, "flows.weight", "fewer states than weights");
	expect_tables(change_fewer_rows, "flows.first", "fewer rows than there are beginnings");
	expect_tables(change_no_rows, "service http has no service", "no rows at all");
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

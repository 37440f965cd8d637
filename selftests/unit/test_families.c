// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * What each family of models gives, for good: a small profile is learned by it from made-up flows, and a SHA-256 pins
 * what the stage's hooks then draw. One line per family and stage that it serves; a family without one fails, by name.
 *
 * A digest changes with the family's learning, its tensors' meaning and its drawing, but with no other family and with
 * no profile that comes with the program (those are in test_craft.c). If a change is meant, run this test: the digests
 * that it found stand in its output. Put them here, and say so in CHANGELOG.md.
 */
#include <string.h>

#include "base/fixed.h"
#include "profilekit.h"
#include "tap.h"

static const struct golden {
	const char *family;
	enum fosr_model_stage stage;
	const char *digest;
} goldens[] = {
	{"hist", FOSR_ARRIVALS, "0abae1e79ae1ff7f2cf8030aee88dbc9b1f63b1bb7878edc471eb0fa27688a9a"},
	{"bn", FOSR_FLOWS, "b827cf76242dfe5228bbecf7121e24ae0abd660b3d44480252d287c518104b8b"},
	{"markov", FOSR_STEPS, "54a0ce7035f7fc58b47f5fcd819b91a15843913d8f4b2b7e9404982f3b8936bd"},
	{"tadam", FOSR_STEPS, "5104057ba7a7b531680772351e487e88c37f7b4c60be246cf3549dfb00c831bb"},
};

#define LEARNED 600 /* flows */
#define KEY 20250106
#define MONDAY_NS (1736121600ULL * FOSR_NS_PER_S) /* 2025-01-06, midnight UTC: the begin of a window */
#define DAY_NS (86400 * FOSR_NS_PER_S)

/* What a stage drew: its digest, and how many items. */
struct drawn {
	struct fosr_digest *sum;
	__u64 n;
};

static void add(struct drawn *d, __u64 v)
{
	__u8 b[8];

	for (int i = 0; i < 8; i++)
		b[i] = (__u8)(v >> 8 * i);
	fosr_digest_add(d->sum, b, sizeof(b));
}

/* The starts of a day, at the rate learned and at a third of it. */
static void draw_arrivals(const struct fosr_profile *p, __u64 key, struct drawn *d)
{
	const struct fosr_model *m = &p->model[FOSR_ARRIVALS];

	add(d, m->ops->per_day_q16(m));
	for (__u64 i = 0; i < DAY_NS / FOSR_WINDOW_NS; i++) {
		__u64 window = MONDAY_NS / FOSR_WINDOW_NS + i;
		struct fosr_arrivals a = {
			.rng = fosr_rng(key, window, FOSR_STAGE_ARRIVALS, 0),
			.window = window,
			.scale_q32 = i % 2 ? FOSR_Q32 : FOSR_Q32 / 3,
		};

		for (; m->ops->next_start(m, &a); d->n++)
			add(d, a.start_ns);
	}
}

/* Flows all over a day; every other one on a network that has the first service for one pair of roles less, and not
 * the second. */
static void draw_flows(const struct fosr_profile *p, __u64 key, struct drawn *d)
{
	const struct fosr_model *m = &p->model[FOSR_FLOWS];
	__u16 pairs[FOSR_SERVICES_MAX];
	const struct fosr_flow_limits limits = {.pairs = pairs};

	memset(pairs, 0xff, sizeof(pairs));
	pairs[0] &= (__u16) ~(1u << (FOSR_ROLE_USER * FOSR_ROLES + FOSR_ROLE_SERVER));
	pairs[1] = 0;
	for (__u64 i = 0; i < 4000; i++, d->n++) {
		struct fosr_rng r = fosr_rng(key, i, FOSR_STAGE_FLOW, 0);
		struct fosr_flow f = {.id = i, .start_ns = MONDAY_NS + DAY_NS / 4000 * i};

		add(d, m->ops->draw_flow(m, &r, i % 2 ? &limits : NULL, f.start_ns, &f));
		add(d, (__u64)f.service << 32 | (__u64)f.l4 << 16 | (__u64)f.roles << 8 | f.end_state);
		add(d, (__u64)f.packets[0] << 32 | f.packets[1]);
		add(d,
			(__u64)f.end[1].port << 32 | (__u64)f.bytes_class[0] << 16 | (__u64)f.bytes_class[1] << 8 |
				f.duration_class);
	}
}

static void walk(const struct fosr_model *m, __u64 key, struct fosr_flow *f, struct drawn *d)
{
	struct fosr_walk w;

	fosr_flow_settle(f);
	if (m->ops->settle)
		m->ops->settle(m, f);
	add(d, (__u64)f->packets[0] << 32 | f->packets[1]);
	fosr_walk_begin(&w, f);
	for (; fosr_walk_more(&w); d->n++) {
		struct fosr_rng r = fosr_rng(key, f->id, FOSR_STAGE_STEP, w.step);
		struct fosr_step s = {0};

		m->ops->next_step(m, &r, &w, &s);
		add(d, s.gap_ns);
		add(d, (__u64)s.payload << 32 | (__u64)s.dir << 24 | (__u64)s.flags << 16 | s.len);
	}
}

/* Flows of each service to each end, few of which anybody learned. */
static void draw_steps(const struct fosr_profile *p, __u64 key, struct drawn *d)
{
	const struct fosr_model *m = &p->model[FOSR_STEPS];
	struct fosr_rng r = fosr_rng(key, 0, FOSR_STAGE_REPORT, 0);
	__u64 id = 0;

	for (size_t s = 0; s < p->services.list.n; s++)
		for (__u8 end = 0; end < FOSR_END_STATES; end++)
			for (__u32 k = 0; k < 16 && fosr_end_state_fits(end, p->services.list.v[s].l4); k++) {
				struct fosr_flow f = {.id = id,
					.service = (__u16)s,
					.l4 = p->services.list.v[s].l4,
					.end_state = end,
					.bytes_class = {(__u8)(k / 4), (__u8)(k % 4)},
					.duration_class = (__u8)k};

				f.packets[0] = fosr_rng_below(&r, 2 + k * k / 4);
				f.packets[1] = fosr_rng_below(&r, 2 + k * k / 4);
				id++;
				walk(m, key, &f, d);
			}
}

/* With the stage's model by that family; *buf has to outlive it. */
static struct fosr_profile *learn(const char *family, enum fosr_model_stage stage, void **buf)
{
	struct fosr_profile_spec spec = {.name = "golden", .family = {"hist", "bn", "markov"}};
	struct fosr_err err = {0};
	struct fosr_profile *p;
	size_t len;

	spec.family[stage] = family;
	*buf = kit_profile_of(&spec, LEARNED, &len);
	if (fosr_profile_from(*buf, len, family, &p, &err)) {
		printf("Bail out! %s\n", err.text);
		exit(1);
	}
	return p;
}

/* In hex; returns how many items it is of. */
static __u64 digest_of(const struct fosr_profile *p, enum fosr_model_stage stage, __u64 key, char hex[FOSR_DIGEST_HEX])
{
	static void (*const draw[])(const struct fosr_profile *p, __u64 key, struct drawn *d) = {
		[FOSR_ARRIVALS] = draw_arrivals, [FOSR_FLOWS] = draw_flows, [FOSR_STEPS] = draw_steps};
	struct drawn d = {.sum = fosr_digest_new()};
	__u8 digest[FOSR_DIGEST_LEN];

	draw[stage](p, key, &d);
	fosr_digest_end(d.sum, digest);
	fosr_digest_hex(digest, hex);
	return d.n;
}

static const struct golden *golden_of(const char *family, enum fosr_model_stage stage)
{
	for (size_t i = 0; i < FOSR_ARRAY_SIZE(goldens); i++)
		if (!strcmp(goldens[i].family, family) && goldens[i].stage == stage)
			return &goldens[i];
	return NULL;
}

static void test_family(const char *family, enum fosr_model_stage stage)
{
	const struct golden *g = golden_of(family, stage);
	static const char *const symbol[] = {"FOSR_ARRIVALS", "FOSR_FLOWS", "FOSR_STEPS"};
	const char *what = fosr_model_stage_name[stage];
	char found[FOSR_DIGEST_HEX], other[FOSR_DIGEST_HEX];
	void *buf;
	struct fosr_profile *p = learn(family, stage, &buf);
	__u64 n = digest_of(p, stage, KEY, found);

	ok(n > 500, "%s, %s: %llu items are drawn", family, what, n);
	if (g)
		ok(!strcmp(g->digest, found), "%s, %s: they are what they have always been", family, what);
	else
		ok(0, "%s, %s: the family has no line in goldens[] of %s", family, what, __FILE__);
	printf("# found {\"%s\", %s, \"%s\"},\n", family, symbol[stage], found);
	digest_of(p, stage, KEY + 1, other);
	ok(strcmp(found, other), "%s, %s: another key, another digest", family, what);
	fosr_profile_free(p);
	free(buf);
}

int main(void)
{
	const struct fosr_model_ops *ops;

	for (size_t i = 0; (ops = fosr_model_family(i)); i++)
		for (enum fosr_model_stage stage = 0; stage < FOSR_MODEL_STAGES; stage++)
			if (ops->serves[stage])
				test_family(ops->name, stage);
	for (size_t i = 0; i < FOSR_ARRAY_SIZE(goldens); i++)
		ok(fosr_model_find(goldens[i].family, goldens[i].stage), "%s, %s: is a family", goldens[i].family,
			fosr_model_stage_name[goldens[i].stage]);
	ok(!golden_of("hist", FOSR_STEPS) && !golden_of("none", FOSR_STEPS),
		"a line is found by family and stage, not by one of them");
	return done();
}

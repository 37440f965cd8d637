// SPDX-License-Identifier: GPL-3.0-or-later
/* The model families on the profiles that come with the program: run from the root of the repository. */
#include <linux/in.h>
#include <string.h>
#include <unistd.h>

#include "base/fixed.h"
#include "base/mix.h"
#include "profile/profile.h"
#include "tap.h"

#define FLOWS 20000
#define MONDAY_NS (1736121600ULL * FOSR_NS_PER_S) /* 2025-01-06, midnight UTC: the begin of a window */
#define WINDOWS (86400 * FOSR_NS_PER_S / FOSR_WINDOW_NS)

static const char *name;
static struct fosr_profile *p;

/* Flow i as a campaign draws it: a function of (key, i), its start and the limits. */
static bool draw(__u64 key, __u64 i, const struct fosr_flow_limits *limits, struct fosr_flow *f)
{
	const struct fosr_model *m = &p->model[FOSR_FLOWS];
	struct fosr_rng r = fosr_rng(key, i, FOSR_STAGE_FLOW, 0);

	memset(f, 0, sizeof(*f));
	f->id = i;
	f->start_ns = MONDAY_NS + i * 4 * FOSR_NS_PER_S;
	return m->ops->draw_flow(m, &r, limits, f->start_ns, f);
}

/* What a flow's record may hold. */
static bool sane(const struct fosr_flow *f)
{
	__u32 least[2];
	bool answer;

	if (f->service >= p->services.list.n || f->l4 != p->services.list.v[f->service].l4 ||
		f->roles >= FOSR_ROLES * FOSR_ROLES || f->roles / FOSR_ROLES == FOSR_ROLE_GROUP ||
		!fosr_end_state_fits(f->end_state, f->l4) || f->bytes_class[0] > 15 || f->bytes_class[1] > 15)
		return false;
	fosr_end_state_least(f->end_state, f->l4, least, &answer);
	if (f->packets[0] < least[0] || f->packets[1] < least[1] || (!answer && f->packets[1]))
		return false;
	return !fosr_flow_to_group(f->roles) || !f->packets[1];
}

/* Walks f to its end with a tracker of our own. NULL, or what went wrong. */
static const char *walk(const struct fosr_flow *f, __u64 key, __u64 *steps, __u64 *digest)
{
	const struct fosr_model *m = &p->model[FOSR_STEPS];
	struct fosr_track t = {.l4 = f->l4};
	__u32 sent[2] = {0};
	struct fosr_walk w;

	fosr_walk_begin(&w, f);
	while (fosr_walk_more(&w)) {
		struct fosr_rng r = fosr_rng(key, f->id, FOSR_STAGE_STEP, w.step);
		__u32 index = w.step, left[2] = {w.left[0], w.left[1]};
		struct fosr_step s;

		memset(&s, 0xa5, sizeof(s));
		m->ops->next_step(m, &r, &w, &s);
		if (s.dir > FOSR_BWD || !left[s.dir])
			return "a packet by an end that has none left";
		if (w.left[s.dir] != left[s.dir] - 1 || w.left[!s.dir] != left[!s.dir] || w.step != index + 1)
			return "the walk's counts are wrong";
		if (!index && s.gap_ns)
			return "a gap before the first packet";
		if (s.gap_ns >> 62)
			return "a gap of a century";
		if (f->l4 == IPPROTO_UDP ? s.flags : !s.flags || (s.flags & (FOSR_TCP_SYN | FOSR_TCP_RST) && s.len))
			return "flags or payload that do not belong there";
		if (!fosr_track_allows(&t, f->end_state, s.dir, s.flags, s.len, left[s.dir]))
			return "a packet that the tracker forbids";
		fosr_track_feed(&t, s.dir, s.flags);
		sent[s.dir]++;
		*digest =
			fosr_mix64(*digest ^ s.gap_ns ^ (__u64)s.len << 32 ^ (__u64)s.dir << 48 ^ (__u64)s.flags << 50);
		++*steps;
	}
	if (sent[0] != f->packets[0] || sent[1] != f->packets[1])
		return "not the packets that the flow has";
	if (fosr_track_state(&t) != f->end_state)
		return "not the end state that the flow has";
	return NULL;
}

static void test_walks(void)
{
	__u64 steps = 0, digest = 0, udp_s0 = 0;
	const char *bad = NULL;
	struct fosr_flow f;
	__u64 i;

	for (i = 0; i < FLOWS && !bad; i++) {
		if (!draw(1, i, NULL, &f))
			bad = "no flow was drawn";
		else if (!sane(&f))
			bad = "a flow that cannot be";
		else
			bad = walk(&f, 1, &steps, &digest);
		if (!bad && f.l4 == IPPROTO_UDP && f.end_state == FOSR_S0) {
			udp_s0++;
			bad = f.packets[1] ? "an answer in an S0 flow of UDP" : NULL;
		}
	}
	ok(!bad, "%s: %llu flows of %llu packets walk to their ends%s%s", name, i, steps, bad ? ": " : "",
		bad ? bad : "");
	ok(udp_s0, "%s: %llu of them UDP without an answer", name, udp_s0);
}

/* Flows that nobody learned: any end state and any counts, for each service. */
static void test_unseen(void)
{
	struct fosr_rng r = fosr_rng(2, 2, FOSR_STAGE_REPORT, 0);
	__u64 steps = 0, digest = 0, n = 0;
	const char *bad = NULL;

	for (size_t s = 0; s < p->services.list.n && !bad; s++)
		for (__u8 end = 0; end < FOSR_END_STATES && !bad; end++)
			for (int k = 0; k < 4 && !bad; k++) {
				struct fosr_flow f = {.id = n++,
					.service = (__u16)s,
					.l4 = p->services.list.v[s].l4,
					.end_state = end,
					.packets = {fosr_rng_below(&r, 40), fosr_rng_below(&r, 40)},
					.bytes_class = {(__u8)fosr_rng_below(&r, 16), (__u8)fosr_rng_below(&r, 16)}};

				if (!fosr_end_state_fits(end, f.l4))
					continue;
				fosr_flow_settle(&f);
				bad = walk(&f, 3, &steps, &digest);
				if (bad)
					printf("# %s ending in %s, %u + %u packets\n", p->services.list.v[s].name,
						fosr_end_state_name[end], f.packets[0], f.packets[1]);
			}
	ok(!bad, "%s: flows of no kind that was learned walk to their ends as well%s%s", name, bad ? ": " : "",
		bad ? bad : "");
}

static void test_limits(void)
{
	__u16 *pairs = calloc(p->services.list.n, sizeof(*pairs));
	const struct fosr_flow_limits limits = {.pairs = pairs};
	struct fosr_rng r = fosr_rng(4, 4, FOSR_STAGE_REPORT, 0);
	bool all = true, sound = true;
	struct fosr_flow f;
	__u64 drawn = 0;

	ok(!draw(5, 1, &limits, &f), "%s: a network that serves nothing gets no flow", name);
	for (int round = 0; round < 40; round++) {
		/* From few services with few role pairs to nearly all. */
		for (size_t s = 0; s < p->services.list.n; s++)
			pairs[s] = fosr_rng_below(&r, 40) <= (__u32)round
				? (__u16)fosr_rng_u32(&r) & (__u16)fosr_rng_u32(&r) & 0x0fff
				: 0;
		for (__u64 i = 0; i < 500; i++) {
			if (!draw(5, i, &limits, &f))
				continue;
			drawn++;
			all &= pairs[f.service] >> f.roles & 1;
			sound &= sane(&f);
		}
	}
	ok(all && drawn > 1000, "%s: of %llu flows under limits, none is outside them", name, drawn);
	ok(sound, "%s: and each can be", name);
	free(pairs);
}

static bool same(const struct fosr_flow *a, const struct fosr_flow *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static void test_purity(void)
{
	enum { N = 2000 };
	struct fosr_flow *in_order = calloc(N, sizeof(*in_order)), f;
	__u64 steps = 0, first = 0, again = 0, other = 0;
	bool repeated = true, alone = true;
	__u32 changed = 0;

	for (__u64 i = 0; i < N; i++)
		draw(6, i, NULL, &in_order[i]);
	for (__u64 i = 0; i < N; i++) {
		draw(6, i, NULL, &f);
		repeated &= same(&f, &in_order[i]);
		draw(7, i, NULL, &f);
		changed += !same(&f, &in_order[i]);
	}
	for (__u64 i = N; i-- > 0;) {
		__u64 k = i * 977 % N;

		draw(6, k, NULL, &f);
		alone &= same(&f, &in_order[k]);
	}
	ok(repeated, "%s: the same seed draws the same flows", name);
	ok(alone, "%s: a flow drawn alone is the one drawn in sequence", name);
	ok(changed > N * 9 / 10, "%s: another seed draws others (%u of %u)", name, changed, N);
	for (__u64 i = 0; i < 200; i++)
		walk(&in_order[i], 6, &steps, &first);
	for (__u64 i = 0; i < 200; i++)
		walk(&in_order[i], 6, &steps, &again);
	for (__u64 i = 0; i < 200; i++)
		walk(&in_order[i], 7, &steps, &other);
	ok(first == again && first != other, "%s: the same for their packets", name);
	free(in_order);
}

static struct fosr_arrivals window_at(__u64 key, __u64 window, __u64 scale_q32)
{
	return (struct fosr_arrivals){
		.rng = fosr_rng(key, window, FOSR_STAGE_ARRIVALS, 0), .window = window, .scale_q32 = scale_q32};
}

/* Starts of one window: how many, and a digest of them; all are in order and inside. */
static __u64 starts(__u64 key, __u64 window, __u64 scale_q32, __u64 *digest, bool *inside)
{
	const struct fosr_model *m = &p->model[FOSR_ARRIVALS];
	struct fosr_arrivals a = window_at(key, window, scale_q32);
	__u64 n = 0, before = window * FOSR_WINDOW_NS;

	while (m->ops->next_start(m, &a)) {
		*inside &= a.start_ns >= before && a.start_ns < (window + 1) * FOSR_WINDOW_NS;
		before = a.start_ns;
		*digest = fosr_mix64(*digest ^ a.start_ns);
		n++;
	}
	return n;
}

/* A week against the mean that the model claims, to six deviations of the sum of its quarters of an hour. */
static void test_rate(__u64 scale_q32, const char *what)
{
	const struct fosr_model *m = &p->model[FOSR_ARRIVALS];
	__u64 first = MONDAY_NS / FOSR_WINDOW_NS, digest = 0, total = 0;
	double want = 7 * (double)m->ops->per_day_q16(m) / 65536 * (double)scale_q32 / 4294967296.0, off, variance = 0;
	enum { QUARTER = 180 };
	bool inside = true;

	for (__u64 q = 0; q < 7 * WINDOWS / QUARTER; q += 4) {
		double sum = 0, squares = 0;

		/* Quarters of one hour have nearly one rate. */
		for (__u64 k = 0; k < 4; k++) {
			__u64 n = 0;

			for (__u64 i = 0; i < QUARTER; i++)
				n += starts(8, first + (q + k) * QUARTER + i, scale_q32, &digest, &inside);
			total += n;
			sum += (double)n;
			squares += (double)n * (double)n;
		}
		variance += 4 * (squares - sum * sum / 4) / 3;
	}
	off = (double)total - want;
	ok(inside, "%s, %s: starts are in order and within their windows", name, what);
	ok(off * off <= 36 * variance && variance < want * want / 100, "%s, %s: %llu starts in a week, %.0f expected",
		name, what, total, want);
}

static void test_arrivals(void)
{
	const struct fosr_model *m = &p->model[FOSR_ARRIVALS];
	__u64 first = MONDAY_NS / FOSR_WINDOW_NS + 10 * 720, up = 0, down[50], each[50] = {0}, other = 0, none = 0;
	bool inside = true, alone = true;

	for (__u64 i = 0; i < 50; i++) {
		starts(9, first + i, FOSR_Q32 * 20, &each[i], &inside);
		starts(10, first + i, FOSR_Q32 * 20, &other, &inside);
		up = up * 31 + each[i];
	}
	for (__u64 i = 50; i-- > 0;) {
		down[i] = 0;
		starts(9, first + i, FOSR_Q32 * 20, &down[i], &inside);
		alone &= down[i] == each[i];
	}
	ok(alone && inside && up, "%s: a window alone has the starts that it has in sequence", name);
	ok(other != each[49], "%s: another seed has others", name);
	for (__u64 i = 0; i < 50; i++)
		none += starts(9, first + i, 0, &other, &inside);
	ok(!none, "%s: at no rate nothing starts", name);
	/* The most that can be asked for is held below what a window's flow numbers can count. */
	ok(starts(9, first, UINT64_MAX, &other, &inside) < 1u << FOSR_FLOW_INDEX_BITS && inside,
		"%s: there is a highest rate", name);
	test_rate(FOSR_Q32, "as learned");
	test_rate(fosr_muldiv(500000ULL << 16, FOSR_Q32, m->ops->per_day_q16(m)), "500000 a day");
}

static void test_profile(const char *which)
{
	struct fosr_err err = {0};

	name = which;
	if (!ok(!fosr_profile_open(which, &p, &err), "%s is read %s", which, err.text))
		return;
	test_walks();
	test_unseen();
	test_limits();
	test_purity();
	test_arrivals();
	fosr_profile_free(p);
}

static void test_families(void)
{
	bool unique = true;
	size_t n = 0;

	for (const struct fosr_model_ops *ops; (ops = fosr_model_family(n)); n++) {
		bool any = false;

		for (int stage = 0; stage < FOSR_MODEL_STAGES; stage++) {
			any |= ops->serves[stage];
			unique &= (fosr_model_find(ops->name, stage) == ops) == ops->serves[stage];
		}
		ok(any && ops->help && ops->fit && ops->load && ops->release && ops->describe,
			"family %s has its hooks", ops->name);
		ok(!ops->serves[FOSR_ARRIVALS] ||
				(ops->next_start && ops->per_day_q16 && ops->busiest_q32 && ops->score),
			"%s: and those of arrivals, if it serves them", ops->name);
		ok((!ops->serves[FOSR_FLOWS] || ops->draw_flow) && (!ops->serves[FOSR_STEPS] || ops->next_step),
			"%s: and of flows and steps", ops->name);
	}
	ok(n && unique, "each is found by its name for the stages that it serves, and for no other");
	ok(!fosr_model_find("nothing", FOSR_FLOWS) && !fosr_model_find("", FOSR_FLOWS), "others are not found");
}

int main(void)
{
	test_families();
	test_profile("office");
	if (access("profiles/iot.fosr", R_OK))
		ok(1, "iot # SKIP profiles/iot.fosr is not in this folder");
	else
		test_profile("profiles/iot.fosr");
	return done();
}

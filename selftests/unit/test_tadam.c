// SPDX-License-Identifier: GPL-3.0-or-later
/* Timed automata: sums over paths against enumeration, counts that come out exactly, and a planted automaton found. */
#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "model/families.h"
#include "model/tadam.h"
#include "profilekit.h"
#include "tap.h"

#define KEY 20250106
#define FLOWS 800

enum { ASK, TELL, MORE, LAST, ACTIONS }; /* sizes by table: 40, 200, 10 and 256 to 511 bytes */

static const struct {
	__u8 dir;
	__u16 len, span;
} kinds[ACTIONS] = {{0, 40, 1}, {1, 200, 1}, {0, 10, 1}, {1, 256, 256}};

static __u16 action(int kind)
{
	return fosr_action(kinds[kind].dir, 0, kinds[kind].len);
}

/* What is planted: ask; then tell, and more or the end; or last, again and again. Weights are in tenths. */
static const struct fosr_edge planted[] = {
	{.from = 0, .to = 1, .weight = 10},
	{.from = 1, .to = 2, .weight = 7},
	{.from = 1, .to = 3, .weight = 3},
	{.from = 2, .to = 4, .weight = 5},
	{.from = 2, .action = FOSR_AUTOMATON_END, .weight = 5},
	{.from = 3, .to = 3, .weight = 6},
	{.from = 3, .action = FOSR_AUTOMATON_END, .weight = 4},
	{.from = 4, .to = 2, .weight = 7},
	{.from = 4, .to = 3, .weight = 3},
};
static const int planted_kind[] = {ASK, TELL, LAST, MORE, -1, LAST, -1, TELL, LAST};

/* One that can go on and on at any ratio: between an ask and the next there are one or more tells. */
static const struct fosr_edge steady[] = {
	{.from = 0, .to = 1, .weight = 10},
	{.from = 1, .to = 2, .weight = 10},
	{.from = 2, .to = 2, .weight = 2},
	{.from = 2, .to = 1, .weight = 5},
	{.from = 2, .action = FOSR_AUTOMATON_END, .weight = 3},
};
static const int steady_kind[] = {ASK, TELL, TELL, ASK, -1};

static struct fosr_services services;

static void automata_make(
	struct fosr_automata *a, const struct fosr_edge *like, const int *kind, __u32 n, const __u32 noise[FOSR_NOISES])
{
	struct fosr_automaton m = {.l4 = IPPROTO_UDP, .end_state = FOSR_SF, .states = 5, .weight = 1, .edges = n};
	struct fosr_edge edge[16];
	struct fosr_err err = {0};

	*a = (struct fosr_automata){0};
	memcpy(m.noise_q32, noise, sizeof(m.noise_q32));
	memcpy(edge, like, n * sizeof(*edge));
	for (int k = 0; k < ACTIONS; k++) {
		struct fosr_quant *q = fosr_vec_push(&a->size);

		for (int i = 0; i <= FOSR_QUANTS; i++)
			q->knot[i] = kinds[k].len + (__u64)(kinds[k].span - 1) * i / FOSR_QUANTS;
	}
	for (int i = 0; i <= FOSR_QUANTS; i++)
		(i ? a->gap.v : fosr_vec_push(&a->gap))->knot[i] = 1000000 + 10000ULL * i;
	for (__u32 i = 0; i < n; i++)
		if (kind[i] >= 0) {
			edge[i].action = action(kind[i]);
			edge[i].size = (__u32)kind[i];
		}
	if (fosr_automata_add(a, &m, edge, &err)) {
		printf("# %s\n", err.text);
		abort();
	}
}

static void model_make_of(struct fosr_model *m, struct fosr_tensors *set, const struct fosr_edge *edge, const int *kind,
	__u32 n, const __u32 noise[FOSR_NOISES])
{
	struct fosr_automata a;
	struct fosr_err err = {0};

	automata_make(&a, edge, kind, n, noise);
	*m = (struct fosr_model){.ops = &fosr_model_tadam, .prefix = "steps"};
	*set = (struct fosr_tensors){0};
	if (fosr_automata_save("steps", &a, set, &err) || m->ops->load(m, set, &services, &err)) {
		printf("# %s\n", err.text);
		abort();
	}
	fosr_automata_free(&a);
}

static void model_make(struct fosr_model *m, struct fosr_tensors *set, const __u32 noise[FOSR_NOISES])
{
	model_make_of(m, set, planted, planted_kind, FOSR_ARRAY_SIZE(planted), noise);
}

/* Probability of all paths from state that send exactly these counts and end, by trying them all. */
static double enumerate(const struct tadam *t, const struct tadam_part *p, __u32 q, __u32 f, __u32 b)
{
	const struct tadam_state *s = &t->state[p->first + q];
	double sum = f || b ? 0 : t->end[p->first + q];

	for (__u32 i = s->first; i < s->first + s->n; i++) {
		__u8 d = fosr_action_dir(t->edge[i].action);

		if (d ? b : f)
			sum += t->edge[i].p * enumerate(t, p, t->edge[i].to, f - !d, b - d);
	}
	return sum;
}

static const __u32 noises[][FOSR_NOISES] = {{0}, {1U << 24, 1U << 26, 1U << 25, 1U << 25}};

static void test_exact(void)
{
	for (size_t k = 0; k < FOSR_ARRAY_SIZE(noises); k++) {
		double worst = 0, ends = 0;
		struct fosr_tensors set;
		struct fosr_model m;
		struct tadam *t;
		int wrong = 0;

		model_make(&m, &set, noises[k]);
		t = m.priv;
		for (__u32 q = 0; q < t->part->states; q++)
			for (__u32 n = 0; n < 25; n++) {
				const __u32 left[2] = {n / 5, n % 5};
				double all = enumerate(t, t->part, q, left[0], left[1]), w[256];

				wrong += tadam_can(t->part, q, left) != (all > 0);
				ends += n ? 0 : all;
				if (!n || all <= 0)
					continue;
				tadam_weights(t, t->part, q, left, w);
				for (__u32 i = 0; i < t->state[q].n; i++) {
					const struct tadam_edge *e = &t->edge[t->state[q].first + i];
					__u8 d = fosr_action_dir(e->action);
					double p = (d ? left[1] : left[0])
						? e->p * enumerate(t, t->part, e->to, left[0] - !d, left[1] - d)
						: 0;

					worst = fmax(worst, fabs(w[i] - p / all));
				}
			}
		ok(!wrong && ends > 0.8, "%s noise: what is possible is what some path does (%d wrong)",
			k ? "with" : "without", wrong);
		ok(worst < 1e-5, "%s noise: edges have the probability that enumeration gives them (%.2g off)",
			k ? "with" : "without", worst);
		m.ops->release(&m);
		fosr_tensors_free(&set);
	}
}

/* Walks f to its end; false when the counts or the end are wrong. */
static bool walk(const struct fosr_model *m, const struct fosr_flow *f, __u64 key, struct fosr_step *out)
{
	__u32 sent[2] = {0, 0};
	struct fosr_walk w;

	fosr_walk_begin(&w, f);
	while (fosr_walk_more(&w)) {
		struct fosr_rng r = fosr_rng(key, f->id, FOSR_STAGE_STEP, w.step);
		struct fosr_step s;

		m->ops->next_step(m, &r, &w, &s);
		if (++sent[s.dir] > f->packets[s.dir])
			return false;
		if (out)
			*out++ = s;
	}
	return sent[0] == f->packets[0] && sent[1] == f->packets[1] && fosr_track_state(&w.track) == f->end_state;
}

static void test_counts(void)
{
	static const __u32 large[][2] = {{1000000, 1}, {1, 1000000}, {1000000, 1000000}, {1000000, 999}, {47, 48},
		{48, 47}, {63, 64}, {64, 63}, {0, 0}, {0, 7}, {7, 0}, {UINT32_MAX / 4096, 3}};
	int wrong = 0, moved = 0, again = 0, empty = 0;
	struct fosr_tensors set;
	struct fosr_model m;

	model_make(&m, &set, noises[1]);
	for (__u32 i = 0; i < 4000; i++) {
		struct fosr_rng r = fosr_rng(KEY, i, FOSR_STAGE_FLOW, 0);
		struct fosr_flow f = {.id = i, .l4 = IPPROTO_UDP, .end_state = FOSR_SF}, g;

		f.packets[0] = fosr_rng_below(&r, 1U << fosr_rng_below(&r, 9));
		f.packets[1] = fosr_rng_below(&r, 1U << fosr_rng_below(&r, 9));
		if (i < FOSR_ARRAY_SIZE(large))
			memcpy(f.packets, large[i], sizeof(f.packets));
		g = f;
		m.ops->settle(&m, &f);
		moved += memcmp(f.packets, g.packets, sizeof(f.packets)) != 0;
		empty += !(f.packets[0] | f.packets[1]);
		g = f;
		m.ops->settle(&m, &g);
		again += memcmp(f.packets, g.packets, sizeof(f.packets)) != 0;
		wrong += !walk(&m, &f, KEY, NULL);
	}
	ok(!wrong, "4000 flows of up to a million packets each way end with exactly their counts (%d do not)", wrong);
	ok(moved && moved < 2000 && !empty, "counts that no path has are moved, to at least a packet (%d)", moved);
	ok(!again, "what was moved once stays");
	m.ops->release(&m);
	fosr_tensors_free(&set);
}

/* At a million packets the ratio has to hold all the way: no stretch of one direction at the end. */
static void test_ratio(void)
{
	enum { N = 40000 };
	struct fosr_step *s = calloc(4 * N, sizeof(*s));
	struct fosr_flow f = {.id = 1, .l4 = IPPROTO_UDP, .end_state = FOSR_SF, .packets = {N, 3 * N}};
	struct fosr_tensors set;
	struct fosr_model m;
	double worst = 0;

	model_make_of(&m, &set, steady, steady_kind, FOSR_ARRAY_SIZE(steady), noises[1]);
	ok(walk(&m, &f, KEY, s), "a long flow ends with its counts");
	for (int part = 0; part < 8; part++) {
		double fwd = 0;

		for (int i = 0; i < N / 2; i++)
			fwd += !s[part * (N / 2) + i].dir;
		worst = fmax(worst, fabs(fwd / (N / 2) - 0.25));
	}
	ok(worst < 0.03, "every eighth of it has the ratio of the whole (%.3f off)", worst);
	free(s);
	m.ops->release(&m);
	fosr_tensors_free(&set);
}

/* A sequence of the planted automaton; `again` of a thousand packets come twice. */
static void plant(struct fosr_dataset *d, __u64 id, __u32 again)
{
	struct fosr_rng r = fosr_rng(KEY, id, FOSR_STAGE_REPORT, 0);
	struct fosr_sample_flow *f = fosr_vec_push(&d->flows);

	/* Classes alike, so that there is nothing to tell flows apart by. */
	*f = (struct fosr_sample_flow){
		.first = (__u32)d->steps.n, .l4 = IPPROTO_UDP, .end_state = FOSR_SF, .bytes = {1000, 1000}};
	for (__u32 q = 0;;) {
		__u32 u = fosr_rng_below(&r, 10), i = 0;
		struct fosr_step *s;

		while (planted[i].from != q)
			i++;
		for (; u >= planted[i].weight; i++)
			u -= planted[i].weight;
		if (planted_kind[i] < 0)
			return;
		for (__u32 k = 0, n = 1 + (fosr_rng_below(&r, 1000) < again); k < n; k++) {
			s = fosr_vec_push(&d->steps);
			if (k) {
				*s = s[-1];
			} else {
				s->dir = kinds[planted_kind[i]].dir;
				s->len = (__u16)(kinds[planted_kind[i]].len +
					fosr_rng_below(&r, kinds[planted_kind[i]].span));
			}
			s->gap_ns = f->packets[0] + f->packets[1] ? 1000000 + fosr_rng_below(&r, 640000) : 0;
			f->packets[s->dir]++;
		}
		q = planted[i].to;
	}
}

static void plant_all(struct fosr_dataset *d, __u64 first, __u32 n, __u32 again)
{
	*d = (struct fosr_dataset){0};
	fosr_services_add(&d->services, "planted", IPPROTO_UDP, 5000);
	for (__u32 i = 0; i < n; i++)
		plant(d, first + i, again);
}

static void fit(struct fosr_automata *a, struct fosr_tensors *set, const struct fosr_dataset *d)
{
	struct fosr_err err = {0};

	*set = (struct fosr_tensors){0};
	*a = (struct fosr_automata){0};
	if (fosr_model_tadam.fit("steps", d, set, &err) || fosr_automata_load(a, "steps", set, &services, &err)) {
		printf("# %s\n", err.text);
		abort();
	}
}

/* Share of an action among the edges out of the only state that has edges by both actions. */
static double share(const struct fosr_automata *a, __u16 of, __u16 beside)
{
	const struct fosr_automaton *m = a->list.v;

	for (__u32 q = 0; q < m->states; q++) {
		double n[2] = {0, 0}, all = 0;

		for (__u32 i = m->first_edge; i < m->first_edge + m->edges; i++) {
			const struct fosr_edge *e = &a->edge.v[i];

			if (e->from != q)
				continue;
			all += e->weight;
			n[0] += e->action == of ? e->weight : 0;
			n[1] += e->action == beside ? e->weight : 0;
		}
		if (n[0] > 0 && n[1] > 0)
			return n[0] / all;
	}
	return 0;
}

static void test_planted(void)
{
	static const __u32 again[] = {0, 30};

	for (size_t k = 0; k < FOSR_ARRAY_SIZE(again); k++) {
		const char *what = k ? "with repeats" : "clean";
		struct fosr_tensors set, twice;
		struct fosr_automata a, b;
		struct fosr_dataset d;
		bool same = true;
		double rate;

		plant_all(&d, 0, FLOWS, again[k]);
		fit(&a, &set, &d);
		fit(&b, &twice, &d);
		for (size_t i = 0; i < set.list.n; i++)
			same &= !memcmp(set.list.v[i].data, twice.list.v[i].data,
				fosr_tensor_count(&set.list.v[i]) * set.list.v[i].dtype);
		ok(same && set.list.n == twice.list.n, "%s: learned twice, the same bytes", what);
		ok(a.list.n == 2 && a.list.v[0].states == 5, "%s: 5 states are found (%u)", what, a.list.v[0].states);
		ok(a.list.v[0].edges == FOSR_ARRAY_SIZE(planted), "%s: and %zu edges (%u)", what,
			FOSR_ARRAY_SIZE(planted), a.list.v[0].edges);
		ok(fabs(share(&a, action(TELL), action(LAST)) - 0.7) < 0.05, "%s: with their probabilities (%.3f)",
			what, share(&a, action(TELL), action(LAST)));
		rate = a.list.v[0].noise_q32[FOSR_NOISE_REEMISSION] / 4294967296.0;
		ok(k ? rate > 0.015 && rate < 0.05 : rate < 0.005, "%s: packets that come twice (%.4f)", what, rate);
		fosr_automata_free(&a);
		fosr_automata_free(&b);
		fosr_tensors_free(&set);
		fosr_tensors_free(&twice);
		fosr_dataset_free(&d);
	}
}

static double bits(const struct fosr_model_ops *ops, const struct fosr_tensors *set, const struct fosr_services *of,
	const struct fosr_dataset *d)
{
	struct fosr_model m = {.ops = ops, .prefix = "steps"};
	struct fosr_err err = {0};
	struct fosr_score s;

	if (ops->load(&m, set, of, &err) || ops->score(&m, d, &s, &err)) {
		printf("# %s\n", err.text);
		abort();
	}
	ops->release(&m);
	return s.items == d->steps.n && isfinite(s.bits) ? s.bits / (double)s.items : NAN;
}

/*
 * Entropy of a packet, given nothing: gaps are one of 640 us in ns, sizes of LAST one of 256; what is left is the
 * choice of edges, of which the counts tell much.
 */
static void test_score(void)
{
	const double gap = log2(640000);
	struct fosr_tensors truth, learned, wrong = {0}, markov = {0};
	struct fosr_dataset train, held, other;
	struct fosr_automata a;
	struct fosr_err err = {0};
	struct fosr_model m;
	double best, mine, floor = 0;

	plant_all(&train, 0, FLOWS, 0);
	plant_all(&held, 1000000, FLOWS, 0);
	kit_dataset(&other, 300);
	for (size_t i = 0; i < held.flows.n; i++)
		for (__u32 k = 0; k < held.flows.v[i].packets[0] + held.flows.v[i].packets[1]; k++) {
			const struct fosr_step *s = &held.steps.v[held.flows.v[i].first + k];

			floor += (k ? gap : 0) + (s->len >= 256 ? 8 : 0);
		}
	floor /= (double)held.steps.n;
	model_make(&m, &truth, noises[0]);
	fit(&a, &learned, &train);
	best = bits(&fosr_model_tadam, &truth, &services, &held);
	mine = bits(&fosr_model_tadam, &learned, &services, &held);
	ok(best > floor - 0.1 && best < floor + 1.0,
		"the planted model's bits (%.2f) are the entropy's (%.2f and edges)", best, floor);
	ok(mine > best - 0.05 && mine < best + 0.5, "the learned one's are near (%.2f)", mine);
	if (fosr_model_tadam.fit("steps", &other, &wrong, &err) ||
		fosr_model_markov.fit("steps", &train, &markov, &err))
		abort();
	ok(bits(&fosr_model_tadam, &wrong, &other.services, &held) > best + 5, "a model of other traffic pays for it");
	ok(bits(&fosr_model_markov, &markov, &services, &held) > best - 0.05, "no model beats the truth");
	ok(isfinite(bits(&fosr_model_tadam, &learned, &services, &other)),
		"what was never seen has a finite number of bits");
	m.ops->release(&m);
	fosr_automata_free(&a);
	fosr_tensors_free(&truth);
	fosr_tensors_free(&learned);
	fosr_tensors_free(&wrong);
	fosr_tensors_free(&markov);
	fosr_dataset_free(&train);
	fosr_dataset_free(&held);
	fosr_dataset_free(&other);
}

/* Of flows with 2 packets forward and 2 back, some end in TELL and some in LAST: as often as enumeration says. */
static void test_distribution(void)
{
	enum { N = 20000 };
	struct fosr_tensors set;
	struct fosr_model m;
	double seen[2] = {0, 0}, p;

	model_make(&m, &set, noises[0]);
	for (__u32 i = 0; i < N; i++) {
		struct fosr_flow f = {.id = i, .l4 = IPPROTO_UDP, .end_state = FOSR_SF, .packets = {2, 2}};
		struct fosr_step s[4];

		if (walk(&m, &f, KEY, s))
			seen[s[3].len >= 256]++;
	}
	/* ask tell more tell .7 .5 .7 .5 against ask tell more last .7 .5 .3 .4; counts 2 and 2 have no other path. */
	p = 0.7 * 0.5 / (0.7 * 0.5 + 0.3 * 0.4);
	ok(seen[0] + seen[1] == N && fabs(seen[0] / N - p) < 4 * sqrt(p * (1 - p) / N),
		"paths come as often as they should (%.4f, %.4f)", seen[0] / N, p);
	m.ops->release(&m);
	fosr_tensors_free(&set);
}

int main(void)
{
	fosr_services_add(&services, "planted", IPPROTO_UDP, 5000);
	test_exact();
	test_distribution();
	test_counts();
	test_ratio();
	test_planted();
	test_score();
	fosr_vec_free(&services.list);
	return done();
}

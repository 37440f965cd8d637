// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Beyond the tables: the chain of an automaton on its way to very many packets, at a given ratio of both directions.
 *
 * With edges forward weighted by x and edges backward by 1/x, paths of n packets are dominated by the strongly
 * connected component with the largest eigenvalue; conditioned on going on for long, edge s -> t has probability p
 * x^(+-1) v[t] / (lambda v[s]), v the right eigenvector (Doob's h-transform). Its ratio of packets forward grows with
 * x; each bucket of ratios takes the x that comes nearest. Components are found once; eigenvectors by power iteration,
 * each from the one before. + - * / only, in fixed order: the same table on every machine.
 */
#include "model/tadam.h"

/* x = 2^(k / 2): close where flows are, wide where they hardly ever are. */
static const int tilts[] = {-20, -16, -12, -8, -6, -4, -3, -2, -1, 0, 1, 2, 3, 4, 6, 8, 12, 16, 20};

enum { TILTS = FOSR_ARRAY_SIZE(tilts) };

#define ROUNDS 40
#define SMALL 1e-250
#define LARGE 1e250
#define NEAR 0.999999 /* eigenvalues that are one */
#define SETTLED 1e-6
#define SQRT2 1.4142135623730951

struct tilt {
	const struct tadam *t;
	struct tadam_part *p;
	__u32 *component; /* of a state; what a component leads to has lower numbers */
	__u32 *member, *first; /* states by component */
	__u32 components;
	double x[2]; /* weight of a packet forward, backward */
	double *best; /* [component]: the largest eigenvalue that it leads to */
	double *v, *next; /* [state]: right eigenvector */
	double *stay, *move; /* [state]: stationary distribution */
	float *w; /* [TILTS][edge] */
	double ratio[TILTS]; /* share of packets forward, of the component that flows end up in */
};

static const struct tadam_state *state(const struct tilt *x, __u32 q)
{
	return &x->t->state[x->p->first + q];
}

/* Tarjan, SIAM J. Comput. 1 (1972), without recursion. */
struct frame {
	__u32 q, edge;
};

struct search {
	__u32 *low, *number, *stack;
	__u8 *open;
	struct frame *frame;
	__u32 depth, found, frames;
};

static void search_enter(struct search *s, __u32 q)
{
	s->low[q] = s->number[q] = ++s->found;
	s->stack[s->depth++] = q;
	s->open[q] = 1;
	s->frame[s->frames++] = (struct frame){.q = q};
}

static void search_from(struct tilt *x, struct search *s, __u32 root)
{
	search_enter(s, root);
	while (s->frames) {
		struct frame *f = &s->frame[s->frames - 1];
		const struct tadam_state *st = state(x, f->q);
		__u32 q = f->q;

		if (f->edge < st->n) {
			__u32 to = x->t->edge[st->first + f->edge++].to;

			if (!s->number[to])
				search_enter(s, to);
			else if (s->open[to] && s->number[to] < s->low[q])
				s->low[q] = s->number[to];
			continue;
		}
		s->frames--;
		if (s->frames && s->low[q] < s->low[s->frame[s->frames - 1].q])
			s->low[s->frame[s->frames - 1].q] = s->low[q];
		if (s->low[q] != s->number[q])
			continue;
		for (bool more = true; more;) {
			__u32 m = s->stack[--s->depth];

			s->open[m] = 0;
			x->component[m] = x->components;
			more = m != q;
		}
		x->components++;
	}
}

static int find_components(struct tilt *x)
{
	__u32 n = x->p->states;
	struct search s = {
		.low = calloc(n, sizeof(*s.low)),
		.number = calloc(n, sizeof(*s.number)),
		.stack = calloc(n, sizeof(*s.stack)),
		.open = calloc(n, 1),
		.frame = calloc(n, sizeof(*s.frame)),
	};
	bool have = s.low && s.number && s.stack && s.open && s.frame;

	for (__u32 q = 0; have && q < n; q++)
		if (!s.number[q])
			search_from(x, &s, q);
	for (__u32 q = 0; have && q < n; q++)
		x->first[x->component[q] + 2]++;
	for (__u32 c = 0; have && c < x->components; c++)
		x->first[c + 2] += x->first[c + 1];
	for (__u32 q = 0; have && q < n; q++)
		x->member[x->first[x->component[q] + 1]++] = q;
	free(s.low);
	free(s.number);
	free(s.stack);
	free(s.open);
	free(s.frame);
	return have ? 0 : -ENOMEM;
}

static double weight(const struct tilt *x, const struct tadam_edge *e)
{
	return e->p * x->x[fosr_action_dir(e->action)];
}

static double clamp(double v)
{
	return v < SMALL ? SMALL : v > LARGE ? LARGE : v;
}

/* What a state gives itself. */
static double self_weight(const struct tilt *x, __u32 q)
{
	const struct tadam_state *s = state(x, q);
	double sum = 0;

	for (__u32 k = s->first; k < s->first + s->n; k++)
		if (x->t->edge[k].to == q)
			sum += weight(x, &x->t->edge[k]);
	return sum;
}

/* Eigenvalue of component c alone; v of its states becomes its eigenvector. Half of each step stays: no period. */
static double iterate_own(struct tilt *x, __u32 c)
{
	double lambda = 0;

	if (x->first[c + 1] - x->first[c] == 1) {
		x->v[x->member[x->first[c]]] = 1;
		return self_weight(x, x->member[x->first[c]]);
	}
	for (int round = 0; round < ROUNDS; round++) {
		double sum = 0, was = 0, before = lambda;

		for (__u32 i = x->first[c]; i < x->first[c + 1]; i++) {
			__u32 q = x->member[i];
			const struct tadam_state *s = state(x, q);

			x->next[q] = 0;
			for (__u32 k = s->first; k < s->first + s->n; k++)
				if (x->component[x->t->edge[k].to] == c)
					x->next[q] += weight(x, &x->t->edge[k]) * x->v[x->t->edge[k].to];
			sum += x->next[q];
			was += x->v[q];
		}
		if (sum <= 0)
			return 0;
		lambda = sum / was;
		for (__u32 i = x->first[c]; i < x->first[c + 1]; i++) {
			__u32 q = x->member[i];

			x->v[q] = clamp((x->next[q] / lambda + x->v[q]) / 2 / was);
		}
		if (round > 1 && lambda < before * (1 + SETTLED) && lambda > before * (1 - SETTLED))
			break;
	}
	return lambda;
}

/* What state q of component c takes from what leads to `lambda`; from its own component, without itself, too. */
static double taken(const struct tilt *x, __u32 c, __u32 q, double lambda, bool own)
{
	const struct tadam_state *s = state(x, q);
	double sum = 0;

	for (__u32 k = s->first; k < s->first + s->n; k++) {
		__u32 to = x->t->edge[k].to;

		if (x->component[to] == c ? own && to != q : x->best[x->component[to]] >= lambda * NEAR)
			sum += weight(x, &x->t->edge[k]) * x->v[to];
	}
	return sum;
}

/* Component c leads to a larger eigenvalue elsewhere: v = (M v + what comes in from there) / lambda, by Gauss-Seidel.
 */
static void iterate_towards(struct tilt *x, __u32 c, double lambda)
{
	bool single = x->first[c + 1] - x->first[c] == 1;

	for (int round = 0; round < (single ? 1 : ROUNDS); round++) {
		double most = 0;

		for (__u32 i = x->first[c]; i < x->first[c + 1]; i++) {
			__u32 q = x->member[i];
			double rest = lambda - self_weight(x, q), was = x->v[q], off;

			x->v[q] =
				clamp(taken(x, c, q, lambda, round > 0) / (rest > lambda / 1e6 ? rest : lambda / 1e6));
			off = x->v[q] > was ? x->v[q] / was : was / x->v[q];
			most = off > most ? off : most;
		}
		if (round > 1 && most < 1 + SETTLED)
			break;
	}
}

static void solve(struct tilt *x)
{
	for (__u32 c = 0; c < x->components; c++) {
		double own = iterate_own(x, c), beyond = 0;

		for (__u32 i = x->first[c]; i < x->first[c + 1]; i++) {
			const struct tadam_state *s = state(x, x->member[i]);

			for (__u32 k = s->first; k < s->first + s->n; k++) {
				__u32 to = x->component[x->t->edge[k].to];

				if (to != c && x->best[to] > beyond)
					beyond = x->best[to];
			}
		}
		x->best[c] = own >= beyond * NEAR ? own : beyond;
		if (own < beyond * NEAR)
			iterate_towards(x, c, beyond);
	}
}

/* Probabilities of the conditioned chain; 0 of edges that lead away from where many packets can be. */
static void fill_weights(struct tilt *x, float *w)
{
	for (__u32 q = 0; q < x->p->states; q++) {
		const struct tadam_state *s = state(x, q);
		double best = x->best[x->component[q]], sum = 0;

		for (int pass = 0; pass < 2; pass++)
			for (__u32 k = s->first; k < s->first + s->n; k++) {
				const struct tadam_edge *e = &x->t->edge[k];
				double v = 0;

				if (best > 0 && x->best[x->component[e->to]] >= best * NEAR)
					v = weight(x, e) * x->v[e->to];
				if (!pass)
					sum += v;
				else
					w[k - x->p->first_edge] = sum > 0 ? (float)(v / sum) : 0;
			}
	}
}

/* The component that flows of many packets end up in: the first with the largest eigenvalue. */
static __u32 main_component(const struct tilt *x)
{
	__u32 best = 0;

	for (__u32 c = 0; c < x->components; c++)
		if (x->best[c] > x->best[best] / NEAR)
			best = c;
	return best;
}

/* Share of packets forward in the stationary chain of a component. */
static double share_fwd(struct tilt *x, __u32 c, const float *w)
{
	double share = 0.5;

	for (int round = 0; round < ROUNDS; round++) {
		double fwd = 0, all = 0, before = share;

		for (__u32 i = x->first[c]; i < x->first[c + 1]; i++)
			x->move[x->member[i]] = x->stay[x->member[i]] / 2;
		for (__u32 i = x->first[c]; i < x->first[c + 1]; i++) {
			__u32 q = x->member[i];
			const struct tadam_state *s = state(x, q);

			for (__u32 k = s->first; k < s->first + s->n; k++) {
				const struct tadam_edge *e = &x->t->edge[k];
				double flow = x->stay[q] * w[k - x->p->first_edge];

				if (x->component[e->to] != c)
					continue;
				x->move[e->to] += flow / 2;
				all += flow;
				fwd += fosr_action_dir(e->action) ? 0 : flow;
			}
		}
		for (__u32 i = x->first[c]; i < x->first[c + 1]; i++)
			x->stay[x->member[i]] = x->move[x->member[i]] + SMALL;
		share = all > 0 ? fwd / all : 0.5;
		if (round > 4 && share < before + SETTLED && share > before - SETTLED)
			break;
	}
	return share;
}

static double power_of_2(int k)
{
	double v = 1;

	for (; k > 0; k--)
		v *= 2;
	for (; k < 0; k++)
		v /= 2;
	return v;
}

/* The tilt whose ratio comes nearest to a bucket's: forward : backward = 2^(bucket / 4). */
static __u8 nearest_tilt(const struct tilt *x, int bucket)
{
	static const double part[4] = {1, 1.189207115002721, SQRT2, 1.681792830507429};
	double r = part[bucket & 3] * power_of_2((bucket >> 2) - TADAM_BUCKETS / 8), least = 0;
	__u8 best = 0;

	for (__u8 k = 0; k < TILTS; k++) {
		double have = (x->ratio[k] + 1e-9) / (1 - x->ratio[k] + 1e-9);
		double off = have > r ? have / r : r / have;

		if (!k || off < least * 0.999) {
			least = off;
			best = k;
		}
	}
	return best;
}

/* Keeps the rows that some bucket uses. */
static int choose_rows(struct tilt *x)
{
	struct tadam_part *p = x->p;
	__u8 row_of[TILTS] = {0};

	for (int i = 0; i < TADAM_BUCKETS; i++) {
		__u8 k = nearest_tilt(x, i);

		if (!row_of[k])
			row_of[k] = (__u8)++p->rows;
		p->row[i] = row_of[k] - 1;
	}
	p->tilt = calloc((size_t)p->rows * p->edges + 1, sizeof(*p->tilt));
	for (int k = 0; p->tilt && k < TILTS; k++)
		if (row_of[k])
			memcpy(p->tilt + (size_t)(row_of[k] - 1) * p->edges, x->w + (size_t)k * p->edges,
				p->edges * sizeof(*p->tilt));
	return p->tilt ? 0 : -ENOMEM;
}

static int tilt_part(const struct tadam *t, struct tadam_part *p)
{
	__u32 n = p->states;
	struct tilt x = {
		.t = t,
		.p = p,
		.component = calloc(n, sizeof(*x.component)),
		.member = calloc(n, sizeof(*x.member)),
		.first = calloc(n + 2, sizeof(*x.first)),
		.best = calloc(n, sizeof(*x.best)),
		.v = calloc(n, sizeof(*x.v)),
		.next = calloc(n, sizeof(*x.next)),
		.stay = calloc(n, sizeof(*x.stay)),
		.move = calloc(n, sizeof(*x.move)),
		.w = calloc((size_t)TILTS * p->edges + 1, sizeof(*x.w)),
	};
	bool have = x.component && x.member && x.first && x.best && x.v && x.next && x.stay && x.move && x.w;
	int ret = have ? find_components(&x) : -ENOMEM;

	for (int k = 0; k < TILTS && !ret; k++) {
		float *w = x.w + (size_t)k * p->edges;

		/* The last tilt's eigenvectors are a good beginning. */
		for (__u32 q = 0; q < n; q++)
			x.v[q] = k ? x.v[q] : 1;
		for (__u32 q = 0; q < n; q++)
			x.stay[q] = k ? x.stay[q] : 1;
		x.x[0] = power_of_2((tilts[k] - (tilts[k] & 1)) / 2) * (tilts[k] & 1 ? SQRT2 : 1);
		x.x[1] = 1 / x.x[0];
		solve(&x);
		fill_weights(&x, w);
		x.ratio[k] = share_fwd(&x, main_component(&x), w);
	}
	if (!ret)
		ret = choose_rows(&x);
	free(x.component);
	free(x.member);
	free(x.first);
	free(x.best);
	free(x.v);
	free(x.next);
	free(x.stay);
	free(x.move);
	free(x.w);
	return ret;
}

int tadam_tilt(struct tadam *t, struct fosr_err *err)
{
	for (size_t i = 0; i < t->a.list.n; i++)
		if (tilt_part(t, &t->part[i]))
			return fosr_err(err, -ENOMEM, "out of memory");
	return 0;
}

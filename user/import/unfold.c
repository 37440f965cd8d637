// SPDX-License-Identifier: GPL-3.0-or-later
#include "import/unfold.h"

#include <math.h>
#include <netinet/in.h>

#include "import/ends.h"
#include "import/gap.h"

#define WEIGHT_ONE (1u << 24)
/*
 * In one flow, at most. Where counts are given, a loop of resets would take up whatever is left of them: a walk that is
 * conditioned on its counts must not be able to.
 */
#define RESETS 5
#define LAYERS (RESETS + 1) /* copies of every state, by resets so far */

struct unfolder {
	struct fosr_unfold *u;
	const struct fosr_ta *ta;
	const char *name;
	struct fosr_automata *a;
	struct fosr_err *err;
	FOSR_VEC(struct fosr_edge) edge; /* the original's, split by size class */
	FOSR_VEC(__u32) first; /* by edge of the original: the first of its parts; and one more */
};

static int oom(const struct unfolder *f)
{
	return fosr_err(f->err, -ENOMEM, "out of memory");
}

/* The edge from the first layer, in all of them; a reset leads to the next. */
static int layers(struct unfolder *f)
{
	struct fosr_edge e = f->edge.v[f->edge.n - 1];
	bool end = e.action == FOSR_AUTOMATON_END, reset = !end && fosr_action_flags(e.action) & FOSR_TCP_RST;
	__u32 n = f->ta->states;

	f->edge.n--;
	for (__u32 c = 0; c + reset < LAYERS; c++) {
		struct fosr_edge *copy = fosr_vec_push(&f->edge);

		if (!copy)
			return oom(f);
		*copy = e;
		copy->from = (__u16)(e.from + c * n);
		copy->to = (__u16)(end ? 0 : e.to + (c + reset) * n);
	}
	return 0;
}

/* The initial state is number 0 here. */
static __u16 state(const struct unfolder *f, __u32 s)
{
	return (__u16)(s == f->ta->initial ? 0 : s == 0 ? f->ta->initial : s);
}

static __u32 cut(const struct unfolder *f, __u32 len)
{
	return len < f->u->mss ? len : f->u->mss;
}

static struct fosr_quant *table(struct unfolder *f, bool size, __u32 *index)
{
	*index = (__u32)(size ? f->a->size.n : f->a->gap.n);
	return size ? fosr_vec_push(&f->a->size) : fosr_vec_push(&f->a->gap);
}

static int by_len(const void *a, const void *b)
{
	const struct fosr_ta_payload *x = *(const struct fosr_ta_payload *const *)a;
	const struct fosr_ta_payload *y = *(const struct fosr_ta_payload *const *)b;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return (x > y) - (x < y);
}

/* Quantiles of n payload lengths, sorted, with their weights. */
static void sizes(
	const struct unfolder *f, struct fosr_quant *q, const struct fosr_ta_payload *const *p, size_t n, double weight)
{
	double below = 0;
	size_t i = 0;

	for (int k = 0; k <= FOSR_QUANTS; k++) {
		/* As fosr_quant_build() does: the first value whose share reaches beyond k / 64. */
		while (i + 1 < n && below + p[i]->weight <= weight * k / FOSR_QUANTS)
			below += p[i++]->weight;
		q->knot[k] = cut(f, p[i]->len);
	}
	q->knot[FOSR_QUANTS] = cut(f, p[n - 1]->len);
}

/* Bytes of payloads of one class, behind each other. */
static int keep_bytes(struct unfolder *f, struct fosr_edge *e, const struct fosr_ta_payload *const *p, size_t n)
{
	e->payload_first = (__u32)f->a->payload_end.n;
	for (size_t i = 0; i < n; i++) {
		size_t at = f->a->payload.n;
		__u32 len = cut(f, p[i]->len), *end;

		if (p[i]->at == FOSR_TA_NONE || !len)
			continue;
		if (at + len > UINT32_MAX || fosr_vec_reserve(&f->a->payload, at + len))
			return oom(f);
		memcpy(f->a->payload.v + at, f->ta->bytes.v + p[i]->at, len);
		f->a->payload.n += len;
		end = fosr_vec_push(&f->a->payload_end);
		if (!end)
			return oom(f);
		*end = (__u32)f->a->payload.n;
		e->payload_n++;
	}
	return 0;
}

static int edge_push(struct unfolder *f, const struct fosr_ta_edge *t, __u32 gap, __u8 class, double p,
	const struct fosr_ta_payload *const *list, size_t n, double weight)
{
	static const __u16 least[FOSR_SIZE_CLASSES] = {0, 1, 8, 32, 64, 128, 256, 512, 1024};
	struct fosr_edge *e = fosr_vec_push(&f->edge);
	struct fosr_quant *q;

	if (!e)
		return oom(f);
	*e = (struct fosr_edge){
		.from = state(f, t->from),
		.to = state(f, t->to),
		.action = fosr_action(t->dir, t->flags, least[class]),
		.weight = (__u32)fmax(1, rint(p * WEIGHT_ONE)),
		.gap = gap,
	};
	q = table(f, true, &e->size);
	if (!q)
		return oom(f);
	if (class)
		sizes(f, q, list, n, weight);
	if (f->u->payloads && class && keep_bytes(f, e, list, n))
		return -ENOMEM;
	return layers(f);
}

/* One edge per size class that its payloads have. */
static int split(struct unfolder *f, const struct fosr_ta_edge *t, __u32 gap)
{
	const struct fosr_ta_payload **p = calloc(t->payloads, sizeof(*p));
	double all = 0;
	int ret = 0;

	if (!p)
		return oom(f);
	for (__u32 i = 0; i < t->payloads; i++) {
		p[i] = &f->ta->payload.v[t->payload + i];
		all += p[i]->weight;
		f->u->cut += p[i]->len > f->u->mss;
		f->u->bytes += p[i]->at != FOSR_TA_NONE ? p[i]->len : 0;
	}
	qsort(p, t->payloads, sizeof(*p), by_len);
	for (__u32 i = 0, n; i < t->payloads && !ret; i += n) {
		__u8 class = fosr_size_class(cut(f, p[i]->len));
		double weight = 0;

		for (n = 0; i + n < t->payloads && fosr_size_class(cut(f, p[i + n]->len)) == class; n++)
			weight += p[i + n]->weight;
		if (weight > 0)
			ret = edge_push(f, t, gap, class, t->p * weight / all, p + i, n, weight);
	}
	free(p);
	if (!ret && !(all > 0))
		ret = fosr_err(f->err, -EINVAL, "%s: payloads whose weights are all 0", f->name);
	return ret;
}

static int end_push(struct unfolder *f, __u32 from, double p)
{
	struct fosr_edge *e = fosr_vec_push(&f->edge);

	if (!e)
		return oom(f);
	*e = (struct fosr_edge){
		.from = state(f, from),
		.action = FOSR_AUTOMATON_END,
		.weight = (__u32)fmax(1, rint(p * WEIGHT_ONE)),
	};
	return layers(f);
}

static int first_push(struct unfolder *f)
{
	__u32 *first = fosr_vec_push(&f->first);

	if (!first)
		return -ENOMEM;
	*first = (__u32)f->edge.n;
	return 0;
}

static int edges(struct unfolder *f)
{
	bool accepting_goes_on = false, reached = false;
	int ret = 0;

	for (size_t i = 0; i < f->ta->edge.n && !ret; i++) {
		const struct fosr_ta_edge *t = &f->ta->edge.v[i];
		double scale = f->u->gap_scale;
		struct fosr_quant *q;
		__u32 gap;

		if (first_push(f))
			return oom(f);
		if (!(t->p > 0))
			continue;
		accepting_goes_on |= t->from == f->ta->accepting;
		reached |= !t->end && t->to == f->ta->accepting;
		if (t->end) {
			ret = end_push(f, t->from, t->p);
			continue;
		}
		q = table(f, false, &gap);
		if (!q)
			return oom(f);
		fosr_gap_table(q, t->mu[0] * scale, t->cov[0][0] * scale * scale);
		ret = t->payloads ? split(f, t, gap) : edge_push(f, t, gap, 0, t->p, NULL, 0, 0);
	}
	if (!ret && first_push(f))
		return oom(f);
	/* A packet may lead into the accepting state, too. */
	if (!ret && reached && !accepting_goes_on)
		ret = end_push(f, f->ta->accepting, 1);
	return ret;
}

static int add(struct unfolder *f, __u8 end_state)
{
	struct fosr_automaton m = {
		.service = f->u->service,
		.l4 = f->ta->l4,
		.end_state = end_state,
		.states = f->ta->states * LAYERS,
		.edges = (__u32)f->edge.n,
		.weight = (__u32)fmax(1, rint(f->u->share[end_state] * 1000)),
	};

	for (int i = 0; i < FOSR_NOISES; i++)
		m.noise_q32[i] = (__u32)(f->ta->noise[i] * 4294967296.0);
	return fosr_automata_add(f->a, &m, f->edge.v, f->err);
}

/* Walks by probabilities; leaves the graphs open. */
static int walk(struct unfolder *f, struct fosr_paths paths[FOSR_END_STATES])
{
	double sum = 0;
	int ret = 0;

	for (__u8 g = 0; g < FOSR_END_STATES && !ret; g++) {
		if (!fosr_end_state_fits(g, f->ta->l4))
			continue;
		paths[g] = (struct fosr_paths){.edge = f->edge.v,
			.edges = f->edge.n,
			.states = f->ta->states * LAYERS,
			.l4 = f->ta->l4,
			.end_state = g};
		ret = fosr_paths_open(&paths[g], f->name, f->err);
		f->u->walked[g] = ret ? 0 : fosr_paths_share(&paths[g], SIZE_MAX, 0, 1e-9);
		sum += f->u->walked[g];
	}
	if (!ret && !(sum > 1e-9))
		ret = fosr_err(
			f->err, -EINVAL, "%s: no path from its initial to its accepting state is a flow", f->name);
	f->u->refused = 1 - fmin(sum, 1);
	for (int g = 0; g < FOSR_END_STATES && !ret; g++)
		f->u->share[g] = f->u->walked[g] / sum;
	return ret;
}

/* What is rarer than one flow in a hundred thousand stays out. */
static void drop_rare(double share[FOSR_END_STATES])
{
	double sum = 0;

	for (int g = 0; g < FOSR_END_STATES; g++)
		sum += share[g] = share[g] < 1e-5 ? 0 : share[g];
	for (int g = 0; g < FOSR_END_STATES; g++)
		share[g] /= sum;
}

int fosr_unfold(struct fosr_unfold *u, const struct fosr_ta *ta, const char *name, struct fosr_automata *a,
	struct fosr_err *err)
{
	struct unfolder f = {.u = u, .ta = ta, .name = name, .a = a, .err = err};
	struct fosr_paths paths[FOSR_END_STATES] = {0};
	int ret = edges(&f);

	if (!ret)
		ret = walk(&f, paths);
	if (!ret && ta->l4 == IPPROTO_TCP)
		ret = fosr_ends_fit(u, ta, paths, f.first.v, err);
	for (int g = 0; g < FOSR_END_STATES; g++)
		fosr_paths_close(&paths[g]);
	if (!ret)
		drop_rare(u->share);
	for (__u8 g = 0; g < FOSR_END_STATES && !ret; g++)
		if (u->share[g] > 0) {
			ret = add(&f, g);
			if (ret)
				fosr_err_prefix(err, "%s", name);
		}
	fosr_vec_free(&f.edge);
	fosr_vec_free(&f.first);
	return ret;
}

// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Best-first merging of states: two states of one key become one when that makes the description shorter, the pair that
 * makes it shortest first. The description is the model (per state and per edge, as in TADAM: where it leads, what it
 * carries, its count at the precision that its state's packets give it) and the data (-log2 of the edges taken).
 */
#include <math.h>

#include "model/tadam_fit.h"

#define STATE_BITS 6.0 /* a state by itself: the universal code of its number of edges */
#define SURE 1e-6

struct merging {
	struct fit *fit;
	float *gain; /* [p][q], p < q: bits saved by merging, as last computed */
	__u32 *best; /* [p]: q of the largest gain, 0 for none */
	__u64 *pred; /* [state][words]: who leads there */
	__u32 words;
	double edge_bits;
};

static double nlog(double n)
{
	return n > 0 ? n * log2(n) : 0;
}

static double edge_cost(const struct merging *m, double n)
{
	return m->edge_bits + 0.5 * log2(n + 1);
}

static double row_cost(const struct merging *m, const struct fit_row *r)
{
	double bits = STATE_BITS + nlog((double)r->n) + (double)r->arc.n * edge_cost(m, (double)r->n);

	for (size_t i = 0; i < r->arc.n; i++)
		bits -= nlog(r->arc.v[i].n);
	return bits;
}

static int by_arc(const struct fit_arc *a, const struct fit_arc *b)
{
	if (a->token != b->token)
		return a->token < b->token ? -1 : 1;
	return (a->to > b->to) - (a->to < b->to);
}

/* Arcs of one token that lead to p or to q become one: what changes, in data bits and in number of edges. */
struct joint {
	double to_p, to_q, bits;
	__u32 less;
	__u16 token;
};

static void joint_close(struct joint *j)
{
	if (j->to_p > 0 && j->to_q > 0) {
		j->bits += nlog(j->to_p + j->to_q) - nlog(j->to_p) - nlog(j->to_q);
		j->less++;
	}
	j->to_p = j->to_q = 0;
}

static void joint_add(struct joint *j, __u16 token, __u32 to, double n, __u32 p, __u32 q)
{
	if (token == TOKEN_END || (to != p && to != q))
		return;
	if (token != j->token)
		joint_close(j);
	j->token = token;
	if (to == p)
		j->to_p += n;
	else
		j->to_q += n;
}

static double union_cost(const struct merging *m, __u32 p, __u32 q)
{
	const struct fit_row *a = &m->fit->row[p], *b = &m->fit->row[q];
	double n = (double)(a->n + b->n), bits = STATE_BITS + nlog(n);
	struct joint j = {.token = 0xffff};
	size_t i = 0, k = 0, arcs = 0;

	while (i < a->arc.n || k < b->arc.n) {
		const struct fit_arc *x = i < a->arc.n ? &a->arc.v[i] : NULL;
		const struct fit_arc *y = k < b->arc.n ? &b->arc.v[k] : NULL;
		int order = !y ? -1 : !x ? 1 : by_arc(x, y);
		const struct fit_arc *arc = order <= 0 ? x : y;
		double c = arc->n;

		if (!order)
			c += y->n;
		i += order <= 0;
		k += order >= 0;
		bits -= nlog(c);
		arcs++;
		joint_add(&j, arc->token, arc->to, c, p, q);
	}
	joint_close(&j);
	return bits - j.bits + (double)(arcs - j.less) * edge_cost(m, n);
}

/* What state s saves when p and q, which it leads to, become one. */
static double pred_gain(const struct merging *m, __u32 s, __u32 p, __u32 q)
{
	const struct fit_row *r = &m->fit->row[s];
	struct joint j = {.token = 0xffff};

	for (size_t i = 0; i < r->arc.n; i++)
		joint_add(&j, r->arc.v[i].token, r->arc.v[i].to, r->arc.v[i].n, p, q);
	joint_close(&j);
	return j.bits + j.less * edge_cost(m, (double)r->n);
}

static double gain_of(const struct merging *m, __u32 p, __u32 q)
{
	double gain = row_cost(m, &m->fit->row[p]) + row_cost(m, &m->fit->row[q]) - union_cost(m, p, q);

	for (__u32 w = 0; w < m->words; w++) {
		__u64 both = m->pred[p * m->words + w] & m->pred[q * m->words + w];

		for (; both; both &= both - 1) {
			__u32 s = w * 64 + (__u32)__builtin_ctzll(both);

			if (s != p && s != q)
				gain += pred_gain(m, s, p, q);
		}
	}
	return gain;
}

static bool mergeable(const struct merging *m, __u32 p, __u32 q)
{
	const struct fit_row *row = m->fit->row;

	return p && q && p != q && !row[p].gone && !row[q].gone && row[p].key == row[q].key;
}

static float *cell(struct merging *m, __u32 p, __u32 q)
{
	return &m->gain[(size_t)(p < q ? p : q) * m->fit->rows + (p < q ? q : p)];
}

static void find_best(struct merging *m, __u32 p)
{
	m->best[p] = 0;
	for (__u32 q = p + 1; q < m->fit->rows; q++)
		if (mergeable(m, p, q) && (!m->best[p] || *cell(m, p, q) > *cell(m, p, m->best[p])))
			m->best[p] = q;
}

/* All gains of p anew. */
static void refresh(struct merging *m, __u32 p)
{
	for (__u32 q = 1; q < m->fit->rows; q++) {
		__u32 low = p < q ? p : q, high = p < q ? q : p;

		if (!mergeable(m, p, q))
			continue;
		*cell(m, p, q) = (float)gain_of(m, low, high);
		if (q < p && (m->best[q] == p || !m->best[q] || *cell(m, p, q) > *cell(m, q, m->best[q])))
			find_best(m, q);
	}
	find_best(m, p);
}

static int arc_order(const void *a, const void *b)
{
	return by_arc(a, b);
}

/* Sorts and joins arcs that have become equal. */
static void tidy(struct fit_row *r)
{
	size_t kept = 0;

	if (!r->arc.n)
		return;
	qsort(r->arc.v, r->arc.n, sizeof(*r->arc.v), arc_order);
	for (size_t i = 1; i < r->arc.n; i++)
		if (by_arc(&r->arc.v[kept], &r->arc.v[i]))
			r->arc.v[++kept] = r->arc.v[i];
		else
			r->arc.v[kept].n += r->arc.v[i].n;
	r->arc.n = kept + 1;
}

static void rename_to(struct fit_row *r, __u32 q, __u32 p)
{
	for (size_t i = 0; i < r->arc.n; i++)
		if (r->arc.v[i].to == q && r->arc.v[i].token != TOKEN_END)
			r->arc.v[i].to = (__u16)p;
	tidy(r);
}

static void set_pred(struct merging *m, __u32 state, __u32 pred)
{
	m->pred[state * m->words + pred / 64] |= 1ULL << pred % 64;
}

/* q becomes p. */
static int join(struct merging *m, __u32 p, __u32 q)
{
	struct fit *fit = m->fit;
	struct fit_row *a = &fit->row[p], *b = &fit->row[q];

	if (fosr_vec_reserve(&a->arc, a->arc.n + b->arc.n))
		return -ENOMEM;
	memcpy(a->arc.v + a->arc.n, b->arc.v, b->arc.n * sizeof(*b->arc.v));
	a->arc.n += b->arc.n;
	a->n += b->n;
	for (size_t i = 0; i < b->arc.n; i++)
		if (b->arc.v[i].token != TOKEN_END)
			set_pred(m, b->arc.v[i].to, p);
	b->gone = true;
	fosr_vec_free(&b->arc);
	fit->into[q] = (__u16)p;
	rename_to(a, q, p);
	for (__u32 s = 0; s < fit->rows; s++) {
		if (!(m->pred[q * m->words + s / 64] >> s % 64 & 1) || fit->row[s].gone)
			continue;
		rename_to(&fit->row[s], q, p);
		set_pred(m, p, s);
	}
	refresh(m, p);
	for (__u32 s = 1; s < fit->rows; s++) {
		if (fit->row[s].gone || s == p)
			continue;
		if (m->pred[q * m->words + s / 64] >> s % 64 & 1)
			refresh(m, s);
		else if (m->best[s] == q || (m->best[s] && fit->row[m->best[s]].gone))
			find_best(m, s);
	}
	return 0;
}

static int merge_all(struct merging *m)
{
	for (;;) {
		__u32 p = 0, q;
		double gain;
		int ret;

		for (__u32 s = 1; s < m->fit->rows; s++)
			if (!m->fit->row[s].gone && m->best[s] &&
				(!p || *cell(m, s, m->best[s]) > *cell(m, p, m->best[p])))
				p = s;
		if (!p || *cell(m, p, m->best[p]) <= SURE)
			return 0;
		q = m->best[p];
		/* What leads to both may have changed since. */
		gain = gain_of(m, p, q);
		if (gain < *cell(m, p, q) - 0.01) {
			*cell(m, p, q) = (float)gain;
			find_best(m, p);
			continue;
		}
		ret = join(m, p, q);
		if (ret)
			return ret;
	}
}

static void prepare(struct merging *m)
{
	const struct fit *fit = m->fit;
	double tokens = 0;
	__u8 *seen = calloc(1 << 16, 1);

	for (__u32 s = 0; s < fit->rows; s++)
		for (size_t i = 0; i < fit->row[s].arc.n; i++) {
			const struct fit_arc *arc = &fit->row[s].arc.v[i];

			if (arc->token != TOKEN_END)
				set_pred(m, arc->to, s);
			if (seen && !seen[arc->token])
				tokens += seen[arc->token] = 1;
		}
	free(seen);
	m->edge_bits = m->fit->edge_bits = log2(fit->rows) + log2(tokens + 1);
	for (__u32 p = 1; p < fit->rows; p++)
		for (__u32 q = p + 1; q < fit->rows; q++)
			if (mergeable(m, p, q))
				*cell(m, p, q) = (float)gain_of(m, p, q);
	for (__u32 p = 1; p < fit->rows; p++)
		find_best(m, p);
}

double tadam_bits(const struct fit *fit)
{
	struct merging m = {.edge_bits = fit->edge_bits};
	double bits = 0;

	for (__u32 q = 0; q < fit->rows; q++)
		bits += fit->row[q].gone ? 0 : row_cost(&m, &fit->row[q]);
	return bits;
}

int tadam_merge(struct fit *fit)
{
	__u32 n = fit->rows;
	struct merging m = {
		.fit = fit,
		.words = (n + 63) / 64,
		.gain = calloc((size_t)n * n, sizeof(*m.gain)),
		.best = calloc(n, sizeof(*m.best)),
		.pred = calloc((size_t)n * ((n + 63) / 64), sizeof(*m.pred)),
	};
	int ret = -ENOMEM;

	if (m.gain && m.best && m.pred) {
		prepare(&m);
		ret = merge_all(&m);
	}
	for (__u32 q = 0; q < n && !ret; q++)
		while (fit->row[fit->into[q]].gone)
			fit->into[q] = fit->into[fit->into[q]];
	free(m.gain);
	free(m.best);
	free(m.pred);
	return ret;
}

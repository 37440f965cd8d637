// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * What is left to send, and how a walk can end with exactly that.
 *
 * beta[state][f][b] is the probability that a walk from that state sends f and b packets and ends: a sum over its edges
 * of the values one packet earlier. Each cell (f, b) is scaled by a power of two so that its largest value is near 1.
 *
 * `can` is the same as yes or no, with all counts from TADAM_FOLD on as one. There it is a set that is closed: whatever
 * the true count is, some edge leads to a member again, so that a walk which keeps to the set ends with exactly its
 * counts. Below the fold it is exact.
 */
#include "model/tadam.h"

#define ROWS (TADAM_FOLD + 1)
#define TOP (1ULL << TADAM_FOLD)
#define SWEEPS 128 /* past that the set above the fold is left empty: a subset, and closed */
#define LEAST 1e-30f /* what is possible is never rounded to nothing */

/* 2^e as a double, for -1022 <= e <= 1023. */
static double power(int e)
{
	union {
		__u64 u;
		double d;
	} x = {.u = (__u64)(e + 1023) << 52};

	return x.d;
}

static int exponent(double x)
{
	union {
		double d;
		__u64 u;
	} v = {.d = x};

	return (int)(v.u >> 52 & 0x7ff) - 1023;
}

struct cells {
	const struct tadam *t;
	struct tadam_part *p;
	int *exp; /* of each cell: its true values are beta * 2^exp */
	double *row; /* one cell's values */
};

#define NO_CELL INT32_MIN

static int cell_of(const struct cells *c, __u32 f, __u32 b, __u8 dir, const float **beta)
{
	__u32 k;

	if (dir ? !b : !f)
		return NO_CELL;
	k = dir ? f * c->p->table + b - 1 : (f - 1) * c->p->table + b;
	*beta = c->p->beta + (size_t)k * c->p->states;
	return c->exp[k];
}

static void fill_cell(struct cells *c, __u32 f, __u32 b)
{
	struct tadam_part *p = c->p;
	size_t k = f * p->table + b;
	float *out = p->beta + k * p->states;
	const float *from[2] = {NULL, NULL};
	int exp[2] = {cell_of(c, f, b, 0, &from[0]), cell_of(c, f, b, 1, &from[1])};
	int ref = exp[0] > exp[1] ? exp[0] : exp[1], top;
	double w[2], most = 0;

	c->exp[k] = NO_CELL;
	p->scale[k][0] = p->scale[k][1] = 0;
	if (ref == NO_CELL)
		return;
	for (int d = 0; d < 2; d++)
		w[d] = exp[d] == NO_CELL ? 0 : exp[d] - ref < -200 ? power(-200) : power(exp[d] - ref);
	for (__u32 q = 0; q < p->states; q++) {
		const struct tadam_state *s = &c->t->state[p->first + q];
		double sum = 0;

		for (__u32 i = s->first; i < s->first + s->n; i++) {
			const struct tadam_edge *e = &c->t->edge[i];
			__u8 d = fosr_action_dir(e->action);

			if (from[d])
				sum += e->p * w[d] * from[d][e->to];
		}
		c->row[q] = sum;
		most = sum > most ? sum : most;
	}
	if (most <= 0)
		return;
	top = exponent(most);
	c->exp[k] = ref + top;
	for (int d = 0; d < 2; d++)
		if (exp[d] != NO_CELL) {
			int by = exp[d] - c->exp[k];

			p->scale[k][d] = (float)power(by < -120 ? -120 : by > 120 ? 120 : by);
		}
	for (__u32 q = 0; q < p->states; q++) {
		float v = (float)(c->row[q] / power(top));

		out[q] = c->row[q] > 0 && v < LEAST ? LEAST : v;
	}
}

static int fill_table(const struct tadam *t, struct tadam_part *p)
{
	size_t n = (size_t)p->table * p->table;
	struct cells c = {.t = t, .p = p};
	double most = 0;

	p->beta = calloc(n * p->states, sizeof(*p->beta));
	p->scale = calloc(n, sizeof(*p->scale));
	c.exp = calloc(n, sizeof(*c.exp));
	c.row = calloc(p->states, sizeof(*c.row));
	if (p->beta && p->scale && c.exp && c.row) {
		for (__u32 q = 0; q < p->states; q++)
			most = t->end[p->first + q] > most ? t->end[p->first + q] : most;
		c.exp[0] = most > 0 ? 0 : NO_CELL;
		for (__u32 q = 0; q < p->states; q++) {
			double v = t->end[p->first + q];

			p->beta[q] = v > 0 && v < (double)LEAST ? LEAST : (float)v;
		}
		for (__u32 f = 0; f < p->table; f++)
			for (__u32 b = 0; b < p->table; b++)
				if (f || b)
					fill_cell(&c, f, b);
	}
	free(c.exp);
	free(c.row);
	return p->beta && p->scale && c.exp && c.row ? 0 : -ENOMEM;
}

static __u64 *row(const struct tadam_part *p, __u32 state, __u32 f)
{
	return &p->can[(size_t)state * ROWS + f];
}

/* What the edges out of q offer: by a packet forward from row `below`, and backward from its own row, by bits. */
static void offers(
	const struct tadam *t, const struct tadam_part *p, __u32 q, __u32 f, __u32 below, __u64 *fwd, __u64 *bwd)
{
	const struct tadam_state *s = &t->state[p->first + q];

	*fwd = *bwd = 0;
	for (__u32 i = s->first; i < s->first + s->n; i++) {
		const struct tadam_edge *e = &t->edge[i];

		if (fosr_action_dir(e->action))
			*bwd |= *row(p, e->to, f);
		else if (f)
			*fwd |= *row(p, e->to, below);
	}
}

/* Counts bwd below the fold, f below the fold: exact, growing from nothing. */
static void grow_row(const struct tadam *t, const struct tadam_part *p, __u32 f)
{
	for (bool more = true; more;) {
		more = false;
		for (__u32 q = p->states; q-- > 0;) {
			__u64 fwd, bwd, now;

			offers(t, p, q, f, f ? f - 1 : 0, &fwd, &bwd);
			now = (fwd | bwd << 1 | (!f && t->end[p->first + q] > 0)) & ~TOP;
			more |= (now | *row(p, q, f)) != *row(p, q, f);
			*row(p, q, f) |= now;
		}
	}
}

/* Counts bwd from the fold on: shrinking from all; one packet bwd leads below the fold or stays above it. */
static void shrink_top(const struct tadam *t, const struct tadam_part *p, __u32 f)
{
	int sweep = 0;

	for (__u32 q = 0; q < p->states; q++)
		*row(p, q, f) |= TOP;
	for (bool more = true; more && sweep < SWEEPS; sweep++) {
		more = false;
		for (__u32 q = p->states; q-- > 0;) {
			__u64 fwd, bwd;

			offers(t, p, q, f, f ? f - 1 : 0, &fwd, &bwd);
			if (*row(p, q, f) & TOP && !((fwd | bwd << 1) & (fwd | bwd) & TOP)) {
				*row(p, q, f) &= ~TOP;
				more = true;
			}
		}
	}
	for (__u32 q = 0; q < p->states && sweep == SWEEPS; q++)
		*row(p, q, f) &= ~TOP;
}

/* Counts fwd from the fold on: a packet fwd leads to the row below the fold or stays in this one. */
static void shrink_last(const struct tadam *t, const struct tadam_part *p)
{
	int sweep = 0;

	for (__u32 q = 0; q < p->states; q++)
		*row(p, q, TADAM_FOLD) = ~0ULL;
	for (bool more = true; more && sweep < SWEEPS; sweep++) {
		more = false;
		for (__u32 q = p->states; q-- > 0;) {
			__u64 below, same, bwd, now, high;

			offers(t, p, q, TADAM_FOLD, TADAM_FOLD - 1, &below, &bwd);
			offers(t, p, q, TADAM_FOLD, TADAM_FOLD, &same, &bwd);
			now = ((below | bwd << 1) & (same | bwd << 1)) & ~TOP;
			high = (below | bwd) & (below | bwd << 1) & (same | bwd) & (same | bwd << 1) & TOP;
			now = (now | high) & *row(p, q, TADAM_FOLD);
			more |= now != *row(p, q, TADAM_FOLD);
			*row(p, q, TADAM_FOLD) = now;
		}
	}
	for (__u32 q = 0; q < p->states && sweep == SWEEPS; q++)
		*row(p, q, TADAM_FOLD) = 0;
}

static int find_possible(const struct tadam *t, struct tadam_part *p)
{
	p->can = calloc((size_t)p->states * ROWS, sizeof(*p->can));
	if (!p->can)
		return -ENOMEM;
	for (__u32 f = 0; f < TADAM_FOLD; f++) {
		grow_row(t, p, f);
		shrink_top(t, p, f);
	}
	shrink_last(t, p);
	return 0;
}

/* The largest table that an automaton may have when none takes more than `most` bytes. */
static __u32 table_for(const struct tadam_part *p, __u64 most)
{
	__u32 n = TADAM_TABLE_MAX;

	while (n > 1 && (__u64)n * n * p->states * sizeof(float) > most)
		n--;
	return n;
}

static void share_tables(struct tadam *t)
{
	for (__u64 most = TADAM_TABLE_BYTES; most; most /= 2) {
		__u64 sum = 0;

		for (size_t i = 0; i < t->a.list.n; i++) {
			struct tadam_part *p = &t->part[i];

			p->table = table_for(p, most);
			sum += (__u64)p->table * p->table * p->states * sizeof(float);
		}
		if (sum <= TADAM_TABLE_BYTES)
			return;
	}
}

int tadam_count(struct tadam *t, struct fosr_err *err)
{
	share_tables(t);
	for (size_t i = 0; i < t->a.list.n; i++)
		if (fill_table(t, &t->part[i]) || find_possible(t, &t->part[i]))
			return fosr_err(err, -ENOMEM, "out of memory");
	return 0;
}

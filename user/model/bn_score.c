// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * -log2 P(flow | time) of bn. What the shortest row of a variable keeps for the unseen, its number of states in the
 * ratio to its weight, goes here to all states alike; of ports and packets, half of it to values of no category: to all
 * ports alike, to the cells of fosr_count_category() alike and within them to all counts.
 */
#include <linux/in.h>
#include <math.h>
#include <stdlib.h>

#include "flow/count.h"
#include "model/bn.h"

#define NO_STATE UINT16_MAX

static const struct fosr_bn_slot *slot_of(const struct fosr_bn *bn, const struct fosr_bn_row *row, __u16 state)
{
	__u32 lo = row->first, hi = row->first + row->n;

	while (lo < hi) {
		__u32 mid = lo + (hi - lo) / 2;

		if (bn->slot.v[mid].state < state)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < row->first + row->n && bn->slot.v[lo].state == state ? &bn->slot.v[lo] : NULL;
}

/* unseen: what each state gets of what the shortest row keeps for the unseen. */
static double probability(const struct fosr_bn *bn, const struct fosr_bn_row *row, __u16 state, double unseen)
{
	const struct fosr_bn_slot *slot = slot_of(bn, row, state);
	double rest = row->up != FOSR_BN_NO_ROW ? probability(bn, &bn->row.v[row->up], state, unseen) : unseen;

	return ((slot ? slot->weight : 0) + row->mix * rest) / ((double)row->total + row->mix);
}

/* How much of a category is this value? */
static double density(const struct fosr_bn *bn, int v, __u16 state, __u32 value)
{
	double here = 0, all = 0;

	for (__u32 i = bn->piece_first[v][state]; i < bn->piece_first[v][state + 1]; i++) {
		const __u32 *p = bn->piece[i];

		all += p[2];
		if (p[0] <= value && value <= p[1])
			here += p[2] / ((double)p[1] - p[0] + 1);
	}
	return here / all;
}

/* The category that a value is in; of several (an imported network's may overlap) the densest there. */
static __u16 category(const struct fosr_bn *bn, int v, __u32 value, double *dense)
{
	__u16 best = NO_STATE;

	*dense = 0;
	for (__u32 s = 0; s < bn->states[v]; s++) {
		double d = density(bn, v, (__u16)s, value);

		if (d > *dense) {
			*dense = d;
			best = (__u16)s;
		}
	}
	return best;
}

static __u64 duration(const struct fosr_dataset *d, const struct fosr_sample_flow *f)
{
	__u64 ns = 0;

	for (__u32 k = 1; k < f->packets[0] + f->packets[1]; k++)
		ns += d->steps.v[f->first + k].gap_ns;
	return ns;
}

/* All but ports and packets. */
void fosr_bn_states_of(const struct fosr_dataset *d, const struct fosr_sample_flow *f, size_t i, __u16 *x[FOSR_BN_VARS])
{
	__u64 local_ns = fosr_dataset_local_ns(d, f->start_ns);

	x[FOSR_BN_HOUR][i] = fosr_bn_hour(local_ns);
	x[FOSR_BN_WEEKEND][i] = fosr_bn_weekend(local_ns);
	x[FOSR_BN_SERVICE][i] = f->service;
	x[FOSR_BN_L4][i] = f->l4 == IPPROTO_UDP;
	x[FOSR_BN_ROLES][i] = f->roles;
	x[FOSR_BN_END][i] = f->end_state;
	x[FOSR_BN_BYTES_FWD][i] = fosr_bytes_class(f->bytes[0]);
	x[FOSR_BN_BYTES_BWD][i] = fosr_bytes_class(f->bytes[1]);
	x[FOSR_BN_DURATION][i] = fosr_duration_class(duration(d, f));
}

/* How much of the values of no category is this one? */
static double stray(int v, __u32 value)
{
	__u32 first;

	if (v == FOSR_BN_PORT)
		return 0x1p-16;
	return 1.0 / FOSR_COUNT_CATEGORIES / fosr_count_range(fosr_count_category(value), &first);
}

/* Values to categories, once each: captures repeat them. */
struct memo {
	struct fosr_u64map map;
	FOSR_VEC(double) dense;
	FOSR_VEC(__u16) state;
};

static int recall(struct memo *memo, const struct fosr_bn *bn, int v, __u32 value, __u16 *state, double *dense)
{
	__u64 key = (__u64)v << 32 | value;
	__u32 *at = fosr_u64map_get(&memo->map, key);

	if (!at) {
		double *new_dense = fosr_vec_push(&memo->dense);
		__u16 *new_state = fosr_vec_push(&memo->state);

		if (!new_dense || !new_state || fosr_u64map_put(&memo->map, key, (__u32)(memo->state.n - 1)))
			return -ENOMEM;
		*new_state = category(bn, v, value, new_dense);
		if (*new_state == NO_STATE)
			*new_dense = stray(v, value);
		at = fosr_u64map_get(&memo->map, key);
	}
	*state = memo->state.v[*at];
	*dense = memo->dense.v[*at];
	return 0;
}

static double bits_of(const struct fosr_bn *bn, int v, const __u16 x[FOSR_BN_VARS], double dense)
{
	const struct fosr_bn_row *row = fosr_bn_find(bn, v, x);

	if (!fosr_bn_has_pieces(v))
		return -log2(probability(bn, row, x[v], 1.0 / bn->states[v]));
	if (x[v] == NO_STATE)
		return -log2(probability(bn, row, NO_STATE, 0.5) * dense);
	return -log2(probability(bn, row, x[v], 0.5 / bn->states[v]) * dense);
}

static int score_flow(const struct fosr_bn *bn, const struct fosr_dataset *d, const struct fosr_sample_flow *f,
	struct memo *memo, double *bits)
{
	__u16 x[FOSR_BN_VARS], *at[FOSR_BN_VARS];
	double dense[FOSR_BN_VARS] = {0};
	int ret;

	for (int v = 0; v < FOSR_BN_VARS; v++)
		at[v] = &x[v];
	fosr_bn_states_of(d, f, 0, at);
	ret = recall(memo, bn, FOSR_BN_PORT, f->port, &x[FOSR_BN_PORT], &dense[FOSR_BN_PORT]);
	for (int v = FOSR_BN_PACKETS_FWD; v <= FOSR_BN_PACKETS_BWD && !ret; v++)
		ret = recall(memo, bn, v, f->packets[v - FOSR_BN_PACKETS_FWD], &x[v], &dense[v]);
	for (int v = 0; v < FOSR_BN_VARS && !ret; v++)
		if (fosr_bn_has_table(v))
			*bits += bits_of(bn, v, x, dense[v]);
	return ret;
}

int fosr_bn_score(const struct fosr_model *m, const struct fosr_dataset *d, struct fosr_score *s, struct fosr_err *err)
{
	const struct fosr_bn *bn = m->priv;
	struct memo memo = {0};
	int ret = 0;

	*s = (struct fosr_score){.items = d->flows.n};
	for (size_t i = 0; i < d->flows.n && !ret; i++) {
		if (d->flows.v[i].service >= bn->services)
			ret = fosr_err(err, -EINVAL, "flow %zu is of no service of the model's", i);
		else if (score_flow(bn, d, &d->flows.v[i], &memo, &s->bits))
			ret = fosr_err(err, -ENOMEM, "out of memory");
	}
	fosr_u64map_free(&memo.map);
	fosr_vec_free(&memo.dense);
	fosr_vec_free(&memo.state);
	return ret;
}

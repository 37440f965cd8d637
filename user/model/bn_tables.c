// SPDX-License-Identifier: GPL-3.0-or-later
/* The rows of bn: full ones as they are kept, shorter ones summed from them, alias tables, and looking them up. */
#include <stdlib.h>

#include "model/bn.h"

static int put_slot(struct fosr_bn *bn, __u64 weight, __u16 state)
{
	struct fosr_bn_slot *s = fosr_vec_push(&bn->slot);

	if (!s)
		return -ENOMEM;
	*s = (struct fosr_bn_slot){.weight = (__u32)fosr_min_u64(weight, UINT32_MAX), .state = state};
	return 0;
}

/* Ends a row whose states are the slots from `first` on. */
static int put_row(struct fosr_bn *bn, int v, __u32 parents, __u64 radix, size_t first)
{
	struct fosr_bn_row *row = fosr_vec_push(&bn->row);
	int ret = row ? 0 : -ENOMEM;

	if (ret)
		return ret;
	*row = (struct fosr_bn_row){.first = (__u32)first, .n = (__u32)(bn->slot.n - first), .up = FOSR_BN_NO_ROW};
	for (__u32 i = 0; i < row->n; i++)
		row->total += bn->slot.v[first + i].weight;
	row->mix = row->n;
	if (parents > fosr_bn_least(v)) {
		row->mix = (__u32)fosr_min_u64((__u64)row->n + bn->prior[v], UINT32_MAX);
		ret = put_slot(bn, row->mix, 0);
	}
	return ret ? ret : fosr_u64map_put(&bn->find, fosr_bn_find_key(v, parents, radix), (__u32)(bn->row.n - 1));
}

static int by_state(const void *a, const void *b)
{
	return (int)*(const __u16 *)a - (int)*(const __u16 *)b;
}

/* Sums the rows [from, to), alike but for their last parent, into one. sum: all zero before and after. */
static int sum_rows(
	struct fosr_bn *bn, int v, __u32 parents, __u64 radix, size_t from, size_t to, __u64 *sum, __u16 *touched)
{
	size_t n = 0, first = bn->slot.n;
	int ret = 0;

	for (size_t r = from; r < to; r++) {
		bn->row.v[r].up = (__u32)bn->row.n;
		for (__u32 i = 0; i < bn->row.v[r].n; i++) {
			const struct fosr_bn_slot *s = &bn->slot.v[bn->row.v[r].first + i];

			if (!sum[s->state])
				touched[n++] = s->state;
			sum[s->state] += s->weight;
		}
	}
	qsort(touched, n, sizeof(*touched), by_state);
	for (size_t i = 0; i < n && !ret; i++)
		ret = put_slot(bn, sum[touched[i]], touched[i]);
	for (size_t i = 0; i < n; i++)
		sum[touched[i]] = 0;
	return ret ? ret : put_row(bn, v, parents, radix, first);
}

/* The full rows, and then all the shorter ones. */
static int add_rows(struct fosr_bn *bn, int v, const struct fosr_bn_rows *in, __u64 *radix, __u64 *sum, __u16 *touched)
{
	size_t begin = bn->row.n, n = in->n;
	int ret = 0;

	for (size_t r = 0; r < n && !ret; r++) {
		size_t first = bn->slot.n;

		radix[r] = in->row[r] & FOSR_BN_RADIX;
		for (__u32 i = in->first[r]; i < in->first[r + 1] && !ret; i++)
			ret = put_slot(bn, in->weight[i], (__u16)in->state[i]);
		if (!ret)
			ret = put_row(bn, v, bn->parents[v], radix[r], first);
	}
	for (__u32 parents = bn->parents[v]; parents > fosr_bn_least(v) && !ret; parents--) {
		__u32 states = bn->states[bn->parent[v][parents - 1]];
		size_t out = 0;

		for (size_t i = 0, k; i < n && !ret; i = k) {
			__u64 shorter = radix[i] / states;

			for (k = i; k < n && radix[k] / states == shorter; k++)
				;
			ret = sum_rows(bn, v, parents - 1, shorter, begin + i, begin + k, sum, touched);
			radix[out++] = shorter;
		}
		begin += n;
		n = out;
	}
	return ret;
}

int fosr_bn_rows_add(struct fosr_bn *bn, int v, const struct fosr_bn_rows *in)
{
	__u64 *radix = calloc(in->n + 1, sizeof(*radix)), *sum = calloc(FOSR_BN_STATES, sizeof(*sum));
	__u16 *touched = calloc(FOSR_BN_STATES, sizeof(*touched));
	int ret = radix && sum && touched ? add_rows(bn, v, in, radix, sum, touched) : -ENOMEM;

	free(radix);
	free(sum);
	free(touched);
	return ret;
}

static int row_picks(struct fosr_bn *bn, const struct fosr_bn_row *row, __u64 *w, struct fosr_alias *t)
{
	const struct fosr_bn_slot *slot = &bn->slot.v[row->first];
	struct fosr_bn_pick *pick = &bn->pick[row->first];
	__u32 n = row->n + (row->up != FOSR_BN_NO_ROW);
	int ret;

	for (__u32 i = 0; i < n; i++)
		w[i] = slot[i].weight;
	ret = fosr_alias_build(t, w, n);
	for (__u32 i = 0; i < n && !ret; i++) {
		__u32 other = t[i].keep == UINT32_MAX ? i : t[i].other;

		pick[i] = (struct fosr_bn_pick){.keep = t[i].keep,
			.own = i < row->n ? slot[i].state : FOSR_BN_UP,
			.other = other < row->n ? slot[other].state : FOSR_BN_UP};
	}
	return ret;
}

int fosr_bn_rows_alias(struct fosr_bn *bn)
{
	struct fosr_alias *t = calloc(FOSR_BN_STATES + 1, sizeof(*t));
	__u64 *w = calloc(FOSR_BN_STATES + 1, sizeof(*w));
	int ret = 0;

	bn->pick = calloc(bn->slot.n + 1, sizeof(*bn->pick));
	if (!w || !t || !bn->pick)
		ret = -ENOMEM;
	for (size_t r = 0; r < bn->row.n && !ret; r++)
		ret = row_picks(bn, &bn->row.v[r], w, t);
	free(t);
	free(w);
	return ret;
}

const struct fosr_bn_row *fosr_bn_find(const struct fosr_bn *bn, int v, const __u16 x[FOSR_BN_VARS])
{
	__u32 n = bn->parents[v], least = fosr_bn_least(v);
	__u64 radix[FOSR_BN_PARENTS + 1] = {0};
	const __u32 *row;

	for (__u32 i = 0; i < n; i++) {
		__u8 p = bn->parent[v][i];

		if (x[p] >= bn->states[p])
			n = i;
		else
			radix[i + 1] = radix[i] * bn->states[p] + x[p];
	}
	while (!(row = fosr_u64map_get(&bn->find, fosr_bn_find_key(v, n, radix[n]))) && n > least)
		n--;
	return row ? &bn->row.v[*row] : NULL;
}

void fosr_bn_shares(const struct fosr_bn *bn, int v, const struct fosr_bn_row *row, __u64 *share)
{
	const struct fosr_bn_slot *slot = &bn->slot.v[row->first];
	__u64 all = row->total;

	if (row->up != FOSR_BN_NO_ROW) {
		fosr_bn_shares(bn, v, &bn->row.v[row->up], share);
		all += row->mix;
		for (__u32 s = 0; s < bn->states[v]; s++)
			share[s] =
				share[s] ? fosr_max_u64((__u64)((unsigned __int128)share[s] * row->mix / all), 1) : 0;
	} else {
		memset(share, 0, bn->states[v] * sizeof(*share));
	}
	for (__u32 i = 0; i < row->n; i++)
		share[slot[i].state] +=
			fosr_max_u64((__u64)(((unsigned __int128)slot[i].weight * FOSR_BN_ONE) / all), 1);
}

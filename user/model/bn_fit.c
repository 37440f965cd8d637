// SPDX-License-Identifier: GPL-3.0-or-later
/* Learning bn: flows into categories, structure (bn_search.c), tables. */
#include <linux/in.h>
#include <stdlib.h>

#include "flow/count.h"
#include "model/bn.h"
#include "model/bn_learn.h"

/* Counts up to this are categories of their own, and the others, by quantiles, this many. */
#define EXACT 8
#define QUANTILES 24
#define QUANTILE_MIN 8 /* flows */
#define WIDTH 4 /* cells of fosr_count_category(), half an octave, at most */
/* A flow's weight beside that of a range that no flow was in. */
#define SEEN 256

/* Flows that a shorter row weighs beside a longer one's own. An hour leans on the whole day; counts and volumes, which
 * have to go together for the steps to come near them, on nothing. */
static const __u32 prior[FOSR_BN_VARS] = {
	[FOSR_BN_SERVICE] = 20,
	[FOSR_BN_ROLES] = 2,
	[FOSR_BN_END] = 2,
	[FOSR_BN_DURATION] = 2,
};

/* Categories of packets on their way: cells of fosr_count_category(), in order. */
struct bins {
	__u64 seen[FOSR_COUNT_CATEGORIES];
	__u32 spike[FOSR_COUNT_CATEGORIES]; /* the count that half of the cell's flows have, at least */
	__u64 spikes[FOSR_COUNT_CATEGORIES]; /* how many have it; 0: no such count */
	__u16 state[FOSR_COUNT_CATEGORIES];
};

static int by_u64(const void *a, const void *b)
{
	__u64 x = *(const __u64 *)a, y = *(const __u64 *)b;

	return (x > y) - (x < y);
}

static int tally(struct bins *b, const struct fosr_dataset *d, int dir)
{
	__u64 *x = calloc(d->flows.n + 1, sizeof(*x));

	if (!x)
		return -ENOMEM;
	for (size_t i = 0; i < d->flows.n; i++) {
		x[i] = d->flows.v[i].packets[dir];
		b->seen[fosr_count_category((__u32)x[i])]++;
	}
	qsort(x, d->flows.n, sizeof(*x), by_u64);
	for (size_t i = 0, k; i < d->flows.n; i = k) {
		__u8 c = fosr_count_category((__u32)x[i]);

		for (k = i; k < d->flows.n && x[k] == x[i]; k++)
			;
		if (2 * (k - i) >= b->seen[c] && k - i >= QUANTILE_MIN) {
			b->spike[c] = (__u32)x[i];
			b->spikes[c] = k - i;
		}
	}
	free(x);
	return 0;
}

/* Which category a cell belongs to; those that nobody was in go with the one before. Returns how many categories. */
static __u16 cut(struct bins *b, __u64 flows)
{
	__u64 want = fosr_max_u64(flows / QUANTILES, QUANTILE_MIN), in = 0;
	int begin = 0;
	__u16 n = 0;

	for (int c = 0; c < FOSR_COUNT_CATEGORIES; c++) {
		if (b->seen[c] && (!n || c <= EXACT + 1 || in >= want || b->seen[c] >= want || c - begin >= WIDTH)) {
			n++;
			in = 0;
			begin = c;
		}
		in += b->seen[c];
		b->state[c] = n ? n - 1 : 0;
	}
	return n;
}

static int put_range(struct fosr_bn_net *net, int v, __u16 state, __u64 lo, __u64 hi, __u64 weight)
{
	return lo > hi
		? 0
		: fosr_bn_net_piece(net, v, state, (__u32)lo, (__u32)hi, (__u32)fosr_min_u64(weight, UINT32_MAX));
}

static int put_cell(struct fosr_bn_net *net, int v, const struct bins *b, int c)
{
	__u64 rest = (b->seen[c] - b->spikes[c]) * SEEN + 1, lo, hi, below;
	__u32 first, n = fosr_count_range((__u8)c, &first);
	int ret;

	lo = first;
	hi = lo + n - 1;
	if (!b->spikes[c] || n == 1)
		return put_range(net, v, b->state[c], lo, hi, b->seen[c] * SEEN + 1);
	below = rest * (b->spike[c] - lo) / (n - 1);
	ret = put_range(net, v, b->state[c], lo, b->spike[c] - 1ULL, fosr_max_u64(below, 1));
	ret = ret ? ret : put_range(net, v, b->state[c], b->spike[c], b->spike[c], b->spikes[c] * SEEN);
	return ret ? ret : put_range(net, v, b->state[c], b->spike[c] + 1ULL, hi, fosr_max_u64(rest - below, 1));
}

/* Counts that nobody had get a little weight, up to twice the largest; not so the exact ones. */
static int bin_packets(struct fosr_bn_net *net, const struct fosr_dataset *d, int dir, __u16 *x)
{
	int v = FOSR_BN_PACKETS_FWD + dir, last = 0, ret;
	struct bins *b = calloc(1, sizeof(*b));

	ret = b ? tally(b, d, dir) : -ENOMEM;
	if (!ret)
		cut(b, d->flows.n);
	for (int c = 0; c < FOSR_COUNT_CATEGORIES && !ret; c++)
		last = b->seen[c] ? c : last;
	for (int c = 0; c < FOSR_COUNT_CATEGORIES && c <= last + 8 && !ret; c++)
		if (b->seen[c] || (c > EXACT && (last > EXACT && b->state[c] && b->state[c] > b->state[EXACT])))
			ret = put_cell(net, v, b, c);
	for (size_t i = 0; i < d->flows.n && !ret; i++)
		x[i] = b->state[fosr_count_category(d->flows.v[i].packets[dir])];
	free(b);
	return ret;
}

/* A category per port; when there are too many, the rarest share the last one. */
static int bin_ports(struct fosr_bn_net *net, const struct fosr_dataset *d, __u16 *x)
{
	__u64 *order = calloc(65536, sizeof(*order));
	__u16 *state = calloc(65536, sizeof(*state));
	int ret = order && state ? 0 : -ENOMEM;
	__u32 n = 0;

	for (size_t i = 0; i < d->flows.n && !ret; i++)
		order[d->flows.v[i].port] += 1ULL << 16;
	for (__u32 p = 0; p < 65536 && !ret; p++)
		if (order[p])
			order[n++] = ((UINT64_MAX >> 16) - (order[p] >> 16)) << 16 | p;
	if (!ret)
		qsort(order, n, sizeof(*order), by_u64);
	for (__u32 i = 0; i < n && !ret; i++) {
		__u64 seen = (UINT64_MAX >> 16) - (order[i] >> 16);

		state[order[i] & 0xffff] = (__u16)fosr_min_u64(i, FOSR_BN_STATES - 1);
		ret = fosr_bn_net_piece(net, FOSR_BN_PORT, state[order[i] & 0xffff], order[i] & 0xffff,
			order[i] & 0xffff, (__u32)fosr_min_u64(seen, UINT32_MAX));
	}
	for (size_t i = 0; i < d->flows.n && !ret; i++)
		x[i] = state[d->flows.v[i].port];
	free(order);
	free(state);
	return ret;
}

int fosr_bn_data_init(struct fosr_bn_data *data, struct fosr_bn_net *net, const struct fosr_dataset *d)
{
	int ret = 0;

	*data = (struct fosr_bn_data){.n = d->flows.n};
	for (int v = 0; v < FOSR_BN_VARS; v++) {
		data->x[v] = calloc(data->n + 1, sizeof(*data->x[v]));
		if (!data->x[v])
			return -ENOMEM;
	}
	for (size_t i = 0; i < data->n; i++)
		fosr_bn_states_of(d, &d->flows.v[i], i, data->x);
	ret = bin_ports(net, d, data->x[FOSR_BN_PORT]);
	for (int dir = 0; dir < 2 && !ret; dir++)
		ret = bin_packets(net, d, dir, data->x[FOSR_BN_PACKETS_FWD + dir]);
	return ret;
}

void fosr_bn_data_free(struct fosr_bn_data *data)
{
	for (int v = 0; v < FOSR_BN_VARS; v++)
		free(data->x[v]);
}

/* The table of v from its flows' keys: row, then state. key: room for data->n. */
static int count_var(struct fosr_bn_net *net, int v, const struct fosr_bn_data *data, __u64 *key)
{
	const struct fosr_bn_node *node = &net->node[v];
	int ret = 0;

	for (size_t i = 0; i < data->n; i++) {
		key[i] = 0;
		for (__u32 k = 0; k < node->parents; k++)
			key[i] = key[i] * net->node[node->parent[k]].states + data->x[node->parent[k]][i];
		key[i] = key[i] * node->states + data->x[v][i];
	}
	qsort(key, data->n, sizeof(*key), by_u64);
	for (size_t i = 0, k; i < data->n && !ret; i = k) {
		__u64 row = key[i] / node->states;
		__u16 given[FOSR_BN_PARENTS] = {0};

		for (k = i; k < data->n && key[k] == key[i]; k++)
			;
		for (__u32 p = node->parents; p--;) {
			given[p] = (__u16)(row % net->node[node->parent[p]].states);
			row /= net->node[node->parent[p]].states;
		}
		ret = fosr_bn_net_cell(
			net, v, given, (__u16)(key[i] % node->states), (__u32)fosr_min_u64(k - i, UINT32_MAX));
	}
	return ret;
}

int fosr_bn_count(struct fosr_bn_net *net, const struct fosr_bn_data *data)
{
	__u64 *key = calloc(data->n + 1, sizeof(*key));
	int ret = key ? 0 : -ENOMEM;

	for (int v = 0; v < FOSR_BN_VARS && !ret; v++)
		if (fosr_bn_has_table(v))
			ret = count_var(net, v, data, key);
	free(key);
	return ret;
}

int fosr_bn_fit(const char *prefix, const struct fosr_dataset *d, struct fosr_tensors *out, struct fosr_err *err)
{
	struct fosr_bn_data data;
	struct fosr_bn_net net;
	int ret;

	if (!d->flows.n)
		return fosr_err(err, -EINVAL, "no flow to learn from");
	fosr_bn_net_init(&net, &d->services);
	ret = fosr_bn_data_init(&data, &net, d);
	for (int v = 0; v < FOSR_BN_VARS; v++)
		net.node[v].prior = prior[v];
	if (!ret)
		ret = fosr_bn_search(&net, &data);
	if (!ret)
		ret = fosr_bn_count(&net, &data);
	fosr_bn_data_free(&data);
	if (ret)
		fosr_err(err, ret, "out of memory while learning flows");
	else
		ret = fosr_bn_net_save(prefix, &net, &d->services, out, err);
	fosr_bn_net_free(&net);
	return ret;
}

// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Learning markov: one pass over the flows counts actions by context and collects gaps and sizes by group; then thin
 * contexts and thin groups are left to the next coarser ones.
 */
#include <stdlib.h>

#include "base/u64map.h"
#include "math/quant.h"
#include "model/markov.h"

/* Packets that a context needs to be kept, by level: a rarer one would only repeat single flows. */
static const __u32 context_least[FOSR_MARKOV_LEVELS] = {4, 1, 1, 1};
/* Observations that make a quantile table worth its knots. */
#define GAPS_LEAST 24
#define SIZES_LEAST 8
#define ACTION_BITS 10

struct observation {
	__u64 group;
	__u64 value;
};

struct observations {
	FOSR_VEC(struct observation) list;
};

struct tables {
	FOSR_VEC(struct fosr_quant) list;
	struct fosr_u64map by_group;
};

struct tally {
	__u64 key; /* context << ACTION_BITS | action */
	__u32 weight;
};

struct fit {
	struct fosr_u64map count; /* tally key to packets */
	struct observations gap, size;
	struct tables gaps, sizes;
	FOSR_VEC(struct tally) tally;
	FOSR_VEC(__u64) context;
	FOSR_VEC(__u32) first;
};

/* Groups: a transition of a service, else of the protocol, coarsely; 1 keeps them apart from the pools below. */
static __u64 gap_group(__u8 l4, __u16 service, __u16 from, __u16 to)
{
	return 1ULL << 63 | (__u64)(l4 == IPPROTO_UDP) << 40 | (__u64)service << 24 | (__u64)from << 10 | to;
}

static __u64 gap_group_coarse(__u8 l4, __u16 from, __u16 to)
{
	__u64 turn = from == FOSR_ACTION_START ? 2 : fosr_action_dir(from) != fosr_action_dir(to);

	return 1ULL << 62 | (__u64)(l4 == IPPROTO_UDP) << 16 | turn << 14 | (__u64)!fosr_action_size(from) << 12 |
		(__u64)!fosr_action_size(to) << 11 | (__u64)fosr_action_dir(to) << 10 | fosr_action_flags(to);
}

static __u64 size_group(__u8 l4, __u16 service, __u16 action)
{
	return 1ULL << 63 | (__u64)(l4 == IPPROTO_UDP) << 40 | (__u64)service << 24 | action;
}

static __u64 size_group_coarse(__u8 l4, __u16 action)
{
	return 1ULL << 62 | (__u64)(l4 == IPPROTO_UDP) << 40 | fosr_action_size(action);
}

static __u64 pool_group(__u8 l4)
{
	return l4 == IPPROTO_UDP ? FOSR_MARKOV_POOL_UDP : FOSR_MARKOV_POOL_TCP;
}

static int observe(struct observations *o, __u64 group, __u64 value)
{
	struct observation *x = fosr_vec_push(&o->list);

	if (!x)
		return -ENOMEM;
	*x = (struct observation){.group = group, .value = value};
	return 0;
}

static int count_step(struct fit *f, const struct fosr_walk *w, const struct fosr_step *s)
{
	__u16 action = fosr_action(s->dir, s->flags, s->len);
	int ret = 0;

	for (unsigned int level = 0; !ret && level < FOSR_MARKOV_LEVELS; level++) {
		__u64 key = fosr_markov_key(w, level) << ACTION_BITS | action;
		__u32 *n = fosr_u64map_get(&f->count, key);

		if (n)
			++*n;
		else
			ret = fosr_u64map_put(&f->count, key, 1);
	}
	if (!ret && w->step)
		ret = observe(&f->gap, gap_group(w->l4, w->service, w->last[0], action), s->gap_ns);
	if (!ret && w->step)
		ret = observe(&f->gap, gap_group_coarse(w->l4, w->last[0], action), s->gap_ns);
	if (!ret && w->step)
		ret = observe(&f->gap, pool_group(w->l4), s->gap_ns);
	if (!ret)
		ret = observe(&f->size, size_group(w->l4, w->service, action), s->len);
	if (!ret)
		ret = observe(&f->size, size_group_coarse(w->l4, action), s->len);
	if (!ret && (w->l4 == IPPROTO_UDP || !s->len))
		ret = observe(&f->size, pool_group(w->l4), s->len);
	return ret;
}

static int count_flow(struct fit *f, const struct fosr_dataset *d, const struct fosr_sample_flow *sample)
{
	const struct fosr_flow flow = {
		.packets = {sample->packets[0], sample->packets[1]},
		.service = sample->service,
		.l4 = sample->l4,
		.end_state = sample->end_state,
		.bytes_class = {fosr_bytes_class(sample->bytes[0]), fosr_bytes_class(sample->bytes[1])},
	};
	struct fosr_walk w;

	fosr_walk_begin(&w, &flow);
	for (const struct fosr_step *s = d->steps.v + sample->first; fosr_walk_more(&w); s++) {
		int ret = count_step(f, &w, s);

		if (ret)
			return ret;
		fosr_walk_take(&w, s);
	}
	return 0;
}

static int by_group(const void *a, const void *b)
{
	const struct observation *x = a, *y = b;

	if (x->group != y->group)
		return x->group > y->group ? 1 : -1;
	return (x->value > y->value) - (x->value < y->value);
}

static int table_add(struct tables *t, __u64 group, __u64 *values, size_t n)
{
	struct fosr_quant *q = fosr_vec_push(&t->list);

	if (!q)
		return -ENOMEM;
	fosr_quant_build(q, values, n);
	return fosr_u64map_put(&t->by_group, group, (__u32)t->list.n - 1);
}

/* Tables of all groups with enough observations; the pools' come first and always. */
static int build_tables(struct tables *t, struct observations *o, size_t least)
{
	__u64 *values = malloc((o->list.n + 1) * sizeof(*values));
	__u64 none = 0;
	int ret = values ? 0 : -ENOMEM;

	if (o->list.n)
		qsort(o->list.v, o->list.n, sizeof(*o->list.v), by_group);
	for (size_t i = 0, next = i; !ret && i < o->list.n; i = next) {
		__u64 group = o->list.v[i].group;

		for (next = i; next < o->list.n && o->list.v[next].group == group; next++)
			values[next - i] = o->list.v[next].value;
		while (!ret && group < FOSR_MARKOV_POOLS && t->list.n < group)
			ret = table_add(t, t->list.n, &none, 1);
		while (!ret && group >= FOSR_MARKOV_POOLS && t->list.n < FOSR_MARKOV_POOLS)
			ret = table_add(t, t->list.n, &none, 1);
		if (!ret && (group < FOSR_MARKOV_POOLS || next - i >= least || group >> 62 == 1))
			ret = table_add(t, group, values, next - i);
	}
	while (!ret && t->list.n < FOSR_MARKOV_POOLS)
		ret = table_add(t, t->list.n, &none, 1);
	free(values);
	return ret;
}

static int tally_by_key(const void *a, const void *b)
{
	__u64 x = ((const struct tally *)a)->key, y = ((const struct tally *)b)->key;

	return (x > y) - (x < y);
}

/* Sorted tallies without those of thin contexts, and the contexts that are left. */
static int keep_contexts(struct fit *f)
{
	size_t kept = 0;

	for (size_t i = 0; f->count.slot && i <= f->count.mask; i++) {
		struct tally *t;

		if (!f->count.slot[i].used)
			continue;
		t = fosr_vec_push(&f->tally);
		if (!t)
			return -ENOMEM;
		*t = (struct tally){.key = f->count.slot[i].key, .weight = f->count.slot[i].val};
	}
	if (f->tally.n)
		qsort(f->tally.v, f->tally.n, sizeof(*f->tally.v), tally_by_key);
	for (size_t i = 0, next; i < f->tally.n; i = next) {
		__u64 context = f->tally.v[i].key >> ACTION_BITS, packets = 0;
		__u64 *c;
		__u32 *first;

		for (next = i; next < f->tally.n && f->tally.v[next].key >> ACTION_BITS == context; next++)
			packets += f->tally.v[next].weight;
		if (packets < context_least[fosr_markov_level(context)])
			continue;
		c = fosr_vec_push(&f->context);
		first = fosr_vec_push(&f->first);
		if (!c || !first)
			return -ENOMEM;
		*c = context;
		*first = (__u32)kept;
		memmove(f->tally.v + kept, f->tally.v + i, (next - i) * sizeof(*f->tally.v));
		kept += next - i;
	}
	f->tally.n = kept;
	return fosr_vec_push(&f->first) ? (f->first.v[f->first.n - 1] = (__u32)kept, 0) : -ENOMEM;
}

/* Level 3 knows the protocol only; finer levels know the service, whose protocol the vocabulary knows. */
static void transition_groups(const struct fosr_dataset *d, __u64 key, __u64 gap[2], __u64 size[2])
{
	__u64 context = key >> ACTION_BITS;
	__u16 action = key & ((1 << ACTION_BITS) - 1), from = context >> 11 & 0x7ff;
	__u16 service = context >> 42 & 0xff;
	bool pooled = fosr_markov_level(context) == 3;
	__u8 l4 = pooled ? (service ? IPPROTO_UDP : IPPROTO_TCP) : d->services.list.v[service].l4;

	gap[0] = pooled ? pool_group(l4) : gap_group(l4, service, from, action);
	gap[1] = gap_group_coarse(l4, from, action);
	if (pooled)
		gap[0] = gap[1];
	size[1] = size_group_coarse(l4, action);
	size[0] = pooled ? size[1] : size_group(l4, service, action);
}

static __u32 table_of(const struct tables *t, const __u64 group[2], __u8 pool)
{
	for (int i = 0; i < 2; i++) {
		const __u32 *index = fosr_u64map_get(&t->by_group, group[i]);

		if (index)
			return *index;
	}
	return pool;
}

static int save_transitions(const char *prefix, const struct fosr_dataset *d, const struct fit *f,
	struct fosr_tensors *out, struct fosr_err *err)
{
	size_t n = f->tally.n;
	__u32 *weight = calloc(n + 1, sizeof(*weight)), *gap = calloc(n + 1, sizeof(*gap));
	__u32 *size = calloc(n + 1, sizeof(*size));
	__u16 *action = calloc(n + 1, sizeof(*action));
	int ret = -ENOMEM;

	if (weight && gap && size && action) {
		for (size_t i = 0; i < n; i++) {
			__u64 gaps[2], sizes[2];

			transition_groups(d, f->tally.v[i].key, gaps, sizes);
			weight[i] = f->tally.v[i].weight;
			action[i] = f->tally.v[i].key & ((1 << ACTION_BITS) - 1);
			gap[i] = table_of(&f->gaps, gaps, 0);
			size[i] = table_of(&f->sizes, sizes, 0);
		}
		ret = fosr_tensors_add(out, prefix, "action", FOSR_U16, n, 0, action, err);
		if (!ret)
			ret = fosr_tensors_add(out, prefix, "weight", FOSR_U32, n, 0, weight, err);
		if (!ret)
			ret = fosr_tensors_add(out, prefix, "gap", FOSR_U32, n, 0, gap, err);
		if (!ret)
			ret = fosr_tensors_add(out, prefix, "size", FOSR_U32, n, 0, size, err);
	}
	free(weight);
	free(gap);
	free(size);
	free(action);
	return ret;
}

static int save(const char *prefix, const struct fosr_dataset *d, const struct fit *f, struct fosr_tensors *out,
	struct fosr_err *err)
{
	int ret = fosr_tensors_add(out, prefix, "context", FOSR_U64, f->context.n, 0, f->context.v, err);

	if (!ret)
		ret = fosr_tensors_add(out, prefix, "first", FOSR_U32, f->first.n, 0, f->first.v, err);
	if (!ret)
		ret = save_transitions(prefix, d, f, out, err);
	if (!ret)
		ret = fosr_tensors_add(
			out, prefix, "gap_table", FOSR_U64, f->gaps.list.n, FOSR_QUANTS + 1, f->gaps.list.v, err);
	if (!ret)
		ret = fosr_tensors_add(
			out, prefix, "size_table", FOSR_U64, f->sizes.list.n, FOSR_QUANTS + 1, f->sizes.list.v, err);
	return ret;
}

static void fit_free(struct fit *f)
{
	fosr_u64map_free(&f->count);
	fosr_u64map_free(&f->gaps.by_group);
	fosr_u64map_free(&f->sizes.by_group);
	fosr_vec_free(&f->gap.list);
	fosr_vec_free(&f->size.list);
	fosr_vec_free(&f->gaps.list);
	fosr_vec_free(&f->sizes.list);
	fosr_vec_free(&f->tally);
	fosr_vec_free(&f->context);
	fosr_vec_free(&f->first);
}

int fosr_markov_fit(const char *prefix, const struct fosr_dataset *d, struct fosr_tensors *out, struct fosr_err *err)
{
	struct fit f = {0};
	int ret = 0;

	for (size_t i = 0; !ret && i < d->flows.n; i++)
		ret = count_flow(&f, d, &d->flows.v[i]);
	if (!ret)
		ret = build_tables(&f.gaps, &f.gap, GAPS_LEAST);
	if (!ret)
		ret = build_tables(&f.sizes, &f.size, SIZES_LEAST);
	if (!ret)
		ret = keep_contexts(&f);
	if (!ret)
		ret = save(prefix, d, &f, out, err);
	fit_free(&f);
	return ret == -ENOMEM ? fosr_err(err, ret, "out of memory while learning steps") : ret;
}

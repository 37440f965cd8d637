// SPDX-License-Identifier: GPL-3.0-or-later
#include "fidelity/pools.h"

#include <stdlib.h>

#include "base/rng.h"

static int add(struct fosr_pools *p, enum fosr_pool pool, const struct fosr_fid_flow *f, struct fosr_rng *rng)
{
	struct fosr_pooled *e = fosr_vec_push(&p->flow[pool]);

	if (!e)
		return -ENOMEM;
	*e = (struct fosr_pooled){.flow = f, .order = fosr_rng_u32(rng)};
	return 0;
}

int fosr_pools_fill(struct fosr_pools *p, const struct fosr_compare *c, int service, __u64 seed)
{
	struct fosr_rng rng = fosr_rng(seed, 0, FOSR_STAGE_REPORT, 4);
	int ret = 0;

	memset(p, 0, sizeof(*p));
	for (int side = 0; side < 2; side++)
		for (size_t i = 0; i < c->side[side].flows.n && !ret; i++) {
			const struct fosr_fid_flow *f = &c->side[side].flows.v[i];
			bool held = !side && fosr_compare_half(c, f->file, f->start_ns);

			if (service < 0 || service == f->service)
				ret = add(p,
					side	       ? FOSR_POOL_SYNTHETIC
						: held ? FOSR_POOL_HELD
						       : FOSR_POOL_OTHER,
					f, &rng);
		}
	return ret;
}

static int by_class(const void *a, const void *b)
{
	const struct fosr_pooled *x = a, *y = b;

	if (x->class != y->class)
		return x->class < y->class ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

static int by_order(const void *a, const void *b)
{
	const struct fosr_pooled *x = a, *y = b;

	return (x->order > y->order) - (x->order < y->order);
}

static size_t run_of(const struct fosr_pools *p, enum fosr_pool pool, size_t from, __u32 class)
{
	size_t end = from;

	while (end < p->flow[pool].n && p->flow[pool].v[end].class == class)
		end++;
	return end - from;
}

/* The smallest class that any pool has at its place, and whether there is one. */
static bool next_class(const struct fosr_pools *p, const size_t at[FOSR_POOLS], __u32 *class)
{
	bool found = false;

	for (int k = 0; k < FOSR_POOLS; k++) {
		if (at[k] >= p->flow[k].n)
			continue;
		if (!found || p->flow[k].v[at[k]].class < *class)
			*class = p->flow[k].v[at[k]].class;
		found = true;
	}
	return found;
}

void fosr_pools_match(struct fosr_pools *p, size_t least, size_t most)
{
	size_t at[FOSR_POOLS] = {0}, kept[FOSR_POOLS] = {0};
	__u32 class = 0;

	for (int k = 0; k < FOSR_POOLS; k++)
		if (p->flow[k].n)
			qsort(p->flow[k].v, p->flow[k].n, sizeof(p->flow[k].v[0]), by_class);
	while (next_class(p, at, &class)) {
		size_t run[FOSR_POOLS], take = most;

		for (int k = 0; k < FOSR_POOLS; k++) {
			run[k] = run_of(p, k, at[k], class);
			take = run[k] < take ? run[k] : take;
		}
		take = take < least ? 0 : take;
		for (int k = 0; k < FOSR_POOLS; k++) {
			if (take)
				memmove(p->flow[k].v + kept[k], p->flow[k].v + at[k], take * sizeof(p->flow[k].v[0]));
			kept[k] += take;
			at[k] += run[k];
		}
	}
	for (int k = 0; k < FOSR_POOLS; k++)
		p->flow[k].n = kept[k];
}

void fosr_pools_thin(struct fosr_pools *p, size_t most)
{
	size_t n = p->flow[0].n;

	if (n <= most)
		return;
	/* Flows at the same place are of the same class in all pools: what is drawn by place stays matched. */
	for (int k = 1; k < FOSR_POOLS; k++)
		for (size_t i = 0; i < n; i++)
			p->flow[k].v[i].order = p->flow[0].v[i].order;
	for (int k = 0; k < FOSR_POOLS; k++) {
		qsort(p->flow[k].v, n, sizeof(p->flow[k].v[0]), by_order);
		p->flow[k].n = most;
	}
}

void fosr_pools_free(struct fosr_pools *p)
{
	for (int k = 0; k < FOSR_POOLS; k++)
		fosr_vec_free(&p->flow[k]);
}

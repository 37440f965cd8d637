// SPDX-License-Identifier: GPL-3.0-or-later
#include "fidelity/told.h"

#include <math.h>
#include <stdlib.h>

#include "fidelity/forest.h"
#include "fidelity/pools.h"

#define PORT_LEAST 5 /* held flows that make a port a service of its own */
#define RARE UINT32_MAX
#define TREES 200
#define ROWS_MOST 2000 /* flows of each kind */
#define ROWS_LEAST 20

void fosr_told_features(const struct fosr_fid_flow *f, float out[FOSR_TOLD_FEATURES])
{
	for (int i = 0; i < FOSR_TOLD_FEATURES; i++)
		out[i] = -1;
	for (__u32 k = 0; k < f->kept && k < FOSR_TOLD_PACKETS; k++, out += 8) {
		out[0] = f->steps[k].dir;
		out[1] = f->steps[k].len;
		out[2] = (float)fosr_log_of((double)(f->steps[k].gap_ns / 1000));
		for (int bit = 0; bit < 5; bit++)
			out[3 + bit] = (float)(f->steps[k].flags >> bit & 1);
	}
}

static int by_port(const void *a, const void *b)
{
	__u32 x = *(const __u32 *)a, y = *(const __u32 *)b;

	return (x > y) - (x < y);
}

static __u32 port_of(const struct fosr_fid_flow *f)
{
	return (__u32)f->l4 << 16 | f->port;
}

/* The server port where enough held flows have it; all others are one class. */
static int classify(struct fosr_pools *p)
{
	size_t n = p->flow[FOSR_POOL_HELD].n;
	__u32 *port = calloc(n + 1, sizeof(*port)), often = 0;

	if (!port)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		port[i] = port_of(p->flow[FOSR_POOL_HELD].v[i].flow);
	qsort(port, n, sizeof(*port), by_port);
	for (size_t i = 0; i + PORT_LEAST <= n; i++)
		if (port[i] == port[i + PORT_LEAST - 1] && (!often || port[often - 1] != port[i]))
			port[often++] = port[i];
	for (int k = 0; k < FOSR_POOLS; k++)
		for (size_t i = 0; i < p->flow[k].n; i++) {
			struct fosr_pooled *e = &p->flow[k].v[i];
			__u32 own = port_of(e->flow);

			e->class = bsearch(&own, port, often, sizeof(*port), by_port) ? own : RARE;
		}
	free(port);
	return 0;
}

/* The held pool against another one of as many flows. */
static int accuracies(const struct fosr_pools *p, enum fosr_pool other, __u64 seed, double accuracy[FOSR_FOLDS])
{
	const struct fosr_forest_opts o = {.trees = TREES, .classes = 2, .seed = seed};
	size_t n = p->flow[FOSR_POOL_HELD].n;
	float *rows = calloc(2 * n + 1, FOSR_TOLD_FEATURES * sizeof(*rows));
	__u8 *label = calloc(2 * n + 1, 1);
	struct fosr_ranked table = {0};
	int ret = rows && label ? 0 : -ENOMEM;

	for (size_t i = 0; i < n && !ret; i++) {
		fosr_told_features(p->flow[FOSR_POOL_HELD].v[i].flow, rows + i * FOSR_TOLD_FEATURES);
		fosr_told_features(p->flow[other].v[i].flow, rows + (n + i) * FOSR_TOLD_FEATURES);
		label[n + i] = 1;
	}
	if (!ret)
		ret = fosr_forest_rank(&table, rows, 2 * n, FOSR_TOLD_FEATURES);
	free(rows);
	if (!ret)
		ret = fosr_forest_folds(&table, label, &o, accuracy);
	free(table.rank);
	free(label);
	return ret;
}

static double mean(const double accuracy[FOSR_FOLDS])
{
	double sum = 0;

	for (int f = 0; f < FOSR_FOLDS; f++)
		sum += accuracy[f];
	return sum / FOSR_FOLDS;
}

static int tell(const struct fosr_pools *p, __u64 seed, struct fosr_compare_row *row)
{
	struct fosr_row_def def = fosr_row_def(FOSR_ROW_TOLD);
	double accuracy[FOSR_FOLDS];
	int ret = accuracies(p, FOSR_POOL_SYNTHETIC, seed, accuracy);

	if (ret)
		return ret;
	row->value = mean(accuracy);
	row->low = row->high = accuracy[0];
	for (int f = 1; f < FOSR_FOLDS; f++) {
		row->low = fmin(row->low, accuracy[f]);
		row->high = fmax(row->high, accuracy[f]);
	}
	ret = accuracies(p, FOSR_POOL_OTHER, seed, accuracy);
	row->floor = mean(accuracy);
	row->verdict = fosr_likeness_of(&def, row);
	return ret;
}

int fosr_told(const struct fosr_compare *c, const struct fosr_compare_opts *o, struct fosr_compare_scope *scope)
{
	struct fosr_pools p;
	int ret = fosr_pools_fill(&p, c, scope->service, o->limits.seed);

	if (!ret)
		ret = classify(&p);
	if (!ret) {
		fosr_pools_match(&p, 1, SIZE_MAX);
		fosr_pools_thin(&p, ROWS_MOST);
		if (p.flow[FOSR_POOL_HELD].n >= ROWS_LEAST)
			ret = tell(&p, o->limits.seed, &scope->row[FOSR_ROW_TOLD]);
	}
	fosr_pools_free(&p);
	return ret;
}

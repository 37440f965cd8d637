// SPDX-License-Identifier: GPL-3.0-or-later
/* Learning bn: counting, and smoothing of the hours. The structure is fixed (bn.c). */
#include <stdlib.h>

#include "flow/count.h"
#include "model/bn.h"

/* How many flows the whole day weighs beside an hour's own. */
#define DAY_PRIOR 20
/* Weights of hours are counts times this, so that the share of the day has some precision. */
#define HOUR_SCALE 1024

struct tally {
	__u64 key; /* row << 32 | value */
	__u32 weight;
};

struct tallies {
	FOSR_VEC(struct tally) list;
};

static int by_key(const void *a, const void *b)
{
	__u64 x = ((const struct tally *)a)->key, y = ((const struct tally *)b)->key;

	return (x > y) - (x < y);
}

static int tally(struct tallies *t, __u64 row, __u32 value)
{
	struct tally *e = fosr_vec_push(&t->list);

	if (!e)
		return -ENOMEM;
	*e = (struct tally){.key = row << 32 | value, .weight = 1};
	return 0;
}

static void tally_merge(struct tallies *t)
{
	size_t n = 0;

	qsort(t->list.v, t->list.n, sizeof(*t->list.v), by_key);
	for (size_t i = 0; i < t->list.n; i++)
		if (n && t->list.v[n - 1].key == t->list.v[i].key)
			t->list.v[n - 1].weight += t->list.v[i].weight;
		else
			t->list.v[n++] = t->list.v[i];
	t->list.n = n;
}

/* Row starts and weights of merged tallies, as the tensors `first` and `weight`. */
static int rows_add(struct fosr_tensors *out, const char *prefix, const char *first_name, const char *weight_name,
	const struct tallies *t, __u64 rows, struct fosr_err *err)
{
	__u32 *first = calloc(rows + 1, sizeof(*first));
	__u32 *weight = calloc(t->list.n + 1, sizeof(*weight));
	int ret = -ENOMEM;

	if (first && weight) {
		for (size_t i = 0; i < t->list.n; i++) {
			first[(t->list.v[i].key >> 32) + 1]++;
			weight[i] = t->list.v[i].weight;
		}
		for (__u64 i = 0; i < rows; i++)
			first[i + 1] += first[i];
		ret = fosr_tensors_add(out, prefix, first_name, FOSR_U32, rows + 1, 0, first, err);
		if (!ret)
			ret = fosr_tensors_add(out, prefix, weight_name, FOSR_U32, t->list.n, 0, weight, err);
	}
	free(first);
	free(weight);
	return ret;
}

static int fit_hours(const char *prefix, const struct fosr_dataset *d, struct fosr_tensors *out, struct fosr_err *err)
{
	size_t s_n = d->services.list.n;
	__u64 *day = calloc(s_n, sizeof(*day)), *own = calloc(24 * s_n, sizeof(*own));
	__u32 *w = calloc(24 * s_n, sizeof(*w));
	int ret = -ENOMEM;

	if (day && own && w) {
		for (size_t i = 0; i < d->flows.n; i++) {
			const struct fosr_sample_flow *f = &d->flows.v[i];

			day[f->service]++;
			own[fosr_dataset_local_ns(d, f->start_ns) / (3600 * FOSR_NS_PER_S) % 24 * s_n + f->service]++;
		}
		for (size_t i = 0; i < 24 * s_n; i++) {
			__u64 x = own[i] * HOUR_SCALE + day[i % s_n] * HOUR_SCALE * DAY_PRIOR / d->flows.n;

			w[i] = (__u32)fosr_min_u64(day[i % s_n] ? fosr_max_u64(x, 1) : 0, UINT32_MAX);
		}
		ret = fosr_tensors_add(out, prefix, "hour", FOSR_U32, 24, s_n, w, err);
	}
	free(day);
	free(own);
	free(w);
	return ret;
}

static int fit_tables(const char *prefix, const struct fosr_dataset *d, struct fosr_tensors *out, struct fosr_err *err)
{
	enum { PAIRS = FOSR_ROLES * FOSR_ROLES };
	size_t s_n = d->services.list.n;
	__u32 *roles = calloc(s_n * PAIRS, sizeof(*roles)), *end = calloc(2 * s_n * FOSR_END_STATES, sizeof(*end));
	int ret = -ENOMEM;

	if (roles && end) {
		for (size_t i = 0; i < d->flows.n; i++) {
			const struct fosr_sample_flow *f = &d->flows.v[i];

			roles[f->service * PAIRS + f->roles]++;
			end[(2 * f->service + fosr_flow_to_group(f->roles)) * FOSR_END_STATES + f->end_state]++;
		}
		ret = fosr_tensors_add(out, prefix, "roles", FOSR_U32, s_n, PAIRS, roles, err);
		if (!ret)
			ret = fosr_tensors_add(out, prefix, "end", FOSR_U32, 2 * s_n, FOSR_END_STATES, end, err);
	}
	free(roles);
	free(end);
	return ret;
}

static int fit_ports(const char *prefix, const struct fosr_dataset *d, struct fosr_tensors *out, struct fosr_err *err)
{
	struct tallies t = {0};
	__u16 *port = NULL;
	int ret = 0;

	for (size_t i = 0; !ret && i < d->flows.n; i++)
		ret = tally(&t, d->flows.v[i].service, d->flows.v[i].port);
	if (!ret) {
		tally_merge(&t);
		port = calloc(t.list.n + 1, sizeof(*port));
		ret = port ? rows_add(out, prefix, "port_first", "port_weight", &t, d->services.list.n, err) : -ENOMEM;
	}
	for (size_t i = 0; !ret && i < t.list.n; i++)
		port[i] = (__u16)t.list.v[i].key;
	if (!ret)
		ret = fosr_tensors_add(out, prefix, "port", FOSR_U16, t.list.n, 0, port, err);
	free(port);
	fosr_vec_free(&t.list);
	return ret;
}

static __u32 shape_of(const struct fosr_sample_flow *f)
{
	return (__u32)fosr_count_category(f->packets[0]) << 24 | (__u32)fosr_count_category(f->packets[1]) << 16 |
		(__u32)fosr_bytes_class(f->bytes[0]) << 8 | fosr_bytes_class(f->bytes[1]);
}

static int fit_shapes(const char *prefix, const struct fosr_dataset *d, struct fosr_tensors *out, struct fosr_err *err)
{
	__u32 s_n = (__u32)d->services.list.n;
	struct tallies t = {0};
	__u8 *cell = NULL;
	int ret = 0;

	for (size_t i = 0; !ret && i < d->flows.n; i++) {
		const struct fosr_sample_flow *f = &d->flows.v[i];

		ret = tally(&t, (__u64)f->service * FOSR_END_STATES + f->end_state, shape_of(f));
		if (!ret)
			ret = tally(&t, fosr_bn_pool_row(s_n, f->l4, f->end_state), shape_of(f));
	}
	if (!ret) {
		tally_merge(&t);
		cell = calloc(t.list.n + 1, 4);
		ret = cell
			? rows_add(out, prefix, "shape_first", "shape_weight", &t, (s_n + 2ULL) * FOSR_END_STATES, err)
			: -ENOMEM;
	}
	for (size_t i = 0; !ret && i < t.list.n; i++)
		for (int k = 0; k < 4; k++)
			cell[4 * i + k] = (__u8)(t.list.v[i].key >> (24 - 8 * k));
	if (!ret)
		ret = fosr_tensors_add(out, prefix, "shape_cell", FOSR_U8, t.list.n, 4, cell, err);
	free(cell);
	fosr_vec_free(&t.list);
	return ret;
}

int fosr_bn_fit(const char *prefix, const struct fosr_dataset *d, struct fosr_tensors *out, struct fosr_err *err)
{
	int ret;

	if (!d->flows.n)
		return fosr_err(err, -EINVAL, "no flow to learn from");
	ret = fit_hours(prefix, d, out, err);
	if (!ret)
		ret = fit_tables(prefix, d, out, err);
	if (!ret)
		ret = fit_ports(prefix, d, out, err);
	if (!ret)
		ret = fit_shapes(prefix, d, out, err);
	return ret == -ENOMEM ? fosr_err(err, ret, "out of memory while learning flows") : ret;
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include <math.h>

#include "fidelity/metric.h"
#include "fidelity/rows_priv.h"

struct values {
	FOSR_VEC(struct fosr_observed) list;
};

struct adding {
	struct values *v;
	__u32 unit;
	__u32 side;
};

static int add(void *arg, double value)
{
	struct adding *a = arg;
	struct fosr_observed *o = fosr_vec_push(&a->v->list);

	if (!o)
		return -ENOMEM;
	*o = (struct fosr_observed){.value = value, .unit = a->unit, .side = a->side};
	return 0;
}

int fosr_sampled_values(
	enum fosr_sampled q, const struct fosr_fid_flow *f, int (*fn)(void *arg, double value), void *arg)
{
	int ret = 0;

	switch (q) {
	case FOSR_S_PACKETS:
		return fn(arg, fosr_log_of((double)f->packets[0] + f->packets[1]));
	case FOSR_S_BYTES:
		return fn(arg, fosr_log_of((double)(f->bytes[0] + f->bytes[1])));
	case FOSR_S_DURATION:
		return fn(arg, fosr_log_of((double)f->duration_ns / 1000));
	default:
		for (__u32 k = q == FOSR_S_GAP; k < f->kept && !ret; k++)
			ret = fn(arg,
				q == FOSR_S_SIZE ? f->steps[k].len : fosr_log_of((double)(f->steps[k].gap_ns / 1000)));
		return ret;
	}
}

static int one(struct fosr_rows *r, enum fosr_sampled q)
{
	struct values v = {0};
	size_t of_real = 0;
	int ret = 0;

	for (int side = 0; side < 2; side++) {
		for (size_t i = 0; i < r->v->flow[side].n && !ret; i++) {
			struct adding a = {&v, (__u32)i, (__u32)side};

			ret = fosr_sampled_values(q, r->v->flow[side].v[i], add, &a);
		}
		of_real = side ? of_real : v.list.n;
	}
	if (!ret && of_real && of_real < v.list.n) {
		fosr_observed_sort(v.list.v, v.list.n);
		for (__u32 round = 0; round <= r->rounds; round++) {
			const __u8 *w[2] = {
				fosr_weights(r, FOSR_UNIT_FLOW, 0, round), fosr_weights(r, FOSR_UNIT_FLOW, 1, round)};
			struct fosr_sample_distance d = fosr_sample_distance(v.list.v, v.list.n, w);

			fosr_row_set(r, FOSR_ROW_SAMPLES + 2 * (__u32)q, round, d.earth_mover);
			fosr_row_set(r, FOSR_ROW_SAMPLES + 2 * (__u32)q + 1, round, d.kolmogorov);
		}
	}
	fosr_vec_free(&v.list);
	return ret;
}

int fosr_rows_sampled(struct fosr_rows *r)
{
	int ret = 0;

	for (int q = 0; q < FOSR_SAMPLED && !ret; q++)
		ret = one(r, q);
	return ret;
}

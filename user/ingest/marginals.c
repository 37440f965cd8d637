// SPDX-License-Identifier: GPL-3.0-or-later
#include "ingest/marginals.h"

#include <stdlib.h>

#include "base/rng.h"

#define DRAWS 32
#define ROUNDS 200
#define SAMPLES_MIN 200
#define SAMPLES_MAX 20000
#define KEY 0x6d617267696e616cULL /* of the generator: any constant, so that a report repeats */

const char *const fosr_marginal_name[FOSR_MARGINALS] = {
	[FOSR_M_SERVICE] = "service",
	[FOSR_M_END_STATE] = "end state",
	[FOSR_M_PACKETS_FWD] = "packets, opener",
	[FOSR_M_PACKETS_BWD] = "packets, responder",
	[FOSR_M_BYTES_FWD] = "bytes, opener",
	[FOSR_M_BYTES_BWD] = "bytes, responder",
	[FOSR_M_SIZE] = "packet size",
	[FOSR_M_GAP] = "gap",
};

/* Bins of all marginals in one row; from[i] is where marginal i begins. */
static const __u32 from[FOSR_MARGINALS + 1] = {0, 256, 272, 305, 338, 354, 370, 388, 453};

enum { BINS = 453 };

/* What one flow adds to one bin. */
struct share {
	__u16 bin;
	__u32 count;
};

struct shares {
	FOSR_VEC(struct share) list;
	FOSR_VEC(size_t) first; /* one per flow, and the end */
};

static __u32 octave(__u64 x)
{
	return x ? 64 - (__u32)__builtin_clzll(x) : 0;
}

static int flow_begin(struct shares *s)
{
	size_t *first = fosr_vec_push(&s->first);

	if (!first)
		return -ENOMEM;
	*first = s->list.n;
	return 0;
}

static int add(struct shares *s, enum fosr_marginal m, __u32 bin)
{
	size_t first = s->first.v[s->first.n - 1];
	struct share *e;

	bin += from[m];
	for (size_t i = first; i < s->list.n; i++)
		if (s->list.v[i].bin == bin) {
			s->list.v[i].count++;
			return 0;
		}
	e = fosr_vec_push(&s->list);
	if (!e)
		return -ENOMEM;
	*e = (struct share){.bin = (__u16)bin, .count = 1};
	return 0;
}

static int add_flow(struct shares *s, __u16 service, __u8 end_state, const __u32 packets[2], const __u64 bytes[2])
{
	int ret = add(s, FOSR_M_SERVICE, service);

	if (!ret)
		ret = add(s, FOSR_M_END_STATE, end_state);
	for (int d = 0; d < 2 && !ret; d++) {
		ret = add(s, FOSR_M_PACKETS_FWD + d, octave(packets[d]));
		if (!ret)
			ret = add(s, FOSR_M_BYTES_FWD + d, fosr_bytes_class(bytes[d]));
	}
	return ret;
}

static int add_step(struct shares *s, const struct fosr_step *step, bool first)
{
	int ret = add(s, FOSR_M_SIZE, step->dir * FOSR_SIZE_CLASSES + fosr_size_class(step->len));

	return ret || first ? ret : add(s, FOSR_M_GAP, octave(step->gap_ns));
}

static int learned_shares(struct shares *s, const struct fosr_dataset *d)
{
	int ret = 0;

	for (size_t i = 0; i < d->flows.n && !ret; i++) {
		const struct fosr_sample_flow *f = &d->flows.v[i];

		ret = flow_begin(s);
		if (!ret)
			ret = add_flow(s, f->service, f->end_state, f->packets, f->bytes);
		for (__u32 k = 0; k < f->packets[0] + f->packets[1] && !ret; k++)
			ret = add_step(s, &d->steps.v[f->first + k], !k);
	}
	return ret ? ret : flow_begin(s);
}

static int sampled_flow(struct shares *s, const struct fosr_profile *p, __u64 id, __u64 local_ns)
{
	const struct fosr_model *steps = &p->model[FOSR_STEPS];
	struct fosr_rng r = fosr_rng(KEY, id, FOSR_STAGE_FLOW, 0);
	struct fosr_flow f = {.id = id, .start_ns = local_ns};
	__u32 packets[2] = {0};
	__u64 bytes[2] = {0};
	struct fosr_walk w;
	int ret = 0;

	if (!fosr_flow_draw(p->model, &r, NULL, local_ns, &f))
		return -EINVAL;
	fosr_walk_begin(&w, &f);
	while (fosr_walk_more(&w) && !ret) {
		bool first = !w.step;
		struct fosr_step step;

		r = fosr_rng(KEY, id, FOSR_STAGE_STEP, w.step);
		steps->ops->next_step(steps, &r, &w, &step);
		packets[step.dir]++;
		bytes[step.dir] += step.len;
		ret = add_step(s, &step, first);
	}
	return ret ? ret : add_flow(s, f.service, fosr_track_state(&w.track), packets, bytes);
}

static int sampled_shares(struct shares *s, const struct fosr_profile *p, const struct fosr_dataset *d, size_t n)
{
	int ret = 0;

	/* Times are those of flows from the first to the last, however many are sampled: services have their hours. */
	for (size_t i = 0; i < n && !ret; i++) {
		const struct fosr_sample_flow *f = &d->flows.v[n <= d->flows.n ? i * d->flows.n / n : i % d->flows.n];

		ret = flow_begin(s);
		if (!ret)
			ret = sampled_flow(s, p, i, fosr_dataset_local_ns(d, f->start_ns));
	}
	return ret ? ret : flow_begin(s);
}

static void add_flow_shares(__u64 bin[BINS], const struct shares *s, size_t flow)
{
	for (size_t i = s->first.v[flow]; i < s->first.v[flow + 1]; i++)
		bin[s->list.v[i].bin] += s->list.v[i].count;
}

static void histogram(__u64 bin[BINS], const struct shares *s)
{
	for (size_t i = 0; i + 1 < s->first.n; i++)
		add_flow_shares(bin, s, i);
}

/* n flows of s, drawn with replacement. Each is somewhere else in memory: DRAWS of them are fetched at a time. */
static void resample(__u64 bin[BINS], const struct shares *s, size_t n, struct fosr_rng *r)
{
	__u32 flow[DRAWS];

	for (size_t i = 0; i < n; i += DRAWS) {
		size_t k, some = n - i < DRAWS ? n - i : DRAWS;

		for (k = 0; k < some; k++) {
			flow[k] = fosr_rng_below(r, (__u32)(s->first.n - 1));
			__builtin_prefetch(&s->first.v[flow[k]]);
		}
		for (k = 0; k < some; k++)
			__builtin_prefetch(&s->list.v[s->first.v[flow[k]]]);
		for (k = 0; k < some; k++)
			add_flow_shares(bin, s, flow[k]);
	}
}

static double distance(const __u64 a[BINS], const __u64 b[BINS], enum fosr_marginal m)
{
	double sum_a = 0, sum_b = 0, d = 0;

	for (__u32 i = from[m]; i < from[m + 1]; i++) {
		sum_a += (double)a[i];
		sum_b += (double)b[i];
	}
	if (sum_a == 0 || sum_b == 0)
		return sum_a == sum_b ? 0 : 1;
	for (__u32 i = from[m]; i < from[m + 1]; i++) {
		double x = (double)a[i] / sum_a - (double)b[i] / sum_b;

		d += x < 0 ? -x : x;
	}
	return d / 2;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/*
 * With few flows the bootstrap knows too little: what none of n flows showed may still have a share of 3 / n (the rule
 * of three, 95 %).
 */
static double unseen(size_t flows)
{
	return flows > 3 ? 3.0 / (double)flows : 1;
}

static void yardstick(const struct shares *learned, size_t sampled, struct fosr_marginal_result *result)
{
	double round[FOSR_MARGINALS][ROUNDS];

	for (__u32 k = 0; k < ROUNDS; k++) {
		struct fosr_rng r = fosr_rng(KEY, k, FOSR_STAGE_REPORT, 0);
		__u64 a[BINS] = {0}, b[BINS] = {0};

		resample(a, learned, learned->first.n - 1, &r);
		resample(b, learned, sampled, &r);
		for (int m = 0; m < FOSR_MARGINALS; m++)
			round[m][k] = distance(a, b, m);
	}
	for (int m = 0; m < FOSR_MARGINALS; m++) {
		qsort(round[m], ROUNDS, sizeof(round[m][0]), by_size);
		result[m].expected = round[m][ROUNDS / 2];
		result[m].limit = round[m][ROUNDS - 1];
		if (result[m].limit < unseen(learned->first.n - 1))
			result[m].limit = unseen(learned->first.n - 1);
	}
}

int fosr_marginals_compare(const struct fosr_profile *p, const struct fosr_dataset *d,
	struct fosr_marginal_result result[FOSR_MARGINALS], struct fosr_err *err)
{
	size_t n = d->flows.n < SAMPLES_MIN ? SAMPLES_MIN : d->flows.n > SAMPLES_MAX ? SAMPLES_MAX : d->flows.n;
	struct shares learned = {0}, sampled = {0};
	__u64 a[BINS] = {0}, b[BINS] = {0};
	int ret = learned_shares(&learned, d);

	if (!ret)
		ret = sampled_shares(&sampled, p, d, n);
	if (!ret) {
		yardstick(&learned, n, result);
		histogram(a, &learned);
		histogram(b, &sampled);
		for (int m = 0; m < FOSR_MARGINALS; m++)
			result[m].distance = distance(a, b, m);
	}
	fosr_vec_free(&learned.list);
	fosr_vec_free(&learned.first);
	fosr_vec_free(&sampled.list);
	fosr_vec_free(&sampled.first);
	return ret ? fosr_err(err, ret, "cannot compare samples with what was learned") : 0;
}

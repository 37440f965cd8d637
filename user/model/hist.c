// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * hist: flow starts as a Poisson process whose rate is a step function of the quarter of an hour of the (UTC) day. The
 * rate of a bin is its flows over the time that the captures watched it, drawn towards the overall rate with the weight
 * of PRIOR_S seconds: bins that no capture covered have the overall rate, not none.
 *
 * Starts within a window are sums of exponential gaps in units of expected flows, so the count needs no table and the
 * starts come sorted.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/fixed.h"
#include "model/families.h"

#define PRIOR_S 600
#define BIN_NS (86400 * FOSR_NS_PER_S / FOSR_DAY_BINS)
/* 2^20 flows per window: more would overrun FOSR_FLOW_INDEX_BITS with any luck at all. */
#define RATE_MAX_Q32 (1ULL << 52)

struct hist {
	const __u64 *rate_q32; /* flows per window, one per bin */
};

static unsigned int bin_of(__u64 ns)
{
	return (unsigned int)(ns % (86400 * FOSR_NS_PER_S) / BIN_NS);
}

static int fit(const char *prefix, const struct fosr_dataset *d, struct fosr_tensors *out, struct fosr_err *err)
{
	__u64 flows[FOSR_DAY_BINS] = {0}, rate[FOSR_DAY_BINS];
	__u64 all_q32, covered = 0;

	for (size_t i = 0; i < d->flows.n; i++)
		flows[bin_of(d->flows.v[i].start_ns)]++;
	for (unsigned int b = 0; b < FOSR_DAY_BINS; b++)
		covered += d->covered_ns[b];
	covered = covered ? covered : FOSR_WINDOW_NS;
	all_q32 = fosr_muldiv(d->flows.n << 32, FOSR_WINDOW_NS, covered);
	for (unsigned int b = 0; b < FOSR_DAY_BINS; b++) {
		__u64 prior = fosr_muldiv(all_q32, PRIOR_S * FOSR_NS_PER_S, FOSR_WINDOW_NS);

		rate[b] = fosr_muldiv(
			(flows[b] << 32) + prior, FOSR_WINDOW_NS, d->covered_ns[b] + PRIOR_S * FOSR_NS_PER_S);
		rate[b] = fosr_min_u64(rate[b], RATE_MAX_Q32);
	}
	return fosr_tensors_add(out, prefix, "rate_q32", FOSR_U64, FOSR_DAY_BINS, 0, rate, err);
}

static int load(struct fosr_model *m, const struct fosr_tensors *set, const struct fosr_services *services,
	struct fosr_err *err)
{
	__u64 bins = FOSR_DAY_BINS, sum = 0;
	struct hist *h = calloc(1, sizeof(*h));

	if (!h)
		return fosr_err(err, -ENOMEM, "out of memory");
	m->priv = h;
	h->rate_q32 = fosr_tensors_get(set, m->prefix, "rate_q32", FOSR_U64, &bins, 0, err);
	if (!h->rate_q32)
		return -EINVAL;
	for (unsigned int b = 0; b < FOSR_DAY_BINS; b++) {
		if (h->rate_q32[b] > RATE_MAX_Q32)
			return fosr_err(err, -EINVAL, "%s.rate_q32[%u] is %llu flows per window, the limit is %llu",
				m->prefix, b, h->rate_q32[b] >> 32, RATE_MAX_Q32 >> 32);
		sum += h->rate_q32[b];
	}
	return sum ? 0 : fosr_err(err, -EINVAL, "%s.rate_q32 is all zero: no flow would ever start", m->prefix);
}

static void release(struct fosr_model *m)
{
	free(m->priv);
}

static __u64 per_day_q16(const struct fosr_model *m)
{
	const struct hist *h = m->priv;
	unsigned __int128 sum = 0;

	for (unsigned int b = 0; b < FOSR_DAY_BINS; b++)
		sum += h->rate_q32[b];
	return (__u64)((sum * (BIN_NS / FOSR_WINDOW_NS)) >> 16);
}

static bool next_start(const struct fosr_model *m, struct fosr_arrivals *a)
{
	const struct hist *h = m->priv;
	unsigned __int128 scaled;
	__u64 rate;

	scaled = (unsigned __int128)h->rate_q32[bin_of(a->window * FOSR_WINDOW_NS)] * a->scale_q32 >> 32;
	rate = scaled > RATE_MAX_Q32 ? RATE_MAX_Q32 : (__u64)scaled;
	a->elapsed_q32 += fosr_exponential_q32(fosr_rng_u32(&a->rng));
	if (a->elapsed_q32 >= rate)
		return false;
	a->start_ns = a->window * FOSR_WINDOW_NS + fosr_muldiv(a->elapsed_q32, FOSR_WINDOW_NS, rate);
	return true;
}

static void describe(const struct fosr_model *m, char *text, size_t size)
{
	const struct hist *h = m->priv;
	unsigned int busiest = 0;

	for (unsigned int b = 1; b < FOSR_DAY_BINS; b++)
		if (h->rate_q32[b] > h->rate_q32[busiest])
			busiest = b;
	snprintf(text, size, "%llu flows a day, busiest at %02u:%02u UTC (%.2f flows/s)", per_day_q16(m) >> 16,
		busiest / 4, busiest % 4 * 15,
		(double)h->rate_q32[busiest] / (double)FOSR_Q32 / (double)(FOSR_WINDOW_NS / FOSR_NS_PER_S));
}

const struct fosr_model_ops fosr_model_hist = {
	.name = "hist",
	.serves = {[FOSR_ARRIVALS] = true},
	.help = "Poisson starts, rate by quarter of an hour of the day",
	.fit = fit,
	.load = load,
	.release = release,
	.next_start = next_start,
	.per_day_q16 = per_day_q16,
	.describe = describe,
};

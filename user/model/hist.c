// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * hist: flow starts as a Poisson process whose rate is chance itself (a Cox process). The mean of the rate is a step
 * function of weekday and quarter of an hour of local time. It is multiplied by a factor per quarter of an hour, one
 * per minute and one per window, each Gamma distributed with mean 1: within a minute of known rate the counts of
 * windows are negative binomial. Blocks are counted from the epoch, their factors drawn from (key, level, block): any
 * window can be had alone, and all windows of a block agree.
 *
 * A rate above the learned one is meant as so many networks laid on top of each other, whose bursts do not coincide:
 * the factors' variance goes down as the rate goes up, and variance over mean of the counts stays. A lower rate is
 * meant as flows left out at random: the factors stay.
 *
 * Starts within a window are sums of exponential gaps in units of expected flows, so the count needs no table and the
 * starts come sorted.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/fixed.h"
#include "model/families.h"
#include "model/hist_priv.h"

#define SUM_MAX 8 /* draws for one factor */
#define ABOVE_MAX_Q32 (1ULL << 62)

static int rates_load(
	struct fosr_hist_tables *h, const struct fosr_model *m, const struct fosr_tensors *set, struct fosr_err *err)
{
	__u64 bins = FOSR_WEEK_BINS;
	bool any = false;

	h->rate_q32 = fosr_tensors_get(set, m->prefix, "rate_q32", FOSR_U64, &bins, 0, err);
	if (!h->rate_q32)
		return -EINVAL;
	for (unsigned int b = 0; b < FOSR_WEEK_BINS; b++) {
		if (h->rate_q32[b] > FOSR_HIST_RATE_MAX_Q32)
			return fosr_err(err, -EINVAL, "%s.rate_q32[%u] is %llu flows per window, the limit is %llu",
				m->prefix, b, h->rate_q32[b] >> 32, FOSR_HIST_RATE_MAX_Q32 >> 32);
		any |= h->rate_q32[b];
	}
	return any ? 0 : fosr_err(err, -EINVAL, "%s.rate_q32 is all zero: no flow would ever start", m->prefix);
}

/* A table whose mean is not 1 would change the rate. */
static int table_check(const struct fosr_model *m, const __u32 *atom, __u64 t, struct fosr_err *err)
{
	__u64 sum = 0;

	for (__u32 i = 0; i < FOSR_HIST_ATOMS; i++)
		sum += (__u64)atom[i] * fosr_hist_weight(i / FOSR_HIST_SLICES);
	return sum == (__u64)FOSR_HIST_WEIGHTS << 16
		? 0
		: fosr_err(err, -EINVAL, "%s.factor_q16[%llu] sums up to %llu by weight, expected %llu (a mean of 1)",
			  m->prefix, t, sum, (__u64)FOSR_HIST_WEIGHTS << 16);
}

/* Relative variance of a table's factor, Q32; below 2^48, as the mean is 1. */
static __u64 variance_q32(const __u32 *atom)
{
	unsigned __int128 squares = 0;

	for (__u32 i = 0; i < FOSR_HIST_ATOMS; i++)
		squares += (unsigned __int128)atom[i] * atom[i] * fosr_hist_weight(i / FOSR_HIST_SLICES);
	squares /= FOSR_HIST_WEIGHTS;
	return squares > FOSR_Q32 ? (__u64)(squares - FOSR_Q32) : 0;
}

static void above_set(struct fosr_hist_tables *h)
{
	for (int hour = 0; hour < 24; hour++) {
		unsigned __int128 above = 0;

		for (int level = FOSR_HIST_LEVELS; level-- > 0;) {
			__u8 table = h->spread[level * 24 + hour];
			__u64 own = table == FOSR_HIST_NONE
				? 0
				: variance_q32(h->factor_q16 + (table - 1ULL) * FOSR_HIST_ATOMS);

			h->above_q32[level][hour] = (__u64)above;
			above = ((above + FOSR_Q32) * ((unsigned __int128)own + FOSR_Q32) >> 32) - FOSR_Q32;
			above = above > ABOVE_MAX_Q32 ? ABOVE_MAX_Q32 : above;
		}
	}
}

static int factors_load(
	struct fosr_hist_tables *h, const struct fosr_model *m, const struct fosr_tensors *set, struct fosr_err *err)
{
	__u64 levels = FOSR_HIST_LEVELS;
	int ret = 0;

	h->tables = UINT64_MAX;
	h->spread = fosr_tensors_get(set, m->prefix, "spread", FOSR_U8, &levels, 24, err);
	if (h->spread)
		h->factor_q16 =
			fosr_tensors_get(set, m->prefix, "factor_q16", FOSR_U32, &h->tables, FOSR_HIST_ATOMS, err);
	if (!h->factor_q16)
		return -EINVAL;
	for (int i = 0; i < FOSR_HIST_LEVELS * 24; i++)
		if (h->spread[i] > h->tables)
			return fosr_err(err, -EINVAL, "%s.spread[%d,%d] is %u, there are %llu tables", m->prefix,
				i / 24, i % 24, h->spread[i], h->tables);
	for (__u64 t = 0; t < h->tables && !ret; t++)
		ret = table_check(m, h->factor_q16 + t * FOSR_HIST_ATOMS, t, err);
	if (!ret)
		above_set(h);
	return ret;
}

static int load(struct fosr_model *m, const struct fosr_tensors *set, const struct fosr_services *services,
	struct fosr_err *err)
{
	struct fosr_hist_tables *h = calloc(1, sizeof(*h));
	int ret;

	if (!h)
		return fosr_err(err, -ENOMEM, "out of memory");
	m->priv = h;
	ret = rates_load(h, m, set, err);
	return ret ? ret : factors_load(h, m, set, err);
}

static void release(struct fosr_model *m)
{
	free(m->priv);
}

static __u64 per_day_q16(const struct fosr_model *m)
{
	const struct fosr_hist_tables *h = m->priv;
	unsigned __int128 sum = 0;

	for (unsigned int b = 0; b < FOSR_WEEK_BINS; b++)
		sum += h->rate_q32[b];
	return (__u64)(sum * FOSR_HIST_BIN_WINDOWS / 7 >> 16);
}

static __u64 busiest_q32(const struct fosr_model *m)
{
	const struct fosr_hist_tables *h = m->priv;
	__u64 most = 0;

	for (unsigned int b = 0; b < FOSR_WEEK_BINS; b++)
		most = fosr_max_u64(most, h->rate_q32[b]);
	return most;
}

/* At most what flow numbers allow. */
static __u64 scaled(__u64 rate_q32, __u64 by_q32)
{
	unsigned __int128 x = (unsigned __int128)rate_q32 * by_q32 >> 32;

	return x > FOSR_HIST_RATE_MAX_Q32 ? FOSR_HIST_RATE_MAX_Q32 : (__u64)x;
}

/* The integer part of the square root. */
static __u64 root(unsigned __int128 x)
{
	__u64 r = 0;

	for (int bit = 63; bit >= 0; bit--) {
		__u64 next = r | 1ULL << bit;

		if ((unsigned __int128)next * next <= x)
			r = next;
	}
	return r;
}

/*
 * A factor of mean 1 and of the table's variance over max(by, 1), Q32. The mean of n draws has 1/n of their variance
 * and, for a Gamma distribution, is Gamma distributed; what is beyond SUM_MAX is pulled towards 1.
 */
static __u64 factor_draw(const __u32 *atom, __u64 by_q32, struct fosr_rng *r)
{
	__u64 n = fosr_max_u64(fosr_min_u64(by_q32 >> 32, SUM_MAX), 1), sum = 0, mean_q32;

	for (__u64 i = 0; i < n; i++)
		sum += atom[fosr_hist_atom(fosr_rng_u32(r))];
	mean_q32 = (sum << 16) / n;
	if (by_q32 > n << 32) {
		unsigned __int128 pull_q16 = root(((unsigned __int128)n << 64) / by_q32);

		return (__u64)((pull_q16 * mean_q32 + (65536 - pull_q16) * FOSR_Q32) >> 16);
	}
	return mean_q32;
}

/*
 * By what the variance of a level is divided, so that that of the product of this factor and all above it is divided by
 * the scale s: (s + e) / (1 + e), where e is the variance of the product of those above.
 */
static __u64 divisor_q32(__u64 scale_q32, __u64 above_q32)
{
	if (scale_q32 <= FOSR_Q32)
		return FOSR_Q32;
	return (__u64)((((unsigned __int128)scale_q32 + above_q32) << 32) / (FOSR_Q32 + above_q32));
}

/* Expected flows of the window, Q32. */
static __u64 rate_of(const struct fosr_hist_tables *h, const struct fosr_arrivals *a)
{
	__u32 bin = fosr_hist_bin(fosr_local_ns(a->window * FOSR_WINDOW_NS, a->offset_ns)), hour = fosr_hist_hour(bin);
	__u64 rate = scaled(h->rate_q32[bin], a->scale_q32), key = (__u64)a->rng.key[1] << 32 | a->rng.key[0];

	for (int level = FOSR_HIST_LEVELS; level-- > 0 && rate;) {
		__u8 table = h->spread[level * 24 + hour];
		/* Index 0 of the stage is the window's own. */
		struct fosr_rng r = fosr_rng(
			key, a->window / fosr_hist_level_windows[level], FOSR_STAGE_ARRIVALS, 1 + (__u32)level);

		if (table != FOSR_HIST_NONE)
			rate = scaled(rate,
				factor_draw(h->factor_q16 + (table - 1ULL) * FOSR_HIST_ATOMS,
					divisor_q32(a->scale_q32, h->above_q32[level][hour]), &r));
	}
	return rate;
}

static bool next_start(const struct fosr_model *m, struct fosr_arrivals *a)
{
	__u64 rate;

	/* own: the window's rate, once it is known, times 2, plus 1 */
	if (!a->own)
		a->own = rate_of(m->priv, a) << 1 | 1;
	rate = a->own >> 1;
	a->elapsed_q32 += fosr_exponential_q32(fosr_rng_u32(&a->rng));
	if (a->elapsed_q32 >= rate)
		return false;
	a->start_ns = a->window * FOSR_WINDOW_NS + fosr_muldiv(a->elapsed_q32, FOSR_WINDOW_NS, rate);
	return true;
}

/* Variance over mean of the counts of so many windows side by side, in the busiest bin. */
static double dispersion(const struct fosr_hist_tables *h, unsigned int bin, __u32 windows)
{
	double mean = (double)h->rate_q32[bin] / (double)FOSR_Q32, above = 1, excess = 0;

	/* Of two windows whose closest common block is of a level, the factors' product has the mean `above`. */
	for (int level = FOSR_HIST_LEVELS; level-- > 0;) {
		__u8 table = h->spread[level * 24 + fosr_hist_hour(bin)];
		double v = table == FOSR_HIST_NONE
			? 0
			: fosr_hist_variance(h->factor_q16 + (table - 1ULL) * FOSR_HIST_ATOMS);
		__u32 width = fosr_hist_level_windows[level];

		excess += above * v * (width < windows ? width : windows);
		above *= 1 + v;
	}
	return 1 + mean * excess;
}

static void describe(const struct fosr_model *m, char *text, size_t size)
{
	static const char *const day[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
	const struct fosr_hist_tables *h = m->priv;
	unsigned int busiest = 0;

	for (unsigned int b = 1; b < FOSR_WEEK_BINS; b++)
		if (h->rate_q32[b] > h->rate_q32[busiest])
			busiest = b;
	snprintf(text, size,
		"%llu flows a day, busiest on %s at %02u:%02u (%.2f flows/s; variance/mean %.1f in 5 s, %.1f in 60 s)",
		(per_day_q16(m) + 32768) >> 16, day[busiest / FOSR_DAY_BINS], fosr_hist_hour(busiest), busiest % 4 * 15,
		(double)h->rate_q32[busiest] / (double)FOSR_Q32 / (double)(FOSR_WINDOW_NS / FOSR_NS_PER_S),
		dispersion(h, busiest, 1), dispersion(h, busiest, 12));
}

const struct fosr_model_ops fosr_model_hist = {
	.name = "hist",
	.serves = {[FOSR_ARRIVALS] = true},
	.help = "over-dispersed starts, rate by weekday and quarter of an hour",
	.fit = fosr_hist_fit,
	.load = load,
	.release = release,
	.next_start = next_start,
	.per_day_q16 = per_day_q16,
	.busiest_q32 = busiest_q32,
	.score = fosr_hist_score,
	.describe = describe,
};

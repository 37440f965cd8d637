// SPDX-License-Identifier: GPL-3.0-or-later
#include "math/quant.h"

#include <stdlib.h>

static int by_value(const void *a, const void *b)
{
	__u64 x = *(const __u64 *)a, y = *(const __u64 *)b;

	return (x > y) - (x < y);
}

/*
 * Knot k stands for probability k / FOSR_QUANTS: with few observations each of them keeps its share of the knots; with
 * many, the ends are the extremes seen.
 */
void fosr_quant_build(struct fosr_quant *q, __u64 *x, size_t n)
{
	qsort(x, n, sizeof(*x), by_value);
	for (size_t k = 0; k <= FOSR_QUANTS; k++) {
		size_t i = k * n / FOSR_QUANTS;

		q->knot[k] = x[i < n ? i : n - 1];
	}
}

/* log2 of x > 0, linear within each octave, Q32: the exponent and mantissa of a floating-point number, side by side. */
static __u64 float_scale(__u64 x)
{
	unsigned int e = 63 - (unsigned int)__builtin_clzll(x);

	return (__u64)e << 32 | (x << (63 - e) << 1) >> 32;
}

static __u64 float_value(__u64 scale)
{
	unsigned int e = (unsigned int)(scale >> 32);

	return (1ULL << e) + (__u64)((unsigned __int128)(scale & 0xffffffff) << e >> 32);
}

__u64 fosr_quant_draw(const struct fosr_quant *q, struct fosr_rng *r)
{
	__u64 u = (__u64)fosr_rng_u32(r) * FOSR_QUANTS; /* Q32 */
	__u64 lo = q->knot[u >> 32], hi = q->knot[(u >> 32) + 1];
	__u64 frac = u & 0xffffffff, from;

	if (lo == hi)
		return lo;
	if (hi - lo <= lo)
		return lo + (__u64)((unsigned __int128)(hi - lo) * frac >> 32);
	/* From 2^33 on the scale rounds down, by less than 2^-32 of the value: not below the knot, though. */
	from = float_scale(lo + 1);
	from += (__u64)((unsigned __int128)(float_scale(hi + 1) - from) * frac >> 32);
	return fosr_max_u64(float_value(from) - 1, lo);
}

/* 1 / the number of values in the octave of x + 1. */
static double octave_unit(__u64 x)
{
	return 1.0 / (double)(1ULL << (63 - (unsigned int)__builtin_clzll(x + 1)));
}

double fosr_log_uniform(__u64 x)
{
	return octave_unit(x) / 63;
}

/* Knots below x, or at most x. */
static int knots_below(const struct fosr_quant *q, __u64 x, bool at_most)
{
	int lo = 0, hi = FOSR_QUANTS + 1;

	while (lo < hi) {
		int mid = (lo + hi) / 2;

		if (q->knot[mid] < x || (at_most && q->knot[mid] == x))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

double fosr_quant_mass(const struct fosr_quant *q, __u64 x)
{
	int first = knots_below(q, x, false), after = knots_below(q, x, true);
	double mass = after > first ? after - first - 1 : 0;

	/* The segment that begins at or below x and ends above. */
	if (after > 0 && after <= FOSR_QUANTS) {
		__u64 lo = q->knot[after - 1], hi = q->knot[after];

		if (hi - lo <= lo)
			mass += 1.0 / (double)(hi - lo);
		else
			mass += octave_unit(x) * 4294967296.0 / (double)(float_scale(hi + 1) - float_scale(lo + 1));
	}
	return (1 - FOSR_QUANT_FLOOR) * mass / FOSR_QUANTS + FOSR_QUANT_FLOOR * fosr_log_uniform(x);
}

int fosr_quant_check(const struct fosr_quant *q)
{
	for (int k = 0; k < FOSR_QUANTS; k++)
		if (q->knot[k] > q->knot[k + 1])
			return -EINVAL;
	return q->knot[FOSR_QUANTS] >> 62 ? -EINVAL : 0;
}

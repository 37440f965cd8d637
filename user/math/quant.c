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

int fosr_quant_check(const struct fosr_quant *q)
{
	for (int k = 0; k < FOSR_QUANTS; k++)
		if (q->knot[k] > q->knot[k + 1])
			return -EINVAL;
	return q->knot[FOSR_QUANTS] >> 62 ? -EINVAL : 0;
}

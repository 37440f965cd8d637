// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/fixed.h"
#include "base/rng.h"
#include "tap.h"

#define LN2L 0.693147180559945309417232121458176568L
#define Q32L 4294967296.0L

/*
 * log2 of an integer another way, in long double: ln m = 2 atanh((m - 1) / (m + 1)) for the mantissa in [1, 2). Right
 * to 1e-17; the tests link without libm, as the program does.
 */
static long double reference_log2(__u64 x)
{
	unsigned int e = 63 - (unsigned int)__builtin_clzll(x);
	long double m = (long double)x / (long double)(1ULL << e), y = (m - 1) / (m + 1), term = y, sum = 0;

	for (int k = 1; k < 80; k += 2, term *= y * y)
		sum += term / k;
	return e + 2 * sum / LN2L;
}

static long double distance(long double a, long double b)
{
	return a > b ? a - b : b - a;
}

static void test_reference(void)
{
	ok(distance(reference_log2(10), 3.321928094887362347870319429489390L) < 1e-16L &&
			distance(reference_log2(3), 1.584962500721156181453738943947816L) < 1e-16L,
		"the test's own logarithm is right");
}

static void test_log2(void)
{
	struct fosr_rng r = fosr_rng(1, 2, FOSR_STAGE_REPORT, 0);
	long double worst = 0;
	int powers = 1, monotone = 1;

	for (int e = 0; e < 64; e++)
		powers &= fosr_log2_q32(1ULL << e) == (__u64)e << 32;
	ok(powers, "log2 of the 64 powers of two is exact");
	for (__u64 x = 1; x < 200000; x++) {
		long double d = distance(fosr_log2_q32(x) / Q32L, reference_log2(x));

		worst = d > worst ? d : worst;
		monotone &= fosr_log2_q32(x) < fosr_log2_q32(x + 1);
	}
	for (int i = 0; i < 200000; i++) {
		__u64 x = fosr_rng_u64(&r) >> fosr_rng_below(&r, 64);
		long double d = x ? distance(fosr_log2_q32(x) / Q32L, reference_log2(x)) : 0;

		worst = d > worst ? d : worst;
	}
	for (__u64 x = UINT64_MAX - 1000; x; x++) {
		long double d = distance(fosr_log2_q32(x) / Q32L, reference_log2(x));

		worst = d > worst ? d : worst;
	}
	ok(worst < 4 / Q32L, "log2 is right to four units of the last place (%.2Lf)", worst * Q32L);
	ok(monotone, "log2 increases");
}

static void test_exponential(void)
{
	struct fosr_rng r = fosr_rng(3, 4, FOSR_STAGE_REPORT, 0);
	enum { N = 1000000 };
	/* Share of draws below q: 1 - e^-q, here for q = ln 2, 2 ln 2, 1, 5. */
	static const double at[] = {0.693147180559945, 1.386294361119891, 1, 5};
	static const double share[] = {0.5, 0.75, 0.632120558828558, 0.993262053000915};
	__u32 below[4] = {0};
	double sum = 0;

	ok(fosr_exponential_q32(UINT32_MAX) == 0, "the smallest variate is 0");
	ok(distance(fosr_exponential_q32(0) / Q32L, 32 * LN2L) < 1e-7L, "the largest is 32 ln 2");
	ok(distance(fosr_exponential_q32(0x7fffffff) / Q32L, LN2L) < 1e-8L, "the median is ln 2");
	for (int i = 0; i < N; i++) {
		double x = (double)(fosr_exponential_q32(fosr_rng_u32(&r)) / Q32L);

		sum += x;
		for (int k = 0; k < 4; k++)
			below[k] += x < at[k];
	}
	ok(distance(sum / N, 1) < 0.005L, "mean of a million: %.4f", sum / N);
	for (int k = 0; k < 4; k++)
		ok(distance((double)below[k] / N, share[k]) < 0.0025L, "share below %.3f: %.4f, expected %.4f", at[k],
			(double)below[k] / N, share[k]);
}

static void test_decreasing(void)
{
	int all = 1;

	for (__u32 u = 0; u < UINT32_MAX - 5000; u += 4999)
		all &= fosr_exponential_q32(u) >= fosr_exponential_q32(u + 4999);
	ok(all, "the variate falls with its random number");
}

static void test_muldiv(void)
{
	ok(fosr_muldiv(UINT64_MAX, UINT64_MAX, UINT64_MAX) == UINT64_MAX, "2^64 - 1 squared and divided by itself");
	ok(fosr_muldiv(UINT64_MAX, 3, 4) == 13835058055282163711ULL, "the product may exceed 64 bits");
	ok(fosr_muldiv(1ULL << 63, 1ULL << 63, 1ULL << 63) == 1ULL << 63, "high bits stay");
	ok(fosr_muldiv(7, 3, 2) == 10 && fosr_muldiv(1, 1, 2) == 0, "rounds down");
	ok(fosr_muldiv(0, UINT64_MAX, 1) == 0 && fosr_muldiv(UINT64_MAX, 0, 9) == 0, "zero");
}

int main(void)
{
	test_reference();
	test_log2();
	test_exponential();
	test_decreasing();
	test_muldiv();
	return done();
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include <string.h>

#include "base/rng.h"
#include "math/histo.h"
#include "tap.h"

static struct fosr_histo h;

static int by_value(const void *x, const void *y)
{
	__u64 a = *(const __u64 *)x, b = *(const __u64 *)y;

	return (a > b) - (a < b);
}

static int near(__u64 got, __u64 want)
{
	__u64 d = got > want ? got - want : want - got;

	return d <= want / 16;
}

static void test_few(void)
{
	int exact = 1;

	memset(&h, 0, sizeof(h));
	ok(fosr_histo_at(&h, 500) == 0 && fosr_histo_at(&h, 1000) == 0, "empty: 0");
	fosr_histo_add(&h, 0);
	ok(h.n == 1 && fosr_histo_at(&h, 0) == 0 && fosr_histo_at(&h, 1000) == 0, "a zero");
	for (__u64 v = 0; v < 16; v++) {
		memset(&h, 0, sizeof(h));
		fosr_histo_add(&h, v);
		exact &= fosr_histo_at(&h, 500) == v;
	}
	ok(exact, "small values are exact");
}

/* One value alone: any percentile is the value to 6 %, over the whole range. */
static void test_range(void)
{
	int all = 1, most = 1;

	for (int e = 0; e < 64; e++)
		for (int k = -1; k <= 1; k++) {
			__u64 v = (1ULL << e) + (__u64)k;

			memset(&h, 0, sizeof(h));
			fosr_histo_add(&h, v);
			all &= near(fosr_histo_at(&h, 500), v) && near(fosr_histo_at(&h, 1), v);
			most &= fosr_histo_at(&h, 1000) <= v && h.max == v;
		}
	memset(&h, 0, sizeof(h));
	fosr_histo_add(&h, UINT64_MAX);
	ok(all && near(fosr_histo_at(&h, 999), UINT64_MAX), "a value alone is found again to 6 %%, from 0 to 2^64 - 1");
	ok(most, "no percentile is above the largest value");
}

static void test_percentiles(void)
{
	enum { N = 50001 };
	static __u64 x[N];
	static const __u32 at[] = {1, 10, 250, 500, 750, 900, 990, 999, 1000};
	struct fosr_rng r = fosr_rng(1, 1, FOSR_STAGE_REPORT, 0);
	int rising = 1;

	memset(&h, 0, sizeof(h));
	for (int i = 0; i < N; i++) {
		x[i] = fosr_rng_u64(&r) >> fosr_rng_below(&r, 50);
		fosr_histo_add(&h, x[i]);
	}
	qsort(x, N, sizeof(*x), by_value);
	for (size_t i = 0; i < FOSR_ARRAY_SIZE(at); i++) {
		__u64 want = x[((__u64)N * at[i] + 999) / 1000 - 1], got = fosr_histo_at(&h, at[i]);

		ok(near(got, want), "%u per mille: %llu, %llu by sorting", at[i], got, want);
	}
	for (__u32 p = 1; p <= 1000; p++)
		rising &= fosr_histo_at(&h, p) >= fosr_histo_at(&h, p - 1);
	ok(rising && h.n == N && h.max == x[N - 1], "percentiles do not fall");
}

int main(void)
{
	test_few();
	test_range();
	test_percentiles();
	return done();
}

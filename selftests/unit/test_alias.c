// SPDX-License-Identifier: GPL-3.0-or-later
#include <string.h>

#include "math/alias.h"
#include "tap.h"

#define DRAWS 400000

/* The probability that the table gives to category i, in units of 2^-32 / n, by its own definition. */
static void shares(const struct fosr_alias *t, __u32 n, __u64 *share)
{
	memset(share, 0, n * sizeof(*share));
	for (__u32 i = 0; i < n; i++) {
		__u64 keep = t[i].keep == UINT32_MAX ? 1ULL << 32 : t[i].keep;

		share[i] += keep;
		if (keep < 1ULL << 32)
			share[t[i].other] += (1ULL << 32) - keep;
	}
}

/* Each category's share against its weight: every slot rounds down by less than one unit. */
static void test_exact(const char *what, const __u64 *w, __u32 n)
{
	struct fosr_alias *t = calloc(n, sizeof(*t));
	__u64 *share = calloc(n, sizeof(*share)), sum = 0;
	int all = 1, zero = 1;

	for (__u32 i = 0; i < n; i++)
		sum += w[i];
	ok(!fosr_alias_build(t, w, n), "%s: a table of %u", what, n);
	shares(t, n, share);
	for (__u32 i = 0; i < n; i++) {
		double want = (double)w[i] / (double)sum * n * 4294967296.0, d = (double)share[i] - want;

		all &= d <= n + want * 1e-9 && -d <= n + want * 1e-9;
		zero &= w[i] || !share[i];
	}
	ok(all, "%s: the shares are the weights, to 2^-32", what);
	ok(zero, "%s: what weighs nothing is never drawn", what);
	free(t);
	free(share);
}

static double chi_square(const __u32 *count, const __u64 *w, __u32 n)
{
	double chi = 0;
	__u64 sum = 0;

	for (__u32 i = 0; i < n; i++)
		sum += w[i];
	for (__u32 i = 0; i < n; i++) {
		double mean = (double)DRAWS * (double)w[i] / (double)sum;

		if (w[i])
			chi += (count[i] - mean) * (count[i] - mean) / mean;
		else if (count[i])
			return 1e9;
	}
	return chi;
}

static void test_draws(void)
{
	static const __u64 w[] = {1, 0, 5, 10, 2, 0, 700, 3, 3, 3};
	enum { N = FOSR_ARRAY_SIZE(w) };
	struct fosr_rng r = fosr_rng(5, 6, FOSR_STAGE_REPORT, 0);
	struct fosr_alias t[N];
	__u32 alias[N] = {0};

	fosr_alias_build(t, w, N);
	for (int i = 0; i < DRAWS; i++)
		alias[fosr_alias_draw(t, N, &r)]++;
	/* Seven degrees of freedom: 36 has a chance of 10^-5, and the stream is fixed. */
	ok(chi_square(alias, w, N) < 36, "drawn by the table: chi-square %.1f", chi_square(alias, w, N));
}

static void test_one(void)
{
	struct fosr_rng r = fosr_rng(7, 8, FOSR_STAGE_REPORT, 0), before = r;
	static const __u64 w = 9;
	struct fosr_alias t;

	ok(!fosr_alias_build(&t, &w, 1) && fosr_alias_draw(&t, 1, &r) == 0, "one category");
	ok(!memcmp(&r, &before, sizeof(r)), "which costs no random number");
}

static void test_refusals(void)
{
	static const __u64 none[4], over[] = {UINT64_MAX, 1}, wide[] = {INT64_MAX / 2, 1},
				    fits[] = {INT64_MAX / 2 - 1, 1};
	struct fosr_alias t[4];

	ok(fosr_alias_build(t, none, 4) == -EINVAL, "weights all zero are refused");
	ok(fosr_alias_build(t, none, 0) == -EINVAL, "no weights are refused");
	ok(fosr_alias_build(t, over, 2) == -EINVAL, "a sum above 2^64 is refused");
	ok(fosr_alias_build(t, wide, 2) == -EINVAL && !fosr_alias_build(t, fits, 2), "a sum above 2^63 / n is refused");
}

int main(void)
{
	static const __u64 even[] = {4, 4, 4, 4}, steep[] = {1, 1ULL << 55, 0, 3}, last[] = {0, 0, 0, 1};
	static const __u64 large[] = {INT64_MAX / 4, INT64_MAX / 4 - 9, 1};
	static __u64 many[5000];
	struct fosr_rng r = fosr_rng(9, 9, FOSR_STAGE_REPORT, 0);

	for (size_t i = 0; i < FOSR_ARRAY_SIZE(many); i++)
		many[i] = fosr_rng_u32(&r) >> fosr_rng_below(&r, 32);
	test_exact("even", even, 4);
	test_exact("steep", steep, 4);
	test_exact("only the last", last, 4);
	test_exact("large", large, 2);
	test_exact("many", many, FOSR_ARRAY_SIZE(many));
	test_draws();
	test_one();
	test_refusals();
	return done();
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include <string.h>

#include "math/quant.h"
#include "tap.h"

static struct fosr_rng rnd;

/* Heavy-tailed: magnitudes even over 45 octaves. */
static __u64 heavy(void)
{
	return fosr_rng_u64(&rnd) >> 2 >> fosr_rng_below(&rnd, 45);
}

static int by_value(const void *x, const void *y)
{
	__u64 a = *(const __u64 *)x, b = *(const __u64 *)y;

	return (a > b) - (a < b);
}

/* A generator whose next word is u: what the draw makes of one known probability. */
static __u64 draw_at(const struct fosr_quant *q, __u32 u)
{
	struct fosr_rng r = {.have = 1, .out = {0, 0, 0, u}};

	return fosr_quant_draw(q, &r);
}

static void test_knots(void)
{
	__u64 one[] = {77}, two[] = {900, 5}, exact[64];
	struct fosr_quant q;
	int all = 1;

	fosr_quant_build(&q, one, 1);
	for (int k = 0; k <= FOSR_QUANTS; k++)
		all &= q.knot[k] == 77;
	ok(all && draw_at(&q, 0) == 77 && draw_at(&q, UINT32_MAX) == 77, "one observation is all there is");
	fosr_quant_build(&q, two, 2);
	all = 1;
	for (int k = 0; k <= FOSR_QUANTS; k++)
		all &= q.knot[k] == (k < 32 ? 5 : 900);
	ok(all, "two observations have half of the knots each");
	for (__u32 i = 0; i < 64; i++)
		exact[i] = 1000 - 10 * i;
	fosr_quant_build(&q, exact, 64);
	all = exact[0] == 370 && exact[63] == 1000;
	for (int k = 0; k < FOSR_QUANTS; k++)
		all &= q.knot[k] == 370 + 10 * (__u64)k;
	ok(all && q.knot[64] == 1000, "64 observations are the knots, sorted; the last one is the largest");
}

/* Knots against the sorted observations, draws against their range, and a draw's rank against its probability. */
static void test_sample(size_t n)
{
	__u64 *x = malloc(n * sizeof(*x));
	struct fosr_quant q;
	int knots = 1, inside = 1, between = 1;

	for (size_t i = 0; i < n; i++)
		x[i] = heavy();
	fosr_quant_build(&q, x, n);
	for (size_t i = 1; i < n; i++)
		knots &= x[i - 1] <= x[i];
	ok(knots, "%zu observations: sorted", n);
	ok(!fosr_quant_check(&q) && q.knot[0] == x[0] && q.knot[FOSR_QUANTS] == x[n - 1],
		"%zu observations: knots do not decrease and end at the extremes", n);
	for (int i = 0; i < 100000; i++) {
		__u32 u = fosr_rng_u32(&rnd);
		__u64 v = draw_at(&q, u);

		inside &= v >= x[0] && v <= x[n - 1];
		between &= v >= q.knot[u >> 26] && v <= q.knot[(u >> 26) + 1];
	}
	ok(inside, "%zu observations: no draw leaves their range", n);
	ok(between, "%zu observations: each draw lies between its two knots", n);
	free(x);
}

static void test_two_ends(void)
{
	static const struct {
		__u64 lo, hi;
	} rows[] = {{0, 0}, {0, 1}, {0, 3}, {1, 2}, {1, 1ULL << 40}, {(1ULL << 40) + 1, 1ULL << 42},
		{0, (1ULL << 62) - 1}, {(1ULL << 33) + 7, (1ULL << 61) + 5}, {(1ULL << 61) - 1, (1ULL << 62) - 1},
		{999, 1000000007}, {3456789012345, 98765432109876}};

	for (size_t i = 0; i < FOSR_ARRAY_SIZE(rows); i++) {
		int inside = 1, monotone = 1;
		struct fosr_quant q;
		__u64 before = 0;

		for (int k = 0; k <= FOSR_QUANTS; k++)
			q.knot[k] = k < 20 ? rows[i].lo : rows[i].hi;
		for (__u64 u = 19ULL << 26; u < 20ULL << 26; u += 1009) {
			__u64 v = draw_at(&q, (__u32)u);

			inside &= v >= rows[i].lo && v <= rows[i].hi;
			monotone &= v >= before;
			before = v;
		}
		ok(inside && draw_at(&q, 19u << 26) == rows[i].lo,
			"from %llu to %llu: no draw leaves them, the first is the lower", rows[i].lo, rows[i].hi);
		ok(monotone, "from %llu to %llu: a higher probability gives no lower value", rows[i].lo, rows[i].hi);
	}
}

/* Half way between 2^10 - 1 and 2^30 - 1 on the scale of floating point is 2^20 - 1; within an octave it is the mean.
 */
static void test_scale(void)
{
	struct fosr_quant q;

	for (int k = 0; k <= FOSR_QUANTS; k++)
		q.knot[k] = k ? (1ULL << 30) - 1 : (1ULL << 10) - 1;
	ok(draw_at(&q, 1u << 25) == (1ULL << 20) - 1, "half way over octaves is the geometric mean");
	for (int k = 0; k <= FOSR_QUANTS; k++)
		q.knot[k] = k ? 2000 : 1000;
	ok(draw_at(&q, 1u << 25) == 1500 && draw_at(&q, 1u << 24) == 1250,
		"near values are interpolated in a straight line");
}

static void test_distribution(void)
{
	enum { N = 100000, DRAWS = 200000 };
	static __u64 x[N], y[DRAWS];
	struct fosr_quant q;
	double worst = 0;

	for (size_t i = 0; i < N; i++)
		x[i] = heavy();
	fosr_quant_build(&q, x, N);
	for (size_t i = 0; i < DRAWS; i++)
		y[i] = fosr_quant_draw(&q, &rnd);
	qsort(y, DRAWS, sizeof(*y), by_value);
	/* Kolmogorov's distance at the knots' own probabilities and half way between them. */
	for (size_t i = 0, j = 0; i < N; i++) {
		double d;

		while (j < DRAWS && y[j] <= x[i])
			j++;
		d = (double)(i + 1) / N - (double)j / DRAWS;
		worst = d > worst ? d : -d > worst ? -d : worst;
	}
	ok(worst < 0.01, "draws from 100000 heavy-tailed observations are distributed as they are (distance %.4f)",
		worst);
}

static void test_check(void)
{
	struct fosr_quant q;

	memset(&q, 0, sizeof(q));
	ok(!fosr_quant_check(&q), "all zero is a table");
	for (int k = 0; k < FOSR_QUANTS; k++) {
		memset(&q, 0, sizeof(q));
		q.knot[k] = 1;
		if (fosr_quant_check(&q) != -EINVAL)
			break;
		if (k == FOSR_QUANTS - 1)
			ok(1, "a knot above the next one is refused, wherever it is");
	}
	memset(&q, 0, sizeof(q));
	q.knot[FOSR_QUANTS] = (1ULL << 62) - 1;
	ok(!fosr_quant_check(&q), "2^62 - 1 is a value");
	q.knot[FOSR_QUANTS] = 1ULL << 62;
	ok(fosr_quant_check(&q) == -EINVAL, "2^62 is none");
}

/* What is drawn is as likely as fosr_quant_mass() says, value by value, and in all. */
static void test_mass(void)
{
	enum { N = 400000, MOST = 5000 };
	static const __u64 values[] = {0, 0, 0, 7, 7, 40, 41, 52, 60, 400, 405, 1460, 1460, 1460, 1460, 4000};
	static __u32 seen[MOST];
	double sum = 0, off = 0;
	struct fosr_quant q;
	__u64 x[FOSR_ARRAY_SIZE(values)];
	bool far = false;

	memcpy(x, values, sizeof(x));
	fosr_quant_build(&q, x, FOSR_ARRAY_SIZE(x));
	for (int i = 0; i < N; i++)
		seen[fosr_quant_draw(&q, &rnd)]++;
	for (__u64 v = 0; v < MOST; v++) {
		double mass = fosr_quant_mass(&q, v), want = mass * N, gap = (double)seen[v] - want;

		sum += mass;
		off += gap > 0 ? gap / N : 0;
		/* Six standard deviations of a Poisson count, and a little for rounding. */
		far |= gap * gap > 36 * want + 100;
	}
	ok(sum > 0.9999 && sum < 1.0001, "masses add up to 1 (%.5f)", sum);
	ok(!far && off < 0.02, "draws have their masses (%.4f off)", off);
	ok(fosr_quant_mass(&q, 1ULL << 61) > 0 && fosr_quant_mass(&q, 30) < 1e-3 && fosr_quant_mass(&q, 7) > 0.1,
		"what was not seen is unlikely, not impossible");
	ok(fosr_log_uniform(0) > fosr_log_uniform(1000) && fosr_log_uniform((1ULL << 62) - 1) > 0,
		"the floor falls with size");
}

int main(void)
{
	rnd = fosr_rng(11, 12, FOSR_STAGE_REPORT, 0);
	test_knots();
	test_sample(1);
	test_sample(2);
	test_sample(3);
	test_sample(64);
	test_sample(65);
	test_sample(100000);
	test_two_ends();
	test_scale();
	test_distribution();
	test_check();
	test_mass();
	return done();
}

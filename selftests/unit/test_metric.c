// SPDX-License-Identifier: GPL-3.0-or-later
/* Metrics of fidelity against numbers of numpy, scipy and scikit-learn (metric_reference.py); 1e-9 where not said. */
#include <math.h>
#include <string.h>

#include "fidelity/metric.h"
#include "tap.h"

#define NEAR(got, want) near(#got, (got), (want))

static double a(size_t i)
{
	return (double)((i * 7919 + 13) % 101) / 10;
}

static double b(size_t i)
{
	return (double)((i * 6007 + 5) % 89) / 7;
}

static void near(const char *what, double got, double want)
{
	if (!ok(fabs(got - want) <= 1e-9, "%s is %.12g", what, want))
		printf("# is %.15g\n", got);
}

static void test_histograms(void)
{
	double p[40], q[40], zero[40] = {0}, one[40] = {[3] = 5}, other[40] = {[4] = 2};
	const double edge[] = {0, 10, 20};

	for (size_t i = 0; i < 40; i++) {
		p[i] = i == 3 ? 0 : (double)((i * 37 + 11) % 50);
		q[i] = i == 5 ? 0 : (double)((i * 53 + 7) % 61);
	}
	NEAR(fosr_jensen_shannon(p, q, 40), 0.1164364832339638);
	NEAR(fosr_total_variation(p, q, 40), 0.2837036206463876);
	NEAR(fosr_hellinger(p, q, 40), 0.31063178017616644);
	NEAR(fosr_jensen_shannon(p, p, 40), 0);
	NEAR(fosr_jensen_shannon(one, other, 40), 1);
	NEAR(fosr_hellinger(one, other, 40), 1);
	NEAR(fosr_total_variation(zero, zero, 40), 0);
	NEAR(fosr_jensen_shannon(zero, one, 40), 1);
	ok(fosr_bin_of(-1, edge, 3) == 0 && fosr_bin_of(0, edge, 3) == 1 && fosr_bin_of(9.9, edge, 3) == 1 &&
			fosr_bin_of(20, edge, 3) == 3 && fosr_bin_of(1e300, edge, 3) == 3,
		"values beyond the edges have bins");
}

static void test_samples(void)
{
	struct fosr_observed o[105];
	__u8 all[2][60], some[2][60], none[60] = {0};
	struct fosr_sample_distance d;

	for (__u32 i = 0; i < 105; i++) {
		__u32 side = i >= 60, unit = side ? i - 60 : i;

		o[i] = (struct fosr_observed){.value = side ? b(unit) : a(unit), .unit = unit, .side = side};
		all[side][unit] = 1;
		some[side][unit] = (__u8)(side ? (unit + 1) % 4 : unit % 3);
	}
	fosr_observed_sort(o, 105);
	d = fosr_sample_distance(o, 105, (const __u8 *[]){all[0], all[1]});
	NEAR(d.earth_mover, 0.743193117162433);
	NEAR(d.kolmogorov, 0.37777777777777777);
	d = fosr_sample_distance(o, 105, (const __u8 *[]){some[0], some[1]});
	NEAR(d.earth_mover, 0.8717081268097774);
	NEAR(d.kolmogorov, 0.4925373134328358);
	d = fosr_sample_distance(o, 105, (const __u8 *[]){all[0], none});
	NEAR(d.kolmogorov, 1);
	d = fosr_sample_distance(o, 0, (const __u8 *[]){all[0], all[1]});
	NEAR(d.earth_mover, 1);
}

static void rows(double r[60][3], double s[50][3])
{
	for (size_t i = 0; i < 60; i++) {
		r[i][0] = a(i);
		r[i][1] = b(i) + a(i) / 2;
		r[i][2] = a(3 * i + 1) - b(i);
	}
	for (size_t i = 0; i < 50; i++) {
		s[i][0] = b(i);
		s[i][1] = a(i);
		s[i][2] = a(i) + b(2 * i);
	}
}

static void test_dependence(void)
{
	double r[60][3], s[50][3], x[9], y[9], same[12] = {1, 1, 1, 2, 1, 3, 1, 4, 1, 5, 1, 6};
	struct fosr_lag lag = {0}, twice = {0}, none = {0};
	__u8 weight[60];

	rows(r, s);
	fosr_correlation(r[0], 60, 3, NULL, x);
	fosr_correlation(s[0], 50, 3, NULL, y);
	NEAR(x[1], 0.3991047704855738);
	NEAR(x[6], -0.002692543050952367);
	NEAR(x[5], -0.7470417405184715);
	NEAR(fosr_matrix_distance(x, y, 3), 0.8446682775556925);
	for (size_t i = 0; i < 60; i++)
		weight[i] = (__u8)(i % 3);
	fosr_correlation(r[0], 60, 3, weight, x);
	NEAR(x[5], -0.7273382435711397);
	fosr_correlation(same, 6, 2, NULL, x);
	NEAR(x[1], 0);
	for (size_t i = 1; i < 60; i++)
		fosr_lag_add(&lag, a(i - 1), a(i));
	NEAR(fosr_lag_correlation(&lag), -0.4399814121537083);
	fosr_lag_merge(&twice, &lag, 2);
	NEAR(fosr_lag_correlation(&twice), -0.4399814121537083);
	NEAR(fosr_lag_correlation(&none), 0);
}

static void test_neighbours(void)
{
	double r[60][3], s[50][3], density = 0, coverage = 0;
	__u32 balls[60];
	__u32 covered[60];

	rows(r, s);
	ok(fosr_neighbours(r[0], 60, s[0], 50, 3, 5, balls, covered), "density and coverage are computed");
	for (size_t j = 0; j < 50; j++)
		density += balls[j] / 5.0 / 50;
	for (size_t i = 0; i < 60; i++)
		coverage += covered[i] / 60.0;
	NEAR(density, 0.208);
	NEAR(coverage, 0.15);
	ok(!fosr_neighbours(r[0], 5, s[0], 50, 3, 5, balls, covered), "five rows have no fifth neighbour");
}

static void test_series(void)
{
	static const double want[] = {192.05, 54.13, 12.7525, 12.75625, 0.02};
	double x[32], energy[FOSR_SCALES], mean[FOSR_SCALES], sum = 0, squares = 0;
	size_t scales;

	for (size_t i = 0; i < 32; i++) {
		x[i] = a(i);
		squares += x[i] * x[i];
	}
	scales = fosr_haar(x, 32, energy);
	ok(scales == 5, "32 values have five scales");
	for (size_t j = 0; j < scales; j++) {
		NEAR(energy[j], want[j]);
		mean[j] = energy[j] / (16 >> j);
		sum += energy[j];
	}
	NEAR(sum + x[0] * x[0], squares);
	NEAR(fosr_energy_slope(mean, 5), -1.8543612797631428);
	NEAR(fosr_hurst(0), 0.5);
	memset(mean, 0, sizeof(mean));
	NEAR(fosr_energy_slope(mean, 5), 0);
}

int main(void)
{
	test_histograms();
	test_samples();
	test_dependence();
	test_neighbours();
	test_series();
	return done();
}

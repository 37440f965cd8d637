// SPDX-License-Identifier: GPL-3.0-or-later
#include "import/gap.h"

#include <math.h>

#define KNOT_MAX (double)(1ULL << 61)

double fosr_normal_cdf(double z)
{
	return erfc(-z * M_SQRT1_2) / 2;
}

double fosr_normal_quantile(double p)
{
	double lo = -40, hi = 40;

	for (int i = 0; i < 80; i++) {
		double mid = (lo + hi) / 2;

		if (fosr_normal_cdf(mid) < p)
			lo = mid;
		else
			hi = mid;
	}
	return (lo + hi) / 2;
}

/*
 * Mean between two knots: linear when the upper is at most twice the lower, else even on the scale of binary floating
 * point of x + 1: octave by octave, linear within each.
 */
static double segment_mean(double lo, double hi)
{
	double sum = 0, scale, from, to;
	int e;

	if (hi <= 2 * lo)
		return (lo + hi) / 2;
	lo += 1;
	hi += 1;
	from = floor(log2(lo)) + lo / exp2(floor(log2(lo))) - 1;
	to = floor(log2(hi)) + hi / exp2(floor(log2(hi))) - 1;
	scale = to - from;
	for (e = (int)floor(from); e < to; e++) {
		double a = fmax(from, e), b = fmin(to, e + 1);

		/* The value at e + f is 2^e (1 + f): its mean over [a, b] is in the middle. */
		sum += (b - a) * exp2(e) * (1 + (a + b) / 2 - e);
	}
	return sum / scale - 1;
}

double fosr_quant_mean(const struct fosr_quant *q)
{
	double sum = 0;

	for (int k = 0; k < FOSR_QUANTS; k++)
		sum += segment_mean((double)q->knot[k], (double)q->knot[k + 1]);
	return sum / FOSR_QUANTS;
}

/* The upper end of a segment that begins at lo and has that mean. */
static double segment_end(double lo, double mean)
{
	double from = lo, to = KNOT_MAX;

	for (int i = 0; i < 200; i++) {
		double mid = (from + to) / 2;

		if (segment_mean(lo, mid) < mean)
			from = mid;
		else
			to = mid;
	}
	return from;
}

static __u64 knot(double x)
{
	return (__u64)fmin(fmax(rint(x), 0), KNOT_MAX);
}

/* Every knot by the same factor, so that the table's mean is the one asked for. */
static void rescale(struct fosr_quant *q, double mean)
{
	double have = fosr_quant_mean(q);

	for (int k = 0; k <= FOSR_QUANTS && have > 0; k++)
		q->knot[k] = knot((double)q->knot[k] * mean / have);
}

void fosr_gap_table(struct fosr_quant *q, double mean, double var)
{
	double sigma2, sigma, m, tail;

	mean = fmin(mean, FOSR_GAP_MEAN_MAX);
	var = fmin(var, 1e6 * mean * mean);
	if (mean < 1 || var <= 2e-6 || var < 1e-6 * mean * mean) {
		for (int k = 0; k <= FOSR_QUANTS; k++)
			q->knot[k] = knot(mean);
		return;
	}
	sigma2 = log1p(var / (mean * mean));
	sigma = sqrt(sigma2);
	m = log(mean) - sigma2 / 2;
	for (int k = 1; k < FOSR_QUANTS; k++)
		q->knot[k] = knot(exp(m + sigma * fosr_normal_quantile((double)k / FOSR_QUANTS)));
	/* The first 64th begins at its own median's distance below; the last has the share of the mean that is its. */
	q->knot[0] = knot(exp(m + sigma * fosr_normal_quantile(0.25 / FOSR_QUANTS)));
	tail = mean * FOSR_QUANTS * fosr_normal_cdf(sigma - fosr_normal_quantile(1 - 1.0 / FOSR_QUANTS));
	q->knot[FOSR_QUANTS] = knot(segment_end((double)q->knot[FOSR_QUANTS - 1], tail));
	rescale(q, mean);
}

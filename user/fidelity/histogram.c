// SPDX-License-Identifier: GPL-3.0-or-later
#include <math.h>

#include "fidelity/metric.h"

static double total(const double *p, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += p[i];
	return sum;
}

/* True where one of the sides is empty, with what any distance is then. */
static bool trivial(const double *p, const double *q, size_t n, double sum[2], double *distance)
{
	sum[0] = total(p, n);
	sum[1] = total(q, n);
	*distance = (sum[0] > 0) != (sum[1] > 0);
	return sum[0] <= 0 || sum[1] <= 0;
}

static double bits(double share, double mean)
{
	return share > 0 ? share * log2(share / mean) : 0;
}

static double within(double x)
{
	return x < 0 ? 0 : x > 1 ? 1 : x;
}

double fosr_jensen_shannon(const double *p, const double *q, size_t n)
{
	double sum[2], d;

	if (trivial(p, q, n, sum, &d))
		return d;
	for (size_t i = 0; i < n; i++) {
		double x = p[i] / sum[0], y = q[i] / sum[1], mean = (x + y) / 2;

		d += (bits(x, mean) + bits(y, mean)) / 2;
	}
	return within(d);
}

double fosr_total_variation(const double *p, const double *q, size_t n)
{
	double sum[2], d;

	if (trivial(p, q, n, sum, &d))
		return d;
	for (size_t i = 0; i < n; i++)
		d += fabs(p[i] / sum[0] - q[i] / sum[1]) / 2;
	return within(d);
}

double fosr_hellinger(const double *p, const double *q, size_t n)
{
	double sum[2], d;

	if (trivial(p, q, n, sum, &d))
		return d;
	for (size_t i = 0; i < n; i++) {
		double x = sqrt(p[i] / sum[0]) - sqrt(q[i] / sum[1]);

		d += x * x / 2;
	}
	return within(sqrt(d));
}

size_t fosr_bin_of(double value, const double *edge, size_t n)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (value < edge[mid])
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

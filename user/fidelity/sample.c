// SPDX-License-Identifier: GPL-3.0-or-later
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fidelity/metric.h"

static int by_value(const void *a, const void *b)
{
	const struct fosr_observed *x = a, *y = b;

	return (x->value > y->value) - (x->value < y->value);
}

void fosr_observed_sort(struct fosr_observed *o, size_t n)
{
	qsort(o, n, sizeof(*o), by_value);
}

struct moments {
	double n, sum, square;
};

static double deviation(const struct moments *m)
{
	double mean = m->sum / m->n, variance = m->square / m->n - mean * mean;

	/* Of a constant, what is left of the difference of two large numbers is rounding. */
	return variance > 1e-12 * (1 + mean * mean) ? sqrt(variance) : 0;
}

static void sums(const struct fosr_observed *o, size_t n, const __u8 *const weight[2], struct moments m[2])
{
	double origin = n ? o[n / 2].value : 0;

	for (size_t i = 0; i < n; i++) {
		struct moments *side = &m[o[i].side];
		double w = weight[o[i].side][o[i].unit], x = o[i].value - origin;

		side->n += w;
		side->sum += w * x;
		side->square += w * x * x;
	}
}

struct fosr_sample_distance fosr_sample_distance(const struct fosr_observed *o, size_t n, const __u8 *const weight[2])
{
	struct fosr_sample_distance d = {0};
	struct moments m[2];
	double passed[2] = {0}, sd;

	memset(m, 0, sizeof(m));
	sums(o, n, weight, m);
	if (m[0].n <= 0 || m[1].n <= 0)
		return (struct fosr_sample_distance){1, 1};
	for (size_t i = 0; i < n; i++) {
		double apart;

		passed[o[i].side] += weight[o[i].side][o[i].unit];
		if (i + 1 < n && o[i + 1].value <= o[i].value)
			continue;
		apart = fabs(passed[0] / m[0].n - passed[1] / m[1].n);
		d.kolmogorov = apart > d.kolmogorov ? apart : d.kolmogorov;
		if (i + 1 < n)
			d.earth_mover += apart * (o[i + 1].value - o[i].value);
	}
	sd = deviation(&m[0]);
	if (sd > 0)
		d.earth_mover /= sd;
	return d;
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include <math.h>
#include <string.h>

#include "fidelity/metric.h"

static void means(const double *rows, size_t n, size_t d, const __u8 *weight, double *mean)
{
	double sum = 0;

	memset(mean, 0, d * sizeof(*mean));
	for (size_t i = 0; i < n; i++) {
		double w = weight ? weight[i] : 1;

		sum += w;
		for (size_t a = 0; a < d; a++)
			mean[a] += w * rows[i * d + a];
	}
	for (size_t a = 0; a < d; a++)
		mean[a] = sum > 0 ? mean[a] / sum : 0;
}

void fosr_correlation(const double *rows, size_t n, size_t d, const __u8 *weight, double *out)
{
	double mean[FOSR_FEATURES_MAX], root[FOSR_FEATURES_MAX];

	means(rows, n, d, weight, mean);
	memset(out, 0, d * d * sizeof(*out));
	for (size_t i = 0; i < n; i++) {
		double w = weight ? weight[i] : 1;

		for (size_t a = 0; a < d; a++)
			for (size_t b = a; b < d; b++)
				out[a * d + b] += w * (rows[i * d + a] - mean[a]) * (rows[i * d + b] - mean[b]);
	}
	for (size_t a = 0; a < d; a++)
		root[a] = sqrt(out[a * d + a]);
	for (size_t a = 0; a < d; a++)
		for (size_t b = a; b < d; b++) {
			double scale = root[a] * root[b], r = scale > 1e-12 ? out[a * d + b] / scale : 0;

			out[a * d + b] = out[b * d + a] = a == b ? 1 : r;
		}
}

double fosr_matrix_distance(const double *a, const double *b, size_t d)
{
	double sum = 0;

	for (size_t i = 0; i < d; i++)
		for (size_t j = 0; j < d; j++)
			if (i != j)
				sum += (a[i * d + j] - b[i * d + j]) * (a[i * d + j] - b[i * d + j]);
	return d > 1 ? sqrt(sum / (double)(d * (d - 1))) : 0;
}

void fosr_lag_add(struct fosr_lag *l, double before, double after)
{
	l->n++;
	l->x += before;
	l->y += after;
	l->xx += before * before;
	l->yy += after * after;
	l->xy += before * after;
}

void fosr_lag_merge(struct fosr_lag *l, const struct fosr_lag *other, double weight)
{
	l->n += weight * other->n;
	l->x += weight * other->x;
	l->y += weight * other->y;
	l->xx += weight * other->xx;
	l->yy += weight * other->yy;
	l->xy += weight * other->xy;
}

double fosr_lag_correlation(const struct fosr_lag *l)
{
	double xx, yy;

	if (l->n < 2)
		return 0;
	xx = l->xx - l->x * l->x / l->n;
	yy = l->yy - l->y * l->y / l->n;
	if (xx <= 1e-12 * l->xx || yy <= 1e-12 * l->yy)
		return 0;
	return (l->xy - l->x * l->y / l->n) / sqrt(xx * yy);
}

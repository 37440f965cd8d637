// SPDX-License-Identifier: GPL-3.0-or-later
#include <math.h>
#include <stdlib.h>

#include "fidelity/metric.h"

#define K_MAX 32

static double squared(const double *a, const double *b, size_t d)
{
	double sum = 0;

	for (size_t i = 0; i < d; i++)
		sum += (a[i] - b[i]) * (a[i] - b[i]);
	return sum;
}

/* The k-th smallest squared distance from row i to another row. */
static double reach(const double *rows, size_t n, size_t d, size_t k, size_t i)
{
	double least[K_MAX] = {0};
	size_t held = 0;

	for (size_t j = 0; j < n; j++) {
		double x = j == i ? 0 : squared(rows + i * d, rows + j * d, d);
		size_t at = held;

		if (j == i || (held == k && x >= least[k - 1]))
			continue;
		if (held < k)
			held++;
		else
			at--;
		for (; at && least[at - 1] > x; at--)
			least[at] = least[at - 1];
		least[at] = x;
	}
	return least[k - 1];
}

bool fosr_neighbours(const double *real, size_t n_real, const double *synthetic, size_t n_synthetic, size_t d, size_t k,
	__u32 *balls, __u32 *covered)
{
	if (n_real <= k || !k || k > K_MAX)
		return false;
	for (size_t j = 0; j < n_synthetic; j++)
		balls[j] = 0;
	for (size_t i = 0; i < n_real; i++) {
		/* Equal rows are inside a ball of no size; rounding must not push them out. */
		double r = reach(real, n_real, d, k, i) * (1 + 1e-12);

		covered[i] = 0;
		for (size_t j = 0; j < n_synthetic; j++)
			if (squared(real + i * d, synthetic + j * d, d) <= r) {
				balls[j]++;
				covered[i] = 1;
			}
	}
	return true;
}

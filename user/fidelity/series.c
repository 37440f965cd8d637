// SPDX-License-Identifier: GPL-3.0-or-later
#include <math.h>

#include "fidelity/metric.h"

size_t fosr_haar(double *x, size_t n, double energy[FOSR_SCALES])
{
	size_t scale = 0;

	for (; n > 1 && scale < FOSR_SCALES; n /= 2, scale++) {
		energy[scale] = 0;
		for (size_t i = 0; i < n / 2; i++) {
			double sum = (x[2 * i] + x[2 * i + 1]) * M_SQRT1_2,
			       detail = (x[2 * i] - x[2 * i + 1]) * M_SQRT1_2;

			energy[scale] += detail * detail;
			x[i] = sum;
		}
	}
	return scale;
}

double fosr_energy_slope(const double *mean_energy, size_t scales)
{
	double n = 0, x = 0, y = 0, xx = 0, xy = 0;

	for (size_t j = 0; j < scales; j++) {
		double log;

		if (mean_energy[j] <= 0)
			continue;
		log = log2(mean_energy[j]);
		n++;
		x += (double)j;
		y += log;
		xx += (double)(j * j);
		xy += (double)j * log;
	}
	return n > 1 ? (n * xy - x * y) / (n * xx - x * x) : 0;
}

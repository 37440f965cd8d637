/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How far two sets of observations are apart, on plain arrays. Side 0 is the real one wherever the sides differ in
 * role. Every observation has a weight, so that a bootstrap draws weights and sorts nothing anew.
 */
#ifndef FOSR_FIDELITY_METRIC_H
#define FOSR_FIDELITY_METRIC_H

#include <stddef.h>

#include "base/types.h"

/*
 * Two histograms of n bins, as counts or shares. Both empty: 0, they agree; one empty: the largest distance. The
 * Jensen-Shannon divergence is in bits, not its root. All are within 0 .. 1.
 */
double fosr_jensen_shannon(const double *p, const double *q, size_t n);
double fosr_total_variation(const double *p, const double *q, size_t n);
double fosr_hellinger(const double *p, const double *q, size_t n);

/* The bin of a value by n rising edges: 0 below the first, n from the last on, so that nothing falls out. */
size_t fosr_bin_of(double value, const double *edge, size_t n);

/* One observation of one side; of what was observed together (a flow's packets) unit is the same. */
struct fosr_observed {
	double value;
	__u32 unit;
	__u32 side;
};

/* By value, as the distances below want them. */
void fosr_observed_sort(struct fosr_observed *o, size_t n);

struct fosr_sample_distance {
	double earth_mover; /* the area between both distribution functions, over side 0's standard deviation */
	double kolmogorov; /* the largest difference between them */
};

/* Sorted observations; weight[side][unit]. A side without weight: both distances 1. */
struct fosr_sample_distance fosr_sample_distance(const struct fosr_observed *o, size_t n, const __u8 *const weight[2]);

#define FOSR_FEATURES_MAX 16

/* Pearson's correlations of d columns; of a constant column with any other 0. out: d * d. weight NULL: all alike. */
void fosr_correlation(const double *rows, size_t n, size_t d, const __u8 *weight, double *out);

/* Root of the mean squared difference between the entries off the diagonal: 0 .. 2. */
double fosr_matrix_distance(const double *a, const double *b, size_t d);

/* Sums for a correlation of neighbours in sequences; correlations of the sums of several are those of all pairs. */
struct fosr_lag {
	double n, x, y, xx, yy, xy;
};

void fosr_lag_add(struct fosr_lag *l, double before, double after);
void fosr_lag_merge(struct fosr_lag *l, const struct fosr_lag *other, double weight);
double fosr_lag_correlation(const struct fosr_lag *l); /* 0 where a side is constant */

/*
 * Density and coverage (Naeem et al., ICML 2020): balls around each real row, reaching to its k-th nearest real
 * neighbour. balls[j]: how many hold synthetic row j; covered[i]: does real row i's hold any? density is their mean
 * over k, coverage the share of those covered. False when memory is out or there are not more than k real rows.
 */
bool fosr_neighbours(const double *real, size_t n_real, const double *synthetic, size_t n_synthetic, size_t d, size_t k,
	__u32 *balls, __u32 *covered);

#define FOSR_SCALES 20

/* Energy per scale of the Haar wavelet transform of n values, n a power of two: energy[0] is of the finest details.
 * x is overwritten; what is left in x[0] is the sum over the root of n. Returns the number of scales. */
size_t fosr_haar(double *x, size_t n, double energy[FOSR_SCALES]);

/* Slope of log2 of the mean energies over the scales, by least squares over those above zero; 0 with fewer than two. */
double fosr_energy_slope(const double *mean_energy, size_t scales);

/* Hurst's exponent that fractional Gaussian noise of that slope would have: 0.5 is noise without memory. */
static inline double fosr_hurst(double slope)
{
	return (slope + 1) / 2;
}

#endif

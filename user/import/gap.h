/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A Gaussian gap of Fos-R's as what a gap can be: positive, with a tail. The log-normal distribution of the same mean
 * and variance, as a quantile table whose own mean is the Gaussian's. (A Gaussian clipped at 0, as Fos-R draws it, has
 * another mean, and puts a third of DNS replies at the same instant as their queries.)
 */
#ifndef FOSR_IMPORT_GAP_H
#define FOSR_IMPORT_GAP_H

#include "math/quant.h"

/* Longest mean that is taken as it is: ten days. */
#define FOSR_GAP_MEAN_MAX 864e12

/* mean and var in ns and ns^2, not negative. A variance below (1e-3 * mean)^2, or of the learner's 1e-6, is none. */
void fosr_gap_table(struct fosr_quant *q, double mean, double var);

/* Mean of what fosr_quant_draw() gives. */
double fosr_quant_mean(const struct fosr_quant *q);

/* Quantile of the standard normal distribution, 0 < p < 1. */
double fosr_normal_quantile(double p);

/* Its distribution function. */
double fosr_normal_cdf(double z);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Quantile tables: a quantity (ns, bytes) as FOSR_QUANTS + 1 knots of its inverse distribution function at equal steps
 * of probability. Between two knots a draw is interpolated on the scale of binary floating point (linear within an
 * octave, logarithmic over octaves): the tail stays heavy, and no Gaussian is assumed anywhere.
 */
#ifndef FOSR_MATH_QUANT_H
#define FOSR_MATH_QUANT_H

#include "base/rng.h"

enum { FOSR_QUANTS = 64 };

struct fosr_quant {
	__u64 knot[FOSR_QUANTS + 1]; /* not decreasing */
};

/* From n > 0 observations; sorts x. */
void fosr_quant_build(struct fosr_quant *q, __u64 *x, size_t n);

__u64 fosr_quant_draw(const struct fosr_quant *q, struct fosr_rng *r);

/*
 * How likely fosr_quant_draw() gives exactly x (ns, bytes), for scores: the table's density per unit, mixed with
 * FOSR_QUANT_FLOOR of fosr_log_uniform(), so that what was never seen has a finite number of bits.
 */
#define FOSR_QUANT_FLOOR 1e-4
double fosr_quant_mass(const struct fosr_quant *q, __u64 x);

/* Every octave of x + 1, of 63, is as likely as the next; in it, every value. */
double fosr_log_uniform(__u64 x);

/* -EINVAL when the knots decrease somewhere. */
int fosr_quant_check(const struct fosr_quant *q);

#endif

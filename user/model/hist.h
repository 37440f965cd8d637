/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The arrivals model in memory, for whoever makes one: hist_fit.c from captures, an importer from a file of somebody
 * else's. Rates are by weekday and quarter of an hour of local time; spread is what makes counts vary more than those
 * of a Poisson process do.
 */
#ifndef FOSR_MODEL_HIST_H
#define FOSR_MODEL_HIST_H

#include "flow/dataset.h"
#include "math/tensor.h"

#define FOSR_DAY_BINS 96
#define FOSR_WEEK_BINS (7 * FOSR_DAY_BINS) /* weekday * FOSR_DAY_BINS + quarter of an hour; weekday 0 is Monday */

/* Lengths of time over which the rate is raised or lowered as a whole: a window, a minute, a quarter of an hour. */
#define FOSR_HIST_LEVELS 3
extern const __u32 fosr_hist_level_windows[FOSR_HIST_LEVELS];

/* A larger relative variance is taken for this one, a smaller one than the least for none. */
#define FOSR_HIST_SPREAD_MAX 128.0
#define FOSR_HIST_SPREAD_MIN (1.0 / 128)

#define FOSR_HIST_RATE_MAX_Q32 ((__u64)FOSR_WINDOW_FLOWS_MAX << 32)

struct fosr_hist {
	/* Expected flow starts per window of FOSR_WINDOW_NS, Q32; at most FOSR_HIST_RATE_MAX_Q32, not all 0. */
	__u64 rate_q32[FOSR_WEEK_BINS];
	/* Variance of the rate's factor, whose mean is 1, at each level and hour of the day; 0: the factor is 1. */
	double spread[FOSR_HIST_LEVELS][24];
};

/*
 * Writes the tensors of the family "hist" below prefix (the stage's name, "arrivals"). 0, -EINVAL for rates that the
 * reader would refuse and for spread that is no number or negative, -ENOMEM.
 */
int fosr_hist_save(const char *prefix, const struct fosr_hist *h, struct fosr_tensors *out, struct fosr_err *err);

#endif

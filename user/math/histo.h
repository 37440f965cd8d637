/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A distribution of durations in constant memory: 16 bins per octave (as HDR histograms cut), so that a percentile is
 * exact to 6 %.
 */
#ifndef FOSR_MATH_HISTO_H
#define FOSR_MATH_HISTO_H

#include "base/types.h"

enum { FOSR_HISTO_BINS = 16 * 61 };

struct fosr_histo {
	__u64 n, max;
	__u64 bin[FOSR_HISTO_BINS];
};

void fosr_histo_add(struct fosr_histo *h, __u64 value);

/* The value that per_mille of all are at or below (500: the median); 0 when empty. */
__u64 fosr_histo_at(const struct fosr_histo *h, __u32 per_mille);

#endif

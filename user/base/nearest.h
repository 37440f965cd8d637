/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The nearest right word to one that was mistyped: smallest optimal string alignment distance (insertion, deletion,
 * substitution, swap of neighbours; ASCII case ignored), and only if it is near enough to be meant.
 */
#ifndef FOSR_BASE_NEAREST_H
#define FOSR_BASE_NEAREST_H

#include "base/types.h"

struct fosr_nearest {
	const char *word; /* borrowed */
	const char *best; /* borrowed from the caller's candidates; NULL when none is near */
	unsigned int distance;
};

static inline struct fosr_nearest fosr_nearest(const char *word)
{
	return (struct fosr_nearest){.word = word, .distance = ~0U};
}

/* Candidates may come in any order; of two equally near the first stays. */
void fosr_nearest_offer(struct fosr_nearest *n, const char *candidate);

#endif

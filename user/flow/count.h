/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Packet counts by category: exact up to 8, then eight per octave (as HDR histograms cut), so that a table over them is
 * short and its tail stays as heavy as what was seen.
 */
#ifndef FOSR_FLOW_COUNT_H
#define FOSR_FLOW_COUNT_H

#include "base/types.h"

enum { FOSR_COUNT_CATEGORIES = 200 };

static inline __u8 fosr_count_category(__u32 n)
{
	unsigned int e;

	if (n <= 8)
		return (__u8)n;
	e = 31 - (unsigned int)__builtin_clz(n); /* >= 3 */
	return (__u8)(8 + (e - 3) * 8 + (n >> (e - 3) & 7));
}

/* The counts of a category: *first, and how many from there on. */
static inline __u32 fosr_count_range(__u8 category, __u32 *first)
{
	unsigned int e;

	if (category < 8) {
		*first = category;
		return 1;
	}
	e = (category - 8u) / 8;
	*first = (8 + (category & 7u)) << e;
	return 1u << e;
}

#endif

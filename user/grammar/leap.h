/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Over thousands of records of one size at once, for messages of which a packet shows few. */
#ifndef FOSR_GRAMMAR_LEAP_H
#define FOSR_GRAMMAR_LEAP_H

#include "grammar/pen.h"

/* Of `count` records of `size` bytes each, passes over those before the window, all if it is behind: how many. */
static inline __u32 fosr_pen_leap(struct fosr_pen *p, __u32 size, __u32 count)
{
	__u32 n = 0;

	if (p->at >= p->to)
		n = count;
	else if (p->from > p->at)
		n = (p->from - p->at) / size;
	n = n < count ? n : count;
	fosr_pen_skip(p, n * size);
	return n;
}

#endif

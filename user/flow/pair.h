/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two addresses without a direction: the order of packets that are due at the same time begins with them, because they
 * can be seen in a frame. */
#ifndef FOSR_FLOW_PAIR_H
#define FOSR_FLOW_PAIR_H

#include <string.h>

#include "flow/flow.h"

struct fosr_pair {
	struct fosr_addr low, high;
};

static inline struct fosr_pair fosr_pair(const struct fosr_addr *a, const struct fosr_addr *b)
{
	return memcmp(a, b, sizeof(*a)) < 0 ? (struct fosr_pair){*a, *b} : (struct fosr_pair){*b, *a};
}

/* Below, at or above 0, as memcmp(). */
static inline int fosr_pair_cmp(const struct fosr_pair *a, const struct fosr_pair *b)
{
	int low = memcmp(&a->low, &b->low, sizeof(a->low));

	return low ? low : memcmp(&a->high, &b->high, sizeof(a->high));
}

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pools of flows for forests, made equal class by class. */
#ifndef FOSR_FIDELITY_POOLS_H
#define FOSR_FIDELITY_POOLS_H

#include "fidelity/compare.h"

/* The later half of the real side (files with odd numbers), the other half, the synthetic side. */
enum fosr_pool {
	FOSR_POOL_HELD,
	FOSR_POOL_OTHER,
	FOSR_POOL_SYNTHETIC,
	FOSR_POOLS,
};

struct fosr_pooled {
	const struct fosr_fid_flow *flow;
	__u32 class;
	__u32 order; /* random */
};

struct fosr_pools {
	FOSR_VEC(struct fosr_pooled) flow[FOSR_POOLS];
};

/* All flows of a service (-1: of all), none with a class yet. 0 or -ENOMEM. */
int fosr_pools_fill(struct fosr_pools *p, const struct fosr_compare *c, int service, __u64 seed);

/* As many flows of each class in every pool, chosen at random: what the poorest pool has, but at most `most`; classes
 * with fewer than `least` are left out. Pools are in order of classes then. */
void fosr_pools_match(struct fosr_pools *p, size_t least, size_t most);

/* At most so many flows of each pool, at random; the pools have to be matched, and stay so. */
void fosr_pools_thin(struct fosr_pools *p, size_t most);
void fosr_pools_free(struct fosr_pools *p);

#endif

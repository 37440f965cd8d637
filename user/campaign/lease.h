/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who has which 5-tuple: no two flows alive at once may share one, in either direction. A table of slot numbers; what
 * is in a slot is the caller's.
 */
#ifndef FOSR_CAMPAIGN_LEASE_H
#define FOSR_CAMPAIGN_LEASE_H

#include "flow/flow.h"

struct fosr_lease {
	__u32 hash;
	__u32 holder; /* 1 + slot; 0: free */
};

struct fosr_leases {
	struct fosr_lease *v; /* open addressing, linear probing, at most two thirds full */
	size_t n, mask;
	const struct fosr_flow *(*flow)(const void *arg, __u32 slot);
	const void *arg;
};

/* The slot of the flow that has these ends (in either order) and this protocol, or -1. */
__s64 fosr_lease_holder(const struct fosr_leases *t, const struct fosr_flow *f);

/* The slot's flow takes its 5-tuple, which nobody may have. 0 or -ENOMEM. */
int fosr_lease_take(struct fosr_leases *t, __u32 slot);

/* The slot's flow gives it back, if it has one. */
void fosr_lease_drop(struct fosr_leases *t, __u32 slot);

void fosr_leases_free(struct fosr_leases *t);

#endif

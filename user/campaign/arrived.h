/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What came in, by tag: each step of a flow once, again, or never. A window of 64 steps per flow tells repeats apart
 * (as RFC 4303 3.4.3 does against replay); a flow is forgotten a while after its last planned step.
 */
#ifndef FOSR_CAMPAIGN_ARRIVED_H
#define FOSR_CAMPAIGN_ARRIVED_H

#include "base/u64map.h"
#include "base/vec.h"

struct fosr_arrived_flow {
	__u32 next; /* one past the highest step seen */
	__u64 mask; /* bit i: step next - 1 - i was seen */
};

struct fosr_arrived_end {
	__u64 flow;
	__u64 when_ns;
};

struct fosr_arrived {
	struct fosr_u64map by_flow;
	FOSR_VEC(struct fosr_arrived_flow) flow;
	FOSR_VEC(__u32) unused;
	FOSR_VEC(struct fosr_arrived_end) ended; /* queue, from `head` on */
	size_t head;
	__u64 unique, repeated;
};

/* A good tagged frame of this campaign came in. 0 or -ENOMEM. */
int fosr_arrived_step(struct fosr_arrived *a, __u64 flow, __u32 step);

/* The plan has no more of this flow; forget it some time after when_ns. Calls come in order of when_ns. */
int fosr_arrived_end(struct fosr_arrived *a, __u64 flow, __u64 when_ns);

void fosr_arrived_expire(struct fosr_arrived *a, __u64 now_ns);
void fosr_arrived_free(struct fosr_arrived *a);

#endif

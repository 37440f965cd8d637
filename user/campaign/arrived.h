/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What came in, by tag: each step of a flow once, again, or never. A bit per step, so that the order in which frames
 * come does not matter; a flow is forgotten a while after its last planned step.
 */
#ifndef FOSR_CAMPAIGN_ARRIVED_H
#define FOSR_CAMPAIGN_ARRIVED_H

#include "base/u64map.h"
#include "base/vec.h"

struct fosr_arrived_flow {
	__u64 first; /* steps 0 to 63 */
	__u64 *more; /* those from 64 on */
	__u32 words; /* of more */
};

struct fosr_arrived_end {
	__u64 flow;
	__u64 when_ns;
};

/* No flow of a plan has more steps; a tag that says so is counted as a repeat. */
#define FOSR_ARRIVED_STEPS_MAX (1u << 28)

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

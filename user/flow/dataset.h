/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What learning sees of captures: one record per flow and one per packet, packets of a flow side by side and in order
 * of time. No address, no name and no payload byte is in it: only roles, ports, services, counts, sizes and gaps.
 */
#ifndef FOSR_FLOW_DATASET_H
#define FOSR_FLOW_DATASET_H

#include "base/tz.h"
#include "base/vec.h"
#include "flow/flow.h"
#include "flow/service.h"
#include "flow/step.h"

struct fosr_sample_flow {
	__u64 start_ns; /* Unix time of the first packet */
	__u64 bytes[2]; /* payload bytes each way */
	__u32 packets[2];
	__u32 first; /* index of the first packet in steps; packets[0] + packets[1] of them follow */
	__u16 service; /* index in the vocabulary */
	__u16 port; /* responder's */
	__u8 l4;
	__u8 end_state; /* enum fosr_end_state */
	__u8 roles; /* opener * FOSR_ROLES + responder, enum fosr_role */
	__u8 pad;
};

/* A time without long silences in one capture. Flows of a capture are side by side, in the order of their ends. */
struct fosr_watched {
	__u64 from_ns, to_ns; /* Unix time of the first and the last packet */
	size_t first, end; /* of the capture that it is part of: flows[first] .. flows[end - 1] */
};

struct fosr_dataset {
	FOSR_VEC(struct fosr_sample_flow) flows;
	FOSR_VEC(struct fosr_step) steps;
	struct fosr_services services;
	FOSR_VEC(struct fosr_watched) watched; /* a capture's are side by side */
	__u64 flows_per_day; /* mean rate that arrivals are to have; 0: as watched */
	const struct fosr_tz *tz; /* where the captures come from, borrowed; NULL: UTC */
};

/* How long the captures watched, summed up over captures. */
__u64 fosr_dataset_covered_ns(const struct fosr_dataset *d);

/* An instant of the captures in their local time, as if that were Unix time. */
static inline __u64 fosr_dataset_local_ns(const struct fosr_dataset *d, __u64 ns)
{
	return fosr_local_ns(ns, fosr_tz_offset_ns(d->tz, ns));
}

void fosr_dataset_free(struct fosr_dataset *d);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What learning sees of captures: one record per flow and one per packet, packets of a flow side by side and in order
 * of time. No address, no name and no payload byte is in it: only roles, ports, services, counts, sizes and gaps.
 */
#ifndef FOSR_FLOW_DATASET_H
#define FOSR_FLOW_DATASET_H

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

/* How long, and when, the captures watched: seconds covered per quarter of an hour of the (UTC) day. */
#define FOSR_DAY_BINS 96

struct fosr_dataset {
	FOSR_VEC(struct fosr_sample_flow) flows;
	FOSR_VEC(struct fosr_step) steps;
	struct fosr_services services;
	__u64 covered_ns[FOSR_DAY_BINS];
};

void fosr_dataset_free(struct fosr_dataset *d);

#endif

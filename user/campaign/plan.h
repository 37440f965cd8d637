/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The plan of a campaign: every packet in order of time, made as it is asked for. Memory grows with the flows alive at
 * once. A plan is one thread's; several plans of one campaign share what is read-only.
 */
#ifndef FOSR_CAMPAIGN_PLAN_H
#define FOSR_CAMPAIGN_PLAN_H

#include "campaign/campaign.h"

struct fosr_plan;

/* A flow alive. */
struct fosr_live_flow {
	struct fosr_flow flow;
	struct fosr_conn conn;
	struct fosr_walk walk; /* past the next step already */
	struct fosr_step next; /* the step that is due */
	struct fosr_track seen; /* of the steps given */
	__u64 last_ns; /* of the step given last */
	__u64 payload[2]; /* bytes given so far, each way */
	__u64 frame[2]; /* the same with all headers */
	__u32 packets[2];
	__u32 index; /* of the step that is due */
	__u32 slot; /* the plan's own */
	bool wanted;
};

/* One planned packet. */
struct fosr_planned {
	__u64 time_ns;
	struct fosr_live_flow *live; /* valid until the next call */
	struct fosr_step step;
	__u32 index; /* step number within the flow */
	bool last; /* the flow ends with it, unless the campaign ends before */
};

/*
 * want, when not NULL, says which flows are of interest: others are not given, and not even walked where nothing
 * depends on them.
 */
int fosr_plan_open(struct fosr_plan **out, const struct fosr_campaign *c,
	bool (*want)(void *arg, const struct fosr_flow *f), void *arg, struct fosr_err *err);

/* 1 and the next packet, 0 at the end, -errno. */
int fosr_plan_next(struct fosr_plan *p, struct fosr_planned *out, struct fosr_err *err);

/* Writes the packet's bytes (no taint), returns their length. Once per packet, in order: the flow's numbers move on. */
__u32 fosr_plan_craft(struct fosr_plan *p, const struct fosr_planned *packet, __u8 *frame);

/* Instead of crafting, for a packet that is sent elsewhere. */
void fosr_plan_skip(const struct fosr_planned *packet);

/* Flows that were begun and not ended, one per call while *cursor moves on; NULL after the last. For logs at the end.
 */
const struct fosr_live_flow *fosr_plan_unfinished(const struct fosr_plan *p, size_t *cursor);

struct fosr_plan_stats {
	__u64 flows, packets;
	__u64 clamped; /* payloads cut to what the MTU leaves */
	__u64 live_most;
};

struct fosr_plan_stats fosr_plan_stats(const struct fosr_plan *p);

/* Services of the profile that no host of the network offers to another, as one line for people; "" when none. */
const char *fosr_plan_left_out(const struct fosr_plan *p);

/* The one flow of that id walked up to and with step `index`, crafted into frame: its length, or 0 when the campaign
 * has no such packet; of a limit of packets it knows nothing. For comparing: it costs a walk from the flow's start. */
__u32 fosr_plan_packet(struct fosr_plan *p, __u64 flow_id, __u32 index, __u8 *frame);

void fosr_plan_free(struct fosr_plan *p);

#endif

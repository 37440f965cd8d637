/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The plan of a campaign: every packet in order of (time, addresses, flow, step), made slice by slice as it is asked
 * for. A slice is a stretch of campaign time with a bounded number of packets: its flows are walked side by side by a
 * pool of workers, then put in order; frames are made from it in any order, by any thread. What the packets are does
 * not depend on slices or workers. Memory grows with the flows alive at once.
 */
#ifndef FOSR_CAMPAIGN_PLAN_H
#define FOSR_CAMPAIGN_PLAN_H

#include "base/pool.h"
#include "campaign/campaign.h"
#include "timeline/order.h"

struct fosr_plan;

/* Steps of a flow that were drawn before they are due, to see how long a message is: the walk is past them. */
#define FOSR_AHEAD 4
struct fosr_ahead {
	struct {
		struct fosr_step step;
		struct fosr_walk walk;
		bool cut;
	} drawn[FOSR_AHEAD];
	__u8 first, n; /* a ring */
};

/* A flow alive, or one that ended in this slice. */
struct fosr_live_flow {
	struct fosr_flow flow;
	struct fosr_conn conn;
	struct fosr_walk walk; /* past the step that is due */
	struct fosr_ahead ahead;
	struct fosr_step next; /* the step that is due; its gap lies behind */
	__u64 last_ns; /* of the step before it; these five only count what the plan has given or is about to give */
	__u64 payload[2]; /* bytes each way */
	__u64 frame[2]; /* the same with all headers */
	__u32 packets[2];
	__u32 wanted; /* what the caller's want() said */
	bool cut; /* next was longer than the MTU allows */
	bool moved; /* its client's first choice of a port was taken by a flow alive */
};

/* A packet before it has bytes. */
struct fosr_packet {
	__u32 slot; /* of its flow: fosr_plan_flow() */
	__u32 index; /* step number within the flow */
	struct fosr_numbers numbers;
	struct fosr_step step;
};

struct fosr_plan_opts {
	/* NULL, or says which flows are of interest, by any number but 0, which stays with the flow: others are not
	 * given, and not even walked where nothing depends on them. Of two addresses it says the same whatever the
	 * flow, as they share ports. Called by workers at the same time. */
	__u32 (*want)(void *arg, const struct fosr_flow *f);
	void *arg;
	struct fosr_pool *pool; /* NULL: the caller alone */
	__u32 slice_packets; /* about so many per slice; 0: FOSR_SLICE_PACKETS */
	__u32 shard, shards; /* shards > 0: only flows of this shard, counted from 0; all flows of two hosts fall into
			      * the same one */
};

/* Large enough that starting a slice costs nothing, small enough for the second-level cache. */
#define FOSR_SLICE_PACKETS 16384

/* opts may be NULL. */
int fosr_plan_open(
	struct fosr_plan **out, const struct fosr_campaign *c, const struct fosr_plan_opts *opts, struct fosr_err *err);

/* Packets in order; valid, with their flows, until the next slice. Only those with FOSR_DUE_WANTED are to be given. */
struct fosr_slice {
	const struct fosr_due *due;
	size_t n;
};

/* 1 and the next slice (never empty), 0 at the end, -errno. */
int fosr_plan_slice(struct fosr_plan *p, struct fosr_slice *out, struct fosr_err *err);

const struct fosr_packet *fosr_plan_packet(const struct fosr_plan *p, const struct fosr_due *due);
const struct fosr_live_flow *fosr_plan_flow(const struct fosr_plan *p, const struct fosr_packet *packet);

/* Writes the packet's bytes (no taint), returns their length. Any thread, any order. */
__u32 fosr_plan_craft(const struct fosr_plan *p, const struct fosr_packet *packet, __u8 *frame);

/* One planned packet, for those who take them one by one. */
struct fosr_planned {
	__u64 time_ns;
	const struct fosr_packet *packet;
	const struct fosr_live_flow *live; /* both valid until the next call */
	bool last; /* the flow ends with it, unless the campaign ends before */
};

/* 1 and the next packet, 0 at the end, -errno. Not to be mixed with fosr_plan_slice(). */
int fosr_plan_next(struct fosr_plan *p, struct fosr_planned *out, struct fosr_err *err);

/*
 * After the end: flows that were begun and cut off, in order of their ids, while *cursor moves on from 0: 1 and a flow,
 * 0 after the last, -errno. Its walk has seen the steps that were given, and no other. Valid until the next call.
 */
int fosr_plan_unfinished(struct fosr_plan *p, size_t *cursor, const struct fosr_live_flow **out, struct fosr_err *err);

struct fosr_plan_stats {
	__u64 flows, packets;
	__u64 clamped; /* payloads cut to what the MTU leaves */
	__u64 live_most;
	__u64 ports_moved; /* flows that were moved */
};

struct fosr_plan_stats fosr_plan_stats(const struct fosr_plan *p);

/* Services of the profile that no host of the network offers to another, as one line for people; "" when none. */
const char *fosr_plan_left_out(const struct fosr_plan *p);

/*
 * One flow walked anew, step by step: what it sent stands there again. It needs to know when the flow started and the
 * port that its client had; of a limit of packets it knows nothing. Costs a walk from the flow's start. Threads may
 * walk at the same time.
 */
struct fosr_again {
	struct fosr_live_flow live;
	struct fosr_packet packet; /* the last step taken */
	__u64 time_ns; /* when it is due */
	__u32 steps; /* taken */
};

/* False: the campaign has no such flow. */
bool fosr_again_begin(const struct fosr_plan *p, struct fosr_again *a, __u64 id, __u64 start_ns, __u16 port);
/* Takes the next step; false: that was the last. */
bool fosr_again_step(const struct fosr_plan *p, struct fosr_again *a);
/* As fosr_plan_craft(), of the step taken last. */
__u32 fosr_again_craft(const struct fosr_plan *p, const struct fosr_again *a, __u8 *frame);

/* That step of that flow, crafted into frame: its length, or 0 when the campaign has no such packet. For comparing. */
__u32 fosr_plan_remake(struct fosr_plan *p, __u64 flow_id, __u16 port, __u32 index, __u8 *frame);

/* When that step of that flow is due; false: the campaign has no such packet (it may still end before, by a limit of
 * packets). Costs the starts of the flow's window up to its own, and a walk. */
bool fosr_plan_when(struct fosr_plan *p, __u64 flow_id, __u32 index, __u64 *time_ns);

/* How many steps that flow has, and when the last is due; 0: the campaign has no such flow. Costs its whole walk. */
__u32 fosr_plan_steps(struct fosr_plan *p, __u64 flow_id, __u64 *last_ns);

void fosr_plan_free(struct fosr_plan *p);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The plan as an index that verify looks packets up in: a window of so many packets, in order of time, that moves on
 * with what is found. What leaves it is settled, and told to who asked for that; a flow is settled with its last
 * packet. Memory grows with the window and the flows alive, not with the campaign.
 */
#ifndef FOSR_CAMPAIGN_EXPECTED_H
#define FOSR_CAMPAIGN_EXPECTED_H

#include "base/u64map.h"
#include "campaign/plan.h"

struct fosr_expected_packet {
	__u64 hash; /* of the untainted frame */
	__u64 time_ns;
	__u32 back; /* by bytes only: the packet with this hash before it is so many back in the plan; 0: none */
	__u32 flow; /* index in flows */
	__u32 step;
	__u8 dir; /* enum fosr_dir */
};

/* What became of a flow's packets; filled in by who looks them up. */
struct fosr_expected_sums {
	__u32 seen; /* unaltered, each once, wherever */
	__u32 missing, altered, repeated, retransmitted, recovered, reordered, late;
};

struct fosr_expected_flow {
	__u64 id;
	__u64 start_ns;
	struct fosr_addr addr[2]; /* by enum fosr_dir */
	__u16 port[2];
	__u8 l4;
	bool ended; /* the plan has no more of it */
	__u32 planned; /* so far */
	__u32 held; /* of them, in the window: the last ones */
	__u32 first; /* place of the first of those in slot */
	FOSR_VEC(__u32) slot; /* their places in the window */
	struct fosr_expected_sums sums;
};

/* Called in the order of the plan; what they return other than 0 ends what they were called from. */
struct fosr_expected_ops {
	int (*packet)(void *arg, const struct fosr_expected_packet *e, __u32 slot, struct fosr_err *err);
	int (*flow)(void *arg, const struct fosr_expected_flow *f, __u32 index, struct fosr_err *err);
	void *arg;
};

/* What the plan says of a flow that is not held, for who asks for its next packet. */
struct fosr_expected_length {
	__u64 flow; /* UINT64_MAX, which no flow is: none yet */
	__u64 last_ns;
	__u32 steps; /* 0: there is no such flow */
};

#define FOSR_EXPECTED_LENGTHS 4096

/* Ends of settled flows, the latest of them, in two generations. */
struct fosr_expected_gone {
	struct fosr_u64map now, before;
	size_t most; /* in each */
};

struct fosr_expected {
	const struct fosr_campaign *c;
	struct fosr_expected_ops ops;
	struct fosr_plan *plan;
	__u32 window;
	struct fosr_expected_packet *ring; /* packet k of the plan is in slot k % window */
	__u64 tail, head; /* held are packets tail to head - 1 */
	__u64 settled_ns; /* time of packet tail - 1 */
	bool done; /* head is the end of the plan */
	__u64 flows_planned;
	FOSR_VEC(struct fosr_expected_flow) flows; /* those with no id are unused */
	FOSR_VEC(__u32) unused;
	struct fosr_u64map by_flow, by_hash, by_ends;
	struct fosr_expected_gone gone;
	struct fosr_expected_length *length; /* by a hash of the flow */
};

/* window: packets, more than any two hosts have at one and the same time. Holds the plan's beginning. */
int fosr_expected_open(struct fosr_expected *x, const struct fosr_campaign *c, __u32 window,
	const struct fosr_expected_ops *ops, struct fosr_err *err);

/* Moves the window so that half of it lies ahead of this packet, which is held. */
int fosr_expected_around(struct fosr_expected *x, const struct fosr_expected_packet *e, struct fosr_err *err);

/* Moves the window on until it holds what is planned up to that time. */
int fosr_expected_until(struct fosr_expected *x, __u64 time_ns, struct fosr_err *err);

/* Settles all that is left. */
int fosr_expected_end(struct fosr_expected *x, struct fosr_err *err);

void fosr_expected_free(struct fosr_expected *x);

static inline __u32 fosr_expected_slot(const struct fosr_expected *x, const struct fosr_expected_packet *e)
{
	return (__u32)(e - x->ring);
}

enum fosr_expected_fate {
	FOSR_EXPECTED_HELD,
	FOSR_EXPECTED_SETTLED, /* it was planned, and its time is over */
	FOSR_EXPECTED_NOT, /* planned */
};

/* The planned packet of that flow and step, for which the window moves on if it has to. 0 and *fate, or -errno. */
int fosr_expected_step(struct fosr_expected *x, __u64 flow, __u32 step, struct fosr_expected_packet **e,
	enum fosr_expected_fate *fate, struct fosr_err *err);

/* The last packet held with these bytes, and from there on the one before it; or NULL. */
struct fosr_expected_packet *fosr_expected_bytes(const struct fosr_expected *x, const __u8 *frame, __u32 len);
struct fosr_expected_packet *fosr_expected_before(const struct fosr_expected *x, const struct fosr_expected_packet *e);

/* SipHash of a frame with the campaign's key: who does not know the key cannot aim at a value. */
__u64 fosr_expected_hash(const struct fosr_expected *x, const __u8 *frame, __u32 len);

enum fosr_expected_ends {
	FOSR_ENDS_NONE,
	FOSR_ENDS_HELD, /* of a flow that is not settled */
	FOSR_ENDS_SETTLED, /* of one that was, not long ago */
};

/* Are these two ends (addresses as in struct fosr_addr, in either order) those of a planned flow? */
enum fosr_expected_ends fosr_expected_ends(
	const struct fosr_expected *x, const __u8 a[16], __u16 a_port, const __u8 b[16], __u16 b_port, __u8 l4);

/* The planned bytes of a packet, untainted; their length, 0 if there is no such packet. Costs a walk of its flow. */
__u32 fosr_expected_make(const struct fosr_expected *x, const struct fosr_expected_packet *e, __u8 *frame);

#endif

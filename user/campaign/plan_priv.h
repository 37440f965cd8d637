/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What plan.c (the plan and its slices), plan_flow.c (single flows) and plan_slice.c (making a slice) share. */
#ifndef FOSR_CAMPAIGN_PLAN_PRIV_H
#define FOSR_CAMPAIGN_PLAN_PRIV_H

#include <stdatomic.h>

#include "base/vec.h"
#include "campaign/bind.h"
#include "campaign/lease.h"
#include "campaign/plan.h"

/* Live flows come in chunks that never move, so that a pointer to one stays good. */
#define FOSR_LIVE_CHUNK 256

#define FOSR_NEVER UINT64_MAX

/* A worker's own: the packets that it walked to in this slice, and those beyond its end that wait for the next. */
struct fosr_maker {
	FOSR_VEC(struct fosr_packet) packet;
	FOSR_VEC(struct fosr_due) due; /* one per packet */
	size_t most; /* packets before the slice is made shorter */
	__u64 next_ns; /* the earliest step beyond the slice among the flows it walked */
	bool no_memory;
	__u32 place[FOSR_ORDER_BUCKETS]; /* counts, then places, of its packets in the order */
};

struct fosr_birth {
	__u64 id, start_ns;
	__u32 slot;
	bool dropped; /* nothing to send, or not of interest */
};

/* Starts of a window drawn anew, as far as somebody asked: who asks for one flow soon asks for the next. */
struct fosr_starts {
	bool begun;
	__u64 window;
	struct fosr_arrivals at;
	FOSR_VEC(__u64) ns;
};

struct fosr_plan {
	const struct fosr_campaign *c;
	struct fosr_binding *binding;
	struct fosr_plan_opts o;
	struct fosr_pool *pool, *own_pool;

	FOSR_VEC(struct fosr_live_flow *) chunk;
	FOSR_VEC(__u64) due; /* per slot: when its next step is, or FOSR_NEVER */
	FOSR_VEC(__u32) free_slot;
	FOSR_VEC(__u32) ended; /* slots to free when the slice is used up */
	FOSR_VEC(__u32) unfinished; /* slots, at the end */
	struct fosr_leases leases;
	struct fosr_again again; /* a flow walked anew */
	struct fosr_starts starts; /* of its window */

	struct fosr_arrivals arrivals;
	__u64 end_ns; /* flows start before */
	__u32 index; /* of the next flow in the window */
	bool more; /* arrivals.start_ns is the next start */
	FOSR_VEC(struct fosr_birth) born;

	__u64 from_ns; /* of the slice */
	_Atomic __u64 to_ns; /* it shrinks while workers find too many packets */
	__u64 width_ns;
	size_t grain; /* slots per task */
	struct fosr_order order;
	struct fosr_maker *maker; /* one per worker */
	FOSR_VEC(struct fosr_due) sorted, temp;
	__u32 bucket[FOSR_ORDER_BUCKETS + 1]; /* where each begins in sorted */

	size_t given, left; /* for fosr_plan_next(): in sorted */
	__u64 alive;
	__u64 counted; /* packets, wanted or not: what a limit of packets means */
	bool done;
	struct fosr_plan_stats stats;
};

/* Number of a packet: whose it is, and its place there. */
#define FOSR_PACKET_BITS 26

static inline __u32 fosr_packet_number(const struct fosr_plan *p, const struct fosr_maker *mk, size_t i)
{
	return (__u32)((size_t)(mk - p->maker) << FOSR_PACKET_BITS | i);
}

static inline struct fosr_live_flow *fosr_live_at(const struct fosr_plan *p, __u32 slot)
{
	return &p->chunk.v[slot / FOSR_LIVE_CHUNK][slot % FOSR_LIVE_CHUNK];
}

/* plan_flow.c */

/* The arrivals of a window, before its first start. */
struct fosr_arrivals fosr_window(const struct fosr_plan *p, __u64 window);

/* The first start of a window, or the next one of the campaign: p->more tells if there is one. */
void fosr_arrivals_begin(struct fosr_plan *p);
void fosr_arrivals_advance(struct fosr_plan *p);

/* A slot for a flow, -1 when memory is out. */
__s64 fosr_plan_flow_new(struct fosr_plan *p);
void fosr_plan_flow_free(struct fosr_plan *p, __u32 slot);

/* Draws and binds flow `id` that starts at start_ns, and its first step. False: nothing to send. */
bool fosr_plan_flow_begin(const struct fosr_plan *p, struct fosr_live_flow *l, __u64 id, __u64 start_ns);

/* The step that is due, as a packet: sums and numbers of the flow move on. */
void fosr_plan_flow_take(const struct fosr_plan *p, struct fosr_live_flow *l, __u64 time_ns, struct fosr_packet *out);

/* Draws the next step, which has to be there. Returns when it is. */
__u64 fosr_plan_flow_next(const struct fosr_plan *p, struct fosr_live_flow *l, __u64 time_ns);

/* plan_slice.c */

/* Takes the memory that slices usually need: what is used does not grow with the first busy hour. 0 or -ENOMEM. */
int fosr_slice_reserve(struct fosr_plan *p);

/* Fills p->sorted with the packets of the next slice; nothing there: p->done, or nothing in this stretch of time. */
int fosr_slice_make(struct fosr_plan *p, struct fosr_err *err);

#endif

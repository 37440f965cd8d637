/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How far each flow with a local end is: what its two ends have sent, and what of it has come in. The steps of a flow
 * are passed in their order: a local end's when it is sent, another's when it is to be expected. A step that was passed
 * and has a local receiver is lacking until it arrives; the other end's later steps may wait for that.
 *
 * A flow is settled when all its steps were passed and none lacks, or when it was given up. Flows are forgotten in the
 * order in which they ended. Memory: about 130 bytes per flow that is not forgotten.
 */
#ifndef FOSR_PLAY_EXCHANGE_H
#define FOSR_PLAY_EXCHANGE_H

#include "base/u64map.h"
#include "base/vec.h"
#include "campaign/plan.h"

#define FOSR_EXCHANGE_NONE UINT32_MAX

/* Bits of struct fosr_exchange_flow's state. */
#define FOSR_EXCHANGE_BEGUN 1 /* by the plan; else only steps of the other end have come in */
#define FOSR_EXCHANGE_ENDED 2 /* the plan has no more of it */
#define FOSR_EXCHANGE_HELD 4 /* steps are due that were not passed */
#define FOSR_EXCHANGE_READY 8 /* in a queue of those to be looked at */
#define FOSR_EXCHANGE_TIMER 16 /* in the timing wheel */
#define FOSR_EXCHANGE_GIVEN_UP 32
#define FOSR_EXCHANGE_COPIES 64 /* what was due before the flow was released may have been sent by a predecessor */

struct fosr_exchange_flow {
	__u64 id;
	__u64 start_ns; /* campaign time */
	__u64 last_ns; /* campaign time of the last step that was due; UINT64_MAX - 1: cut off by the plan's end */
	__u64 first; /* bit set of steps that are done, from base & ~63 on; the rest in more */
	__u64 *more;
	__u32 words; /* of more */
	__u32 base; /* the first step that is not done: every one before it is */
	__u32 next; /* steps passed */
	__u32 due; /* steps whose time has come */
	__u32 lack[2]; /* passed, for a local receiver, not arrived; by direction */
	__u32 steps[2]; /* due, by direction */
	__u32 addr[2]; /* opener, responder: fosr_end.ip4 */
	__u16 port; /* the opener's */
	__u8 state; /* FOSR_EXCHANGE_* */
	__u8 dev[2]; /* that play opener and responder: 1 + index, 0: another machine's */
	__u8 tries; /* that the step at base was asked for */
	__u8 pad[2];
	__u32 asked; /* base, when the timer was set; of a flow that was given up: index in the list of them */
	__u32 next_timer; /* slot in the same bucket of the wheel, or FOSR_EXCHANGE_NONE */
	__u64 stalled_ns; /* CLOCK_MONOTONIC since when base has not moved */
	struct fosr_again *again; /* the flow's steps once more; NULL as long as nobody needs them */
};

struct fosr_exchange_end {
	__u64 end_ns; /* campaign time of the flow's last step */
	__u64 when_ns; /* CLOCK_MONOTONIC */
	__u32 slot;
};

/* No flow of a plan has more steps ahead of what was passed; a tag that says so counts as a repeat. */
#define FOSR_EXCHANGE_AHEAD_MAX (1u << 24)

struct fosr_exchange {
	FOSR_VEC(struct fosr_exchange_flow) flow; /* by slot; moves when flows are added */
	FOSR_VEC(__u32) unused; /* slots */
	struct fosr_u64map by_id;
	FOSR_VEC(__u32) by_plan; /* the plan's slot to 1 + ours, a hint */
	FOSR_VEC(struct fosr_exchange_end) ended; /* queue, from head on */
	size_t head, clear; /* of ended: not forgotten; not settled */
	__u64 last_id; /* of the flows that were begun */
	__u64 position_ns; /* campaign time up to which the plan was read */
	__u64 unique, repeated, copies; /* arrivals: first ones; others; others that say that they were sent again */
};

/* The slot of the flow, or FOSR_EXCHANGE_NONE. */
__u32 fosr_exchange_find(const struct fosr_exchange *x, __u64 id);

/*
 * A planned step is due: counts it. now_ns: CLOCK_MONOTONIC, of a flow's last step. dev: 1 + index of the interfaces
 * that play opener and responder. *slot is the flow's. 0 or -ENOMEM.
 */
int fosr_exchange_due(
	struct fosr_exchange *x, const struct fosr_planned *p, const __u8 dev[2], __u64 now_ns, __u32 *slot);

/* May the flow's next step, of that direction, be passed: is nothing lacking that its sender has to have seen? */
static inline bool fosr_exchange_may(const struct fosr_exchange_flow *f, __u8 dir)
{
	return !f->dev[dir] || !f->lack[!dir];
}

/* The next step, of that direction, is passed. 0 or -ENOMEM. */
int fosr_exchange_pass(struct fosr_exchange_flow *f, __u8 dir);

enum fosr_exchange_arrival {
	FOSR_ARRIVAL_NEW,
	FOSR_ARRIVAL_AGAIN, /* or for a flow that is forgotten */
};

struct fosr_exchange_in {
	__u64 flow;
	__u32 step;
	__u32 src; /* fosr_end.ip4 */
	__u16 sport;
	bool copy; /* it says that it was sent before */
};

/* A step came in, for a local receiver. Its slot, or FOSR_EXCHANGE_NONE for a forgotten flow, in *slot. An enum
 * fosr_exchange_arrival, or -ENOMEM. */
int fosr_exchange_arrive(struct fosr_exchange *x, const struct fosr_exchange_in *in, __u32 *slot);

static inline bool fosr_exchange_lacks(const struct fosr_exchange_flow *f)
{
	return f->lack[0] || f->lack[1];
}

/* Bit i: step base + i was passed and lacks, of the first 64 from base on. */
__u64 fosr_exchange_lacking(const struct fosr_exchange_flow *f);

/* The plan's end: what is still begun will have no more steps. 0 or -ENOMEM. */
int fosr_exchange_end_all(struct fosr_exchange *x, __u64 now_ns);

bool fosr_exchange_settled(const struct fosr_exchange_flow *f);

/* Campaign time before which every flow that ended is settled. */
__u64 fosr_exchange_clear_to(struct fosr_exchange *x);

/* Forgets flows, in order of their ends, until may() says no. */
void fosr_exchange_forget(struct fosr_exchange *x,
	bool (*may)(void *arg, const struct fosr_exchange_flow *f, const struct fosr_exchange_end *end), void *arg);

void fosr_exchange_free(struct fosr_exchange *x);

#endif

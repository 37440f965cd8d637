/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The parts of inject: opening and closing (inject.c), sending on time and receiving (inject_play.c), what `reliable`
 * does about steps that are withheld or lack (recover.c), the talk with other injectors (dialogue.c), and what guards
 * know of the campaign's keys (rotation.c). One thread.
 */
#ifndef FOSR_PLAY_INJECT_PRIV_H
#define FOSR_PLAY_INJECT_PRIV_H

#include <fosr/tag.h>

#include "play/engine.h"
#include "play/exchange.h"
#include "play/inject.h"
#include "play/local.h"
#include "play/peers.h"
#include "play/punctual.h"
#include "play/recording.h"
#include "campaign/secret.h"

/* The timing wheel: no timer is longer than it is round. */
#define FOSR_WHEEL_TICK_NS 1000000ULL
#define FOSR_WHEEL_TICKS 1024

/* Flows walked anew for steps that are sent again. */
#define FOSR_RESEND_WALKERS 64

struct fosr_resend {
	__u64 flow;
	__u32 step;
};

/* A step that is to be asked for, or 63 behind it as well. */
struct fosr_wanted {
	__u32 to; /* address that plays the flow's other end */
	__u32 self;
	__u32 dev;
	struct fosr_ask ask;
};

struct fosr_recover {
	bool on; /* algorithm `reliable` */
	bool tending; /* no second time within itself */
	__u32 held; /* flows */
	FOSR_VEC(__u32) ready; /* queue of slots, from ready_head on */
	size_t ready_head;
	FOSR_VEC(struct fosr_resend) resend; /* queue, from resend_head on */
	size_t resend_head;
	FOSR_VEC(struct fosr_wanted) wanted;
	__u32 bucket[FOSR_WHEEL_TICKS]; /* first slot, or FOSR_EXCHANGE_NONE */
	__u32 timers; /* set */
	__u64 tick; /* up to which the wheel has turned */
	struct fosr_again *walker[FOSR_RESEND_WALKERS];
	__u64 copies_to_ns; /* campaign time: what was due before may have been sent by a predecessor */
	__u64 since_ns; /* campaign time: the plan is only read, not played, until then */
};

/* Keys that the guards know: of the present period, the one before and the one behind it. */
struct fosr_rotation {
	__u64 period; /* as of the last look; campaign time / rotate_ns */
	__u64 from, to; /* periods whose keys the guards know: from them to in front of to */
	__u64 until; /* CLOCK_MONOTONIC: nothing changes before */
};

/* An address that is played here. */
struct fosr_self {
	__u32 addr; /* IPv4, host order */
	__u32 dev;
};

struct inject {
	const struct fosr_campaign *c;
	const struct fosr_inject_opts *o;
	struct fosr_inject_result *result;
	struct fosr_local local;
	bool known[FOSR_LOCAL_DEVS]; /* the guard there may have keys of this campaign */
	struct fosr_rotation rotation;
	struct fosr_rx rx;
	struct fosr_engine engine;
	__u64 ahead; /* frames are given to the engine so long before their time */
	__u32 counted[FOSR_LOCAL_DEVS]; /* by the interface, before the campaign */
	struct fosr_plan *plan;
	struct fosr_recording *record;
	struct fosr_punctual punctual; /* of what arrives */
	struct fosr_exchange exchange;
	struct fosr_recover recover;
	struct fosr_peers peers;
	struct fosr_common key, common; /* the campaign's, and the one that everyone has */
	__u32 number; /* of the last message sent */
	FOSR_VEC(struct fosr_self) self;
	__u32 told; /* of them, to addresses that nobody is known to play */
	__u8 state; /* enum fosr_injector_state */
	__u64 looked_from; /* CLOCK_MONOTONIC, when the first hello was said */
	__u64 start_wall; /* of the campaign, 0: not decided */
	__u64 anchor; /* CLOCK_MONOTONIC at the campaign's start */
	__u64 wall; /* CLOCK_REALTIME less CLOCK_MONOTONIC, read once: a clock that is set does not move the plan */
	__u64 spin; /* how long before a packet's time to wake up */
	__u64 last_due; /* of the plan so far, whoever sends it: CLOCK_MONOTONIC */
	__u64 looked; /* at the links */
	__u64 looked_at_guards;
	__u64 down_since; /* CLOCK_MONOTONIC; 0: all links are up */
	__u32 given; /* frames since the last look at what came in */
	__u64 control; /* frames between injectors, sent */
};

/* inject_play.c */

/* Receives and serves until then (CLOCK_MONOTONIC): asleep while it is far, spinning when it is near. */
int fosr_inject_wait(struct inject *in, __u64 due, struct fosr_err *err);
/* Room for a frame on an interface, or NULL with the reason. */
__u8 *fosr_inject_lend(struct inject *in, size_t dev, struct fosr_err *err);
/* Gives a crafted frame of a step to the engine: tagged, due then or (0) at once. */
void fosr_inject_give(
	struct inject *in, size_t dev, const struct fosr_resend *step, __u8 flags, __u8 *frame, __u32 len, __u64 due);
/* For the engine: a frame has left. */
void fosr_inject_sent(void *arg, size_t dev, const __u8 *frame, __u32 len, __u64 when);
/* When a packet of the plan is to leave, CLOCK_MONOTONIC; 0: at once. */
__u64 fosr_inject_due(const struct inject *in, __u64 time_ns);
int fosr_inject_play(struct inject *in, struct fosr_err *err);
/* What is not transmitted yet, what is not sent by the others yet, what lacks. */
int fosr_inject_finish(struct inject *in, struct fosr_err *err);
/* Frames that the engines have sent and the interfaces do not count. Other traffic may hide some; none is made up. */
__u64 fosr_inject_undelivered(const struct inject *in);

/* recover.c */

void fosr_recover_open(struct inject *in);
/* A planned step is due; sends it, if it is for us to send and nothing speaks against it. */
int fosr_recover_step(struct inject *in, const struct fosr_planned *p, __u64 due, struct fosr_err *err);
/* A step came in. 0 or -ENOMEM. */
int fosr_recover_arrived(struct inject *in, const struct fosr_exchange_in *arrival);
/* Another injector lacks those steps. 0 or -ENOMEM. */
int fosr_recover_asked(struct inject *in, const struct fosr_ask *ask);
/* Sends what may be sent now, asks for what lacks, gives up, forgets. */
int fosr_recover_tend(struct inject *in, __u64 now, struct fosr_err *err);
/* The plan was read up to the present: what was only read is played, but for what is done with. */
int fosr_recover_release(struct inject *in, struct fosr_err *err);
bool fosr_recover_busy(struct inject *in);
void fosr_recover_close(struct inject *in);

/* rotation.c */

/* Teaches the guards the campaign. Nobody else plays on the interfaces: the sockets are bound. */
int fosr_rotation_open(struct inject *in, struct fosr_err *err);
/* Teaches and takes away keys, when it is time. */
int fosr_rotation_tend(struct inject *in, __u64 now, struct fosr_err *err);
/* Which key a frame has that is to leave at `due` (CLOCK_MONOTONIC), or (0) at once. What is late has a present one. */
__u8 fosr_rotation_key_id(const struct inject *in, __u64 due);
void fosr_rotation_close(struct inject *in);

/* dialogue.c */

int fosr_dialogue_open(struct inject *in, struct fosr_err *err);
/* Hellos that are due, and the questions in in->recover.wanted. */
int fosr_dialogue_tend(struct inject *in, __u64 now, struct fosr_err *err);
int fosr_dialogue_arrived(struct inject *in, size_t dev, const struct fosr_tag *tag, const struct fosr_pkt *pkt,
	const struct fosr_xsk_frame *frame);
/* Says hello until the start is known and the others are, or there is no more time. */
int fosr_dialogue_begin(struct inject *in, struct fosr_err *err);
/* Every living injector has finished. */
bool fosr_dialogue_over(const struct inject *in, __u64 now);
/* Says the last word. */
int fosr_dialogue_end(struct inject *in, struct fosr_err *err);
void fosr_dialogue_report(struct inject *in);

#endif

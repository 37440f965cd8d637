/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Frames out of any interface whose driver takes redirected frames, at the times that come with them: a ring that is
 * mapped into the program bpf/inject.bpf.c, which one long call of BPF_PROG_TEST_RUN in live-frames mode (Linux 5.18;
 * Documentation/bpf/bpf_prog_run.rst) runs in a thread of its own. That thread takes a whole processor for as long as
 * this is open. The kernel does not say when a driver refuses a frame: the interface's own counters do.
 *
 * A slot has one owner: the caller between lend and send, then the program, until fosr_live_take() gives it back.
 */
#ifndef FOSR_SINK_LIVE_H
#define FOSR_SINK_LIVE_H

#include "base/err.h"

/* What may stand in front of a lent frame. */
#define FOSR_LIVE_ROOM 64
/* Longest frame: what a page holds beside what the kernel keeps in it. */
#define FOSR_LIVE_FRAME_MAX 3400

/* Frames that the kernel makes ready at once: few are sent sooner, many faster. */
#define FOSR_LIVE_BATCH_SOON 4
#define FOSR_LIVE_BATCH_FAST 64

struct fosr_live;

struct fosr_live_opts {
	__u32 frame_max; /* no frame is longer, those as long go fastest; at most FOSR_LIVE_FRAME_MAX */
	__u32 slots; /* a power of two */
	__u32 batch; /* 1 to 256; it divides 2^32 */
};

/*
 * -EOPNOTSUPP and others as the kernel refuses, with what to do. The call that sends runs when this returns.
 */
int fosr_live_open(struct fosr_live **out, const struct fosr_live_opts *o, struct fosr_err *err);
void fosr_live_close(struct fosr_live *l);

/* Room for the next frame, FOSR_LIVE_ROOM bytes behind the first usable one; NULL while the ring is full. */
__u8 *fosr_live_lend(struct fosr_live *l);

/* Queues the frame that was lent last, which may begin anywhere in its head room. due_ns: CLOCK_MONOTONIC, 0: at once.
 */
void fosr_live_send(struct fosr_live *l, const __u8 *frame, __u32 len, __u32 ifindex, __u64 due_ns);

/* What was queued is the program's now. */
void fosr_live_flush(struct fosr_live *l);

/* Frames queued and not yet seen to be sent. */
__u32 fosr_live_pending(const struct fosr_live *l);

struct fosr_live_sent {
	const __u8 *frame; /* valid until the next frame is lent */
	__u32 len;
	__u32 ifindex;
	__u64 due_ns, sent_ns; /* CLOCK_MONOTONIC; without due_ns, sent_ns is that of one of the 16 frames before */
};

/* Up to n frames that have been sent since the last call, oldest first. Returns how many. */
__u32 fosr_live_take(struct fosr_live *l, struct fosr_live_sent *sent, __u32 n);

/* 0 while the sending call runs, or why it ended. */
int fosr_live_error(const struct fosr_live *l, struct fosr_err *err);

#endif

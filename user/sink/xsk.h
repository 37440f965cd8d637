/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One AF_XDP socket (Documentation/networking/af_xdp.rst): frames out of and into a shared area, without copying where
 * the driver can. A frame
 * has one owner at any time: the free list, the caller (lent, until sent), or the kernel, and only a completion gives
 * one back. The socket installs no program: which frames come in is the guard's affair.
 */
#ifndef FOSR_SINK_XSK_H
#define FOSR_SINK_XSK_H

#include "base/err.h"

/* Largest frame that goes out or comes in. */
#define FOSR_XSK_FRAME_MAX 3500
/* What may stand in front of a lent frame. */
#define FOSR_XSK_HEADROOM 64
#define FOSR_XSK_BATCH 64

struct fosr_xsk;

struct fosr_xsk_frame {
	__u8 *data;
	__u32 len;
};

struct fosr_xsk_opts {
	__u32 frame_max; /* no frame is longer; at most FOSR_XSK_FRAME_MAX */
	__u32 rx_ring; /* frames that came in and wait, a power of two; 0: 8192 */
	__u32 busy_poll_us; /* receiving looks into the card's queue itself, that long; 0: interrupts do */
};

/*
 * Bound to a queue of an interface of this network namespace. A queue whose last owner has just closed is busy for a
 * moment: this waits for it, up to two seconds.
 */
int fosr_xsk_open(
	struct fosr_xsk **out, const char *ifname, __u32 queue, const struct fosr_xsk_opts *o, struct fosr_err *err);
bool fosr_xsk_zero_copy(const struct fosr_xsk *x);
int fosr_xsk_fd(const struct fosr_xsk *x);

/* The frame to fill next, FOSR_XSK_HEADROOM bytes behind its first usable one; NULL: none is free, or the ring is full.
 */
__u8 *fosr_xsk_lend(struct fosr_xsk *x);

/* Queues the frame that was lent last; it may begin anywhere in its head room. */
void fosr_xsk_send(struct fosr_xsk *x, __u8 *frame, __u32 len);

/* Has the kernel transmit what is queued and takes back what is done. 0, or -errno (-ENETDOWN: the link is down). */
int fosr_xsk_kick(struct fosr_xsk *x);

/* Frames sent off that have not come back. */
__u32 fosr_xsk_pending(const struct fosr_xsk *x);

/* Up to FOSR_XSK_BATCH frames that came in; they are the kernel's again after fosr_xsk_release(). */
__u32 fosr_xsk_receive(struct fosr_xsk *x, struct fosr_xsk_frame frames[FOSR_XSK_BATCH]);
void fosr_xsk_release(struct fosr_xsk *x);

struct fosr_xsk_stats {
	__u64 rx_dropped; /* no room in the ring or no free frame: lost here */
	__u64 tx_invalid;
};

int fosr_xsk_stats(const struct fosr_xsk *x, struct fosr_xsk_stats *stats);

void fosr_xsk_close(struct fosr_xsk *x);

#endif

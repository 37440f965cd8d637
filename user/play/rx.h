/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Receiving: an AF_XDP socket for every receive queue of every interface, which the guard there hands good frames to.
 */
#ifndef FOSR_PLAY_RX_H
#define FOSR_PLAY_RX_H

#include <poll.h>

#include <fosr/abi.h>

#include "base/log.h"
#include "base/vec.h"
#include "play/local.h"
#include "sink/xsk.h"

struct fosr_rx_socket {
	struct fosr_xsk *xsk;
	__u32 dev; /* index in local->dev */
};

struct fosr_rx {
	const struct fosr_local *local;
	FOSR_VEC(struct fosr_rx_socket) socket; /* in order of interface, then queue */
	FOSR_VEC(struct pollfd) poll; /* one per socket */
	size_t first[FOSR_LOCAL_DEVS]; /* index in socket of the interface's first queue */
	struct fosr_xsk_opts xsk; /* of every socket */
	__u32 ring; /* frames of the shortest receive ring */
	bool guarded; /* frames come in at all */
	struct fosr_rx_guard {
		__u32 prog; /* id of the guard's program */
		__u32 runs; /* id of what the interface runs: that, or a dispatcher, which is another one as programs
			     * come and go in it */
		bool missed; /* at the last look there was a program, but no guard */
	} guard[FOSR_LOCAL_DEVS];
};

struct fosr_rx_opts {
	__u32 mtu;
	bool guarded; /* ask the guards for frames */
	struct fosr_xsk_opts xsk; /* frame_max is set by the MTU */
	struct fosr_settings settings; /* how they are to come */
};

int fosr_rx_open(struct fosr_rx *rx, const struct fosr_local *local, const struct fosr_rx_opts *o,
	const struct fosr_log *log, struct fosr_err *err);

/* Are the guards there that gave their frames to these sockets? -ENOENT with the interface that has lost its own: from
 * then on its kernel sees what comes in. */
int fosr_rx_guards(struct fosr_rx *rx, struct fosr_err *err);

/* When the guard saw it, CLOCK_MONOTONIC; 0 if it did not say. */
__u64 fosr_rx_stamp(const struct fosr_xsk_frame *frame);

/* Hands each frame that came in to fn, until it returns non-zero, which is then the result. */
int fosr_rx_receive(
	struct fosr_rx *rx, int (*fn)(void *arg, size_t dev, const struct fosr_xsk_frame *frame), void *arg);

/* Lost because this process did not keep up. */
__u64 fosr_rx_dropped(const struct fosr_rx *rx);

/* Closing empties the sockets' slots in the guards' maps, which drop again from then on. */
void fosr_rx_close(struct fosr_rx *rx);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Getting frames onto wires at their times, one way or another. The caller fills a lent frame and gives it with its due
 * time; the engine sends it then, counts it, and notes how late it was.
 *
 *	xsk	AF_XDP sockets: the caller waits for a frame's time, then gives it
 *	live	live frames (sink/live.h): the kernel waits; a frame may be given FOSR_ENGINE_AHEAD_NS before its time
 */
#ifndef FOSR_PLAY_ENGINE_H
#define FOSR_PLAY_ENGINE_H

#include "play/local.h"
#include "play/rx.h"
#include "math/histo.h"

enum fosr_engine_kind {
	FOSR_ENGINE_AUTO,
	FOSR_ENGINE_LIVE,
	FOSR_ENGINE_XSK,
};

/* For option tables; NULL ends it. */
extern const char *const fosr_engine_name[];

/* Frames given at once, between two pushes. */
#define FOSR_ENGINE_BATCH 32
/* A frame that leaves later than this is counted as late. */
#define FOSR_ENGINE_LATE_NS 1000000

struct fosr_engine_stats {
	__u64 sent;
	__u64 by_dev[FOSR_LOCAL_DEVS]; /* of them */
	__u64 late;
	__u64 last_ns; /* CLOCK_MONOTONIC of the last frame */
	struct fosr_histo lateness; /* ns between a frame's due time and its being handed to a driver (live), or to the
				     * kernel (xsk) */
};

struct fosr_engine;

struct fosr_engine_ops {
	const char *name;
	__u64 ahead_ns; /* a frame may be given so long before its time */
	int (*open)(struct fosr_engine *e, struct fosr_err *err);
	/* Room for a frame with FOSR_ENGINE_ROOM bytes in front; NULL: push, and ask again. */
	__u8 *(*lend)(struct fosr_engine *e, size_t dev);
	/* The frame lent last, which may begin anywhere in its room; due: CLOCK_MONOTONIC. */
	void (*send)(struct fosr_engine *e, size_t dev, __u8 *frame, __u32 len, __u64 due);
	/* Has the kernel take what was given, and counts what it has sent. 0, or -errno with the reason. */
	int (*push)(struct fosr_engine *e, struct fosr_err *err);
	/* Frames given that the kernel has not sent. */
	bool (*pending)(const struct fosr_engine *e);
	void (*close)(struct fosr_engine *e);
};

#define FOSR_ENGINE_ROOM 64
#define FOSR_ENGINE_MAX UINT64_MAX

struct fosr_engine {
	const struct fosr_engine_ops *ops;
	/* Told of every frame that was sent, in order, or NULL. when: CLOCK_MONOTONIC. */
	void (*sent)(void *arg, size_t dev, const __u8 *frame, __u32 len, __u64 when);
	void *arg;
	const struct fosr_local *local;
	const struct fosr_rx *rx; /* whose sockets xsk sends by */
	const struct fosr_campaign *c;
	__u64 speed_q16; /* as asked for: 0 as planned, FOSR_ENGINE_MAX as fast as it goes */
	char why[256]; /* the choice, in words; "" when there was none */
	struct fosr_engine_stats stats;
	void *priv;
};

extern const struct fosr_engine_ops fosr_engine_live;
extern const struct fosr_engine_ops fosr_engine_xsk;

int fosr_engine_open(struct fosr_engine *e, enum fosr_engine_kind kind, struct fosr_err *err);
void fosr_engine_close(struct fosr_engine *e);

/* For FOSR_ENGINE_AUTO: measures, opens the better one, and says why in e->why. Sends some frames to nobody. */
int fosr_engine_choose(struct fosr_engine *e, struct fosr_err *err);

/* For implementations: a frame has left. */
void fosr_engine_note(struct fosr_engine *e, size_t dev, const __u8 *frame, __u32 len, __u64 due, __u64 when);

#endif

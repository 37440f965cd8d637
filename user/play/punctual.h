/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How late packets arrive: a packet's planned time and its arrival meet in a table of fixed size, whichever comes
 * first. Where two packets need the same place the older one is not measured. Times are of one machine's clock: where
 * the sender is another machine, the difference of the clocks is in them.
 */
#ifndef FOSR_PLAY_PUNCTUAL_H
#define FOSR_PLAY_PUNCTUAL_H

#include "math/histo.h"

#define FOSR_PUNCTUAL_PLACES 65536

struct fosr_punctual_place {
	__u64 flow;
	__u64 time_ns; /* 0: empty */
	__u32 step;
	bool arrived; /* time_ns is the arrival's */
};

struct fosr_punctual {
	struct fosr_punctual_place *place; /* FOSR_PUNCTUAL_PLACES; NULL: nothing is measured */
	struct fosr_histo late; /* ns; those that were early count as 0 */
	__u64 early;
};

/* 0 or -ENOMEM. */
int fosr_punctual_open(struct fosr_punctual *p);
void fosr_punctual_close(struct fosr_punctual *p);

/* Both in ns of the same clock, not 0. */
void fosr_punctual_planned(struct fosr_punctual *p, __u64 flow, __u32 step, __u64 due_ns);
void fosr_punctual_arrived(struct fosr_punctual *p, __u64 flow, __u32 step, __u64 when_ns);

#endif

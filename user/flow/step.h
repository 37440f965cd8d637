/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The second intermediate record: one packet of a flow before it has bytes; and the alphabet in which step models
 * think.
 */
#ifndef FOSR_FLOW_STEP_H
#define FOSR_FLOW_STEP_H

#include "base/types.h"

#define FOSR_TCP_FIN 0x01
#define FOSR_TCP_SYN 0x02
#define FOSR_TCP_RST 0x04
#define FOSR_TCP_PSH 0x08
#define FOSR_TCP_ACK 0x10
#define FOSR_TCP_FLAGS 0x1f /* what is modelled */

struct fosr_step {
	__u64 gap_ns; /* since the flow's step before; of the first step 0 */
	__u16 len; /* payload bytes */
	__u8 dir; /* enum fosr_dir: who sends */
	__u8 flags; /* FOSR_TCP_*; 0 for UDP */
	__u32 payload; /* 1 + index of a payload that the profile keeps; 0: the payload generator's */
};

/* Payloads that a profile keeps, side by side: i ends before end[i] and begins where the one before it ends. Lent by a
 * model, as long as it lives. */
struct fosr_kept {
	const __u8 *bytes;
	const __u32 *end;
	__u32 n;
};

/* Payload sizes by class: none, 1-7, 8-31, 32-63, 64-127, 128-255, 256-511, 512-1023, 1024 and more. */
enum { FOSR_SIZE_CLASSES = 9 };

static inline __u8 fosr_size_class(__u32 len)
{
	static const __u16 from[FOSR_SIZE_CLASSES] = {0, 1, 8, 32, 64, 128, 256, 512, 1024};
	__u8 c = FOSR_SIZE_CLASSES - 1;

	while (len < from[c])
		c--;
	return c;
}

/* A packet action: size class (4 bits), flags (5), direction (1). */
#define FOSR_ACTION_START 0x400 /* stands before the first packet */

static inline __u16 fosr_action(__u8 dir, __u8 flags, __u32 len)
{
	return (__u16)(dir << 9 | (flags & FOSR_TCP_FLAGS) << 4 | fosr_size_class(len));
}

static inline __u8 fosr_action_dir(__u16 a)
{
	return a >> 9 & 1;
}

static inline __u8 fosr_action_flags(__u16 a)
{
	return a >> 4 & FOSR_TCP_FLAGS;
}

static inline __u8 fosr_action_size(__u16 a)
{
	return a & 15;
}

#endif

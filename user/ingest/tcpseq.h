/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One direction of a TCP connection in sequence numbers: how much of a segment was not seen before. Holes are kept, so
 * that a segment out of order is new and not taken for one that was seen. Modular arithmetic of RFC 9293, 3.4.
 */
#ifndef FOSR_INGEST_TCPSEQ_H
#define FOSR_INGEST_TCPSEQ_H

#include "base/types.h"

#define FOSR_TCPSEQ_HOLES 4 /* the oldest is forgotten: what fills it later counts as retransmission */
#define FOSR_TCPSEQ_WINDOW (1u << 26) /* a jump beyond it, either way, is a new start: no window is as large */

struct fosr_tcpseq {
	__u32 next; /* behind the highest number seen */
	__u8 known;
	__u8 holes;
	__u32 age_us; /* after FOSR_TCPSEQ_FILL: how long there was a hole */
	struct {
		__u32 from, to;
		__u32 since_us;
	} hole[FOSR_TCPSEQ_HOLES];
};

enum fosr_tcpseq_kind {
	FOSR_TCPSEQ_NEW,
	FOSR_TCPSEQ_AHEAD, /* new, and leaves a hole before it */
	FOSR_TCPSEQ_FILL, /* new, at least in part, in a hole */
	FOSR_TCPSEQ_PART, /* its beginning was seen before, its end is new */
	FOSR_TCPSEQ_KEEPALIVE, /* at most one byte, just below `next`, RFC 9293 3.8.4 */
	FOSR_TCPSEQ_OLD, /* takes sequence space, none of it new */
};

/* A segment that takes len numbers (payload, SYN and FIN each one) from seq on; *fresh: how many of them are new.
 * control: it has SYN, FIN or RST, so it is no keep-alive. now_us: a clock that may wrap. */
enum fosr_tcpseq_kind fosr_tcpseq_feed(
	struct fosr_tcpseq *s, __u32 seq, __u32 len, bool control, __u32 now_us, __u32 *fresh);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an end says before the other answers. A datagram is a message; of a TCP connection all that one end sends until
 * the other sends data is one, whatever segments it comes in: a grammar knows its whole length, and each packet is a
 * window into it.
 */
#ifndef FOSR_GRAMMAR_SPEECH_H
#define FOSR_GRAMMAR_SPEECH_H

#include "flow/flow.h"

#define FOSR_SAID_NOTHING UINT32_MAX

/* Where a packet's payload stands in what its end says; found by walking the flow, kept with the packet. */
struct fosr_said {
	__u64 time_ns; /* when the message begins */
	__u32 turn; /* messages of this end before it */
	__u32 answers; /* turn of the other end's message that it answers: TCP: its last one; of a datagram of the
			* responder: the oldest without an answer; FOSR_SAID_NOTHING: none */
	__u32 before; /* that one's length, 0 if there is none */
	__u32 len; /* of the message */
	__u32 first[2]; /* lengths of the first message of each end, by enum fosr_dir; 0: it has not begun */
	__u32 opening[2]; /* of the first packet of those */
	__u32 off; /* of this packet in it */
};

/* A whole message, as grammars see it. What they write is a function of this and of nothing else. */
struct fosr_speech {
	const struct fosr_flow *flow;
	const char *name[2]; /* DNS names of opener and responder, by enum fosr_dir; "" where an end has none */
	__u64 seed; /* of the flow: both ends, all messages */
	__u64 time_ns;
	__u32 turn, answers, before, len; /* as above */
	__u32 first[2], opening[2];
	__u8 dir; /* enum fosr_dir: who says it */
};

/* The length of the first message of an end, 0: it is not known yet. */
static inline __u32 fosr_speech_begun(const struct fosr_speech *m, enum fosr_dir dir)
{
	return m->dir == dir && !m->turn ? m->len : m->first[dir];
}

/* Nobody has said anything before. */
static inline bool fosr_speech_first(const struct fosr_speech *m)
{
	return !m->turn && m->answers == FOSR_SAID_NOTHING;
}

#endif

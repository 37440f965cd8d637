/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What injectors say to each other, in control frames (campaign/control.h). Layout, all big-endian:
 *
 *	0  version (1)   1  kind   2  records (16 bits)   4  zero (32)
 *	8  to (64): the nonce of whom it is for; 0: whoever has that address
 *	16 mac (64): SipHash-2-4 over the message, nonce and number of the sender, and both addresses; the tag's own mac
 *	   does not cover what is behind it
 *	24 the body
 *
 * The sender's nonce, drawn when it started, is the tag's flow, and the number of the message its step.
 */
#ifndef FOSR_PLAY_MESSAGE_H
#define FOSR_PLAY_MESSAGE_H

#include <fosr/abi.h>

#include "base/digest.h"
#include "base/types.h"

#define FOSR_MESSAGE_VERSION 1
#define FOSR_MESSAGE_MAX 512 /* bytes: with its headers and a tag it fits the smallest MTU of a campaign */
#define FOSR_MESSAGE_HOSTS 64
#define FOSR_MESSAGE_ASKS 20

enum fosr_message_kind {
	FOSR_MESSAGE_ANNOUNCE = 1, /* which campaign is played here: under the key that everyone has */
	FOSR_MESSAGE_HELLO, /* to another injector of the same campaign, again and again */
	FOSR_MESSAGE_ASK, /* for steps that have not come */
	FOSR_MESSAGE_KINDS,
};

enum fosr_injector_state {
	FOSR_INJECTOR_READY, /* to play */
	FOSR_INJECTOR_PLAYING,
	FOSR_INJECTOR_FINISHED, /* everything sent, nothing lacks */
};

struct fosr_hello {
	__u64 sent_ns; /* by the sender's clock, Unix */
	__u64 echo_ns; /* sent_ns of the last hello that came from the receiver; 0: none */
	__u64 echoed_ns; /* when that came, by the sender's clock */
	__u64 start_ns; /* of the campaign, by the sender's clock; 0: not decided */
	__u64 clear_ns; /* campaign time before which every flow that ended is settled at the sender */
	__u64 resume_ns; /* the same of both ends, when the receiver was started again; 0: it was not */
	__u64 speed_q16;
	__u8 state; /* enum fosr_injector_state */
	__u16 hosts;
	__u32 host[FOSR_MESSAGE_HOSTS]; /* that are played here: IPv4, host order; not always all of them */
};

struct fosr_ask {
	__u64 flow;
	__u64 bits; /* bit i: step base + i */
	__u32 base;
};

struct fosr_message {
	enum fosr_message_kind kind;
	__u64 to;
	__u16 asks;
	union {
		__u8 digest[FOSR_DIGEST_LEN]; /* of an announcement */
		struct fosr_hello hello;
		struct fosr_ask ask[FOSR_MESSAGE_ASKS];
	};
};

/* Who says it to whom, as the frame has it. */
struct fosr_message_ends {
	__u64 nonce;
	__u32 number;
	__u32 src, dst; /* IPv4, host order */
};

/* Writes the message, returns its length. */
__u32 fosr_message_encode(const struct fosr_message *m, const struct fosr_message_ends *ends,
	const struct fosr_secret *secret, __u8 out[FOSR_MESSAGE_MAX]);

/* 0; -EPROTO: it is none, or of another version; -EBADMSG: its mac is wrong. Whatever is in it was not checked. */
int fosr_message_decode(struct fosr_message *m, const struct fosr_message_ends *ends, const struct fosr_secret *secret,
	const void *bytes, size_t len);

/* The mac that a message of at most FOSR_MESSAGE_MAX bytes has to have, whatever stands in its place. */
__u64 fosr_message_mac(
	const void *bytes, size_t len, const struct fosr_message_ends *ends, const struct fosr_secret *secret);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Does a packet break a rule of its protocols? Lengths and checksums of the packet alone; flags, handshake, sequence,
 * acknowledgement and teardown by what both ends of its TCP connection sent before. A capture that lost packets, or
 * that was taken on a sender that leaves checksums to its card, breaks rules as well: shares are to be read side by
 * side.
 */
#ifndef FOSR_FIDELITY_RULES_H
#define FOSR_FIDELITY_RULES_H

#include "base/types.h"
#include "fosr/parse.h"

enum fosr_rule {
	FOSR_RULE_LENGTHS, /* a length field contradicts another one, or the frame */
	FOSR_RULE_CHECKSUM, /* of the IPv4 header, or of TCP or UDP where all of it was captured */
	FOSR_RULE_FLAGS, /* none, or SYN with FIN or RST, or no ACK where one is due */
	FOSR_RULE_HANDSHAKE, /* data before the answer to a SYN, or an answer to another SYN */
	FOSR_RULE_SEQUENCE, /* bytes were left out */
	FOSR_RULE_ACK, /* of bytes that were never sent */
	FOSR_RULE_TEARDOWN, /* data after a FIN or a reset of the same end */
	FOSR_RULES,
};

extern const char *const fosr_rule_name[FOSR_RULES];

struct fosr_rule_end {
	bool known;
	bool fin, rst;
	__u32 next; /* sequence number behind what was sent */
};

/* A connection, from the first packet that was seen of it. Zeroed it is a new one. */
struct fosr_rule_state {
	struct fosr_rule_end end[2];
	bool syn, answered;
};

struct fosr_rule_segment {
	__u32 seq, ack;
	__u32 len; /* payload */
	__u8 flags; /* of the header, all eight */
};

/* Rules as bits, 1 << enum fosr_rule. pkt was parsed with success, its last header too; origlen: of the frame as sent.
 */
__u32 fosr_rules_packet(const struct fosr_pkt *pkt, const __u8 *data, __u32 caplen, __u32 origlen);

/* The segment's payload and flags, by the header in the frame. */
struct fosr_rule_segment fosr_rules_segment(const struct fosr_pkt *pkt, const __u8 *data);

/* The next segment of a connection, sent by end dir (0 or 1). */
__u32 fosr_rules_segment_feed(struct fosr_rule_state *s, __u8 dir, const struct fosr_rule_segment *seg);

#endif

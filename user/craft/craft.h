/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * (flow, step) to bytes, in a frame that somebody lends. Everything is a function of the campaign's key, the flow and
 * the steps before: no clock, no global counter.
 *
 * Adding a payload: one file with its fill function, one row in payload.c.
 */
#ifndef FOSR_CRAFT_CRAFT_H
#define FOSR_CRAFT_CRAFT_H

#include "flow/flow.h"
#include "flow/service.h"
#include "flow/stack.h"
#include "flow/step.h"
#include "grammar/grammar.h"

#define FOSR_CRAFT_ETH 14
#define FOSR_CRAFT_VLAN 4
#define FOSR_CRAFT_IP4 20
#define FOSR_CRAFT_IP6 40
#define FOSR_CRAFT_TCP 20
#define FOSR_CRAFT_UDP 8

/* Every packet leaves this much of the MTU to a tag, tainted or not: the plan does not depend on the taint. */
#define FOSR_CRAFT_TAG_ROOM4 28
#define FOSR_CRAFT_TAG_ROOM6 32

/* So many queries of a UDP flow may wait for their answers; who asks more has given up on the oldest. */
#define FOSR_CRAFT_ASKED 8

#define FOSR_MTU_MIN 576
#define FOSR_MTU_MAX 9000

/* Bytes that a lent frame needs for any packet of this MTU; tags go in front of it and are the lender's affair. */
#define FOSR_CRAFT_FRAME_MAX (FOSR_CRAFT_ETH + FOSR_CRAFT_VLAN + FOSR_MTU_MAX)
static inline __u32 fosr_craft_frame_max(__u32 mtu)
{
	return FOSR_CRAFT_ETH + FOSR_CRAFT_VLAN + mtu;
}

/* What a packet's bytes owe to the packets of its flow before it, and to what its end is going to say. */
struct fosr_numbers {
	__u32 seq, ack; /* TCP, as the next three */
	__u32 now, echo; /* timestamps, where the ends have agreed to them */
	__u16 window; /* as it stands in the header */
	__u16 ip_id;
	struct fosr_said said;
};

struct fosr_craft;

/* Whose payload it is. */
struct fosr_payload_at {
	const struct fosr_craft *craft;
	const struct fosr_flow *flow;
	const struct fosr_step *step;
	const struct fosr_numbers *numbers;
	__u64 flow_seed; /* the same for all packets of the flow */
	__u64 seed; /* this packet's own */
};

/* One payload kind: writes len bytes, a function of `at` only, and returns their partial sum (fosr/csum.h). */
struct fosr_payload_ops {
	const char *name;
	bool messages; /* it needs struct fosr_numbers' said, for which flows are walked ahead */
	__u64 (*fill)(const struct fosr_payload_at *at, __u8 *p, __u32 len);
};

const struct fosr_payload_ops *fosr_payload_find(const char *name); /* or NULL */
extern const char *const fosr_payload_name[]; /* all of them; NULL ends it */

/* What all packets of a campaign share. */
struct fosr_craft {
	__u64 key; /* of the random generator */
	__u32 mtu;
	const struct fosr_payload_ops *payload;
	struct fosr_kept kept; /* n > 0: steps that name one of these have it, others what `payload` makes */
	fosr_grammar_fn *grammar[FOSR_SERVICES_MAX]; /* by the profile's services; for payloads with messages */
	const char *const *names; /* DNS names by host; borrowed */
	size_t hosts;
};

/* What a flow's packets leave behind for the next one; lives with the flow. */
struct fosr_conn {
	__u32 isn[2];
	__u32 next[2]; /* next sequence number, each way */
	__u32 acked[2]; /* what each end has last acknowledged */
	__u32 now[2]; /* its last timestamp */
	__u32 clock[2]; /* what its clock of timestamps showed at the Unix epoch */
	__u32 first[2]; /* the window of its SYN */
	__u16 window[2]; /* its last window, scaled */
	__u16 ip_id[2];
	__u64 payload; /* what the payload of each packet is seeded from */
	struct {
		__u32 turns; /* messages that were begun */
		__u32 len, off; /* of the last one; how much of it was said */
		__u64 time_ns;
		__u32 first, opening; /* lengths of the first one, and of its first packet */
	} said[2];
	__u32 answered; /* UDP: messages of the opener that have been answered, or never will be */
	__u16 asked[FOSR_CRAFT_ASKED]; /* UDP: length of the opener's last messages, by turn */
};

/* Headers of a packet with these flags: link, network, transport, and TCP's options. */
static inline __u32 fosr_craft_head(const struct fosr_flow *f, __u8 dir, __u8 flags)
{
	__u32 head = FOSR_CRAFT_ETH + (f->vlan ? FOSR_CRAFT_VLAN : 0) +
		(fosr_flow_is_ip6(f) ? FOSR_CRAFT_IP6 : FOSR_CRAFT_IP4);

	if (f->l4 != 6)
		return head + FOSR_CRAFT_UDP;
	if (flags & FOSR_TCP_SYN)
		return head + FOSR_CRAFT_TCP + f->syn_options[dir];
	return head + FOSR_CRAFT_TCP + (f->terms & FOSR_TERM_TIMES && !(flags & FOSR_TCP_RST) ? FOSR_TIMES_LEN : 0);
}

/* Payload bytes that fit one packet of the flow. */
static inline __u32 fosr_craft_room(const struct fosr_craft *c, const struct fosr_flow *f)
{
	__u32 tag = fosr_flow_is_ip6(f) ? FOSR_CRAFT_TAG_ROOM6 : FOSR_CRAFT_TAG_ROOM4;

	return FOSR_CRAFT_ETH + (f->vlan ? FOSR_CRAFT_VLAN : 0) + c->mtu - tag - fosr_craft_head(f, 0, 0);
}

void fosr_conn_begin(struct fosr_conn *conn, const struct fosr_craft *c, const struct fosr_flow *f);

/*
 * The next step begins a message, so its length has to be known: the payload of this step and of all that follow until
 * the other end has payload. Never with UDP, where the step is the message.
 */
static inline bool fosr_conn_begins(const struct fosr_conn *conn, const struct fosr_flow *f, const struct fosr_step *s)
{
	return f->l4 != 17 && s->len && conn->said[s->dir].off == conn->said[s->dir].len;
}

/* The numbers of the flow's next step, sent at time_ns; conn moves on. Steps come in order. message: the length of the
 * message that it begins, if it does. */
void fosr_conn_take(struct fosr_conn *conn, const struct fosr_flow *f, const struct fosr_step *s, __u64 time_ns,
	__u32 message, struct fosr_numbers *out);

/* How long the frame of a step is. */
static inline __u32 fosr_craft_len(const struct fosr_flow *f, const struct fosr_step *s)
{
	return fosr_craft_head(f, s->dir, s->flags) + s->len;
}

/*
 * Writes the frame (Ethernet, VLAN, IPv4 or IPv6, TCP or UDP, payload; no tag) of step number `index`, returns its
 * length. Nothing but the frame is written to: packets can be made in any order, by any thread.
 */
__u32 fosr_craft_packet(const struct fosr_craft *c, const struct fosr_flow *f, const struct fosr_conn *conn,
	const struct fosr_step *s, const struct fosr_numbers *n, __u32 index, __u8 *frame);

#endif

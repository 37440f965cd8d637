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
#include "flow/step.h"

#define FOSR_CRAFT_ETH 14
#define FOSR_CRAFT_IP4 20
#define FOSR_CRAFT_TCP 20
#define FOSR_CRAFT_UDP 8

/* Every packet leaves this much of the MTU to a tag, tainted or not: the plan does not depend on the taint. */
#define FOSR_CRAFT_TAG_ROOM 28

#define FOSR_MTU_MIN 576
#define FOSR_MTU_MAX 9000

/* Bytes that a lent frame needs for any packet of this MTU; tags go in front of it and are the lender's affair. */
static inline __u32 fosr_craft_frame_max(__u32 mtu)
{
	return FOSR_CRAFT_ETH + mtu;
}

/* One payload kind: writes len bytes, a function of the seed only. */
struct fosr_payload_ops {
	const char *name;
	void (*fill)(__u8 *p, __u32 len, __u64 seed);
};

const struct fosr_payload_ops *fosr_payload_find(const char *name); /* or NULL */
extern const char *const fosr_payload_name[]; /* all of them; NULL ends it */

/* What all packets of a campaign share. */
struct fosr_craft {
	__u64 key; /* of the random generator */
	__u32 mtu;
	const struct fosr_payload_ops *payload;
};

/* What a flow's packets leave behind for the next one; lives with the flow. */
struct fosr_conn {
	__u32 isn[2];
	__u32 next[2]; /* next sequence number, each way */
	__u16 ip_id[2];
	__u64 payload; /* what the payload of each packet is seeded from */
};

/* Payload bytes that fit one packet. */
static inline __u32 fosr_craft_room(const struct fosr_craft *c, __u8 l4)
{
	return c->mtu - FOSR_CRAFT_TAG_ROOM - FOSR_CRAFT_IP4 - (l4 == 6 ? FOSR_CRAFT_TCP : FOSR_CRAFT_UDP);
}

void fosr_conn_begin(struct fosr_conn *conn, const struct fosr_craft *c, const struct fosr_flow *f);

/* Writes the frame (Ethernet, IPv4, TCP or UDP, payload; no tag) of step number `index`, returns its length. */
__u32 fosr_craft_packet(const struct fosr_craft *c, const struct fosr_flow *f, struct fosr_conn *conn,
	const struct fosr_step *s, __u32 index, __u8 *frame);

/* What crafting the step would leave in conn, without its bytes: for steps that another machine sends. */
void fosr_craft_skip(const struct fosr_flow *f, struct fosr_conn *conn, const struct fosr_step *s);

#endif

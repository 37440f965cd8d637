/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first intermediate record: who talks to whom, when, and how much. Plain data, no pointer to a model. */
#ifndef FOSR_FLOW_FLOW_H
#define FOSR_FLOW_FLOW_H

#include "base/types.h"

enum fosr_dir {
	FOSR_FWD, /* from the opener of the flow */
	FOSR_BWD,
};

struct fosr_addr {
	__u8 family; /* 4 or 6; 0: none */
	__u8 b[16]; /* network order; the first 4 for IPv4 */
};

/* What an address is to the network that holds it; the learned roles are mapped onto the network file's hosts. */
enum fosr_role {
	FOSR_ROLE_USER, /* inside, opens more flows than it answers */
	FOSR_ROLE_SERVER, /* inside, answers more */
	FOSR_ROLE_INTERNET, /* outside: a global address */
	FOSR_ROLE_GROUP, /* a multicast or broadcast address: only ever a destination */
	FOSR_ROLES,
};

#define FOSR_HOST_GROUP 0xffff /* no host: a multicast or broadcast address */

struct fosr_end {
	struct fosr_addr addr;
	__u32 ip4; /* the interface's IPv4 address (host order), whichever this flow uses; 0: it has none, or a group */
	__u16 port;
	__u16 host; /* index in the network description, or FOSR_HOST_GROUP */
	__u8 mac[6];
	__u8 ttl;
	__u8 stack; /* index in fosr_stacks (flow/stack.h) */
};

struct fosr_flow {
	__u64 id; /* window number << FOSR_FLOW_INDEX_BITS | index in the window */
	__u64 start_ns; /* campaign time, Unix epoch */
	struct fosr_end end[2]; /* by enum fosr_dir: opener, responder */
	__u64 rtt_ns; /* an answer takes at least so long */
	__u32 packets[2]; /* how many each end sends */
	__u16 service; /* index in the profile's vocabulary */
	__u8 l4; /* IPPROTO_TCP or IPPROTO_UDP */
	__u8 end_state; /* enum fosr_end_state */
	__u8 bytes_class[2]; /* fosr_bytes_class() of the payload that each end should come near */
	__u8 duration_class; /* fosr_duration_class() that the flow should come near */
	__u8 roles; /* opener * FOSR_ROLES + responder */
	__u16 vlan; /* of the link on which its packets are; 0: none */
	__u8 terms; /* FOSR_TERM_*: TCP options that both ends have agreed to */
	__u8 syn_options[2]; /* bytes of TCP options of a SYN of each end */
};

/* Windows of campaign time, numbered from the Unix epoch, so that whoever joins late derives the same flows. */
#define FOSR_WINDOW_NS (5 * FOSR_NS_PER_S)
#define FOSR_FLOW_INDEX_BITS 24
/* Expected flows of a window: half of what the index can count leaves room for chance. */
#define FOSR_WINDOW_FLOWS_MAX (1u << (FOSR_FLOW_INDEX_BITS - 1))

static inline __u64 fosr_flow_id(__u64 window, __u32 index)
{
	return window << FOSR_FLOW_INDEX_BITS | index;
}

/* Payload bytes of one direction by powers of four: 0, 1..63, 64..255, 256..1023, ... */
static inline __u8 fosr_bytes_class(__u64 bytes)
{
	__u8 c = 1;

	if (!bytes)
		return 0;
	for (bytes >>= 6; bytes && c < 15; bytes >>= 2)
		c++;
	return c;
}

/* How long a flow lasts by powers of four: below 1 ms, below 4 ms, below 16 ms, ... 15: three days and more. */
static inline __u8 fosr_duration_class(__u64 ns)
{
	__u8 c = 0;

	for (ns /= 1000000; ns && c < 15; ns >>= 2)
		c++;
	return c;
}

static inline bool fosr_flow_is_ip6(const struct fosr_flow *f)
{
	return f->end[0].addr.family == 6;
}

static inline bool fosr_flow_to_group(__u8 roles)
{
	return roles % FOSR_ROLES == FOSR_ROLE_GROUP;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * From a captured frame of any link type that is looked into to its IP header: Ethernet, Linux cooked v1 and v2, raw
 * IP, null and loopback (https://www.tcpdump.org/linktypes.html), up to two VLAN tags. The headers from IP on are
 * parse.h's.
 */
#ifndef FOSR_LINK_H
#define FOSR_LINK_H

#include <fosr/parse.h>

enum fosr_link {
	FOSR_LINK_NONE, /* not looked into */
	FOSR_LINK_ETH,
	FOSR_LINK_SLL,
	FOSR_LINK_SLL2,
	FOSR_LINK_IP,
	FOSR_LINK_NULL,
};

#define FOSR_SLL_LEN 16
#define FOSR_SLL_PROTO 14
#define FOSR_SLL2_LEN 20
#define FOSR_SLL2_PROTO 0
#define FOSR_SLL2_PKTTYPE 10
#define FOSR_NULL_LEN 4

/* A link header that ends in an ethertype: IP at off, or behind VLAN tags there. */
static __always_inline enum fosr_parse fosr_parse_cooked(
	const void *frame, const void *frame_end, __u32 proto_off, __u32 off, struct fosr_pkt *pkt)
{
	const __u8 *data = frame, *p;
	enum fosr_parse res;
	__u16 proto;
	__u32 i;

	__builtin_memset(pkt, 0, sizeof(*pkt));
	if (!fosr_at(data, frame_end, off - 1, 1))
		return FOSR_PARSE_TRUNCATED;
	p = fosr_at(data, frame_end, proto_off, 2);
	if (!p)
		return FOSR_PARSE_TRUNCATED;
	proto = fosr_get16(p);
#ifdef __bpf__
#pragma unroll
#endif
	for (i = 0; i < FOSR_VLANS_MAX; i++) {
		if (proto != FOSR_ETH_8021Q && proto != FOSR_ETH_8021AD)
			break;
		p = fosr_at(data, frame_end, off, 4);
		if (!p)
			return FOSR_PARSE_TRUNCATED;
		proto = fosr_get16(p + 2);
		off += 4;
	}
	if (proto != FOSR_ETH_IP4 && proto != FOSR_ETH_IP6) {
		pkt->eth_proto = proto;
		return FOSR_PARSE_NOT_IP;
	}
	res = fosr_parse_ip(frame, frame_end, off, pkt);
	return pkt->eth_proto && pkt->eth_proto != proto ? FOSR_PARSE_MALFORMED : res;
}

/* The address family is in the byte order of the machine that captured; it only has to be one that means IP. */
static __always_inline enum fosr_parse fosr_parse_null(const void *frame, const void *frame_end, struct fosr_pkt *pkt)
{
	const __u8 *p = fosr_at(frame, frame_end, 0, FOSR_NULL_LEN);
	__u32 af;

	__builtin_memset(pkt, 0, sizeof(*pkt));
	if (!p)
		return FOSR_PARSE_TRUNCATED;
	af = fosr_get32(p);
	if (af > 0xffff)
		af = __builtin_bswap32(af);
	if (af != 2 && af != 10 && af != 24 && af != 28 && af != 30)
		return FOSR_PARSE_NOT_IP;
	return fosr_parse_ip(frame, frame_end, FOSR_NULL_LEN, pkt);
}

/* On FOSR_PARSE_NOT_IP pkt->eth_proto holds the ethertype, as far as the link has one. */
static __always_inline enum fosr_parse fosr_parse_link(
	enum fosr_link link, const void *frame, const void *frame_end, struct fosr_pkt *pkt)
{
	switch (link) {
	case FOSR_LINK_ETH:
		return fosr_parse_eth(frame, frame_end, pkt);
	case FOSR_LINK_SLL:
		return fosr_parse_cooked(frame, frame_end, FOSR_SLL_PROTO, FOSR_SLL_LEN, pkt);
	case FOSR_LINK_SLL2:
		return fosr_parse_cooked(frame, frame_end, FOSR_SLL2_PROTO, FOSR_SLL2_LEN, pkt);
	case FOSR_LINK_IP:
		return fosr_parse_ip(frame, frame_end, 0, pkt);
	case FOSR_LINK_NULL:
		return fosr_parse_null(frame, frame_end, pkt);
	default:
		__builtin_memset(pkt, 0, sizeof(*pkt));
		return FOSR_PARSE_NOT_IP;
	}
}

#endif

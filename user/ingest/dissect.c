// SPDX-License-Identifier: GPL-3.0-or-later
#include "ingest/dissect.h"

#include <netinet/in.h>
#include <pcap/dlt.h>
#include <string.h>

#include "flow/step.h"

#define ETH_ARP 0x0806
#define ETH_RARP 0x8035
#define ETH_MPLS 0x8847
#define ETH_PPPOE 0x8864
#define VLAN_ID 0x0fff
#define OFF_TTL 8
#define OFF_HOP_LIMIT 7
#define HEADERS 256 /* more than link, IP and TCP headers take together */

const char *const fosr_pkt_fate_name[FOSR_PKT_FATES] = {
	[FOSR_PKT_KEPT] = "kept",
	[FOSR_PKT_NOT_IP] = "not IP",
	[FOSR_PKT_ARP] = "ARP",
	[FOSR_PKT_OTHER_L4] = "neither TCP nor UDP",
	[FOSR_PKT_TUNNEL] = "tunnelled, not looked into",
	[FOSR_PKT_FRAGMENT] = "fragment, not the first",
	[FOSR_PKT_TRUNCATED] = "cut inside a header",
	[FOSR_PKT_MALFORMED] = "malformed header",
	[FOSR_PKT_GROUP] = "TCP to multicast or broadcast",
	[FOSR_PKT_RETRANSMISSION] = "retransmission",
	[FOSR_PKT_FLOW_FULL] = "beyond the packets kept of one flow",
	[FOSR_PKT_STEPS_FULL] = "beyond the packets kept in all",
};

const char fosr_link_list[] = "Ethernet, Linux cooked (SLL, SLL2), raw IP, null and loopback";

enum fosr_link fosr_link_of(int dlt)
{
	switch (dlt) {
	case DLT_EN10MB:
		return FOSR_LINK_ETH;
	case DLT_LINUX_SLL:
		return FOSR_LINK_SLL;
	case DLT_LINUX_SLL2:
		return FOSR_LINK_SLL2;
	case DLT_RAW:
	case 101: /* LINKTYPE_RAW, as pcapng interfaces have it */
	case DLT_IPV4:
	case DLT_IPV6:
		return FOSR_LINK_IP;
	case DLT_NULL:
	case DLT_LOOP:
		return FOSR_LINK_NULL;
	default:
		return FOSR_LINK_NONE;
	}
}

static bool to_group(enum fosr_link link, const __u8 *data, __u32 caplen)
{
	switch (link) {
	case FOSR_LINK_ETH:
		return caplen && data[0] & 1;
	case FOSR_LINK_SLL:
		return caplen > 1 && !data[0] && (data[1] == 1 || data[1] == 2);
	case FOSR_LINK_SLL2:
		return caplen > FOSR_SLL2_PKTTYPE && (data[FOSR_SLL2_PKTTYPE] == 1 || data[FOSR_SLL2_PKTTYPE] == 2);
	default:
		return false;
	}
}

enum fosr_parse fosr_link_parse(int dlt, const __u8 *data, __u32 caplen, struct fosr_pkt *pkt, bool *group)
{
	enum fosr_link link = fosr_link_of(dlt);

	*group = to_group(link, data, caplen);
	return fosr_parse_link(link, data, data + caplen, pkt);
}

static enum fosr_pkt_fate no_ip(const struct fosr_pkt *pkt)
{
	switch (pkt->eth_proto) {
	case ETH_ARP:
	case ETH_RARP:
		return FOSR_PKT_ARP;
	case ETH_MPLS:
	case ETH_MPLS + 1:
	case ETH_PPPOE:
		return FOSR_PKT_TUNNEL;
	default:
		return FOSR_PKT_NOT_IP;
	}
}

static enum fosr_pkt_fate no_l4(const struct fosr_pkt *pkt)
{
	if (pkt->frag_off)
		return FOSR_PKT_FRAGMENT;
	switch (pkt->l4_proto) {
	case IPPROTO_IPIP:
	case IPPROTO_IPV6:
	case IPPROTO_GRE:
	case IPPROTO_ESP:
	case 97: /* EtherIP, RFC 3378 */
	case 115: /* L2TPv3, RFC 3931 */
	case 137: /* MPLS in IP, RFC 4023 */
		return FOSR_PKT_TUNNEL;
	default:
		return FOSR_PKT_OTHER_L4;
	}
}

static enum fosr_pkt_fate refused(enum fosr_parse res, const struct fosr_pkt *pkt)
{
	switch (res) {
	case FOSR_PARSE_NOT_IP:
		return no_ip(pkt);
	case FOSR_PARSE_TRUNCATED:
		return FOSR_PKT_TRUNCATED;
	case FOSR_PARSE_NO_L4:
		return no_l4(pkt);
	default:
		return FOSR_PKT_MALFORMED;
	}
}

static bool group_addr(const struct fosr_addr *a)
{
	if (a->family == 6)
		return a->b[0] == 0xff;
	return a->b[0] >> 4 == 14 || (a->b[0] & a->b[1] & a->b[2] & a->b[3]) == 0xff;
}

static void fill(const __u8 *data, const struct fosr_pkt *pkt, struct fosr_seen *seen)
{
	const __u8 *l4 = data + pkt->l4_off;

	seen->addr[0].family = seen->addr[1].family = pkt->ip_version;
	memcpy(seen->addr[0].b, pkt->src, 16);
	memcpy(seen->addr[1].b, pkt->dst, 16);
	seen->port[0] = pkt->sport;
	seen->port[1] = pkt->dport;
	seen->l4 = pkt->l4_proto;
	seen->len = pkt->payload_end - pkt->payload_off;
	seen->snapped = pkt->snapped;
	seen->ttl = data[pkt->l3_off + (pkt->ip_version == 6 ? OFF_HOP_LIMIT : OFF_TTL)];
	seen->vlans = pkt->vlans;
	for (int i = 0; i < pkt->vlans; i++)
		seen->vlan[i] = pkt->vlan[i] & VLAN_ID;
	if (pkt->l4_proto == IPPROTO_TCP) {
		seen->seq = fosr_get32(l4 + 4);
		seen->all_flags = l4[13];
		seen->flags = l4[13] & FOSR_TCP_FLAGS;
		seen->window = fosr_get16(l4 + 14);
	} else if (pkt->more_frags) {
		seen->len = fosr_get16(l4 + 4) - FOSR_UDP_LEN;
	}
}

/*
 * Captured before a segmentation offload, an IPv4 packet may say length 0: it is as long as the frame. Puts the
 * headers, so completed, into copy (HEADERS bytes); false when the packet is not of that kind.
 */
static bool complete_length(const __u8 *data, __u32 caplen, __u32 origlen, const struct fosr_pkt *pkt, __u8 *copy)
{
	__u32 len = origlen - pkt->l3_off;

	if (pkt->ip_version != 4 || pkt->l3_off + FOSR_IP4_LEN > caplen || fosr_get16(data + pkt->l3_off + 2))
		return false;
	memcpy(copy, data, caplen < HEADERS ? caplen : HEADERS);
	fosr_put16(copy + pkt->l3_off + 2, (__u16)(len < 0xffff ? len : 0xffff));
	return true;
}

enum fosr_pkt_fate fosr_dissect(int link, const __u8 *data, __u32 caplen, __u32 origlen, struct fosr_seen *seen)
{
	__u8 copy[HEADERS];
	enum fosr_parse res;
	struct fosr_pkt pkt;
	bool group;

	memset(seen, 0, sizeof(*seen));
	res = fosr_link_parse(link, data, caplen, &pkt, &group);
	if (res == FOSR_PARSE_MALFORMED && complete_length(data, caplen, origlen, &pkt, copy)) {
		data = copy;
		caplen = caplen < HEADERS ? caplen : HEADERS;
		res = fosr_link_parse(link, data, caplen, &pkt, &group);
	}
	/* Payload may be missing even where the original length does not tell: anonymised captures do that. */
	if (res == FOSR_PARSE_OK)
		res = fosr_parse_l4(data, data + caplen, FOSR_PARSE_F_SNAPPED, &pkt);
	if (res == FOSR_PARSE_TRUNCATED && caplen == origlen)
		return FOSR_PKT_MALFORMED;
	if (res != FOSR_PARSE_OK)
		return refused(res, &pkt);
	fill(data, &pkt, seen);
	seen->frame = origlen;
	/* TCP is never multicast; made captures and mirrors do show it under group MAC addresses. */
	seen->group = (group && seen->l4 == IPPROTO_UDP) || group_addr(&seen->addr[1]);
	seen->group_sends = group_addr(&seen->addr[0]);
	return FOSR_PKT_KEPT;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From a captured frame to what flow assembly needs: addresses, ports, flags, lengths; or the reason why it is of no
 * use.
 *
 * Link types: Ethernet (up to two VLAN tags), Linux cooked v1 and v2, raw IP, null/loopback
 * (https://www.tcpdump.org/linktypes.html). The headers from IP on are read by include/fosr/parse.h.
 */
#ifndef FOSR_INGEST_DISSECT_H
#define FOSR_INGEST_DISSECT_H

#include "base/types.h"
#include "flow/flow.h"
#include "fosr/link.h"

/* Where each packet read goes. All but FOSR_PKT_KEPT are reasons for leaving it out. */
enum fosr_pkt_fate {
	FOSR_PKT_KEPT,
	FOSR_PKT_NOT_IP,
	FOSR_PKT_ARP,
	FOSR_PKT_OTHER_L4, /* ICMP, SCTP, ... */
	FOSR_PKT_TUNNEL, /* GRE, IP in IP, ESP, PPPoE, MPLS: not looked into */
	FOSR_PKT_FRAGMENT, /* not the first of its packet */
	FOSR_PKT_TRUNCATED, /* the captured bytes end inside a header */
	FOSR_PKT_MALFORMED, /* a length field lies, or (for learning) a multicast address sends */
	FOSR_PKT_GROUP, /* TCP to multicast or broadcast */
	FOSR_PKT_RETRANSMISSION, /* TCP, nothing new in it */
	FOSR_PKT_FLOW_FULL, /* its flow has FOSR_INGEST_FLOW_PACKETS already */
	FOSR_PKT_STEPS_FULL, /* FOSR_INGEST_STEPS are held already */
	FOSR_PKT_FATES,
};

extern const char *const fosr_pkt_fate_name[FOSR_PKT_FATES]; /* a few words for people */

struct fosr_seen {
	struct fosr_addr addr[2]; /* source, destination */
	__u16 port[2];
	__u32 len; /* payload bytes as sent, captured or not; of a first UDP fragment those of the whole datagram */
	__u32 frame; /* bytes of the frame as sent */
	__u32 seq; /* TCP only, as window and flags */
	__u16 window; /* as it stands there, not scaled */
	__u16 vlan[FOSR_VLANS_MAX]; /* ids, outer first; known of Ethernet only */
	__u8 vlans;
	__u8 ttl; /* or hop limit */
	__u8 l4;
	__u8 flags; /* FOSR_TCP_*, the modelled ones */
	__u8 all_flags; /* the whole byte */
	bool group; /* sent to multicast or broadcast */
	bool group_sends; /* which no group does (RFC 1122, 3.2.1.3); addresses made up by anonymising do */
	bool snapped; /* captured only in part */
};

/* Of a DLT_* or LINKTYPE_* number. */
enum fosr_link fosr_link_of(int dlt);
extern const char fosr_link_list[]; /* for messages */

/*
 * Where the IP header is, by link type: fills pkt by the shared parser. *group: the link header says that the frame is
 * multicast or broadcast. On FOSR_PARSE_NOT_IP pkt->eth_proto holds the ethertype, as far as the link has one.
 */
enum fosr_parse fosr_link_parse(int dlt, const __u8 *data, __u32 caplen, struct fosr_pkt *pkt, bool *group);

/* FOSR_PKT_KEPT and seen filled (group packets too: the assembler judges them), or why not. */
enum fosr_pkt_fate fosr_dissect(int link, const __u8 *data, __u32 caplen, __u32 origlen, struct fosr_seen *seen);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The one header parser, for BPF and for user space: Ethernet with up to two VLAN tags, IPv4 and IPv6 with extension
 * headers, TCP and UDP. Results are typed; every length field is checked at both ends; nothing is read beyond data_end.
 *
 * Sources: IEEE 802.1Q, RFC 791, RFC 8200, RFC 4302 (AH length), RFC 9293, RFC 768.
 */
#ifndef FOSR_PARSE_H
#define FOSR_PARSE_H

#include <fosr/abi.h>
#include <fosr/csum.h>

#define FOSR_ETH_LEN 14
#define FOSR_ETH_IP4 0x0800
#define FOSR_ETH_IP6 0x86dd
#define FOSR_ETH_8021Q 0x8100
#define FOSR_ETH_8021AD 0x88a8
#define FOSR_VLANS_MAX 2
#define FOSR_IP4_LEN 20
#define FOSR_IP6_LEN 40
#define FOSR_TCP_LEN 20
#define FOSR_UDP_LEN 8
#define FOSR_EXTS_MAX 8 /* IPv6 extension headers; a longer chain is malformed */
#define FOSR_HOPOPTS_MAX 64 /* bytes of a Hop-by-Hop header behind which a tag is looked for and put */
#define FOSR_OFF_MAX 0x7fff /* no header starts beyond this */

#define FOSR_PROTO_HOPOPTS 0
#define FOSR_PROTO_TCP 6
#define FOSR_PROTO_UDP 17
#define FOSR_PROTO_ROUTING 43
#define FOSR_PROTO_FRAGMENT 44
#define FOSR_PROTO_AH 51
#define FOSR_PROTO_DSTOPTS 60

enum fosr_parse {
	FOSR_PARSE_OK,
	FOSR_PARSE_NOT_IP, /* some other ethertype, or more VLAN tags than we look through */
	FOSR_PARSE_TRUNCATED, /* the bytes end inside a header */
	FOSR_PARSE_MALFORMED, /* a length field is below its minimum or beyond what contains it */
	FOSR_PARSE_NO_L4, /* fosr_parse_l4() only: a later fragment, or neither TCP nor UDP */
};

/* Offsets are from the start of the frame; numbers are in host order, addresses as on the wire. */
struct fosr_pkt {
	__u32 l3_off;
	__u32 l3_end; /* where the IP packet says it ends: padding follows, or the bytes given end before (snapped) */
	__u32 l4_off; /* behind the IP header and all extension headers */
	__u32 tag_off; /* our option (IPv4) or our Destination Options header (IPv6); 0: no tag of ours */
	__u32 put_off; /* where a tag goes: behind the base header, or the Hop-by-Hop header; 0: that one is too long */
	__u32 payload_off; /* set by fosr_parse_l4(), as all that follows up to l4_end */
	__u32 payload_end; /* UDP may end before l3_end; beyond the bytes given only if snapped */
	__u16 sport;
	__u16 dport;
	__u16 eth_proto; /* behind the VLAN tags */
	__u16 vlan[FOSR_VLANS_MAX]; /* tag control information, outer first */
	__u16 frag_off; /* bytes; 0 for a first fragment and for a whole packet */
	__u8 vlans;
	__u8 ip_version; /* 4 or 6 */
	__u8 ihl; /* IPv4 header length, 32-bit words; 0 for IPv6 */
	__u8 l4_proto; /* the header at l4_off; in a later IPv6 fragment, what the fragment header names */
	__u8 more_frags;
	__u8 exts; /* IPv6 extension headers seen, ours included */
	__u8 snapped; /* the bytes given end before l3_end */
	__u8 pad;
	__u8 src[16]; /* IPv4: the first 4 bytes, the rest zero */
	__u8 dst[16];
};
_Static_assert(sizeof(struct fosr_pkt) == 80, "struct fosr_pkt has holes");

/* The n bytes at data + off, or NULL if they are not all there. The one place that compares with data_end. */
static __always_inline __u8 *fosr_at(const __u8 *data, const __u8 *data_end, __u32 off, __u32 n)
{
#ifdef __bpf__
	const __u8 *p;
	__u64 o = off;

	/* Hide what the compiler knows of the offset, or it drops the comparison that the verifier needs to see. */
	asm volatile("" : "+r"(o));
	if (o > FOSR_OFF_MAX)
		return 0;
	p = data + o;
	asm volatile("" : "+r"(p));
	return p + n > data_end ? 0 : (__u8 *)p;
#else
	__u64 len = (__u64)(data_end - data);

	return off > FOSR_OFF_MAX || n > len || off > len - n ? 0 : (__u8 *)(data + off);
#endif
}

static __always_inline void fosr_addr_copy(__u8 *to, const __u8 *from, __u32 words)
{
	__u32 i;

#ifdef __bpf__
#pragma unroll
#endif
	for (i = 0; i < words; i++)
		FOSR_STORE(__u32, to + 4 * i, FOSR_LOAD(__u32, from + 4 * i));
}

/* Is this our 28-byte option? p: its type byte, with FOSR_TAG_LEN4 bytes readable. A foreign option of the same type
 * (other length, other version) is not ours and is left alone. */
static __always_inline int fosr_tag_is_option(const __u8 *p, __u8 type, __u8 len)
{
	return p[0] == type && p[1] == len && p[2] >> 4 == FOSR_TAG_VERSION;
}

static __always_inline enum fosr_parse fosr_parse_ip4(const __u8 *data, const __u8 *data_end, struct fosr_pkt *pkt)
{
	const __u8 *ip = fosr_at(data, data_end, pkt->l3_off, FOSR_IP4_LEN), *opt;
	__u32 hlen, tot_len;
	__u16 frag;

	if (!ip)
		return FOSR_PARSE_TRUNCATED;
	pkt->ip_version = 4;
	pkt->ihl = ip[0] & 0x0f;
	hlen = 4 * pkt->ihl;
	tot_len = fosr_get16(ip + 2);
	if (ip[0] >> 4 != 4 || hlen < FOSR_IP4_LEN || tot_len < hlen)
		return FOSR_PARSE_MALFORMED;
	frag = fosr_get16(ip + 6);
	pkt->frag_off = 8 * (frag & 0x1fff);
	pkt->more_frags = frag >> 13 & 1;
	pkt->l4_proto = ip[9];
	fosr_addr_copy(pkt->src, ip + 12, 1);
	fosr_addr_copy(pkt->dst, ip + 16, 1);
	pkt->l3_end = pkt->l3_off + tot_len;
	pkt->l4_off = pkt->l3_off + hlen;
	pkt->put_off = pkt->l3_off + FOSR_IP4_LEN;
	if (!fosr_at(data, data_end, pkt->l3_off, hlen))
		return FOSR_PARSE_TRUNCATED;
	if (hlen >= FOSR_IP4_LEN + FOSR_TAG_LEN4) {
		opt = fosr_at(data, data_end, pkt->put_off, FOSR_TAG_LEN4);
		if (opt && fosr_tag_is_option(opt, FOSR_TAG_OPT4, FOSR_TAG_LEN4))
			pkt->tag_off = pkt->put_off;
	}
	return FOSR_PARSE_OK;
}

/* Ours are Destination Options of 32 bytes that hold our option, then PadN of two bytes, and nothing else. */
static __always_inline int fosr_tag_is_ext(const __u8 *ext)
{
	return ext[1] == FOSR_TAG_LEN6 / 8 - 1 && fosr_tag_is_option(ext + 2, FOSR_TAG_OPT6, FOSR_TAG_LEN4 - 2) &&
		ext[30] == 1 && ext[31] == 0;
}

/*
 * One extension header at pkt->l4_off, of type pkt->l4_proto. *more tells whether there may be another one behind it.
 * Hop-by-Hop counts only directly behind the base header; anywhere else it ends the walk, as an unknown type does.
 */
static __always_inline enum fosr_parse fosr_parse_ext(
	const __u8 *data, const __u8 *data_end, struct fosr_pkt *pkt, __u32 *more)
{
	__u8 type = pkt->l4_proto;
	const __u8 *ext, *tag;
	__u32 len;

	*more = 0;
	if (type != FOSR_PROTO_ROUTING && type != FOSR_PROTO_FRAGMENT && type != FOSR_PROTO_DSTOPTS &&
		type != FOSR_PROTO_AH && !(type == FOSR_PROTO_HOPOPTS && !pkt->exts))
		return FOSR_PARSE_OK;
	if (pkt->exts == FOSR_EXTS_MAX || pkt->l4_off + 8 > pkt->l3_end)
		return FOSR_PARSE_MALFORMED;
	ext = fosr_at(data, data_end, pkt->l4_off, 8);
	if (!ext)
		return FOSR_PARSE_TRUNCATED;
	len = type == FOSR_PROTO_FRAGMENT ? 8 : type == FOSR_PROTO_AH ? 4 * (ext[1] + 2U) : 8 * (ext[1] + 1U);
	if (pkt->l4_off + len > pkt->l3_end)
		return FOSR_PARSE_MALFORMED;
	if (!fosr_at(data, data_end, pkt->l4_off + len - 1, 1))
		return FOSR_PARSE_TRUNCATED;
	*more = 1;
	if (type == FOSR_PROTO_FRAGMENT) {
		__u16 frag = fosr_get16(ext + 2);

		pkt->frag_off = frag & 0xfff8;
		pkt->more_frags = frag & 1;
		*more = !pkt->frag_off;
	}
	if (type == FOSR_PROTO_DSTOPTS && pkt->l4_off == pkt->put_off && len == FOSR_TAG_LEN6) {
		tag = fosr_at(data, data_end, pkt->put_off, FOSR_TAG_LEN6);
		if (tag && fosr_tag_is_ext(tag))
			pkt->tag_off = pkt->put_off;
	}
	pkt->l4_proto = ext[0];
	pkt->l4_off += len;
	pkt->exts++;
	if (type == FOSR_PROTO_HOPOPTS)
		pkt->put_off = len <= FOSR_HOPOPTS_MAX ? pkt->l4_off : 0;
	return FOSR_PARSE_OK;
}

static __always_inline enum fosr_parse fosr_parse_ip6(const __u8 *data, const __u8 *data_end, struct fosr_pkt *pkt)
{
	const __u8 *ip = fosr_at(data, data_end, pkt->l3_off, FOSR_IP6_LEN);
	enum fosr_parse res = FOSR_PARSE_OK;
	__u32 more = 1, i;

	if (!ip)
		return FOSR_PARSE_TRUNCATED;
	if (ip[0] >> 4 != 6)
		return FOSR_PARSE_MALFORMED;
	pkt->ip_version = 6;
	pkt->l4_proto = ip[6];
	fosr_addr_copy(pkt->src, ip + 8, 4);
	fosr_addr_copy(pkt->dst, ip + 24, 4);
	pkt->l4_off = pkt->put_off = pkt->l3_off + FOSR_IP6_LEN;
	pkt->l3_end = pkt->l4_off + fosr_get16(ip + 4);
	for (i = 0; i <= FOSR_EXTS_MAX && more && res == FOSR_PARSE_OK; i++)
		res = fosr_parse_ext(data, data_end, pkt, &more);
	return res;
}

static __always_inline enum fosr_parse fosr_parse_l3(const __u8 *data, const __u8 *data_end, struct fosr_pkt *pkt)
{
	enum fosr_parse res;

	if (pkt->eth_proto == FOSR_ETH_IP4)
		res = fosr_parse_ip4(data, data_end, pkt);
	else if (pkt->eth_proto == FOSR_ETH_IP6)
		res = fosr_parse_ip6(data, data_end, pkt);
	else
		return FOSR_PARSE_NOT_IP;
	pkt->snapped = (__u64)(data_end - data) < pkt->l3_end;
	return res;
}

/*
 * Fills pkt from an Ethernet frame, up to and with the IP headers and our tag. A frame that ends before l3_end is not
 * an error here: `snapped` says so. On any other result only eth_proto, vlan and vlans mean something,
 * and those only if the frame reached that far.
 */
static __always_inline enum fosr_parse fosr_parse_eth(const void *frame, const void *frame_end, struct fosr_pkt *pkt)
{
	const __u8 *data = frame, *data_end = frame_end, *p;
	__u32 i;

	__builtin_memset(pkt, 0, sizeof(*pkt));
	p = fosr_at(data, data_end, 0, FOSR_ETH_LEN);
	if (!p)
		return FOSR_PARSE_TRUNCATED;
	pkt->eth_proto = fosr_get16(p + 12);
	pkt->l3_off = FOSR_ETH_LEN;
#ifdef __bpf__
#pragma unroll
#endif
	for (i = 0; i < FOSR_VLANS_MAX; i++) {
		if (pkt->eth_proto != FOSR_ETH_8021Q && pkt->eth_proto != FOSR_ETH_8021AD)
			break;
		p = fosr_at(data, data_end, pkt->l3_off, 4);
		if (!p)
			return FOSR_PARSE_TRUNCATED;
		pkt->vlan[i] = fosr_get16(p);
		pkt->vlans = i + 1;
		pkt->eth_proto = fosr_get16(p + 2);
		pkt->l3_off += 4;
	}
	return fosr_parse_l3(data, data_end, pkt);
}

/* The same for a link without Ethernet header (raw IP, Linux cooked): the IP header's version is believed. */
static __always_inline enum fosr_parse fosr_parse_ip(
	const void *frame, const void *frame_end, __u32 l3_off, struct fosr_pkt *pkt)
{
	const __u8 *data = frame, *p;

	__builtin_memset(pkt, 0, sizeof(*pkt));
	pkt->l3_off = l3_off;
	p = fosr_at(data, frame_end, l3_off, 1);
	if (!p)
		return FOSR_PARSE_TRUNCATED;
	pkt->eth_proto = *p >> 4 == 4 ? FOSR_ETH_IP4 : *p >> 4 == 6 ? FOSR_ETH_IP6 : 0;
	return fosr_parse_l3(data, frame_end, pkt);
}

/* fosr_parse_l4() flag: a capture's snap length cut the frame, so only the headers need be there, not all of l3_end. */
#define FOSR_PARSE_F_SNAPPED 1

static __always_inline enum fosr_parse fosr_parse_tcp(const __u8 *l4, __u32 room, struct fosr_pkt *pkt)
{
	__u32 hlen = 4 * (l4[12] >> 4);

	if (hlen < FOSR_TCP_LEN || hlen > room)
		return FOSR_PARSE_MALFORMED;
	pkt->payload_off = pkt->l4_off + hlen;
	return FOSR_PARSE_OK;
}

/* In a first fragment the UDP length is that of the whole datagram, so only a whole packet bounds it. */
static __always_inline enum fosr_parse fosr_parse_udp(const __u8 *l4, __u32 room, struct fosr_pkt *pkt)
{
	__u32 len = fosr_get16(l4 + 4);

	if (len < FOSR_UDP_LEN || (len > room && !pkt->more_frags))
		return FOSR_PARSE_MALFORMED;
	pkt->payload_off = pkt->l4_off + FOSR_UDP_LEN;
	if (len < room)
		pkt->payload_end = pkt->l4_off + len;
	return FOSR_PARSE_OK;
}

/*
 * Checks the TCP or UDP header of a packet that fosr_parse_eth() or fosr_parse_ip() found good, and sets ports and
 * payload. FOSR_PARSE_NO_L4 leaves the ports 0 and the payload all that follows the IP headers. Without
 * FOSR_PARSE_F_SNAPPED a frame that ends before l3_end is FOSR_PARSE_TRUNCATED.
 */
static __always_inline enum fosr_parse fosr_parse_l4(
	const void *frame, const void *frame_end, __u32 flags, struct fosr_pkt *pkt)
{
	const __u8 *data = frame, *l4;
	__u32 room = pkt->l3_end - pkt->l4_off, need;
	enum fosr_parse res;

	pkt->payload_off = pkt->l4_off;
	pkt->payload_end = pkt->l3_end;
	pkt->sport = pkt->dport = 0;
	if (pkt->snapped && !(flags & FOSR_PARSE_F_SNAPPED))
		return FOSR_PARSE_TRUNCATED;
	if (pkt->frag_off + room > 0xffff)
		return FOSR_PARSE_MALFORMED;
	if (pkt->frag_off || (pkt->l4_proto != FOSR_PROTO_TCP && pkt->l4_proto != FOSR_PROTO_UDP))
		return FOSR_PARSE_NO_L4;
	need = pkt->l4_proto == FOSR_PROTO_TCP ? FOSR_TCP_LEN : FOSR_UDP_LEN;
	if (room < need)
		return FOSR_PARSE_MALFORMED;
	l4 = fosr_at(data, frame_end, pkt->l4_off, need);
	if (!l4)
		return FOSR_PARSE_TRUNCATED;
	res = need == FOSR_TCP_LEN ? fosr_parse_tcp(l4, room, pkt) : fosr_parse_udp(l4, room, pkt);
	if (res != FOSR_PARSE_OK)
		return res;
	pkt->sport = fosr_get16(l4);
	pkt->dport = fosr_get16(l4 + 2);
	if (need == FOSR_TCP_LEN && !fosr_at(data, frame_end, pkt->payload_off - 1, 1))
		return FOSR_PARSE_TRUNCATED;
	return FOSR_PARSE_OK;
}

#endif

// SPDX-License-Identifier: GPL-3.0-or-later
/* fosr/parse.h: every length field at and beyond both ends, and every truncation. */
#include <stdlib.h>
#include <string.h>

#include <fosr/parse.h>

#include "tap.h"
#include "unit/frame.h"

/* Parses a copy that ends where the frame ends, so that the sanitizer sees a byte read too many. */
static enum fosr_parse parse(const struct frame *f, __u32 len, struct fosr_pkt *pkt)
{
	__u8 *exact = malloc(len ? len : 1);
	enum fosr_parse res;

	memcpy(exact, f->data, len);
	res = fosr_parse_eth(exact, exact + len, pkt);
	free(exact);
	return res;
}

static enum fosr_parse parse_l4(const struct frame *f, __u32 len, __u32 flags, struct fosr_pkt *pkt)
{
	enum fosr_parse res = parse(f, len, pkt);
	__u8 *exact = malloc(len ? len : 1);

	memcpy(exact, f->data, len);
	if (res == FOSR_PARSE_OK)
		res = fosr_parse_l4(exact, exact + len, flags, pkt);
	free(exact);
	return res;
}

static const struct frame_spec udp4 = {.proto = 17, .body = frame_udp, .body_len = sizeof(frame_udp)};
static const struct frame_spec tcp4 = {.proto = 6, .body = frame_tcp, .body_len = sizeof(frame_tcp)};
static const struct frame_spec udp6 = {.version = 6, .proto = 17, .body = frame_udp, .body_len = sizeof(frame_udp)};

static void plain(void)
{
	struct frame_spec s = tcp4;
	struct fosr_pkt p;
	struct frame f;

	s.padding = 6;
	frame_build(&f, &s);
	ok(parse_l4(&f, f.len, 0, &p) == FOSR_PARSE_OK && p.ip_version == 4 && p.ihl == 5 && p.l4_proto == 6,
		"IPv4 TCP");
	ok(p.l3_off == 14 && p.l4_off == 34 && p.payload_off == 54 && p.payload_end == 59 && p.l3_end == 59,
		"its offsets, without the padding");
	ok(p.sport == 40000 && p.dport == 80 && p.eth_proto == 0x0800 && !p.tag_off && !p.snapped, "its fields");
	ok(!memcmp(p.src, "\x0a\0\0\1\0\0\0\0\0\0\0\0\0\0\0", 16) && p.dst[3] == 2, "its addresses");
	frame_build(&f, &udp6);
	ok(parse_l4(&f, f.len, 0, &p) == FOSR_PARSE_OK && p.ip_version == 6 && p.l4_off == 54 && p.payload_off == 62 &&
			p.dport == 53 && p.src[15] == 1 && p.dst[15] == 2 && !p.exts,
		"IPv6 UDP");
	ok(fosr_parse_ip(f.data, f.data + f.len, 14, &p) == FOSR_PARSE_OK && p.ip_version == 6,
		"IP found by its version");
	ok(fosr_parse_ip(f.data, f.data + f.len, 0, &p) == FOSR_PARSE_NOT_IP, "a version that is none");
	ok(fosr_parse_ip(f.data, f.data + f.len, f.len, &p) == FOSR_PARSE_TRUNCATED, "IP behind the end");
}

static void links(void)
{
	struct frame_spec s = udp4;
	struct fosr_pkt p;
	struct frame f;

	for (s.vlans = 1; s.vlans <= 2; s.vlans++) {
		frame_build(&f, &s);
		ok(parse_l4(&f, f.len, 0, &p) == FOSR_PARSE_OK && p.vlans == s.vlans && p.vlan[0] == 100 &&
				p.l3_off == 14 + 4U * p.vlans,
			"%d VLAN tags", s.vlans);
		for (__u32 cut = 14; cut < f.l3; cut++)
			ok(parse(&f, cut, &p) == FOSR_PARSE_TRUNCATED, "cut at byte %u, inside a VLAN tag", cut);
	}
	s.vlans = 3;
	frame_build(&f, &s);
	ok(parse(&f, f.len, &p) == FOSR_PARSE_NOT_IP, "three VLAN tags are one too many");
	frame_build(&f, &udp4);
	frame_put16(f.data + 12, 0x0806);
	ok(parse(&f, f.len, &p) == FOSR_PARSE_NOT_IP && p.eth_proto == 0x0806, "ARP is not IP");
	frame_put16(f.data + 12, 46);
	ok(parse(&f, f.len, &p) == FOSR_PARSE_NOT_IP, "an 802.3 length is not IP");
	frame_build(&f, &tcp4);
	frame_put16(f.data + 12, 0x86dd);
	ok(parse(&f, f.len, &p) == FOSR_PARSE_MALFORMED, "IPv4 under IPv6's ethertype");
}

static void truncations(void)
{
	const struct frame_spec *specs[] = {&udp4, &tcp4, &udp6};
	struct fosr_pkt p;
	struct frame f;

	for (size_t i = 0; i < FOSR_ARRAY_SIZE(specs); i++) {
		__u32 l4_len = specs[i] == &tcp4 ? 20 : 8;
		int bad = 0;

		frame_build(&f, specs[i]);
		for (__u32 cut = 0; cut < f.len; cut++) {
			bad += parse(&f, cut, &p) != (cut < f.l4 ? FOSR_PARSE_TRUNCATED : FOSR_PARSE_OK);
			bad += cut >= f.l4 && !p.snapped;
			bad += parse_l4(&f, cut, 0, &p) != FOSR_PARSE_TRUNCATED;
			bad += parse_l4(&f, cut, FOSR_PARSE_F_SNAPPED, &p) !=
				(cut < f.l4 + l4_len ? FOSR_PARSE_TRUNCATED : FOSR_PARSE_OK);
		}
		ok(!bad, "every truncation of frame %zu: %d wrong", i, bad);
	}
}

static void ip4_lengths(void)
{
	struct fosr_pkt p;
	struct frame f;

	frame_build(&f, &udp4);
	for (__u8 ihl = 0; ihl < 16; ihl++) {
		f.data[14] = 0x40 | ihl;
		ok(parse(&f, f.len, &p) == (ihl >= 5 && ihl <= 8 ? FOSR_PARSE_OK : FOSR_PARSE_MALFORMED), "ihl %u",
			ihl);
	}
	frame_build(&f, &udp4);
	for (unsigned int len = 0; len < 20; len++) {
		frame_put16(f.data + 16, len);
		if (parse(&f, f.len, &p) != FOSR_PARSE_MALFORMED)
			ok(0, "total length %u is malformed", len);
	}
	frame_put16(f.data + 16, 20);
	ok(parse(&f, f.len, &p) == FOSR_PARSE_OK && parse_l4(&f, f.len, 0, &p) == FOSR_PARSE_MALFORMED,
		"total length 20: an IP packet, without room for UDP");
	frame_put16(f.data + 16, 0xffff);
	ok(parse(&f, f.len, &p) == FOSR_PARSE_OK && p.snapped && p.l3_end == 14 + 0xffff,
		"total length 65535: snapped");
	f.data[14] = 0x65;
	ok(parse(&f, f.len, &p) == FOSR_PARSE_MALFORMED, "version 6 under IPv4's ethertype");
}

static void l4_lengths(void)
{
	struct fosr_pkt p;
	struct frame f;

	frame_build(&f, &tcp4);
	for (__u8 doff = 0; doff < 16; doff++) {
		f.data[f.l4 + 12] = (__u8)(doff << 4);
		ok(parse_l4(&f, f.len, 0, &p) == (doff == 5 || doff == 6 ? FOSR_PARSE_OK : FOSR_PARSE_MALFORMED),
			"doff %u of a 25-byte segment", doff);
	}
	frame_build(&f, &udp4);
	for (unsigned int len = 0; len < 16; len++) {
		frame_put16(f.data + f.l4 + 4, len);
		ok(parse_l4(&f, f.len, 0, &p) == (len >= 8 && len <= 12 ? FOSR_PARSE_OK : FOSR_PARSE_MALFORMED),
			"UDP length %u in 12 bytes", len);
		if (len >= 8 && len <= 12)
			ok(p.payload_end - p.payload_off == len - 8, "and its payload");
	}
}

static void fragments(void)
{
	const __u8 frag6[8] = {17, 0, 0x00, 0x09, 0, 0, 0, 1}, last6[8] = {17, 0, 0x00, 0x08, 0, 0, 0, 1};
	struct frame_spec s = udp4;
	struct fosr_pkt p;
	struct frame f;

	s.frag = 0x2000;
	frame_build(&f, &s);
	frame_put16(f.data + f.l4 + 4, 4000);
	ok(parse_l4(&f, f.len, 0, &p) == FOSR_PARSE_OK && p.more_frags && !p.frag_off && p.dport == 53,
		"a first fragment has ports, and a UDP length beyond itself");
	s.frag = 0x0003;
	frame_build(&f, &s);
	ok(parse_l4(&f, f.len, 0, &p) == FOSR_PARSE_NO_L4 && p.frag_off == 24 && !p.more_frags && !p.sport &&
			!p.dport && p.payload_off == p.l4_off,
		"a later one has none");
	s.frag = 0x1fff;
	frame_build(&f, &s);
	ok(parse_l4(&f, f.len, 0, &p) == FOSR_PARSE_MALFORMED, "one that ends beyond 65535 is malformed");
	s = udp6;
	s.proto = 44;
	s.opts = frag6;
	s.opts_len = 8;
	frame_build(&f, &s);
	ok(parse_l4(&f, f.len, 0, &p) == FOSR_PARSE_NO_L4 && p.frag_off == 8 && p.more_frags && p.l4_proto == 17,
		"a middle fragment of IPv6");
	s.opts = last6;
	frame_build(&f, &s);
	ok(parse_l4(&f, f.len, 0, &p) == FOSR_PARSE_NO_L4 && p.frag_off == 8 && !p.more_frags, "its last one");
}

static void extensions(void)
{
	__u8 chain[10 * 8] = {0};
	struct frame_spec s = udp6;
	struct fosr_pkt p;
	struct frame f;

	s.opts = chain;
	for (__u32 n = 1; n <= 9; n++) {
		s.proto = 60;
		s.opts_len = 8 * n;
		for (__u32 i = 0; i < n; i++)
			chain[8 * i] = i == n - 1 ? 17 : 60;
		frame_build(&f, &s);
		ok(parse_l4(&f, f.len, 0, &p) == (n <= 8 ? FOSR_PARSE_OK : FOSR_PARSE_MALFORMED) &&
				(n > 8 || p.exts == n),
			"%u extension headers", n);
	}
	s.opts_len = 8;
	chain[0] = 17;
	s.proto = 0;
	frame_build(&f, &s);
	ok(parse_l4(&f, f.len, 0, &p) == FOSR_PARSE_OK && p.put_off == 62, "a tag goes behind Hop-by-Hop");
	for (unsigned int units = 1; units < 256; units++) {
		f.data[55] = (__u8)units;
		if (parse(&f, f.len, &p) != (units == 1 ? FOSR_PARSE_OK : FOSR_PARSE_MALFORMED))
			ok(0, "an extension header of %u bytes in 20", 8 * (units + 1));
	}
	s.proto = 51;
	chain[1] = 0;
	frame_build(&f, &s);
	ok(parse_l4(&f, f.len, 0, &p) == FOSR_PARSE_OK && p.l4_off == 62, "an AH of 8 bytes, counted in words");
	s.proto = 60;
	chain[0] = 0;
	frame_build(&f, &s);
	ok(parse(&f, f.len, &p) == FOSR_PARSE_OK && p.l4_proto == 0 && p.l4_off == 62,
		"Hop-by-Hop in the middle ends the walk");
	ok(parse_l4(&f, f.len, 0, &p) == FOSR_PARSE_NO_L4, "and is no layer 4");
	s = udp6;
	s.proto = 59;
	s.body_len = 0;
	frame_build(&f, &s);
	ok(parse(&f, f.len, &p) == FOSR_PARSE_OK && p.l3_end == f.len, "IPv6 with nothing in it");
	f.data[20] = 0;
	ok(parse(&f, f.len, &p) == FOSR_PARSE_MALFORMED, "a payload length of 0 does not hold a Hop-by-Hop header");
}

int main(void)
{
	plain();
	links();
	truncations();
	ip4_lengths();
	l4_lengths();
	fragments();
	extensions();
	return done();
}

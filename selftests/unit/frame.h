/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames for tests, built byte by byte from what a test says, right or wrong. Written without include/fosr, so that the
 * headers under test do not check themselves. */
#ifndef SELFTESTS_UNIT_FRAME_H
#define SELFTESTS_UNIT_FRAME_H

#include <string.h>

#include "base/types.h"

#define FRAME_ROOM 64 /* in front of a frame, for a tag */

struct frame {
	__u8 room[FRAME_ROOM];
	__u8 data[2048];
	__u32 len;
	__u32 l3, l4; /* offsets of the IP header and of what follows all extension headers and options */
};

/* What a frame is made of; zero is the plain case. */
struct frame_spec {
	int vlans;
	int version; /* 4 (also for 0) or 6 */
	__u8 proto; /* of the IP header; behind extension headers their own bytes name it */
	const __u8 *opts; /* IPv4 options or IPv6 extension headers */
	__u32 opts_len;
	const __u8 *body;
	__u32 body_len;
	__u16 frag; /* IPv4 flags and offset */
	__u32 padding; /* zero bytes behind the packet */
};

static inline void frame_put16(__u8 *p, unsigned int v)
{
	p[0] = (__u8)(v >> 8);
	p[1] = (__u8)v;
}

static inline unsigned int frame_get16(const __u8 *p)
{
	return (unsigned int)p[0] << 8 | p[1];
}

/* The frame's first byte as a pointer into the whole struct, so that going back into the room is no fault. */
static inline __u8 *frame_start(struct frame *f)
{
	return (__u8 *)f + offsetof(struct frame, data);
}

/* RFC 1071 as its text has it, word by word: 0 over a header whose checksum is right. */
static inline unsigned int frame_checksum(const __u8 *p, __u32 len)
{
	unsigned int sum = 0;

	for (__u32 i = 0; i < len; i++)
		sum += i % 2 ? p[i] : (unsigned int)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

static inline void frame_ip4(struct frame *f, const struct frame_spec *s, __u8 *ip)
{
	__u32 hlen = 20 + s->opts_len;
	const __u8 addrs[8] = {10, 0, 0, 1, 10, 0, 0, 2};

	ip[0] = (__u8)(0x40 | hlen / 4);
	frame_put16(ip + 2, hlen + s->body_len);
	frame_put16(ip + 4, 0x1234);
	frame_put16(ip + 6, s->frag);
	ip[8] = 64;
	ip[9] = s->proto;
	memcpy(ip + 12, addrs, sizeof(addrs));
	if (s->opts_len)
		memcpy(ip + 20, s->opts, s->opts_len);
	frame_put16(ip + 10, frame_checksum(ip, hlen));
	f->l4 = f->l3 + hlen;
}

static inline void frame_ip6(struct frame *f, const struct frame_spec *s, __u8 *ip)
{
	ip[0] = 0x60;
	frame_put16(ip + 4, s->opts_len + s->body_len);
	ip[6] = s->proto;
	ip[7] = 64;
	ip[8] = ip[24] = 0xfd;
	ip[23] = 1;
	ip[39] = 2;
	if (s->opts_len)
		memcpy(ip + 40, s->opts, s->opts_len);
	f->l4 = f->l3 + 40 + s->opts_len;
}

static inline void frame_build(struct frame *f, const struct frame_spec *s)
{
	const __u8 macs[12] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1};
	__u8 *p = f->data + 12;

	memset(f, 0, sizeof(*f));
	memcpy(f->data, macs, sizeof(macs));
	for (int i = 0; i < s->vlans; i++, p += 4) {
		frame_put16(p, i || s->vlans == 1 ? 0x8100 : 0x88a8);
		frame_put16(p + 2, (unsigned int)(100 + i));
	}
	frame_put16(p, s->version == 6 ? 0x86dd : 0x0800);
	f->l3 = (__u32)(p + 2 - f->data);
	if (s->version == 6)
		frame_ip6(f, s, f->data + f->l3);
	else
		frame_ip4(f, s, f->data + f->l3);
	if (s->body_len)
		memcpy(f->data + f->l4, s->body, s->body_len);
	f->len = f->l4 + s->body_len + s->padding;
}

static const __u8 frame_udp[12] = {0x9c, 0x40, 0, 53, 0, 12, 0, 0, 'a', 'b', 'c', 'd'};
static const __u8 frame_tcp[25] = {
	0x9c, 0x40, 0, 80, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x18, 4, 0, 0, 0, 0, 0, 'h', 'e', 'l', 'l', 'o'};

#endif

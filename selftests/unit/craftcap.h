/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small captures made in memory, for tests of readers: frames by hand, classic pcap around them. */
#ifndef SELFTESTS_CRAFTCAP_H
#define SELFTESTS_CRAFTCAP_H

#include <stdio.h>
#include <string.h>

#include "base/types.h"
#include "fosr/csum.h"

struct cap {
	__u8 b[256 * 1024];
	size_t n;
};

struct pkt {
	__u64 us; /* since second 1000000 */
	__u8 src, dst; /* last byte of 10.0.0.x; 200 and more: of 93.184.216.x */
	__u16 sport, dport;
	__u8 proto; /* 6 or 17 */
	__u8 flags;
	__u32 seq;
	__u32 len; /* payload bytes said */
	__u32 snap; /* payload bytes left out of the capture */
	int v6, vlans, link;
	__u8 group_mac;
	__u16 window; /* TCP */
};

static inline void put8(struct cap *c, __u8 v)
{
	c->b[c->n++] = v;
}

static inline void put16(struct cap *c, __u16 v)
{
	put8(c, (__u8)(v >> 8));
	put8(c, (__u8)v);
}

static inline void put32(struct cap *c, __u32 v)
{
	put16(c, (__u16)(v >> 16));
	put16(c, (__u16)v);
}

static inline void put_zeros(struct cap *c, size_t n)
{
	memset(c->b + c->n, 0, n);
	c->n += n;
}

/* Big-endian, microseconds. */
static inline void cap_begin(struct cap *c, __u32 link)
{
	c->n = 0;
	put32(c, 0xa1b2c3d4);
	put16(c, 2);
	put16(c, 4);
	put_zeros(c, 8);
	put32(c, 262144);
	put32(c, link);
}

/* Room for the record header, which cap_close() fills. */
static inline size_t cap_open(struct cap *c)
{
	size_t at = c->n;

	put_zeros(c, 16);
	return at;
}

static inline void cap_close(struct cap *c, size_t at, __u64 us, __u32 missing)
{
	__u32 len = (__u32)(c->n - at - 16);

	fosr_put32(c->b + at, (__u32)(1000000 + us / 1000000));
	fosr_put32(c->b + at + 4, (__u32)(us % 1000000));
	fosr_put32(c->b + at + 8, len);
	fosr_put32(c->b + at + 12, len + missing);
}

static inline void put_link(struct cap *c, const struct pkt *p)
{
	__u16 proto = p->v6 ? 0x86dd : 0x0800;

	switch (p->link) {
	case 113:
		put_zeros(c, 14);
		put16(c, proto);
		break;
	case 276:
		put16(c, proto);
		put_zeros(c, 18);
		break;
	case 101:
		break;
	case 0:
		put32(c, p->v6 ? 30 : 2);
		break;
	default:
		put_zeros(c, 12);
		if (p->group_mac)
			memset(c->b + c->n - 12, 0xff, 6);
		for (int i = 0; i < p->vlans; i++) {
			put16(c, i ? 0x8100 : 0x88a8);
			put16(c, (__u16)(100 + i));
		}
		put16(c, proto);
	}
}

static inline void put_addr4(struct cap *c, __u8 host)
{
	put32(c, host < 200 ? 0x0a000000u + host : 0x5db8d800u + host);
}

static inline void put_addr6(struct cap *c, __u8 host)
{
	put16(c, host < 200 ? 0xfd00 : 0x2606);
	put_zeros(c, 13);
	put8(c, host);
}

static inline void put_ip(struct cap *c, const struct pkt *p, __u16 l4_len)
{
	if (p->v6) {
		put32(c, 0x60000000);
		put16(c, l4_len);
		put8(c, p->proto);
		put8(c, 64);
		put_addr6(c, p->src);
		put_addr6(c, p->dst);
		return;
	}
	put16(c, 0x4500);
	put16(c, (__u16)(20 + l4_len));
	put32(c, 0);
	put8(c, 64);
	put8(c, p->proto);
	put16(c, 0);
	put_addr4(c, p->src);
	put_addr4(c, p->dst);
}

static inline void put_pkt(struct cap *c, const struct pkt *p)
{
	__u32 l4 = p->proto == 6 ? 20 : 8;
	size_t at = cap_open(c);

	put_link(c, p);
	put_ip(c, p, (__u16)(l4 + p->len));
	put16(c, p->sport);
	put16(c, p->dport);
	if (p->proto == 6) {
		put32(c, p->seq);
		put32(c, 0);
		put16(c, (__u16)(0x5000 | p->flags));
		put16(c, p->window);
		put_zeros(c, 4);
	} else {
		put16(c, (__u16)(8 + p->len));
		put16(c, 0);
	}
	put_zeros(c, p->len - p->snap);
	cap_close(c, at, p->us, p->snap);
}

#endif

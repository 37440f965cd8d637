/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One function per header, for craft.c, from the payload outwards. Checksums are summed from the fields, in words of 32
 * bits, and the payload's partial sum is handed on: nothing that was just written is read again.
 */
#ifndef FOSR_CRAFT_HEADER_H
#define FOSR_CRAFT_HEADER_H

#include <fosr/csum.h>

#include "craft/craft.h"

/* IEEE 802.3: 14 bytes, and IEEE 802.1Q: 4 more where the sender's link has a VLAN. */
void fosr_eth_put(__u8 *eth, const struct fosr_flow *f, __u8 dir);

/* RFC 791: 20 bytes, no options; total_len counts them. */
void fosr_ip4_put(__u8 *ip, const struct fosr_flow *f, __u8 dir, __u32 total_len, __u16 id);

/* RFC 8200: 40 bytes; len is what follows. No flow label: a fingerprint that knows systems by their SYNs expects none.
 */
void fosr_ip6_put(__u8 *ip, const struct fosr_flow *f, __u8 dir, __u32 len);

/* RFC 9293: len is the segment's, with the payload whose partial sum is given. */
void fosr_tcp_put(__u8 *tcp, __u32 len, const struct fosr_flow *f, const struct fosr_step *s,
	const struct fosr_numbers *n, __u32 mtu, __u64 payload_sum);

/* What TCP's header says in this step, sent at time_ns; conn moves on. */
void fosr_tcp_take(struct fosr_conn *conn, const struct fosr_flow *f, const struct fosr_step *s, __u64 time_ns,
	struct fosr_numbers *out);

/* The window that an end's SYN has. */
__u32 fosr_tcp_first_window(const struct fosr_flow *f, __u8 dir, __u32 mtu);

/* RFC 768: 8 bytes, with the checksum over them and the payload whose partial sum is given. */
void fosr_udp_put(__u8 *udp, const struct fosr_flow *f, const struct fosr_step *s, __u64 payload_sum);

static inline __u64 fosr_pseudo(const struct fosr_flow *f, __u8 dir, __u32 len)
{
	const __u8 *src = f->end[dir].addr.b, *dst = f->end[!dir].addr.b;

	return fosr_flow_is_ip6(f) ? fosr_csum_pseudo6(src, dst, f->l4, len) : fosr_csum_pseudo4(src, dst, f->l4, len);
}

#endif

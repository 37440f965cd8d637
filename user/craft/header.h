/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One function per header, for craft.c, from the payload outwards. Checksums are summed from the fields, in words of 32
 * bits, and the payload's partial sum is handed on: nothing that was just written is read again.
 */
#ifndef FOSR_CRAFT_HEADER_H
#define FOSR_CRAFT_HEADER_H

#include "craft/craft.h"

/* IEEE 802.3: 14 bytes. */
void fosr_eth_put(__u8 *eth, const struct fosr_flow *f, __u8 dir);

/* RFC 791: 20 bytes, no options, do not fragment; total_len counts them. */
void fosr_ip4_put(__u8 *ip, const struct fosr_flow *f, __u8 dir, __u32 total_len, __u16 id);

/* RFC 9293: len is the segment's, with the payload whose partial sum is given. */
void fosr_tcp_put(__u8 *tcp, __u32 len, const struct fosr_flow *f, const struct fosr_step *s,
	const struct fosr_numbers *n, __u32 mtu, __u64 payload_sum);

/* The sequence number of this step; conn moves on. */
__u32 fosr_tcp_seq(struct fosr_conn *conn, const struct fosr_step *s);

/* RFC 768: 8 bytes, with the checksum over them and the payload whose partial sum is given. */
void fosr_udp_put(__u8 *udp, const struct fosr_flow *f, const struct fosr_step *s, __u64 payload_sum);

#endif

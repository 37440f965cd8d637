// SPDX-License-Identifier: GPL-3.0-or-later
#include <fosr/csum.h>

#include "craft/header.h"

/* SYN carries MSS (RFC 9293 3.7.1) and window scale (RFC 7323 2): FOSR_CRAFT_SYN_OPTIONS. */
#define WINDOW_SCALE 7
#define WINDOW_SYN 64240
#define WINDOW (1024 * 1024 >> WINDOW_SCALE)

/* Returns their partial sum. */
static __u64 options_put(__u8 *p, __u32 mtu)
{
	__u32 mss = 0x02040000 | (mtu - FOSR_CRAFT_IP4 - FOSR_CRAFT_TCP); /* kind 2, 4 bytes */
	__u32 scale = 0x01030300 | WINDOW_SCALE; /* no operation; kind 3, 3 bytes */

	fosr_put32(p, mss);
	fosr_put32(p + 4, scale);
	return (__u64)mss + scale;
}

/*
 * A SYN sent again keeps its number. A reset that answers a SYN nobody accepted has number 0 (RFC 9293 3.10.7.1): the
 * responder has not chosen one. SYN and FIN take a number each.
 */
__u32 fosr_tcp_seq(struct fosr_conn *conn, const struct fosr_step *s)
{
	__u32 *next = &conn->next[s->dir], seq;

	if (s->flags & FOSR_TCP_SYN) {
		*next = conn->isn[s->dir] + 1;
		return conn->isn[s->dir];
	}
	if (s->flags & FOSR_TCP_RST && s->dir == FOSR_BWD && *next == conn->isn[FOSR_BWD] &&
		conn->next[FOSR_FWD] == conn->isn[FOSR_FWD] + 1)
		return 0;
	seq = *next;
	*next += s->len + !!(s->flags & FOSR_TCP_FIN);
	return seq;
}

void fosr_tcp_put(__u8 *tcp, __u32 len, const struct fosr_flow *f, const struct fosr_step *s,
	const struct fosr_numbers *n, __u32 mtu, __u64 payload_sum)
{
	bool syn = s->flags & FOSR_TCP_SYN;
	__u32 ports = (__u32)f->end[s->dir].port << 16 | f->end[!s->dir].port;
	__u32 word = (len - s->len) / 4 << 28 | (__u32)s->flags << 16 | (syn ? WINDOW_SYN : WINDOW);
	__u64 sum = payload_sum + fosr_csum_pseudo4(f->end[s->dir].addr.b, f->end[!s->dir].addr.b, f->l4, len);

	fosr_put32(tcp, ports);
	fosr_put32(tcp + 4, n->seq);
	fosr_put32(tcp + 8, n->ack);
	fosr_put32(tcp + 12, word);
	sum += (__u64)ports + n->seq + n->ack + word + (syn ? options_put(tcp + FOSR_CRAFT_TCP, mtu) : 0);
	fosr_put32(tcp + 16, (__u32)fosr_csum_finish(sum) << 16);
}

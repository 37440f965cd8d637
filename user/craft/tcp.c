// SPDX-License-Identifier: GPL-3.0-or-later
#include <fosr/csum.h>

#include "craft/header.h"

/* SYN carries MSS (RFC 9293 3.7.1) and window scale (RFC 7323 2): FOSR_CRAFT_SYN_OPTIONS. */
#define WINDOW_SCALE 7
#define WINDOW_SYN 64240
#define WINDOW (1024 * 1024 >> WINDOW_SCALE)

static void options_put(__u8 *p, __u32 mtu)
{
	p[0] = 2; /* MSS */
	p[1] = 4;
	fosr_put16(p + 2, (__u16)(mtu - FOSR_CRAFT_IP4 - FOSR_CRAFT_TCP));
	p[4] = 1; /* no operation */
	p[5] = 3; /* window scale */
	p[6] = 3;
	p[7] = WINDOW_SCALE;
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
	const struct fosr_numbers *n, __u32 mtu)
{
	__u64 sum = fosr_csum_pseudo4(f->end[s->dir].addr.b, f->end[!s->dir].addr.b, f->l4, len);

	fosr_put16(tcp, f->end[s->dir].port);
	fosr_put16(tcp + 2, f->end[!s->dir].port);
	fosr_put32(tcp + 4, n->seq);
	fosr_put32(tcp + 8, n->ack);
	tcp[12] = (__u8)((len - s->len) / 4 << 4);
	tcp[13] = s->flags;
	fosr_put16(tcp + 14, s->flags & FOSR_TCP_SYN ? WINDOW_SYN : WINDOW);
	fosr_put32(tcp + 16, 0);
	if (s->flags & FOSR_TCP_SYN)
		options_put(tcp + FOSR_CRAFT_TCP, mtu);
	fosr_put16(tcp + 16, fosr_csum_finish(fosr_csum_add(sum, tcp, len)));
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/fixed.h"
#include "craft/header.h"

#define WINDOW_LEAST 2 /* in units of the scale: a window that is never closed */

/*
 * A SYN sent again keeps its number. A reset that answers a SYN nobody accepted has number 0 (RFC 9293 3.10.7.1): the
 * responder has not chosen one. SYN and FIN take a number each.
 */
static __u32 seq_take(struct fosr_conn *conn, const struct fosr_step *s)
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

static __u16 mss(const struct fosr_flow *f, __u32 mtu)
{
	return (__u16)(mtu - FOSR_CRAFT_TCP - (fosr_flow_is_ip6(f) ? FOSR_CRAFT_IP6 : FOSR_CRAFT_IP4));
}

__u32 fosr_tcp_first_window(const struct fosr_flow *f, __u8 dir, __u32 mtu)
{
	const struct fosr_stack *stack = fosr_stack(&f->end[dir]);

	return stack->window ? stack->window : (__u32)fosr_min_u64(stack->mss_times * mss(f, mtu), 65535);
}

/*
 * The window opens with what has come in, up to the receiver's buffer (dynamic right-sizing), less what its program has
 * not read yet: some of what has come since its last word. Nothing new to acknowledge: the program has read on, and
 * that is what the segment is sent for.
 */
static __u16 window_take(struct fosr_conn *conn, const struct fosr_flow *f, const struct fosr_step *s)
{
	const struct fosr_stack *stack = fosr_stack(&f->end[s->dir]);
	__u8 scale = f->terms & FOSR_TERM_SCALE ? stack->scale : 0;
	__u32 ack = conn->next[!s->dir], fresh = ack - conn->acked[s->dir], come = ack - conn->isn[!s->dir];
	__u64 most = stack->buffer >> scale, open = ((__u64)conn->first[s->dir] + 2ULL * come) >> scale;
	__u16 *last = &conn->window[s->dir];

	open = fosr_max_u64(fosr_min_u64(fosr_min_u64(open, most), 65535), WINDOW_LEAST);
	if (fresh || *last < WINDOW_LEAST) {
		__u64 unread = fosr_min_u64((fresh >> scale) * (conn->payload >> (come & 31) & 1), open / 2);

		*last = (__u16)(open - unread);
	} else if (!s->len && !(s->flags & (FOSR_TCP_FIN | FOSR_TCP_RST))) {
		if (*last < open)
			*last = (__u16)((*last + open + 1) / 2);
		else
			*last = *last == 65535 ? (__u16)(open / 2) : *last + 1;
	}
	conn->acked[s->dir] = ack;
	return *last;
}

/* Each host's clock of timestamps began somewhere. RFC 7323 4.3: what is echoed is the other end's last one. */
static void times_take(struct fosr_conn *conn, const struct fosr_flow *f, const struct fosr_step *s, __u64 time_ns,
	struct fosr_numbers *out)
{
	__u32 tick_ns = (__u32)(FOSR_NS_PER_S / fosr_stack(&f->end[s->dir])->clock_hz);

	out->now = conn->now[s->dir] = conn->clock[s->dir] + (__u32)(time_ns / tick_ns);
	out->echo = s->flags & FOSR_TCP_ACK ? conn->now[!s->dir] : 0;
}

void fosr_tcp_take(struct fosr_conn *conn, const struct fosr_flow *f, const struct fosr_step *s, __u64 time_ns,
	struct fosr_numbers *out)
{
	bool ack = s->flags & FOSR_TCP_ACK;

	out->seq = seq_take(conn, s);
	out->ack = ack ? conn->next[!s->dir] : 0;
	if (s->flags & FOSR_TCP_SYN)
		out->window = (__u16)conn->first[s->dir];
	else if (s->flags & FOSR_TCP_RST)
		out->window = 0;
	else
		out->window = window_take(conn, f, s);
	if (s->flags & FOSR_TCP_SYN)
		conn->acked[s->dir] = conn->next[!s->dir];
	if (s->flags & FOSR_TCP_SYN || (f->terms & FOSR_TERM_TIMES && !(s->flags & FOSR_TCP_RST)))
		times_take(conn, f, s, time_ns, out);
}

/* The options' partial sum; they are whole words of 32 bits. */
static __u64 options_sum(const __u8 *p, __u32 len)
{
	__u64 sum = 0;

	for (__u32 i = 0; i < len; i += 4)
		sum += fosr_get32(p + i);
	return sum;
}

static __u32 options_put(
	__u8 *p, const struct fosr_flow *f, const struct fosr_step *s, const struct fosr_numbers *n, __u32 mtu)
{
	if (s->flags & FOSR_TCP_SYN)
		return fosr_stack_options(
			fosr_stack(&f->end[s->dir]), fosr_stack_terms(f, s->dir), mss(f, mtu), n->now, n->echo, p);
	if (!(f->terms & FOSR_TERM_TIMES) || s->flags & FOSR_TCP_RST)
		return 0;
	fosr_put32(p, 0x0101080a); /* two of no operation; kind 8 */
	fosr_put32(p + 4, n->now);
	fosr_put32(p + 8, n->echo);
	return FOSR_TIMES_LEN;
}

void fosr_tcp_put(__u8 *tcp, __u32 len, const struct fosr_flow *f, const struct fosr_step *s,
	const struct fosr_numbers *n, __u32 mtu, __u64 payload_sum)
{
	__u32 options = options_put(tcp + FOSR_CRAFT_TCP, f, s, n, mtu);
	__u32 ports = (__u32)f->end[s->dir].port << 16 | f->end[!s->dir].port;
	__u32 word = (FOSR_CRAFT_TCP + options) / 4 << 28 | (__u32)s->flags << 16 | n->window;
	__u64 sum = payload_sum + fosr_pseudo(f, s->dir, len) + options_sum(tcp + FOSR_CRAFT_TCP, options);

	fosr_put32(tcp, ports);
	fosr_put32(tcp + 4, n->seq);
	fosr_put32(tcp + 8, n->ack);
	fosr_put32(tcp + 12, word);
	sum += (__u64)ports + n->seq + n->ack + word;
	fosr_put32(tcp + 16, (__u32)fosr_csum_finish(sum) << 16);
}

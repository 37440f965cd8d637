// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * RDP ([MS-RDPBCGR] 2.2.1.1): a request of X.224 with a cookie whose name makes it fit, the server's confirmation,
 * which chooses TLS, and TLS from then on. What is no request of any size is TLS at once. Over UDP ([MS-RDPEUDP] 2.2):
 * SYN datagrams, which are padded anyway, then acknowledgements with data.
 */
#include <netinet/in.h>

#include "base/mix.h"
#include "grammar/tls.h"

#define X224 (4 + 7) /* TPKT, and X.224 without user data */
#define NEGOTIATION 8
#define COOKIE 19 /* around its name */
#define PARAMETER 2 /* type and length */
#define X224_MOST 259 /* a length of one byte */

static const char *const alpn[] = {NULL};
static const struct fosr_tls_kind kind = {.families = "oovj", .alpn = alpn};

static void x224_put(struct fosr_pen *p, __u32 type, __u32 from, __u32 n)
{
	fosr_pen_be16(p, 0x0300);
	fosr_pen_be16(p, n);
	fosr_pen_u8(p, n - 5);
	fosr_pen_u8(p, type);
	fosr_pen_be16(p, 0);
	fosr_pen_be16(p, from);
	fosr_pen_u8(p, 0);
}

static void negotiation_put(struct fosr_pen *p, __u32 type, __u32 flags, __u32 protocols)
{
	fosr_pen_u8(p, type);
	fosr_pen_u8(p, flags);
	fosr_pen_le16(p, NEGOTIATION);
	fosr_pen_le32(p, protocols);
}

/* Sizes of X.224's requests and confirmations. */
static bool is_x224(__u32 n)
{
	return n >= X224 && n != X224 + 1 && n <= X224_MOST;
}

/* A name of the end in X.224's sense, to the message's end. */
static void parameter_put(struct fosr_pen *p, __u32 type, __u64 seed)
{
	if (fosr_pen_room(p) < PARAMETER)
		return;
	fosr_pen_u8(p, type);
	fosr_pen_u8(p, fosr_pen_room(p) - 1);
	fosr_pen_word(p, fosr_pen_room(p), seed);
}

static void request_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 n = m->len, rest = n > X224 + COOKIE + NEGOTIATION ? NEGOTIATION : 0;

	x224_put(p, 0xe0, 0, n);
	if (n > X224 + COOKIE) {
		fosr_pen_text(p, "Cookie: mstshash=");
		fosr_pen_word(p, n - X224 - COOKIE - rest, m->seed);
		fosr_pen_text(p, "\r\n");
	}
	if (rest || n == X224 + NEGOTIATION)
		negotiation_put(p, 1, 0, m->seed & 1 ? 3 : 11);
	parameter_put(p, 0xc1, m->seed);
}

static void confirm_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	x224_put(p, 0xd0, 0x1234, m->len);
	if (m->len == X224 + NEGOTIATION || m->len >= X224 + NEGOTIATION + PARAMETER)
		negotiation_put(p, 2, 0x1f, m->seed >> 1 & 1 ? 2 : 1);
	parameter_put(p, 0xc2, m->seed + 1);
}

/* TLS begins one turn later than the connection. */
static void later_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	struct fosr_speech inner = *m;

	inner.turn = m->turn - 1;
	inner.answers = m->answers && m->answers != FOSR_SAID_NOTHING ? m->answers - 1 : FOSR_SAID_NOTHING;
	fosr_tls_say(&kind, &inner, p);
}

static void over_tcp(const struct fosr_speech *m, struct fosr_pen *p)
{
	bool request = fosr_speech_first(m) && m->dir == FOSR_FWD && is_x224(m->len);
	bool confirm = m->dir == FOSR_BWD && !m->turn && is_x224(m->before) && is_x224(m->len);

	if (request)
		request_put(m, p);
	else if (confirm)
		confirm_put(m, p);
	else if (m->turn > 1 || (m->turn && (m->dir == FOSR_BWD || is_x224(m->before))))
		later_put(m, p);
	else
		fosr_tls_say(&kind, m, p);
}

enum { UDP_SYN = 1, UDP_ACK = 4, UDP_DATA = 8 };
#define UDP_HEADER 8
#define UDP_SYN_LEAST (UDP_HEADER + 8)
#define UDP_DATA_LEAST (UDP_HEADER + 4 + 8 + TLS_RECORD + 1)

static void over_udp(const struct fosr_speech *m, struct fosr_pen *p)
{
	bool answer = m->dir == FOSR_BWD, syn = !m->turn && m->len >= UDP_SYN_LEAST;
	__u32 mine = (__u32)fosr_mix64(m->seed + m->dir), theirs = (__u32)fosr_mix64(m->seed + !m->dir);
	bool data = m->len >= UDP_DATA_LEAST;

	if (m->len < UDP_HEADER + 4)
		return;
	fosr_pen_be32(p, syn && !answer ? 0xffffffff : theirs + m->turn);
	fosr_pen_be16(p, 64);
	fosr_pen_be16(p, syn ? UDP_SYN | (answer ? UDP_ACK : 0) : UDP_ACK | (data ? UDP_DATA : 0));
	if (syn) {
		fosr_pen_be32(p, mine);
		fosr_pen_be16(p, 1232);
		fosr_pen_be16(p, 1232);
		return;
	}
	fosr_pen_be32(p, 0);
	if (data) {
		fosr_pen_be32(p, mine + m->turn);
		fosr_pen_be32(p, mine + m->turn);
		fosr_tls_data_put(p, fosr_pen_room(p), fosr_mix64(m->seed + 2 * m->turn + m->dir));
	}
}

void fosr_say_rdp(const struct fosr_speech *m, struct fosr_pen *p)
{
	if (m->flow->l4 == IPPROTO_TCP)
		over_tcp(m, p);
	else
		over_udp(m, p);
}

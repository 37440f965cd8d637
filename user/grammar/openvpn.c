// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * OpenVPN (its protocol document): resets of both ends that begin a session, with a code (--tls-auth) or without, and
 * with an option that makes them fit; then packets of data. Over TCP, a length stands before each packet.
 */
#include <netinet/in.h>

#include "base/mix.h"
#include "grammar/grammar.h"

#define SESSION 8
#define CODE 20 /* of SHA-1 */
#define CODED (CODE + 8) /* with a packet's number and the time */
#define OPTION 4
#define RESET (1 + SESSION + 1 + 4)
#define RESET_ANSWER (RESET + 4 + SESSION)
#define DATA_LEAST 24
#define TCP_MOST 1440

enum { RESET_CLIENT = 7 << 3, RESET_SERVER = 8 << 3, DATA = 9 << 3 };

static __u64 session(const struct fosr_speech *m, __u8 dir)
{
	return fosr_mix64(m->seed + 0x0b9 + dir);
}

/* A reset of n bytes can be: without a code, with one, and with options (2.6: type, length, flags) behind it. */
static bool is_reset(__u32 n, __u32 plain)
{
	return n == plain || n == plain + CODED || n >= plain + CODED + OPTION;
}

static void reset_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 plain = m->dir == FOSR_BWD ? RESET_ANSWER : RESET;

	fosr_pen_u8(p, m->dir == FOSR_BWD ? RESET_SERVER : RESET_CLIENT);
	fosr_pen_be64(p, session(m, m->dir));
	if (fosr_pen_room(p) + 1 + SESSION > plain) {
		/* By a first byte that is not 0, dissectors know that there is a code. */
		fosr_pen_u8(p, 1 | (m->seed & 0xfe));
		fosr_pen_secret(p, CODE - 1, session(m, m->dir) + 1);
		fosr_pen_be32(p, m->turn + 1);
		fosr_pen_be32(p, (__u32)(m->time_ns / FOSR_NS_PER_S));
	}
	fosr_pen_u8(p, m->dir == FOSR_BWD);
	if (m->dir == FOSR_BWD) {
		fosr_pen_be32(p, 0);
		fosr_pen_be64(p, session(m, FOSR_FWD));
	}
	fosr_pen_be32(p, 0);
	if (fosr_pen_room(p)) {
		fosr_pen_be16(p, 1);
		fosr_pen_be16(p, fosr_pen_room(p) - 2);
		fosr_pen_end(p);
	}
}

/* With the peer's number, and the packet's number before what is encrypted. */
static void data_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 number)
{
	if (fosr_pen_room(p) < 8)
		return;
	fosr_pen_u8(p, DATA);
	fosr_pen_be24(p, (__u32)(m->seed & 7));
	fosr_pen_be32(p, number);
	fosr_pen_random(p, fosr_pen_room(p), fosr_mix64(m->seed + 2 * m->turn + m->dir) + number);
}

static void datagram_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	bool first = !m->turn && (m->dir == FOSR_FWD) == (m->answers == FOSR_SAID_NOTHING);

	if (first && is_reset(fosr_pen_room(p), m->dir == FOSR_BWD ? RESET_ANSWER : RESET))
		reset_put(m, p);
	else
		data_put(m, p, m->turn + 1);
}

/* Packets one behind the other: a reset, where it is the begin, and data. */
static void stream_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 reset = (m->dir == FOSR_BWD ? RESET_ANSWER : RESET) + CODED, step = TCP_MOST + 2;

	if (!m->turn && (m->len == 2 + reset || m->len >= 2 + reset + 2 + DATA_LEAST)) {
		struct fosr_pen part;

		fosr_pen_be16(p, reset);
		part = fosr_pen_part(p, reset);
		reset_put(m, &part);
	}
	for (__u32 many = 1 << 12; many; many >>= 4)
		while (fosr_pen_room(p) / step > many && fosr_pen_unseen(p, many * step))
			fosr_pen_skip(p, many * step);
	while (fosr_pen_room(p) > 2 && !fosr_pen_unseen(p, fosr_pen_room(p))) {
		__u32 n = fosr_pen_room(p) - 2;
		struct fosr_pen part;

		if (n > TCP_MOST)
			n = n < TCP_MOST + 2 + DATA_LEAST ? TCP_MOST - DATA_LEAST : TCP_MOST;
		fosr_pen_be16(p, n);
		part = fosr_pen_part(p, n);
		data_put(m, &part, fosr_pen_at(p));
		fosr_pen_end(&part);
	}
	fosr_pen_skip(p, fosr_pen_unseen(p, fosr_pen_room(p)) ? fosr_pen_room(p) : 0);
}

void fosr_say_openvpn(const struct fosr_speech *m, struct fosr_pen *p)
{
	if (m->flow->l4 == IPPROTO_TCP)
		stream_put(m, p);
	else
		datagram_put(m, p);
}

// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * STUN and TURN (RFC 8489, RFC 8656): messages are multiples of four bytes, and attributes take the size; other sizes
 * are ChannelData, which carries somebody's packets. An answer has the transaction of the request that it answers.
 */
#include <netinet/in.h>

#include "base/mix.h"
#include "grammar/grammar.h"
#include "grammar/text.h"

#define HEADER 20
#define COOKIE 0x2112a442
#define CHANNEL_HEADER 4
#define RECORD 1200 /* over TCP, several */
#define RELAYED 240 /* a message that is longer carries data */
#define INTEGRITY 24
#define RTP_HEADER 12

enum { REQUEST = 0x0001, INDICATION = 0x0011, SUCCESS = 0x0101, SEND = 0x0016, DATA = 0x0017 };
enum {
	MAPPED = 0x0001,
	USERNAME = 0x0006,
	MESSAGE_INTEGRITY = 0x0008,
	XOR_PEER = 0x0012,
	CARRIED = 0x0013,
	XOR_MAPPED = 0x0020,
	PRIORITY = 0x0024,
	SOFTWARE = 0x8022,
	CONTROLLING = 0x802a
};

static void attribute(struct fosr_pen *p, __u32 type, __u32 len)
{
	fosr_pen_be16(p, type);
	fosr_pen_be16(p, len);
}

/* The address of an end, XORed with the cookie (IPv4: RFC 8489 14.2). */
static void address_put(struct fosr_pen *p, __u32 type, const struct fosr_end *e)
{
	__u32 mask = type == MAPPED ? 0 : COOKIE;

	attribute(p, type, 8);
	fosr_pen_be16(p, 1);
	fosr_pen_be16(p, e->port ^ mask >> 16);
	fosr_pen_be32(p, ((__u32)e->addr.b[0] << 24 | e->addr.b[1] << 16 | e->addr.b[2] << 8 | e->addr.b[3]) ^ mask);
}

/* One attribute of n bytes, n a multiple of four and not zero. */
static void filler_put(struct fosr_pen *p, __u32 type, __u32 n, __u64 seed)
{
	attribute(p, type, n - 4);
	fosr_pen_word(p, n - 4, seed);
}

static void header_put(struct fosr_pen *p, __u32 type, __u32 len, __u64 transaction)
{
	fosr_pen_be16(p, type);
	fosr_pen_be16(p, len);
	fosr_pen_be32(p, COOKIE);
	fosr_pen_secret(p, 12, transaction);
}

/* RTP, encrypted; what is too short for it begins as nothing else does. */
static void carried_put(struct fosr_pen *p, const struct fosr_speech *m, __u32 n, __u64 seed)
{
	if (n > RTP_HEADER) {
		fosr_pen_be16(p, 0x8000 | 111);
		fosr_pen_be16(p, (__u32)(m->seed >> 20) + m->turn);
		fosr_pen_be32(p, (__u32)(m->seed >> 8) + m->turn * 960);
		fosr_pen_be32(p, (__u32)(m->seed >> 32) + m->dir);
		n -= RTP_HEADER;
	} else if (n) {
		fosr_pen_u8(p, 0xd0);
		n--;
	}
	fosr_pen_random(p, n, seed);
}

/* Data to or from a peer: n >= RELAYED. */
static void relayed_put(struct fosr_pen *p, const struct fosr_speech *m, __u32 n, __u64 seed)
{
	header_put(p, m->dir == FOSR_FWD ? SEND : DATA, n - HEADER, seed);
	address_put(p, XOR_PEER, &m->flow->end[FOSR_BWD]);
	attribute(p, CARRIED, n - HEADER - 12 - 4);
	carried_put(p, m, n - HEADER - 12 - 4, seed);
}

static void request_put(struct fosr_pen *p, __u32 n, __u64 seed)
{
	__u32 left = n - HEADER;
	bool ice = left >= 8 + 12 + 12 + INTEGRITY;

	header_put(p, REQUEST, left, seed);
	if (ice) {
		attribute(p, PRIORITY, 4);
		fosr_pen_be32(p, 0x6e7f1eff);
		attribute(p, CONTROLLING, 8);
		fosr_pen_secret(p, 8, ~seed);
		left -= 8 + 12 + INTEGRITY;
	}
	if (left)
		filler_put(p, ice ? USERNAME : SOFTWARE, left, seed);
	if (ice) {
		attribute(p, MESSAGE_INTEGRITY, INTEGRITY - 4);
		fosr_pen_secret(p, INTEGRITY - 4, seed + 1);
	}
}

static void indication_put(struct fosr_pen *p, __u32 n, __u64 seed)
{
	header_put(p, INDICATION, n - HEADER, seed);
	if (n > HEADER)
		filler_put(p, SOFTWARE, n - HEADER, seed);
}

static void answer_put(struct fosr_pen *p, const struct fosr_speech *m, __u32 n, __u64 transaction)
{
	const struct fosr_end *client = &m->flow->end[FOSR_FWD];
	__u32 left = n - HEADER;
	bool integrity = left >= 12 + INTEGRITY;

	header_put(p, SUCCESS, left, transaction);
	if (left >= 12) {
		address_put(p, XOR_MAPPED, client);
		left -= 12;
	}
	if (integrity)
		left -= INTEGRITY;
	if (left == 12) {
		address_put(p, MAPPED, client);
		left = 0;
	}
	if (left)
		filler_put(p, SOFTWARE, left, m->seed);
	if (integrity) {
		attribute(p, MESSAGE_INTEGRITY, INTEGRITY - 4);
		fosr_pen_secret(p, INTEGRITY - 4, transaction + 1);
	}
}

/* A packet of a peer, in a channel (RFC 8656 12.4). */
static void channel_put(struct fosr_pen *p, const struct fosr_speech *m, __u32 n, __u64 seed)
{
	fosr_pen_be16(p, 0x4000 + (__u32)(m->seed & 0xff));
	fosr_pen_be16(p, n - CHANNEL_HEADER);
	carried_put(p, m, n - CHANNEL_HEADER, seed);
}

/* A message of n bytes, which may be followed by others. */
static void message_put(struct fosr_pen *p, const struct fosr_speech *m, __u32 n)
{
	__u64 seed = fosr_mix64(m->seed + m->turn * 2 + m->dir);
	bool whole = n % 4 == 0, first = m->turn < 2;

	if (n < CHANNEL_HEADER)
		fosr_pen_zero(p, n);
	else if (n < HEADER || !whole)
		channel_put(p, m, n, seed);
	else if (n >= RELAYED && (!first || n > 560))
		relayed_put(p, m, n, seed);
	else if (m->dir == FOSR_FWD)
		request_put(p, n, seed);
	else if (m->answers == FOSR_SAID_NOTHING)
		indication_put(p, n, seed);
	else
		answer_put(p, m, n, fosr_mix64(m->seed + m->answers * 2));
}

static void record_row(struct fosr_pen *p, __u32 row, __u32 size, __u64 seed)
{
	fosr_pen_be16(p, 0x4000 + (__u32)(seed & 0xff));
	fosr_pen_be16(p, size - CHANNEL_HEADER);
	fosr_pen_be16(p, 0x8000 | 111);
	fosr_pen_be16(p, row);
	fosr_pen_be32(p, row * 960);
	fosr_pen_be32(p, (__u32)seed);
	fosr_pen_random(p, size - CHANNEL_HEADER - 12, fosr_mix64(seed + row));
}

void fosr_say_stun(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 rows = 0;

	if (m->flow->l4 == IPPROTO_TCP && m->len > 2 * RECORD)
		rows = m->len / RECORD - 1;
	message_put(p, m, m->len - rows * RECORD);
	fosr_pen_rows(p, rows, RECORD, record_row, m->seed);
}

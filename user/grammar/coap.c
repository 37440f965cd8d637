// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * RFC 7252. Four bytes are a ping or an acknowledgement; a longer request names a resource, and a query or a payload
 * takes what is left. An answer repeats the request's number and token, whose size follows from the request's.
 */
#include "base/mix.h"
#include "grammar/grammar.h"

#define HEADER 4
#define PATH 13 /* two segments with their headers */
#define QUERY_MOST 12 /* bytes of an option with a short header */
#define MARKER 0xff
#define OBSERVE 6
#define PATH_OPTION 11

enum { CONFIRMABLE, NON_CONFIRMABLE, ACKNOWLEDGEMENT, RESET };
enum { EMPTY = 0x00, GET = 0x01, POST = 0x02, PUT = 0x03, CHANGED = 0x44, CONTENT = 0x45 };

static __u32 token_size(const struct fosr_speech *m, __u32 len)
{
	return len <= HEADER ? 0 : (__u32)fosr_min_u64(len - HEADER, m->seed >> 8 & 1 ? 4 : 2);
}

static bool confirmable(const struct fosr_speech *m)
{
	return fosr_mix64(m->seed) & 3;
}

static void header_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 type, __u32 code, __u32 turn, __u32 token)
{
	fosr_pen_u8(p, 1 << 6 | type << 4 | token);
	fosr_pen_u8(p, code);
	fosr_pen_be16(p, (__u32)(m->seed >> 16) + turn);
	fosr_pen_secret(p, token, fosr_mix64(m->seed + turn));
}

static void payload_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 n;

	fosr_pen_u8(p, MARKER);
	n = fosr_pen_room(p);
	if (n >= 8)
		fosr_pen_print(p, "%02u.%02u ", (unsigned int)(10 + m->seed % 20),
			(unsigned int)((m->seed >> 8) + m->turn) % 100);
	fosr_pen_letters(p, fosr_pen_room(p), m->seed + m->turn);
}

/* The path's two segments, or one of what is left. */
static void path_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 before)
{
	static const char *const things[] = {"sensors", "devices", "actuate", "plug-01"};
	static const char *const values[] = {"temp", "humi", "stat", "leds"};
	__u32 n = fosr_pen_room(p);

	if (n < PATH) {
		fosr_pen_u8(p, (PATH_OPTION - before) << 4 | (n - 1));
		fosr_pen_bytes(p, "temperature", (__u32)fosr_min_u64(n - 1, 11));
		return;
	}
	fosr_pen_u8(p, (PATH_OPTION - before) << 4 | 7);
	fosr_pen_text(p, things[m->seed & 3]);
	fosr_pen_u8(p, 4);
	fosr_pen_text(p, values[m->seed >> 2 & 3]);
}

static void ask(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 token = token_size(m, m->len), left = m->len - HEADER - token;
	__u32 before = 0;
	bool payload = left > PATH + 1 + QUERY_MOST;

	header_put(m, p, confirmable(m) ? CONFIRMABLE : NON_CONFIRMABLE,
		!payload		    ? GET
			: m->seed >> 10 & 1 ? POST
					    : PUT,
		m->turn, token);
	if (!left)
		return;
	/* An option of one byte is left to observe. */
	if (left == 1 || left == PATH + 1) {
		fosr_pen_u8(p, OBSERVE << 4);
		before = OBSERVE;
	}
	if (fosr_pen_room(p))
		path_put(m, p, before);
	if (payload) {
		payload_put(m, p);
	} else if (fosr_pen_room(p)) {
		fosr_pen_u8(p, 4 << 4 | (fosr_pen_room(p) - 1));
		fosr_pen_bytes(p, "interval=30s", fosr_pen_room(p));
	}
}

/* Its format is an option: none, text or octets. */
static void answer(const struct fosr_speech *m, struct fosr_pen *p)
{
	bool asked = m->answers != FOSR_SAID_NOTHING;
	__u32 turn = asked ? m->answers : m->turn, token = asked ? token_size(m, m->before) : 0, type;

	type = !asked || !confirmable(m) ? NON_CONFIRMABLE : ACKNOWLEDGEMENT;
	/* Too short for it: the beginning of one, which is another's. */
	token = (__u32)fosr_min_u64(token, m->len - HEADER);
	if (m->len == HEADER) {
		header_put(m, p, type == NON_CONFIRMABLE ? RESET : ACKNOWLEDGEMENT, EMPTY, turn, 0);
		return;
	}
	header_put(m, p, type, m->len == HEADER + token ? CHANGED : CONTENT, turn, token);
	if (fosr_pen_room(p) == 2) {
		fosr_pen_be16(p, 12 << 12 | 1 << 8 | 42);
	} else if (fosr_pen_room(p)) {
		fosr_pen_u8(p, 12 << 4);
		if (fosr_pen_room(p))
			payload_put(m, p);
	}
}

void fosr_say_coap(const struct fosr_speech *m, struct fosr_pen *p)
{
	if (m->len < HEADER)
		return;
	if (m->len == HEADER && m->dir == FOSR_FWD)
		header_put(m, p, CONFIRMABLE, EMPTY, m->turn, 0);
	else if (m->dir == FOSR_FWD)
		ask(m, p);
	else
		answer(m, p);
}

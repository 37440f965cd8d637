// SPDX-License-Identifier: GPL-3.0-or-later
/* memcached's text protocol: get and set, values of the size that is left; over UDP behind a header of eight bytes. */
#include <netinet/in.h>

#include "base/mix.h"
#include "grammar/grammar.h"
#include "grammar/text.h"

#define FRAME 8
#define KEY_MOST 80

/* A line with a value's size, and the value; a byte too much is the key's. */
static void value_put(struct fosr_pen *p, const char *verb, const char *end, __u64 seed)
{
	__u32 fixed = (__u32)(strlen(verb) + strlen(end)) + 4 + 7 + 3 + (*end ? 0 : 2), room = fosr_pen_room(p) - fixed,
	      n = fosr_counted(room);

	fosr_pen_text(p, verb);
	fosr_pen_text(p, n + fosr_digits(n) < room ? " key:42s" : " key:42");
	fosr_pen_print(p, " 0 %s%u\r\n", *end ? "" : "0 ", n);
	fosr_pen_letters(p, n, seed);
	fosr_pen_text(p, "\r\n");
	fosr_pen_text(p, end);
}

static void client_put(struct fosr_pen *p, __u32 len, __u64 seed)
{
	if (len >= 7 && len < KEY_MOST) {
		fosr_pen_text(p, "get ");
		fosr_pen_word(p, len - 6, seed);
		fosr_pen_text(p, "\r\n");
	} else if (len >= KEY_MOST) {
		value_put(p, "set", "", seed);
	} else {
		fosr_pen_blank(p, len);
	}
}

static void server_put(struct fosr_pen *p, __u32 len, __u64 seed)
{
	if (len == 5) {
		fosr_pen_text(p, "END\r\n");
	} else if (len == 8) {
		fosr_pen_text(p, "STORED\r\n");
	} else if (len >= 40) {
		value_put(p, "VALUE", "END\r\n", seed);
	} else if (len >= 16) {
		fosr_pen_text(p, "SERVER_ERROR ");
		fosr_pen_word(p, len - 15, seed);
		fosr_pen_text(p, "\r\n");
	} else {
		fosr_pen_blank(p, len);
	}
}

void fosr_say_memcached(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u64 seed = fosr_mix64(m->seed + m->turn * 2 + m->dir);

	if (m->flow->l4 != IPPROTO_TCP) {
		if (m->len < FRAME)
			return;
		fosr_pen_be16(p,
			(__u32)m->seed +
				(m->dir == FOSR_FWD || m->answers == FOSR_SAID_NOTHING ? m->turn : m->answers));
		fosr_pen_be16(p, 0);
		fosr_pen_be32(p, 0x10000);
	}
	if (m->dir == FOSR_FWD)
		client_put(p, fosr_pen_room(p), seed);
	else
		server_put(p, fosr_pen_room(p), seed);
}

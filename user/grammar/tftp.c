// SPDX-License-Identifier: GPL-3.0-or-later
/* TFTP (RFC 1350, RFC 2347): the client asks for a file, and acknowledges its blocks; names take the size. */
#include "base/mix.h"
#include "grammar/grammar.h"
#include "grammar/text.h"

enum { READ = 1, BLOCK = 3, ACK = 4, ERROR = 5 };

#define MODE 6 /* "octet" and its end */

static void request_put(struct fosr_pen *p, __u32 n, __u64 seed)
{
	static const char *const ends[] = {".bin", ".cfg", ".img", ".xml"};
	__u32 name = n - 2 - 1 - MODE;

	fosr_pen_be16(p, READ);
	/* Names are not longer than paths: options take more. */
	if (name > 160)
		name = 40;
	if (name > 4) {
		fosr_pen_word(p, name - 4, seed);
		fosr_pen_text(p, FOSR_PICK(ends, seed));
	} else {
		fosr_pen_word(p, name, seed);
	}
	fosr_pen_bytes(p, "\0octet", 7);
	if (fosr_pen_room(p) > 16) {
		fosr_pen_bytes(p,
			"blksize\0"
			"1428",
			13);
		fosr_pen_word(p, 1, seed);
		fosr_pen_u8(p, 0);
		if (fosr_pen_room(p) > 1)
			fosr_pen_word(p, fosr_pen_room(p) - 1, seed);
	}
}

void fosr_say_tftp(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u64 seed = fosr_mix64(m->seed + m->turn);

	if (m->len < 4)
		return;
	if (m->dir == FOSR_FWD && m->len >= 2 + 1 + 1 + MODE && (!m->turn || m->answers == FOSR_SAID_NOTHING)) {
		request_put(p, m->len, fosr_mix64(m->seed));
		return;
	}
	fosr_pen_be16(p, m->dir == FOSR_FWD && m->len == 4 ? ACK : BLOCK);
	fosr_pen_be16(p, m->dir == FOSR_FWD && m->len == 4 ? m->answers + 1 : m->turn + 1);
	fosr_pen_random(p, fosr_pen_room(p), seed);
}

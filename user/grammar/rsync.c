// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The rsync daemon's protocol: both ends greet with their version, the client names a module, and data follow in frames
 * with a tag and a length of 24 bits.
 */
#include "base/mix.h"
#include "grammar/grammar.h"
#include "grammar/text.h"

#define FRAME 32768
#define HEADER 4
#define DATA_TAG 7

static void frame_row(struct fosr_pen *p, __u32 row, __u32 size, __u64 seed)
{
	fosr_pen_le32(p, (__u32)DATA_TAG << 24 | (size - HEADER));
	fosr_pen_random(p, size - HEADER, fosr_mix64(seed + row));
}

void fosr_say_rsync(const struct fosr_speech *m, struct fosr_pen *p)
{
	static const char greeting[] = "@RSYNCD: 31.0\n", consent[] = "@RSYNCD: OK\n";
	__u64 seed = fosr_mix64(m->seed + m->turn * 2 + m->dir);
	__u32 rows;

	if (!m->turn && m->len >= strlen(greeting)) {
		fosr_pen_text(p, greeting);
		/* A module's name, or what the server says of itself. */
		if (fosr_pen_room(p)) {
			if (fosr_pen_room(p) > 1 && fosr_pen_room(p) < 200)
				fosr_pen_word(p, fosr_pen_room(p) - 1, m->seed);
			else
				fosr_pen_lines(p, fosr_pen_room(p) - 1, m->seed);
			fosr_pen_u8(p, '\n');
		}
		return;
	}
	if (m->turn == 1 && m->dir == FOSR_BWD && m->len >= strlen(consent) + HEADER + 1)
		fosr_pen_text(p, consent);
	if (m->turn == 1 && m->dir == FOSR_FWD && m->len > 1 && m->len < 100) {
		fosr_pen_word(p, m->len - 1, m->seed);
		fosr_pen_u8(p, '\n');
		return;
	}
	rows = fosr_pen_room(p) / FRAME;
	if (rows && fosr_pen_room(p) % FRAME && fosr_pen_room(p) % FRAME < HEADER)
		rows--;
	fosr_pen_rows(p, rows, FRAME, frame_row, seed);
	if (fosr_pen_room(p) >= HEADER)
		frame_row(p, rows, fosr_pen_room(p), seed);
	else
		fosr_pen_blank(p, fosr_pen_room(p));
}

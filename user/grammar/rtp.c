// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * RTP and RTCP (RFC 3550, RFC 3551): each end is a source; its packets are numbered by turns. The flow's codec is
 * chosen by chance; samples take the size. What is too short for a header is a keep-alive (RFC 6263 4.1).
 */
#include "base/mix.h"
#include "grammar/grammar.h"

#define HEADER 12
#define REPORT 8 /* of a receiver that has nothing to say */
#define FRAME_MS 20

struct codec {
	__u8 type;
	__u32 clock; /* per ms */
};

void fosr_say_rtp(const struct fosr_speech *m, struct fosr_pen *p)
{
	static const struct codec codecs[] = {{0, 8}, {8, 8}, {0, 8}, {96, 90}, {111, 48}, {8, 8}, {9, 8}, {18, 8}};
	const struct codec *c = &codecs[m->seed >> 20 & 7];
	__u64 source = fosr_mix64(m->seed + m->dir);

	if (m->len < REPORT)
		return;
	if (m->len == REPORT) {
		fosr_pen_be32(p, 0x80c90001);
		fosr_pen_be32(p, (__u32)source);
		return;
	}
	if (m->len < HEADER) {
		fosr_pen_zero(p, m->len);
		return;
	}
	fosr_pen_u8(p, 0x80);
	fosr_pen_u8(p, c->type | (m->turn ? 0 : 0x80));
	fosr_pen_be16(p, (__u32)(source >> 32) + m->turn);
	fosr_pen_be32(p, (__u32)(source >> 16) + m->turn * FRAME_MS * c->clock);
	fosr_pen_be32(p, (__u32)source);
	fosr_pen_random(p, fosr_pen_room(p), fosr_mix64(source + m->turn));
}

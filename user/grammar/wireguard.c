// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * WireGuard (its protocol document). Its handshake has datagrams of one size each: those are what has this size at a
 * flow's begin, all others carry data. Fewer than 32 bytes are no message.
 */
#include "base/mix.h"
#include "grammar/grammar.h"

#define INITIATION 148
#define RESPONSE 92
#define DATA_LEAST 32

enum { TYPE_INITIATION = 1, TYPE_RESPONSE, TYPE_COOKIE, TYPE_DATA };

/* What an end calls the session. */
static __u32 name_of(const struct fosr_speech *m, __u8 dir)
{
	return (__u32)fosr_mix64(m->seed + 0x3176 + dir);
}

void fosr_say_wireguard(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u64 seed = fosr_mix64(m->seed + 2 * m->turn + m->dir);

	if (m->len < DATA_LEAST)
		return;
	if (!m->turn && m->dir == FOSR_FWD && m->len == INITIATION) {
		fosr_pen_le32(p, TYPE_INITIATION);
		fosr_pen_le32(p, name_of(m, m->dir));
		fosr_pen_secret(p, INITIATION - 8 - 16, seed);
		fosr_pen_zero(p, 16);
	} else if (!m->turn && m->dir == FOSR_BWD && m->len == RESPONSE) {
		fosr_pen_le32(p, TYPE_RESPONSE);
		fosr_pen_le32(p, name_of(m, m->dir));
		fosr_pen_le32(p, name_of(m, !m->dir));
		fosr_pen_secret(p, RESPONSE - 12 - 16, seed);
		fosr_pen_zero(p, 16);
	} else {
		fosr_pen_le32(p, TYPE_DATA);
		fosr_pen_le32(p, name_of(m, !m->dir));
		fosr_pen_le64(p, m->turn);
		fosr_pen_random(p, fosr_pen_room(p), seed);
	}
}

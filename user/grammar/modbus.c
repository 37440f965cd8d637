// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Modbus over TCP (Modbus Messaging on TCP/IP, V1.0b). 12 bytes read, longer requests write; several requests are as
 * many as one frame does not hold. An answer has the function of its request and the size that it must.
 */
#include "base/mix.h"
#include "grammar/grammar.h"
#include "grammar/leap.h"

#define HEADER 7 /* MBAP */
#define READ_ALL (HEADER + 5)
#define WRITE_ALL (HEADER + 6) /* and bytes */
#define FRAME_MOST (HEADER + 200)
#define LEAST (HEADER + 1)

enum { READ_COILS = 1, READ_INPUTS, READ_HOLDING, WRITE_COILS = 15, REPORT = 17, USER = 65, FAILS = 0x80 };

static struct fosr_pen frame(const struct fosr_speech *m, struct fosr_pen *p, __u32 turn, __u32 i, __u32 total)
{
	struct fosr_pen part = fosr_pen_part(p, total);

	fosr_pen_be16(&part, (__u32)(m->seed >> 8) + turn + i);
	fosr_pen_be16(&part, 0);
	fosr_pen_be16(&part, total - 6);
	fosr_pen_u8(&part, 1 + (m->seed >> 40 & 3));
	return part;
}

/* What a frame of so many bytes asks. */
static __u32 function_of(const struct fosr_speech *m, __u32 total)
{
	static const __u8 reads[] = {READ_COILS, READ_INPUTS, READ_HOLDING, READ_HOLDING};

	if (total == LEAST)
		return REPORT;
	if (total == READ_ALL)
		return reads[fosr_mix64(m->seed) & 3];
	return total > WRITE_ALL && total <= FRAME_MOST + WRITE_ALL ? WRITE_COILS : USER;
}

/* A message is frames of one size, and a longer one at the end. */
static __u32 frames(__u32 len)
{
	return len <= FRAME_MOST ? 0 : (len - WRITE_ALL - 1) / FRAME_MOST;
}

static __u32 address(const struct fosr_speech *m, __u32 turn)
{
	return (fosr_mix64(m->seed + turn) & 7) * 16;
}

static void request_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 i, __u32 total)
{
	struct fosr_pen body = frame(m, p, m->turn, i, total);
	__u32 function = function_of(m, total), n;

	fosr_pen_u8(&body, function);
	if (function <= READ_HOLDING) {
		fosr_pen_be16(&body, address(m, m->turn));
		fosr_pen_be16(&body, 10);
	} else if (function == WRITE_COILS) {
		n = fosr_pen_room(&body) - 5;
		fosr_pen_be16(&body, address(m, m->turn));
		fosr_pen_be16(&body, 8 * n);
		fosr_pen_u8(&body, n);
		fosr_pen_zero(&body, n);
	} else {
		fosr_pen_letters(&body, fosr_pen_room(&body), m->seed);
	}
}

/* Measurements do not change much. */
static void registers_put(struct fosr_pen *p, __u64 seed)
{
	while (fosr_pen_room(p) > 1)
		fosr_pen_be16(p, 200 + fosr_mix64(seed + fosr_pen_at(p)) % 50);
}

static void reply_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 function, __u32 i, __u32 total)
{
	__u32 turn = m->answers == FOSR_SAID_NOTHING ? m->turn : m->answers;
	struct fosr_pen body = frame(m, p, turn, i, total);
	__u32 n = fosr_pen_room(&body) - 1;

	if (n == 1 && function != USER) {
		fosr_pen_u8(&body, FAILS | function);
		fosr_pen_u8(&body, 2);
	} else if (function == WRITE_COILS && n == 4) {
		fosr_pen_u8(&body, function);
		fosr_pen_be16(&body, address(m, turn));
		fosr_pen_be16(&body, m->before > WRITE_ALL ? 8 * (m->before - WRITE_ALL) & 0xffff : 8);
	} else if (n > 1 && n <= 0x100 &&
		(function < READ_HOLDING || function == REPORT || (function == READ_HOLDING && n & 1))) {
		fosr_pen_u8(&body, function);
		fosr_pen_u8(&body, n - 1);
		if (function == READ_HOLDING)
			registers_put(&body, m->seed + m->turn);
		fosr_pen_random(&body, fosr_pen_room(&body), fosr_mix64(m->seed + m->turn) + i);
	} else {
		fosr_pen_u8(&body, USER);
		fosr_pen_letters(&body, n, fosr_mix64(m->seed + m->turn) + i);
	}
}

static void frame_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 i, __u32 total)
{
	__u32 asked = m->before >= LEAST ? function_of(m, frames(m->before) ? FRAME_MOST : m->before) : READ_COILS;

	if (m->dir == FOSR_FWD)
		request_put(m, p, i, total);
	else
		reply_put(m, p, i ? READ_COILS : asked, i, total);
}

void fosr_say_modbus(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 count = frames(m->len);

	if (m->len < LEAST)
		return;
	for (__u32 i = fosr_pen_leap(p, FRAME_MOST, count); i < count; i++) {
		if (fosr_pen_at(p) >= p->to) {
			fosr_pen_skip(p, (count - i) * FRAME_MOST);
			break;
		}
		frame_put(m, p, i, FRAME_MOST);
	}
	frame_put(m, p, count, fosr_pen_room(p));
}

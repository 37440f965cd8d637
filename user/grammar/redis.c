// SPDX-License-Identifier: GPL-3.0-or-later
/* RESP2 of Redis: commands are arrays of strings, answers a string with its length or a line; strings take the size. */
#include "base/mix.h"
#include "grammar/grammar.h"
#include "grammar/text.h"

#define STATUS_MOST 500

/* "$n", an end of line, n bytes, an end of line. */
static void bulk_put(struct fosr_pen *p, __u32 n, __u64 seed)
{
	fosr_pen_print(p, "$%u\r\n", n);
	if (n > 64)
		fosr_pen_letters(p, n, seed);
	else
		fosr_pen_word(p, n, seed);
	fosr_pen_text(p, "\r\n");
}

/* What stands before the last string of a command; the second of a pair is a byte longer. */
static const char *const pushed[][2] = {{"*2\r\n$3\r\nGET\r\n", "*2\r\n$4\r\nTYPE\r\n"},
	{"*3\r\n$3\r\nSET\r\n$6\r\nkey:42\r\n", "*3\r\n$3\r\nSET\r\n$7\r\nkey:421\r\n"},
	{"*3\r\n$5\r\nLPUSH\r\n$5\r\nqueue\r\n", "*3\r\n$5\r\nRPUSH\r\n$6\r\nqueues\r\n"},
	{"*3\r\n$4\r\nHGET\r\n$4\r\nuser\r\n", "*3\r\n$4\r\nHGET\r\n$5\r\nusers\r\n"}};

static void command_put(struct fosr_pen *p, __u32 len, __u64 seed)
{
	const char *const *pair = pushed[len < 80 ? 0 : seed % FOSR_ARRAY_SIZE(pushed)];
	__u32 fixed = (__u32)strlen(pair[0]) + 5, room = len - fixed, n;

	if (len == 14) {
		fosr_pen_text(p, "*1\r\n$4\r\nPING\r\n");
		return;
	}
	if (len < fixed + 2) {
		if (len == 6)
			fosr_pen_text(p, "PING\r\n");
		else
			fosr_pen_blank(p, len);
		return;
	}
	n = fosr_counted(room);
	fosr_pen_text(p, pair[n + fosr_digits(n) < room]);
	bulk_put(p, n, seed);
}

/* The first answer is a status, as those of HELLO, AUTH and SELECT are. */
static void answer_put(struct fosr_pen *p, bool first, __u32 len, __u64 seed)
{
	__u32 room = len - 5, n;

	if (len == 5 || len == 7 || len < 4) {
		fosr_pen_bytes(p, len == 5 ? "+OK\r\n" : len == 7 ? "+PONG\r\n" : "\r\n\r", len);
	} else if (first && len > 3 && len < STATUS_MOST) {
		fosr_pen_u8(p, '+');
		fosr_pen_word(p, len - 3, seed);
		fosr_pen_text(p, "\r\n");
	} else if (len < 40) {
		fosr_pen_u8(p, len == 4 || seed & 1 ? ':' : '+');
		for (__u32 i = 3; i < len; i++)
			fosr_pen_u8(p, '1' + (__u32)(seed >> i) % 9);
		fosr_pen_text(p, "\r\n");
	} else {
		n = fosr_counted(room);
		/* A byte too much makes it an array of one: four more. */
		if (n + fosr_digits(n) < room) {
			fosr_pen_text(p, "*1\r\n");
			n = fosr_counted(room - 4);
		}
		bulk_put(p, n, seed);
	}
}

void fosr_say_redis(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u64 seed = fosr_mix64(m->seed + m->turn * 2 + m->dir);

	if (m->dir == FOSR_FWD)
		command_put(p, m->len, seed);
	else
		answer_put(p, !m->turn, m->len, seed);
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "grammar/pen.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/mix.h"
#include "grammar/fill.h"

#define LINE 72

void fosr_pen_zero(struct fosr_pen *p, __u32 n)
{
	__u32 skip, count;
	__u8 *to = fosr_pen_take(p, n, &skip, &count);

	if (to)
		memset(to, 0, count);
}

void fosr_pen_print(struct fosr_pen *p, const char *fmt, ...)
{
	char text[FOSR_PEN_LINE + 1];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fosr_pen_bytes(p, text, (__u32)fosr_min_u64(n > 0 ? (__u64)n : 0, FOSR_PEN_LINE));
}

void fosr_pen_random(struct fosr_pen *p, __u32 n, __u64 seed)
{
	__u32 skip, count;
	__u8 *to = fosr_pen_take(p, n, &skip, &count);

	if (to)
		fosr_random_put(to, count, fosr_mix64(seed + skip));
}

void fosr_pen_letters(struct fosr_pen *p, __u32 n, __u64 seed)
{
	__u32 skip, count;
	__u8 *to = fosr_pen_take(p, n, &skip, &count);

	if (to)
		fosr_letters_put(to, count, fosr_mix64(seed + skip));
}

/* Byte i of n is CR or LF at the end of each line; the last line takes what is left, and never begins with its end. */
static void break_lines(__u8 *to, __u32 skip, __u32 count, __u32 n)
{
	__u32 whole = n < LINE + 3 ? 0 : (n - 3) / LINE;

	for (__u32 line = skip / LINE; line < whole && line * LINE < skip + count; line++)
		for (__u32 k = 0; k < 2; k++) {
			__u32 i = line * LINE + LINE - 2 + k;

			if (i >= skip && i < skip + count)
				to[i - skip] = k ? '\n' : '\r';
		}
	for (__u32 k = 0; k < 2 && n > 1; k++)
		if (n - 2 + k >= skip && n - 2 + k < skip + count)
			to[n - 2 + k - skip] = k ? '\n' : '\r';
}

void fosr_pen_lines(struct fosr_pen *p, __u32 n, __u64 seed)
{
	__u32 skip, count;
	__u8 *to;

	n = (__u32)fosr_min_u64(n, fosr_pen_room(p));
	to = fosr_pen_take(p, n, &skip, &count);
	if (!to)
		return;
	fosr_letters_put(to, count, fosr_mix64(seed + skip));
	break_lines(to, skip, count, n);
}

void fosr_pen_secret(struct fosr_pen *p, __u32 n, __u64 seed)
{
	__u32 skip, count;
	__u8 *to = fosr_pen_take(p, n, &skip, &count);

	for (__u32 i = 0; to && i < count; i++)
		to[i] = (__u8)(fosr_mix64(seed + (skip + i) / 8) >> (skip + i) % 8 * 8);
}

void fosr_pen_word(struct fosr_pen *p, __u32 n, __u64 seed)
{
	__u32 skip, count;
	__u8 *to = fosr_pen_take(p, n, &skip, &count);

	for (__u32 i = 0; to && i < count; i++)
		to[i] = (__u8) "abcdefghijklmnopqrstuvwxyz0123456789"[fosr_mix64(seed + skip + i) % 36];
}

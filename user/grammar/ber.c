// SPDX-License-Identifier: GPL-3.0-or-later
#include "grammar/ber.h"

static void head_put(struct fosr_pen *p, __u32 tag, __u32 n, __u32 header)
{
	fosr_pen_u8(p, tag);
	if (header > 2)
		fosr_pen_u8(p, 0x80 | (header - 2));
	for (__u32 i = header > 2 ? header - 2 : 1; i--;)
		fosr_pen_u8(p, i < 4 ? n >> 8 * i & 0xff : 0);
}

struct fosr_pen fosr_ber_wide(struct fosr_pen *p, __u32 tag, __u32 total, __u32 extra)
{
	__u32 header;

	total = total < fosr_pen_room(p) ? total : fosr_pen_room(p);
	header = fosr_ber_header(total) + extra;
	head_put(p, tag, total > header ? total - header : 0, header);
	return fosr_pen_part(p, total > header ? total - header : 0);
}

struct fosr_pen fosr_ber_part(struct fosr_pen *p, __u32 tag, __u32 total)
{
	return fosr_ber_wide(p, tag, total, 0);
}

/* Bytes of content: the first has room for the sign, which is never set. */
static __u32 int_bytes(__u32 v)
{
	return v < 0x80 ? 1 : v < 0x8000 ? 2 : v < 0x800000 ? 3 : v < 0x80000000 ? 4 : 5;
}

__u32 fosr_ber_int_size(__u32 v)
{
	return 2 + int_bytes(v);
}

void fosr_ber_int(struct fosr_pen *p, __u32 tag, __u32 v)
{
	__u32 n = int_bytes(v);

	fosr_pen_u8(p, tag);
	fosr_pen_u8(p, n);
	for (; n; n--)
		fosr_pen_u8(p, n > 4 ? 0 : v >> 8 * (n - 1) & 0xff);
}

void fosr_ber_bytes(struct fosr_pen *p, __u32 tag, const void *bytes, __u32 n)
{
	struct fosr_pen part = fosr_ber_part(p, tag, fosr_ber_size(n));

	fosr_pen_bytes(&part, bytes, n);
}

void fosr_ber_text(struct fosr_pen *p, __u32 tag, const char *text)
{
	fosr_ber_bytes(p, tag, text, (__u32)strlen(text));
}

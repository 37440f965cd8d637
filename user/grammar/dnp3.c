// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * DNP3 (IEEE 1815). A frame's data is in blocks of 16 with a sum behind each, so not every size is a frame's: frames of
 * the link alone, of 10 bytes, go before it until it is. A master reads points and classes, an outstation tells binary
 * inputs.
 */
#include "base/mix.h"
#include "grammar/grammar.h"
#include "grammar/leap.h"

#define LINK 10
#define BLOCK 16
#define SUM 2
#define DATA_MOST 250
#define FRAME_MOST (LINK + DATA_MOST + 16 * SUM)
#define REQUEST 3 /* transport, control, function */
#define RESPONSE 5 /* and indications */
#define POINTS 5 /* the header of a range of points */
#define CLASS 3
#define MASTER 1
#define OUTSTATION 10

enum { READ = 1, ANSWERS = 129 };

static __u32 sum_add(__u32 sum, __u8 byte)
{
	sum ^= byte;
	for (int i = 0; i < 8; i++)
		sum = sum & 1 ? sum >> 1 ^ 0xa6bc : sum >> 1;
	return sum;
}

static void summed_put(struct fosr_pen *p, const __u8 *bytes, __u32 n)
{
	__u32 sum = 0;

	for (__u32 i = 0; i < n; i++)
		sum = sum_add(sum, bytes[i]);
	fosr_pen_bytes(p, bytes, n);
	fosr_pen_le16(p, ~sum & 0xffff);
}

static void link_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 function, __u32 n)
{
	__u32 from = m->dir == FOSR_FWD ? MASTER : OUTSTATION, to = m->dir == FOSR_FWD ? OUTSTATION : MASTER;
	__u8 head[] = {0x05, 0x64, (__u8)(5 + n), (__u8)function, (__u8)to, 0, (__u8)from, 0};

	summed_put(p, head, sizeof(head));
}

/* Data of a frame of `total` bytes; 0: no data gives such a frame. */
static __u32 data_of(__u32 total)
{
	__u32 body = total - LINK, rest = body % (BLOCK + SUM);

	if (total < LINK || total > FRAME_MOST || rest == 1 || rest == SUM)
		return 0;
	return body - (body + BLOCK + SUM - 1) / (BLOCK + SUM) * SUM;
}

/* Points' ranges and classes have five and three bytes; an answer has one range with a byte for each point. */
static bool sayable(const struct fosr_speech *m, __u32 data)
{
	__u32 n = data - (m->dir == FOSR_FWD ? REQUEST : RESPONSE);

	if (m->dir == FOSR_BWD)
		return data == RESPONSE || (data > RESPONSE + POINTS && data <= DATA_MOST);
	return data >= REQUEST && n != 1 && n != 2 && n != 4 && n != 7;
}

static void range_put(struct fosr_pen *p, __u32 stop)
{
	fosr_pen_bytes(p, (const __u8[]){1, 2, 0, 0, (__u8)stop}, POINTS);
}

static void application_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 i)
{
	bool answer = m->dir == FOSR_BWD;
	__u32 turn = answer && m->answers != FOSR_SAID_NOTHING ? m->answers : m->turn, n;

	fosr_pen_u8(p, 0xc0 | ((m->turn + i) & 0x3f));
	fosr_pen_u8(p, 0xc0 | ((turn + i) & 0x0f));
	fosr_pen_u8(p, answer ? ANSWERS : READ);
	if (answer) {
		fosr_pen_be16(p, 0);
		n = fosr_pen_room(p);
		if (n)
			range_put(p, n - POINTS - 1);
		while (fosr_pen_room(p))
			fosr_pen_u8(p, 0x01 | (fosr_mix64(m->seed + fosr_pen_at(p)) & 0x80));
		return;
	}
	while (fosr_pen_room(p) % CLASS)
		range_put(p, 7 + (m->seed & 7));
	for (n = 0; fosr_pen_room(p); n++)
		fosr_pen_bytes(p, (const __u8[]){60, (__u8)(1 + (n + 1) % 4), 6}, CLASS);
}

static void frame_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 total, __u32 i)
{
	__u8 data[DATA_MOST];
	__u32 n = data_of(total);
	struct fosr_pen inside = {.out = data, .to = n, .len = n};

	if (fosr_pen_unseen(p, total)) {
		fosr_pen_skip(p, total);
		return;
	}
	link_put(m, p, m->dir == FOSR_FWD ? 0xc4 : 0x44, n);
	application_put(m, &inside, i);
	for (__u32 at = 0; at < n; at += BLOCK)
		summed_put(p, data + at, (__u32)fosr_min_u64(BLOCK, n - at));
}

void fosr_say_dnp3(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 count = m->len / FRAME_MOST, i;

	count -= count ? 1 : 0;
	for (i = fosr_pen_leap(p, FRAME_MOST, count); i < count && fosr_pen_at(p) < p->to; i++)
		frame_put(m, p, FRAME_MOST, i);
	fosr_pen_skip(p, (count - i) * FRAME_MOST);
	/* Of what is left (less than two frames) one is as long as it may be. */
	if (fosr_pen_room(p) > FRAME_MOST)
		frame_put(m, p, FRAME_MOST / 2, i++);
	while (fosr_pen_room(p) >= LINK && !sayable(m, data_of(fosr_pen_room(p))))
		link_put(m, p, m->dir == FOSR_FWD ? 0xc9 : 0x0b, 0);
	if (fosr_pen_room(p) >= LINK)
		frame_put(m, p, fosr_pen_room(p), i);
}

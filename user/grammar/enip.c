// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * EtherNet/IP (CIP Networks Library, volume 2). 24 bytes list identities, 28 open a session, 52 read a tag and longer
 * requests write one, whose bytes take what is left. What fits nothing is a command that does nothing, which has data
 * of any size.
 */
#include "base/mix.h"
#include "grammar/grammar.h"
#include "grammar/leap.h"

#define HEADER 24
#define REGISTER (HEADER + 4)
#define ITEMS (HEADER + 16) /* until an unconnected message */
#define PATH 8 /* a tag of six letters */
#define READ_TAG (ITEMS + 2 + PATH + 2)
#define WRITE_TAG (ITEMS + 2 + PATH + 4) /* and bytes */
#define REPLY (ITEMS + 4)
#define WHOLE 500

enum { NOTHING = 0, LIST_SERVICES = 4, LIST_IDENTITY = 0x63, REGISTERS = 0x65, SEND_RR_DATA = 0x6f };
enum { READS = 0x4c, WRITES = 0x4d, REPLIES = 0x80, SINT = 0xc2 };

static void header_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 command, __u32 n, __u32 i)
{
	__u32 turn = m->dir == FOSR_BWD && m->answers != FOSR_SAID_NOTHING ? m->answers : m->turn;
	bool session = command == SEND_RR_DATA || (command == REGISTERS && m->dir == FOSR_BWD);

	fosr_pen_le16(p, command);
	fosr_pen_le16(p, n);
	fosr_pen_le32(p, session ? (__u32)fosr_mix64(m->seed) & 0x7fffffff : 0);
	fosr_pen_le32(p, 0);
	fosr_pen_le64(p, command == NOTHING ? 0 : turn + ((__u64)i << 16));
	fosr_pen_le32(p, 0);
}

/* An unconnected message of n bytes. */
static void items_put(struct fosr_pen *p, __u32 n)
{
	fosr_pen_le32(p, 0);
	fosr_pen_le16(p, 5);
	fosr_pen_le16(p, 2);
	fosr_pen_le32(p, 0);
	fosr_pen_le16(p, 0xb2);
	fosr_pen_le16(p, n);
}

static void tag_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 service)
{
	static const char *const tags[] = {"Motor1", "Valve2", "Temp_A", "Count3"};

	fosr_pen_u8(p, service);
	fosr_pen_u8(p, PATH / 2);
	fosr_pen_u8(p, 0x91);
	fosr_pen_u8(p, PATH - 2);
	fosr_pen_text(p, tags[(m->seed + m->turn) & 3]);
}

static void nothing_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	header_put(m, p, NOTHING, fosr_pen_room(p) - HEADER, 0);
	fosr_pen_zero(p, fosr_pen_room(p));
}

static void request_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 i)
{
	__u32 total = fosr_pen_room(p);

	if (total == HEADER) {
		header_put(m, p, m->seed & 1 ? LIST_IDENTITY : LIST_SERVICES, 0, i);
	} else if (total == REGISTER) {
		header_put(m, p, REGISTERS, 4, i);
		fosr_pen_le32(p, 1);
	} else if (total == READ_TAG) {
		header_put(m, p, SEND_RR_DATA, total - HEADER, i);
		items_put(p, total - ITEMS);
		tag_put(m, p, READS);
		fosr_pen_le16(p, 1);
	} else if (total > WRITE_TAG) {
		header_put(m, p, SEND_RR_DATA, total - HEADER, i);
		items_put(p, total - ITEMS);
		tag_put(m, p, WRITES);
		fosr_pen_le16(p, SINT);
		fosr_pen_le16(p, total - WRITE_TAG);
		fosr_pen_letters(p, total - WRITE_TAG, fosr_mix64(m->seed + m->turn) + i);
	} else {
		nothing_put(m, p);
	}
}

/* Behind a read's reply are a type and bytes, behind a write's nothing: what is more is of a read. */
static void reply_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 i)
{
	__u32 total = fosr_pen_room(p);
	bool reads = total != REPLY || m->before == READ_TAG;

	if (m->before == REGISTER && total == REGISTER) {
		header_put(m, p, REGISTERS, 4, i);
		fosr_pen_le32(p, 1);
	} else if (total == HEADER) {
		header_put(m, p, LIST_SERVICES, 0, i);
	} else if (total == REPLY || total > REPLY + 2) {
		header_put(m, p, SEND_RR_DATA, total - HEADER, i);
		items_put(p, total - ITEMS);
		fosr_pen_u8(p, REPLIES | (reads ? READS : WRITES));
		fosr_pen_u8(p, 0);
		fosr_pen_u8(p, total == REPLY && reads ? 4 : 0);
		fosr_pen_u8(p, 0);
		if (total > REPLY)
			fosr_pen_le16(p, SINT);
		fosr_pen_letters(p, fosr_pen_room(p), fosr_mix64(m->seed + m->turn) + i);
	} else {
		nothing_put(m, p);
	}
}

static void one_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 total, __u32 i)
{
	struct fosr_pen part;

	if (fosr_pen_unseen(p, total)) {
		fosr_pen_skip(p, total);
		return;
	}
	part = fosr_pen_part(p, total);
	if (m->dir == FOSR_FWD)
		request_put(m, &part, i);
	else
		reply_put(m, &part, i);
	fosr_pen_end(&part);
}

/* Messages of one size, and a longer one at the end. */
void fosr_say_enip(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 count = m->len / WHOLE, i;

	if (m->len < HEADER)
		return;
	count -= count ? 1 : 0;
	for (i = fosr_pen_leap(p, WHOLE, count); i < count && fosr_pen_at(p) < p->to; i++)
		one_put(m, p, WHOLE, i);
	fosr_pen_skip(p, (count - i) * WHOLE);
	one_put(m, p, fosr_pen_room(p), count);
}

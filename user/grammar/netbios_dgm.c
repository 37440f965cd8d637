// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * RFC 1002 4.4 with the browser's mailslot inside (MS-BRWS 2.2). An announcement has a comment of what is left, a
 * shorter message asks for announcements; below that there are queries of the datagram service, then its errors.
 */
#include "base/mix.h"
#include "grammar/netbios.h"

#define HEADER 10
#define DATAGRAM (HEADER + 4)
#define NAMES (2 * FOSR_NETBIOS_NAME)
#define SLOT "\\MAILSLOT\\BROWSE"
#define SMB (32 + 1 + 34 + 2 + sizeof(SLOT)) /* header and transaction until the browser's message */
#define ENVELOPE (DATAGRAM + NAMES + SMB)
#define ANNOUNCEMENT 32 /* and its comment */
#define REQUEST 2 /* and a name */

enum { DIRECT_GROUP = 0x11, ERROR = 0x13, QUERY = 0x14 };

static void header_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 type)
{
	const struct fosr_end *me = &m->flow->end[m->dir];

	fosr_pen_u8(p, type);
	fosr_pen_u8(p, type == DIRECT_GROUP ? 0x0a : 0x00); /* first fragment, node M */
	fosr_pen_be16(p, (__u32)(m->seed + m->turn) & 0xffff);
	if (me->addr.family == 4)
		fosr_pen_bytes(p, me->addr.b, 4);
	else
		fosr_pen_be32(p, 0);
	fosr_pen_be16(p, 138);
}

/* SMB_COM_TRANSACTION of `data` bytes to the mailslot. */
static void transaction_put(struct fosr_pen *p, __u32 data)
{
	fosr_pen_bytes(p, "\xffSMB\x25", 5);
	fosr_pen_zero(p, 27);
	fosr_pen_u8(p, 17);
	fosr_pen_le16(p, 0);
	fosr_pen_le16(p, data);
	fosr_pen_zero(p, 8);
	fosr_pen_le32(p, 1000);
	fosr_pen_zero(p, 4);
	fosr_pen_le16(p, SMB);
	fosr_pen_le16(p, data);
	fosr_pen_le16(p, SMB);
	fosr_pen_u8(p, 3);
	fosr_pen_u8(p, 0);
	fosr_pen_le16(p, 1); /* write mailslot, priority, class */
	fosr_pen_le16(p, 1);
	fosr_pen_le16(p, 2);
	fosr_pen_le16(p, sizeof(SLOT) + data);
	fosr_pen_bytes(p, SLOT, sizeof(SLOT));
}

static void comment_put(struct fosr_pen *p, __u32 n, __u64 seed)
{
	static const char *const comments[] = {"", "Samba 4.17.12-Debian", "file server", "Samba Server Version 4.15"};
	const char *comment = comments[seed >> 12 & 3];
	__u32 len = (__u32)fosr_min_u64(strlen(comment), n - 1);

	fosr_pen_bytes(p, comment, len);
	if (n - 1 > len)
		fosr_pen_word(p, n - 1 - len, seed);
	fosr_pen_u8(p, 0);
}

/* Host announcement (1) or local master announcement (15). */
static void announcement_put(const struct fosr_speech *m, struct fosr_pen *p, const char *name)
{
	bool master = !(m->seed & 7);

	fosr_pen_u8(p, master ? 15 : 1);
	fosr_pen_u8(p, m->turn & 0xff);
	fosr_pen_le32(p, master ? 720000 : 60000u << fosr_min_u64(m->turn, 3));
	fosr_pen_print(p, "%-.15s", name);
	fosr_pen_zero(p, 16 - (__u32)strlen(name));
	fosr_pen_u8(p, m->seed >> 4 & 1 ? 10 : 6);
	fosr_pen_u8(p, m->seed >> 4 & 1 ? 0 : 1);
	fosr_pen_le32(p, master ? 0x00859a03 : 0x00801003);
	fosr_pen_u8(p, 15);
	fosr_pen_u8(p, 1);
	fosr_pen_le16(p, 0xaa55);
	comment_put(p, fosr_pen_room(p), m->seed);
}

static void browser_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	bool announces = m->len > ENVELOPE + ANNOUNCEMENT;
	char name[16];

	fosr_netbios_of(m->name[m->dir], name);
	if (!name[0])
		memcpy(name, "LIBRARY", 8);
	header_put(m, p, DIRECT_GROUP);
	fosr_pen_be16(p, m->len - DATAGRAM);
	fosr_pen_be16(p, 0);
	fosr_netbios_put(p, name, announces ? FOSR_NETBIOS_SERVER : FOSR_NETBIOS_WORKSTATION, FOSR_NETBIOS_NAME, 0);
	fosr_netbios_put(p, fosr_netbios_group(m->seed), announces ? FOSR_NETBIOS_MASTER : FOSR_NETBIOS_ELECTION,
		FOSR_NETBIOS_NAME, 0);
	transaction_put(p, fosr_pen_room(p) - SMB);
	if (announces) {
		announcement_put(m, p, name);
		return;
	}
	fosr_pen_u8(p, 2);
	fosr_pen_u8(p, 0);
	fosr_pen_word(p, fosr_pen_room(p) - 1, m->seed);
	fosr_pen_u8(p, 0);
}

void fosr_say_netbios_dgm(const struct fosr_speech *m, struct fosr_pen *p)
{
	if (m->len < HEADER + 1)
		return;
	if (m->len > ENVELOPE + REQUEST) {
		browser_put(m, p);
	} else if (m->len >= HEADER + FOSR_NETBIOS_NAME) {
		header_put(m, p, QUERY);
		fosr_netbios_put(
			p, fosr_netbios_some(m->seed + m->turn), FOSR_NETBIOS_SERVER, fosr_pen_room(p), m->seed);
	} else {
		header_put(m, p, ERROR);
		fosr_pen_u8(p, 0x82); /* the destination's name is not here */
	}
}

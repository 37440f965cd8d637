// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * TDS 7.4 (MS-TDS). The first message is a prelogin, whose instance takes what is left, the second a login; then
 * batches are as long as their text. An answer of 21 bytes says that it is done; information or rows are in front where
 * there is room.
 */
#include "base/mix.h"
#include "grammar/grammar.h"
#include "grammar/leap.h"
#include "grammar/smb.h"

#define HEADER 8
#define PACKET_MOST 32000
#define OPTIONS 26 /* of a prelogin: five, and their end */
#define PRELOGIN (HEADER + OPTIONS + 6 + 1 + 4 + 1) /* without the instance */
#define PRELOGIN_REPLY (PRELOGIN - 4)
#define LOGIN (HEADER + 94)
#define NAMES 16 /* bytes of the shortest */
#define NAMES_MOST 120
#define BATCH (HEADER + 22)
#define CALL (HEADER + 22 + 2 + 8 + 2 + 12) /* and a value */
#define DONE 13
#define ORDER 5 /* of one column; two bytes more for each */
#define CHANGE 6 /* of no names */
#define INFO 17 /* without texts */
#define COLUMN 26
#define ROW 3 /* without its value */
#define VALUE_MOST 4000

enum { SQL_BATCH = 1, RPC = 3, TABULAR = 4, ATTENTION = 6, LOGIN7 = 16, PRELOGINS = 18 };

static void header_put(struct fosr_pen *p, __u32 type, __u32 total)
{
	fosr_pen_u8(p, type);
	fosr_pen_u8(p, 1);
	fosr_pen_be16(p, total);
	fosr_pen_be16(p, type == TABULAR ? 52 : 0);
	fosr_pen_u8(p, 1);
	fosr_pen_u8(p, 0);
}

static void option_put(struct fosr_pen *p, __u32 token, __u32 *at, __u32 n)
{
	fosr_pen_u8(p, token);
	fosr_pen_be16(p, *at);
	fosr_pen_be16(p, n);
	*at += n;
}

static void prelogin_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	bool answer = m->dir == FOSR_BWD;
	__u32 at = OPTIONS, thread = answer ? 0 : 4, instance = fosr_pen_room(p) - (answer ? PRELOGIN_REPLY : PRELOGIN);

	header_put(p, answer ? TABULAR : PRELOGINS, fosr_pen_room(p));
	option_put(p, 0, &at, 6);
	option_put(p, 1, &at, 1);
	option_put(p, 2, &at, instance);
	option_put(p, 3, &at, thread);
	option_put(p, 4, &at, 1);
	fosr_pen_u8(p, 0xff);
	fosr_pen_be32(p, answer ? 0x0f0007d0 : 0x11000000);
	fosr_pen_be16(p, 0);
	fosr_pen_u8(p, answer && m->seed & 1 ? 2 : 0);
	fosr_pen_bytes(p, "MSSQLServer", (__u32)fosr_min_u64(instance - 1, answer ? 0 : 11));
	fosr_pen_word(p, instance - 1 - (__u32)fosr_min_u64(instance - 1, answer ? 0 : 11), m->seed);
	fosr_pen_u8(p, 0);
	fosr_pen_secret(p, thread, m->seed ^ 5);
	fosr_pen_u8(p, 0);
}

/* Host, user, password, application, server: the application's name takes what is left, or NTLMSSP does. */
static void login_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	static const char *const texts[] = {"PC", "sa", "", "app", "SQL"};
	__u32 len = fosr_pen_room(p) - HEADER, sspi = len & 1 || len > 94 + 2 * NAMES_MOST ? len - 94 - NAMES : 0;
	__u32 room = (len - 94 - sspi) / 2, n[5], at = 94;

	for (int i = 0; i < 5; i++) {
		n[i] = i == 3 ? 0 : (__u32)fosr_min_u64(strlen(texts[i]), room);
		room -= n[i];
	}
	n[3] = (__u32)fosr_min_u64(room, 128);
	header_put(p, LOGIN7, len + HEADER);
	fosr_pen_le32(p, len);
	fosr_pen_le32(p, 0x74000004);
	fosr_pen_le32(p, 4096);
	fosr_pen_le32(p, 7);
	fosr_pen_le32(p, 1000 + (m->seed >> 8 & 0xfff));
	fosr_pen_le32(p, 0);
	fosr_pen_le32(p, 0x000003e0);
	fosr_pen_le32(p, 0);
	fosr_pen_le32(p, 0x0409);
	for (int i = 0; i < 9; i++) {
		fosr_pen_le16(p, at);
		fosr_pen_le16(p, i < 5 ? n[i] : 0);
		at += i < 5 ? 2 * n[i] : 0;
	}
	fosr_pen_bytes(p, m->flow->end[FOSR_FWD].mac, 6);
	for (int i = 0; i < 3; i++) {
		fosr_pen_le16(p, at);
		fosr_pen_le16(p, i ? 0 : sspi);
	}
	fosr_pen_le32(p, 0);
	for (int i = 0; i < 5; i++)
		fosr_smb_text_put(p, texts[i], 2 * n[i], m->seed);
	if (sspi)
		fosr_ntlm_negotiate(m, p);
}

/* ALL_HEADERS: no transaction. */
static void headers_put(struct fosr_pen *p)
{
	fosr_pen_le32(p, 22);
	fosr_pen_le32(p, 18);
	fosr_pen_le16(p, 2);
	fosr_pen_le64(p, 0);
	fosr_pen_le32(p, 1);
}

/* The text of all of p, in UTF-16. */
static void batch_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	static const char *const heads[] = {"SELECT Id, Name FROM dbo.Customers WHERE Name = '",
		"EXEC dbo.GetOrders @Reference = '", "UPDATE dbo.Sessions SET Token = '",
		"SELECT TOP 100 * FROM dbo.Log WHERE Message = '"};
	__u32 total = fosr_pen_room(p), n = total - BATCH;
	const char *text = n > 120 ? heads[fosr_mix64(m->seed + m->turn) & 3] : "SELECT 1";

	header_put(p, SQL_BATCH, total);
	headers_put(p);
	if (n < 16) {
		fosr_smb_text_put(p, ";;;;;;;;", n, m->seed);
	} else if (n <= 120) {
		fosr_smb_text_put(p, text, 16, 0);
		for (n -= 16; n > 1; n -= 2)
			fosr_pen_le16(p, ' ');
	} else {
		fosr_smb_text_put(p, text, n - 2, m->seed + m->turn);
		fosr_pen_le16(p, '\'');
	}
}

/* A procedure with one value, which has any size. */
static void call_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 total = fosr_pen_room(p), n = total - CALL;

	header_put(p, RPC, total);
	headers_put(p);
	fosr_pen_le16(p, 4);
	fosr_smb_text_put(p, "Find", 8, 0);
	fosr_pen_le16(p, 0);
	fosr_pen_u8(p, 0);
	fosr_pen_u8(p, 0);
	fosr_pen_u8(p, 0xa7);
	fosr_pen_le16(p, VALUE_MOST * 2);
	fosr_pen_bytes(p, "\x09\x04\xd0\x00\x34", 5);
	fosr_pen_le16(p, n);
	fosr_pen_letters(p, n, m->seed + m->turn);
}

static bool logs_in(__u32 len)
{
	return len >= LOGIN + (len & 1 ? NAMES + 32 : 0) && len < PACKET_MOST;
}

/* What is too short for a statement cancels one. */
static void ask(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 len = fosr_pen_room(p);

	if (!m->turn && len > PRELOGIN && len < PACKET_MOST)
		prelogin_put(m, p);
	else if (m->turn == 1 && logs_in(len))
		login_put(m, p);
	else if (len >= BATCH && (!(len & 1) || len < CALL))
		batch_put(m, p);
	else if (len >= CALL)
		call_put(m, p);
	else
		header_put(p, ATTENTION, len);
}

static void done_put(struct fosr_pen *p, __u32 rows)
{
	fosr_pen_u8(p, 0xfd);
	fosr_pen_le16(p, rows ? 0x10 : 0);
	fosr_pen_le16(p, rows ? 0xc1 : 0);
	fosr_pen_le64(p, rows);
}

/* n even bytes of text. */
static void info_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 n)
{
	fosr_pen_u8(p, 0xab);
	fosr_pen_le16(p, INFO - 3 + n);
	fosr_pen_le32(p, 5701);
	fosr_pen_u8(p, 2);
	fosr_pen_u8(p, 0);
	fosr_pen_le16(p, n / 2);
	fosr_smb_text_put(p, "Changed database context to 'master'.", n, m->seed);
	fosr_pen_u8(p, 0);
	fosr_pen_u8(p, 0);
	fosr_pen_le32(p, 1);
}

/* Odd sizes are of an order of columns, even ones of a change of the database. */
static void small_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 n)
{
	if (n & 1 && n >= ORDER) {
		fosr_pen_u8(p, 0xa9);
		fosr_pen_le16(p, n - 3);
		for (__u32 i = 1; i <= (n - 3) / 2; i++)
			fosr_pen_le16(p, i);
	} else if (!(n & 1) && n >= CHANGE) {
		fosr_pen_u8(p, 0xe3);
		fosr_pen_le16(p, n - 3);
		fosr_pen_u8(p, 1);
		fosr_pen_u8(p, (n - CHANGE) / 2);
		fosr_smb_text_put(p, "Shop", n - CHANGE, m->seed);
		fosr_pen_u8(p, 0);
	}
}

static void rows_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 room)
{
	__u32 size = ROW + 20 + (fosr_mix64(m->seed) >> 8 & 63), count = room / size, i;
	__u64 seed = fosr_mix64(m->seed + m->turn);

	fosr_pen_u8(p, 0x81);
	fosr_pen_le16(p, 1);
	fosr_pen_le32(p, 0);
	fosr_pen_le16(p, 9);
	fosr_pen_u8(p, 0xa7);
	fosr_pen_le16(p, VALUE_MOST);
	fosr_pen_bytes(p, "\x09\x04\xd0\x00\x34\x04", 6);
	fosr_smb_text_put(p, "Name", 8, 0);
	count -= count ? 1 : 0;
	for (i = fosr_pen_leap(p, size, count); i <= count; i++) {
		__u32 n = i < count ? size : room - count * size;

		fosr_pen_u8(p, 0xd1);
		fosr_pen_le16(p, n - ROW);
		fosr_pen_letters(p, n - ROW, seed + i);
	}
	done_put(p, count + 1);
}

/* One answer of `total` bytes. */
static void answer_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 total)
{
	struct fosr_pen part = fosr_pen_part(p, total);
	__u32 left = total - HEADER - DONE;

	header_put(&part, TABULAR, total);
	if (left >= COLUMN + ROW + 1) {
		rows_put(m, &part, left - COLUMN);
	} else if (left >= INFO && !((left - INFO) & 1)) {
		info_put(m, &part, left - INFO);
		done_put(&part, 0);
	} else {
		small_put(m, &part, left);
		done_put(&part, 0);
		fosr_pen_end(&part);
	}
}

static void answers_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 count = fosr_pen_room(p) / PACKET_MOST, i;

	if (!m->answers && m->before > PRELOGIN && m->before < PACKET_MOST && m->len > PRELOGIN_REPLY &&
		m->len < PACKET_MOST) {
		prelogin_put(m, p);
		return;
	}
	/* The last one is at least half as long, so that there is room for something. */
	for (i = fosr_pen_leap(p, PACKET_MOST / 2, count = count ? 2 * count - 1 : 0); i < count; i++)
		answer_put(m, p, PACKET_MOST / 2);
	answer_put(m, p, fosr_pen_room(p));
}

void fosr_say_mssql(const struct fosr_speech *m, struct fosr_pen *p)
{
	if (m->len < HEADER || (m->dir == FOSR_BWD && m->len < HEADER + DONE))
		return;
	if (m->dir == FOSR_BWD) {
		answers_put(m, p);
		return;
	}
	while (fosr_pen_room(p)) {
		__u32 n = fosr_pen_room(p) > PACKET_MOST ? PACKET_MOST / 2 : fosr_pen_room(p);
		struct fosr_pen part;

		if (fosr_pen_unseen(p, n)) {
			fosr_pen_skip(p, n);
			continue;
		}
		part = fosr_pen_part(p, n);
		ask(m, &part);
		fosr_pen_end(&part);
	}
}

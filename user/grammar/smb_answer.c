// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * An answer of its command's own size, or with data that takes what is left. One that is longer than its command can be
 * is followed by data that an earlier read waited for; a shorter one is an error, whose data takes what is left.
 */
#include "base/mix.h"
#include "grammar/krb.h"
#include "grammar/leap.h"
#include "grammar/smb.h"

#define HEADER 64
#define NEGOTIATED (FOSR_SMB_FIXED + 64)
#define SET_UP (FOSR_SMB_FIXED + 8)
#define CONNECTED (FOSR_SMB_FIXED + 16)
#define CREATED (FOSR_SMB_FIXED + 88)
#define CLOSED (FOSR_SMB_FIXED + 60)
#define WRITTEN (FOSR_SMB_FIXED + 16)
#define FOUND (FOSR_SMB_FIXED + 8)
#define VOLUME 18
#define ENTRY 104 /* of a directory, without its name */
#define ENTRY_USUAL (ENTRY + 40)
#define HINT_MOST 80
#define TOKEN_LEAST 60
#define WHOLE_DATA (FOSR_SMB_DATA + FOSR_SMB_DATA_MOST)

static __u32 turn_of(const struct fosr_speech *m)
{
	return m->answers == FOSR_SAID_NOTHING ? m->turn : m->answers;
}

static struct fosr_pen message_of(const struct fosr_speech *m, struct fosr_pen *p, __u32 command, __u32 total)
{
	return fosr_smb_message(m, p, command, FOSR_SMB_OK, turn_of(m), total);
}

/* File times: 100 ns since 1601. */
static void time_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 days)
{
	fosr_pen_le64(
		p, (m->time_ns / 100 + 116444736000000000ULL) - ((__u64)days * 86400 + (m->seed & 0xffff)) * 10000000);
}

static void times_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	time_put(m, p, 300);
	time_put(m, p, 1);
	time_put(m, p, 9);
	time_put(m, p, 9);
}

static void sizes_put(struct fosr_pen *p, __u64 seed)
{
	__u64 size = seed >> 20 & 0x3fffff;

	fosr_pen_le64(p, (size + 4095) & ~4095ULL);
	fosr_pen_le64(p, size);
}

static void error_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 command, __u32 total)
{
	static const __u32 statuses[] = {0xc0000034, 0xc0000022, 0xc000003a, 0xc0000016 ^ 0x15};
	struct fosr_pen body = fosr_smb_message(m, p, command, statuses[(m->seed + m->turn) & 3], turn_of(m), total);

	fosr_pen_le16(&body, 9);
	fosr_pen_le16(&body, 0);
	fosr_pen_le32(&body, total == FOSR_SMB_ERROR ? 0 : total - FOSR_SMB_FIXED - 8);
	fosr_pen_end(&body);
}

static void data_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 i, __u32 total)
{
	struct fosr_pen body = fosr_smb_message(m, p, FOSR_SMB2_READ, FOSR_SMB_OK, turn_of(m) + (i << 16), total);
	__u32 n = total - FOSR_SMB_DATA;

	fosr_pen_le16(&body, 17);
	fosr_pen_le16(&body, HEADER + 16);
	fosr_pen_le32(&body, n);
	fosr_pen_le64(&body, 0);
	fosr_pen_random(&body, n, fosr_mix64(m->seed + m->turn + 77) + i);
}

/* Of as many reads as all of p holds: more than FOSR_SMB_DATA bytes. */
static void datas_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 count = (fosr_pen_room(p) - FOSR_SMB_DATA - 1) / WHOLE_DATA, i = fosr_pen_leap(p, WHOLE_DATA, count);

	for (; i < count; i++)
		data_put(m, p, i, WHOLE_DATA);
	data_put(m, p, count, fosr_pen_room(p));
}

/* A token that names mechanisms; its hint is of any length (MS-SPNG 2.2.1). */
static void hint_put(struct fosr_pen *p)
{
	struct fosr_pen token = fosr_ber_part(p, 0x60, fosr_pen_room(p)), list;

	fosr_ber_bytes(&token, FOSR_BER_OID, "\x2b\x06\x01\x05\x05\x02", 6);
	token = fosr_ber_part(&token, 0xa0, fosr_pen_room(&token));
	token = fosr_ber_part(&token, FOSR_BER_SEQUENCE, fosr_pen_room(&token));
	list = fosr_ber_part(&token, 0xa0, 16);
	list = fosr_ber_part(&list, FOSR_BER_SEQUENCE, 14);
	fosr_ber_bytes(&list, FOSR_BER_OID, "\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a", 10);
	token = fosr_ber_part(&token, 0xa3, fosr_pen_room(&token));
	token = fosr_ber_part(&token, FOSR_BER_SEQUENCE, fosr_pen_room(&token));
	token = fosr_ber_part(&token, 0xa0, fosr_pen_room(&token));
	token = fosr_ber_part(&token, FOSR_BER_GENERAL, fosr_pen_room(&token));
	fosr_pen_bytes(&token, "not_defined_in_RFC4178@please_ignore", (__u32)fosr_min_u64(36, fosr_pen_room(&token)));
	fosr_pen_word(&token, fosr_pen_room(&token), 1);
}

static void negotiated_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	struct fosr_pen body = message_of(m, p, FOSR_SMB2_NEGOTIATE, fosr_pen_room(p)), token;
	__u32 n = fosr_pen_room(&body) - 64, contexts = 0, blob = n;

	if (n > TOKEN_LEAST + HINT_MOST) {
		blob = n > 120 + 16 + FOSR_SMB_CONTEXTS ? 120 : 72;
		contexts = n - blob;
	}
	if (blob < TOKEN_LEAST)
		blob = 0;
	fosr_pen_le16(&body, 65);
	fosr_pen_le16(&body, 1);
	fosr_pen_le16(&body, contexts ? 0x0311 : m->before < 110 ? 0x0210 : 0x0302);
	fosr_pen_le16(&body, !contexts ? 0 : contexts % 8 == 0 && contexts >= 64 ? 2 : 1);
	fosr_pen_secret(&body, 16, m->flow->end[FOSR_BWD].host);
	fosr_pen_le32(&body, 0x2f);
	for (int i = 0; i < 3; i++)
		fosr_pen_le32(&body, 8 << 20);
	time_put(m, &body, 0);
	fosr_pen_le64(&body, 0);
	fosr_pen_le16(&body, HEADER + 64);
	fosr_pen_le16(&body, blob);
	fosr_pen_le32(&body, contexts ? HEADER + 64 + blob : 0);
	token = fosr_pen_part(&body, blob);
	if (blob)
		hint_put(&token);
	if (contexts)
		fosr_smb_contexts_put(&body, contexts, fosr_mix64(m->seed ^ 0x312));
	fosr_pen_end(&body);
}

/* With the challenge or the accepted ticket, if there is room for it. */
static void set_up_put(const struct fosr_speech *m, struct fosr_pen *p, bool ticket)
{
	__u32 blob = fosr_pen_room(p) - SET_UP;
	bool challenge = !ticket && blob >= FOSR_NTLM_CHALLENGE;
	struct fosr_pen body = fosr_smb_message(
		m, p, FOSR_SMB2_SETUP, challenge ? FOSR_SMB_MORE : FOSR_SMB_OK, turn_of(m), fosr_pen_room(p));

	fosr_pen_le16(&body, 9);
	fosr_pen_le16(&body, 0);
	fosr_pen_le16(&body, HEADER + 8);
	fosr_pen_le16(&body, blob);
	if (ticket)
		fosr_spnego_accept(m, &body);
	else
		fosr_ntlm_challenge(m, &body);
}

static void connected_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	struct fosr_pen body = message_of(m, p, FOSR_SMB2_CONNECT, CONNECTED);

	fosr_pen_le16(&body, 16);
	fosr_pen_le16(&body, m->seed >> 24 & 3 ? 1 : 2);
	fosr_pen_le32(&body, 0x30);
	fosr_pen_le32(&body, 0);
	fosr_pen_le32(&body, 0x001f01ff);
}

/* A context of what is left behind the file's attributes, if it is long enough. */
static void created_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	struct fosr_pen body = message_of(m, p, FOSR_SMB2_CREATE, fosr_pen_room(p));
	__u32 context = fosr_pen_room(&body) - 88;

	if (context < 24 + 8)
		context = 0;
	fosr_pen_le16(&body, 89);
	fosr_pen_le16(&body, 0);
	fosr_pen_le32(&body, 1);
	times_put(m, &body);
	sizes_put(&body, fosr_mix64(m->seed + turn_of(m) / 4));
	fosr_pen_le32(&body, 0x20);
	fosr_pen_le32(&body, 0);
	fosr_smb_file_id_put(m, &body, turn_of(m));
	fosr_pen_le32(&body, context ? HEADER + 88 : 0);
	fosr_pen_le32(&body, context);
	if (context) {
		fosr_pen_le32(&body, 0);
		fosr_pen_le16(&body, 16);
		fosr_pen_le16(&body, 4);
		fosr_pen_le16(&body, 0);
		fosr_pen_le16(&body, 24);
		fosr_pen_le32(&body, context - 24);
		fosr_pen_text(&body, context >= 24 + 32 ? "QFid" : "MxAc");
		fosr_pen_le32(&body, 0);
		if (context < 24 + 32) {
			fosr_pen_le32(&body, 0);
			fosr_pen_le32(&body, 0x001f01ff);
		} else {
			fosr_pen_secret(&body, 16, fosr_mix64(m->seed + turn_of(m) / 4));
		}
	}
	fosr_pen_end(&body);
}

static void closed_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	struct fosr_pen body = message_of(m, p, FOSR_SMB2_CLOSE, CLOSED);

	fosr_pen_le16(&body, 60);
	fosr_pen_le16(&body, 1);
	fosr_pen_le32(&body, 0);
	times_put(m, &body);
	sizes_put(&body, fosr_mix64(m->seed + turn_of(m) / 4));
	fosr_pen_le32(&body, 0x20);
}

static void written_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	struct fosr_pen body = message_of(m, p, FOSR_SMB2_WRITE, WRITTEN);

	fosr_pen_le16(&body, 17);
	fosr_pen_le16(&body, 0);
	fosr_pen_le32(&body, m->before > FOSR_SMB_WRITE ? (m->before - FOSR_SMB_WRITE) % FOSR_SMB_DATA_MOST : 0);
	fosr_pen_le64(&body, 0);
}

static void echoed_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	static const __u8 commands[] = {FOSR_SMB2_ECHO, FOSR_SMB2_DISCONNECT, FOSR_SMB2_LOGOFF, FOSR_SMB2_ECHO};
	struct fosr_pen body = message_of(m, p, commands[turn_of(m) & 3], FOSR_SMB_ECHO);

	fosr_pen_le16(&body, 4);
	fosr_pen_le16(&body, 0);
}

/* FileIdBothDirectoryInformation: the last entry's name takes what is left. */
static void entries_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	static const char *const names[] = {
		"report", "Invoice_2024-", "photo", "notes", "backup", "Contract ", "scan", "draft"};

	for (__u32 i = 0; fosr_pen_room(p); i++) {
		__u32 room = fosr_pen_room(p), size = room < 2 * ENTRY_USUAL ? room : ENTRY_USUAL,
		      name = (size - ENTRY) & ~1u;
		__u64 seed = fosr_mix64(m->seed + i);

		if (fosr_pen_unseen(p, size)) {
			fosr_pen_skip(p, size);
			continue;
		}
		fosr_pen_le32(p, size == room ? 0 : size);
		fosr_pen_le32(p, 0);
		times_put(m, p);
		sizes_put(p, seed);
		fosr_pen_le32(p, 0x20);
		fosr_pen_le32(p, name);
		fosr_pen_le32(p, 0);
		fosr_pen_zero(p, 2 + 24 + 2);
		fosr_pen_le64(p, seed >> 16);
		fosr_smb_text_put(p, names[seed & 7], name, seed);
		fosr_pen_zero(p, size - ENTRY - name);
	}
}

static void found_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	struct fosr_pen body = message_of(m, p, FOSR_SMB2_FIND, fosr_pen_room(p));

	fosr_pen_le16(&body, 9);
	fosr_pen_le16(&body, HEADER + 8);
	fosr_pen_le32(&body, fosr_pen_room(&body) - 4);
	entries_put(m, &body);
}

static void volume_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	struct fosr_pen body = message_of(m, p, FOSR_SMB2_QUERY, fosr_pen_room(p));
	__u32 n;

	fosr_pen_le16(&body, 9);
	fosr_pen_le16(&body, HEADER + 8);
	fosr_pen_le32(&body, fosr_pen_room(&body) - 4);
	time_put(m, &body, 900);
	fosr_pen_le32(&body, (__u32)fosr_mix64(m->seed));
	n = fosr_pen_room(&body) - 6;
	fosr_pen_le32(&body, n & ~1u);
	fosr_pen_le16(&body, 0);
	fosr_smb_text_put(&body, "Data", n, m->seed);
}

/* What answers a kind of request: its size, or the least where data follows; how it is written, all of p or what it
 * needs. */
struct answer {
	__u8 command;
	bool open; /* takes what is left */
	__u32 least;
	__u32 most;
	void (*put)(const struct fosr_speech *m, struct fosr_pen *p);
};

static void challenged_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	set_up_put(m, p, false);
}

static void accepted_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	set_up_put(m, p, true);
}

static const struct answer answers[] = {
	[FOSR_SMB_NEGOTIATES] = {FOSR_SMB2_NEGOTIATE, true, NEGOTIATED, 1000, negotiated_put},
	[FOSR_SMB_SETS_UP] = {FOSR_SMB2_SETUP, true, SET_UP + FOSR_NTLM_CHALLENGE, 1000, challenged_put},
	[FOSR_SMB_TICKET] = {FOSR_SMB2_SETUP, true, SET_UP + FOSR_SPNEGO_ACCEPT_LEAST, 1000, accepted_put},
	[FOSR_SMB_CONNECTS] = {FOSR_SMB2_CONNECT, false, CONNECTED, 0, connected_put},
	[FOSR_SMB_CREATES] = {FOSR_SMB2_CREATE, true, CREATED, 600, created_put},
	[FOSR_SMB_CLOSES] = {FOSR_SMB2_CLOSE, false, CLOSED, 0, closed_put},
	[FOSR_SMB_READS] = {FOSR_SMB2_READ, true, FOSR_SMB_DATA + 1, UINT32_MAX, datas_put},
	[FOSR_SMB_WRITES] = {FOSR_SMB2_WRITE, false, WRITTEN, 0, written_put},
	[FOSR_SMB_ECHOES] = {FOSR_SMB2_ECHO, false, FOSR_SMB_ECHO, 0, echoed_put},
	[FOSR_SMB_FINDS] = {FOSR_SMB2_FIND, true, FOUND + ENTRY + 2, FOSR_SMB_DATA_MOST, found_put},
	[FOSR_SMB_QUERIES] = {FOSR_SMB2_QUERY, true, FOUND + VOLUME, 200, volume_put},
};

static void old_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	struct fosr_pen old;

	if (fosr_pen_room(p) < FOSR_SMB_BYE) {
		fosr_smb_keep_alive_put(p, fosr_pen_room(p));
		return;
	}
	old = fosr_smb_old_message(m, p, fosr_pen_room(p) == FOSR_SMB_BYE ? 0x71 : 0x2b, fosr_pen_room(p));
	if (fosr_pen_room(&old) >= 5) {
		fosr_pen_u8(&old, 1);
		fosr_pen_le16(&old, 1);
		fosr_pen_le16(&old, fosr_pen_room(&old) - 2);
		fosr_pen_letters(&old, fosr_pen_room(&old), m->seed);
		return;
	}
	fosr_pen_u8(&old, 0);
	fosr_pen_le16(&old, fosr_pen_room(&old) - 2);
	fosr_pen_end(&old);
}

static void answer_put(const struct fosr_speech *m, struct fosr_pen *p, const struct answer *a)
{
	__u32 len = fosr_pen_room(p);

	if (a->open && len >= a->least && len <= a->most) {
		a->put(m, p);
	} else if (!a->open && len == a->least) {
		a->put(m, p);
	} else if (!a->open && len > a->least + FOSR_SMB_DATA) {
		a->put(m, p);
		datas_put(m, p);
	} else if (len >= FOSR_SMB_ERROR && len < FOSR_SMB_ERROR + 300) {
		error_put(m, p, a->command, len);
	} else if (len > FOSR_SMB_ERROR) {
		datas_put(m, p);
	} else if (len == FOSR_SMB_ECHO) {
		echoed_put(m, p);
	} else {
		old_put(m, p);
	}
}

void fosr_smb_answer(const struct fosr_speech *m, struct fosr_pen *p)
{
	enum fosr_smb kind = m->answers == FOSR_SAID_NOTHING ? FOSR_SMB_READS : fosr_smb_kind(m, turn_of(m), m->before);

	if (kind == FOSR_SMB_CALLS && m->len >= FOSR_SMB_FRAME && m->len != FOSR_SMB_FRAME + 1) {
		fosr_pen_be32(p, 0x82000000);
		if (!fosr_pen_room(p))
			return;
	}
	if (fosr_smb_seals(m, turn_of(m), fosr_pen_room(p))) {
		fosr_smb_sealed_put(m, p);
		return;
	}
	if (kind == FOSR_SMB_OLD_NEGOTIATE && m->len >= NEGOTIATED)
		kind = FOSR_SMB_NEGOTIATES;
	if (kind == FOSR_SMB_SEALED || kind < FOSR_SMB_NEGOTIATES || kind == FOSR_SMB_CALLS)
		kind = fosr_pen_room(p) >= FOSR_SMB_DATA + 20 ? FOSR_SMB_READS : FOSR_SMB_ECHOES;
	answer_put(m, p, &answers[kind]);
}

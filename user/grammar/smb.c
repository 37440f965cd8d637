// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * SMB 2 and 3 (MS-SMB2) over TCP and over NetBIOS sessions (RFC 1002 4.3). Many sizes are a command's own (72, 92, 117
 * bytes...); what has another is negotiation, authentication, names or data, and small ones are of SMB 1.
 */
#include "grammar/smb.h"

#include "base/mix.h"
#include "grammar/krb.h"
#include "grammar/netbios.h"

#define SETUP (FOSR_SMB_FIXED + 24)
#define NEGOTIATE_LEAST (FOSR_SMB_FIXED + 38)
#define NEGOTIATE_MOST 400
#define CONNECT_LEAST (FOSR_SMB_FIXED + 10)
#define FIND_LEAST (FOSR_SMB_FIXED + 34)
#define CREATE_LEAST (FOSR_SMB_FIXED + 66)
#define SEAL (FOSR_SMB_FRAME + 52 + 64)
#define SESSION_PORT 139

static enum fosr_smb kind_of_old(const struct fosr_speech *m, __u32 turn, __u32 len)
{
	if (len < FOSR_SMB_BYE)
		return FOSR_SMB_KEEP_ALIVE;
	if (len == FOSR_SMB_BYE)
		return FOSR_SMB_OLD_BYE;
	return turn || len < FOSR_SMB_BYE + 12 ? FOSR_SMB_OLD_ECHO : FOSR_SMB_OLD_NEGOTIATE;
}

static enum fosr_smb kind_of_named(const struct fosr_speech *m, __u32 turn, __u32 len)
{
	__u64 seed = fosr_mix64(m->seed + turn);

	if (len < FIND_LEAST)
		return FOSR_SMB_CONNECTS;
	if (len <= FOSR_SMB_WRITE + 1)
		return len == FOSR_SMB_FIXED + 40 ? FOSR_SMB_QUERIES : FOSR_SMB_FINDS;
	if (len >= CREATE_LEAST && len <= 400 && !(len & 1) && (seed & 3))
		return FOSR_SMB_CREATES;
	return FOSR_SMB_WRITES;
}

bool fosr_smb_seals(const struct fosr_speech *m, __u32 turn, __u32 len)
{
	return turn > 1 && len >= SEAL && !(fosr_mix64(m->seed ^ 0xfd) & 3);
}

enum fosr_smb fosr_smb_kind(const struct fosr_speech *m, __u32 turn, __u32 len)
{
	if (!turn && m->flow->end[FOSR_BWD].port == SESSION_PORT && len >= FOSR_SMB_SESSION_REQUEST && len < 110 &&
		len != FOSR_SMB_SESSION_REQUEST + 1)
		return FOSR_SMB_CALLS;
	if (len < FOSR_SMB_ECHO || (!turn && len < NEGOTIATE_LEAST && len != FOSR_SMB_CLOSE && len != FOSR_SMB_ECHO))
		return kind_of_old(m, turn, len);
	if (fosr_smb_seals(m, turn, len))
		return FOSR_SMB_SEALED;
	if (len == FOSR_SMB_ECHO)
		return FOSR_SMB_ECHOES;
	if (len == FOSR_SMB_CLOSE)
		return FOSR_SMB_CLOSES;
	if (len == FOSR_SMB_READ)
		return FOSR_SMB_READS;
	if (len < CONNECT_LEAST)
		return FOSR_SMB_OLD_ECHO;
	if (!turn && len <= NEGOTIATE_MOST)
		return FOSR_SMB_NEGOTIATES;
	if (turn < 3 && len >= SETUP + FOSR_SPNEGO_LEAST && len < 20000)
		return FOSR_SMB_TICKET;
	if (turn == 1 && len >= SETUP + FOSR_NTLM_NEGOTIATE && len < SETUP + FOSR_SPNEGO_LEAST)
		return FOSR_SMB_SETS_UP;
	if (turn == 2 && len <= 300)
		return FOSR_SMB_CONNECTS;
	return kind_of_named(m, turn, len);
}

static void frame_put(struct fosr_pen *p, __u32 total)
{
	fosr_pen_u8(p, 0);
	fosr_pen_be24(p, total - FOSR_SMB_FRAME);
}

struct fosr_pen fosr_smb_message(
	const struct fosr_speech *m, struct fosr_pen *p, __u32 command, __u32 status, __u32 number, __u32 total)
{
	struct fosr_pen part = fosr_pen_part(p, total);
	bool answer = m->dir == FOSR_BWD, in = command > FOSR_SMB2_SETUP || (answer && command == FOSR_SMB2_SETUP);
	__u32 data = total > FOSR_SMB_DATA_MOST ? 1 : 0;

	frame_put(&part, total);
	fosr_pen_bytes(&part, "\xfeSMB\x40", 6);
	fosr_pen_le16(&part, command ? 1 + data : 0);
	fosr_pen_le32(&part, status);
	fosr_pen_le16(&part, command);
	fosr_pen_le16(&part, answer ? 1 + (m->seed >> 8 & 31) : 31);
	fosr_pen_le32(&part, answer ? 1 : 0);
	fosr_pen_le32(&part, 0);
	fosr_pen_le64(&part, number);
	fosr_pen_le32(&part, 0xfeff);
	fosr_pen_le32(&part, command > FOSR_SMB2_LOGOFF && command != FOSR_SMB2_ECHO ? 1 + (m->seed >> 16 & 7) : 0);
	fosr_pen_le64(&part, in ? (fosr_mix64(m->seed ^ 0x5e) & 0x7ffc000000ff) | 1 : 0);
	fosr_pen_zero(&part, 16);
	return part;
}

struct fosr_pen fosr_smb_old_message(const struct fosr_speech *m, struct fosr_pen *p, __u32 command, __u32 total)
{
	struct fosr_pen part = fosr_pen_part(p, total);

	frame_put(&part, total);
	fosr_pen_bytes(&part, "\xffSMB", 4);
	fosr_pen_u8(&part, command);
	fosr_pen_le32(&part, 0);
	fosr_pen_u8(&part, m->dir == FOSR_BWD ? 0x98 : 0x18);
	fosr_pen_le16(&part, 0xc853);
	fosr_pen_zero(&part, 12);
	fosr_pen_le16(&part, 0xffff);
	fosr_pen_le16(&part, 0xfeff);
	fosr_pen_le16(&part, 0);
	fosr_pen_le16(&part, m->turn);
	return part;
}

/* Nonce and signature look like anything; the session's number is told. */
void fosr_smb_sealed_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 total = fosr_pen_room(p), most = FOSR_SMB_DATA_MOST + SEAL + 48;
	__u64 seed = fosr_mix64(m->seed + m->turn * 2 + m->dir);

	for (__u32 i = 0; total; i++, total = fosr_pen_room(p)) {
		__u32 n = total > most + SEAL ? most : total;

		if (fosr_pen_unseen(p, n)) {
			fosr_pen_skip(p, n);
			continue;
		}
		frame_put(p, n);
		fosr_pen_bytes(p, "\xfdSMB", 4);
		fosr_pen_secret(p, 16 + 11, seed + i * 8);
		fosr_pen_zero(p, 5);
		fosr_pen_le32(p, n - FOSR_SMB_FRAME - 52);
		fosr_pen_le16(p, 0);
		fosr_pen_le16(p, 1);
		fosr_pen_le64(p, (fosr_mix64(m->seed ^ 0x5e) & 0x7ffc000000ff) | 1);
		fosr_pen_random(p, n - FOSR_SMB_FRAME - 52, seed + i);
	}
}

/* Keep-alives of four bytes, and an empty message's worth of what four do not divide. */
void fosr_smb_keep_alive_put(struct fosr_pen *p, __u32 n)
{
	for (; n >= 8; n -= 4)
		fosr_pen_be32(p, 0x85000000);
	if (n < 4)
		return;
	fosr_pen_be32(p, n == 4 ? 0x85000000 : n - 4);
	fosr_pen_zero(p, n - 4);
}

void fosr_smb_text_put(struct fosr_pen *p, const char *text, __u32 n, __u64 seed)
{
	__u32 own = (__u32)strlen(text);

	if (fosr_pen_unseen(p, n)) {
		fosr_pen_skip(p, n);
		return;
	}
	for (__u32 i = 0; i < n / 2; i++) {
		__u32 c = i < own ? (__u8)text[i] : 'a' + (__u32)(fosr_mix64(seed + i) % 26);

		fosr_pen_le16(p, c);
	}
	fosr_pen_zero(p, n & 1);
}

const char *fosr_smb_file(const struct fosr_speech *m, __u32 turn)
{
	static const char *const files[] = {"Budget 2025.xlsx", "Projects\\Offer_", "desktop.ini",
		"Minutes\\2024-12-17.docx", "Templates\\letter.dotx", "Scans\\scan0042.pdf", "Photos\\IMG_",
		"HR\\holidays.xlsx"};

	return files[fosr_mix64(m->seed + turn / 4) & 7];
}

void fosr_smb_file_id_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 turn)
{
	fosr_pen_le64(p, (fosr_mix64(m->seed + turn / 4) & 0xffff00ff) | 0x500000000);
	fosr_pen_le64(p, fosr_mix64(m->seed ^ turn / 4) & 0xff000000ff);
}

/* Sums of SHA-512 with a salt. */
void fosr_smb_contexts_put(struct fosr_pen *p, __u32 n, __u64 seed)
{
	bool ciphers = n >= 16 + 14 + 32 + 2 && n % 8 == 0;
	__u32 first = ciphers ? n - 16 : n;

	fosr_pen_le16(p, 1);
	fosr_pen_le16(p, first - 8);
	fosr_pen_le32(p, 0);
	fosr_pen_le16(p, 1);
	fosr_pen_le16(p, first - 14);
	fosr_pen_le16(p, 1);
	fosr_pen_secret(p, first - 14, seed);
	if (!ciphers)
		return;
	fosr_pen_le16(p, 2);
	fosr_pen_le16(p, 6);
	fosr_pen_le32(p, 0);
	fosr_pen_le16(p, 2);
	fosr_pen_le16(p, 2); /* AES-128-GCM, AES-128-CCM */
	fosr_pen_le16(p, 1);
	fosr_pen_le16(p, 0);
}

void fosr_say_smb(const struct fosr_speech *m, struct fosr_pen *p)
{
	if (m->dir == FOSR_FWD)
		fosr_smb_ask(m, p);
	else
		fosr_smb_answer(m, p);
}

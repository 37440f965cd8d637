// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/mix.h"
#include "grammar/krb.h"
#include "grammar/leap.h"
#include "grammar/netbios.h"
#include "grammar/smb.h"

#define HEADER 64
#define DIALECTS 36 /* of a negotiation, and two bytes each */
#define WHOLE_WRITE (FOSR_SMB_WRITE + FOSR_SMB_DATA_MOST)

static struct fosr_pen message_of(const struct fosr_speech *m, struct fosr_pen *p, __u32 command)
{
	return fosr_smb_message(m, p, command, FOSR_SMB_OK, m->turn, fosr_pen_room(p));
}

/* The dialects that an old client knows: one byte before each, a zero behind. */
static void old_negotiate_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	static const char *const dialects[] = {"NT LM 0.12", "SMB 2.002", "SMB 2.???", "LANMAN2.1", "LM1.2X002",
		"Windows for Workgroups 3.1a", "LANMAN1.0", "PC NETWORK PROGRAM 1.0"};
	struct fosr_pen old = fosr_smb_old_message(m, p, 0x72, fosr_pen_room(p));

	fosr_pen_u8(&old, 0);
	fosr_pen_le16(&old, fosr_pen_room(&old) - 2);
	for (__u32 i = 0; fosr_pen_room(&old); i++) {
		const char *name = dialects[i & 7];
		__u32 n = (__u32)strlen(name), room = fosr_pen_room(&old);

		/* The last one takes what is left. */
		fosr_pen_u8(&old, 2);
		if (room < n + 2 + 3)
			n = (__u32)fosr_min_u64(n, room - 2);
		fosr_pen_bytes(&old, name, n);
		if (room < n + 2 + 3)
			fosr_pen_word(&old, room - n - 2, m->seed);
		fosr_pen_u8(&old, 0);
	}
}

static void old_echo_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	struct fosr_pen old = fosr_smb_old_message(m, p, 0x2b, fosr_pen_room(p));
	bool counts = fosr_pen_room(&old) >= 5;

	fosr_pen_u8(&old, counts);
	if (counts)
		fosr_pen_le16(&old, 1);
	fosr_pen_le16(&old, fosr_pen_room(&old) - 2);
	fosr_pen_letters(&old, fosr_pen_room(&old), m->seed);
}

/* Two to five dialects; what is more than they take are contexts, which only the fifth has. */
static void negotiate_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	static const __u16 dialects[] = {0x0202, 0x0210, 0x0300, 0x0302, 0x0311};
	struct fosr_pen body = message_of(m, p, FOSR_SMB2_NEGOTIATE);
	__u32 room = fosr_pen_room(&body), n = (room - DIALECTS) / 2, contexts = DIALECTS + 10 + 2;
	bool has = room >= contexts + FOSR_SMB_CONTEXTS;

	n = (__u32)fosr_min_u64(n, has ? 5 : 4);
	fosr_pen_le16(&body, 36);
	fosr_pen_le16(&body, n);
	fosr_pen_le16(&body, 1);
	fosr_pen_le16(&body, 0);
	fosr_pen_le32(&body, n > 2 ? 0x7f : 0);
	fosr_pen_secret(&body, 16, fosr_mix64(m->seed ^ 0x9d));
	fosr_pen_le32(&body, has ? HEADER + contexts : 0);
	fosr_pen_le16(&body, !has ? 0 : (room - contexts) % 8 == 0 && room - contexts >= 64 ? 2 : 1);
	fosr_pen_le16(&body, 0);
	for (__u32 i = 0; i < n; i++)
		fosr_pen_le16(&body, dialects[i]);
	if (has) {
		fosr_pen_zero(&body, 2);
		fosr_smb_contexts_put(&body, fosr_pen_room(&body), fosr_mix64(m->seed ^ 0x311));
	}
	fosr_pen_end(&body);
}

static void setup_put(const struct fosr_speech *m, struct fosr_pen *p, bool ticket)
{
	struct fosr_pen body = message_of(m, p, FOSR_SMB2_SETUP);

	fosr_pen_le16(&body, 25);
	fosr_pen_u8(&body, 0);
	fosr_pen_u8(&body, 1);
	fosr_pen_le32(&body, 1);
	fosr_pen_le32(&body, 0);
	fosr_pen_le16(&body, HEADER + 24);
	fosr_pen_le16(&body, fosr_pen_room(&body) - 10);
	fosr_pen_le64(&body, 0);
	if (ticket)
		fosr_spnego_init(m, &body, "cifs");
	else
		fosr_ntlm_negotiate(m, &body);
}

/* \\server\share; a byte before it where its size is odd. */
static void connect_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	struct fosr_pen body = message_of(m, p, FOSR_SMB2_CONNECT);
	static const char *const shares[] = {"\\IPC$", "\\home", "\\public", "\\data"};
	__u32 odd = fosr_pen_room(&body) & 1, n = fosr_pen_room(&body) - 8 - odd;
	char path[64] = "\\\\", name[16];

	fosr_netbios_of(m->name[FOSR_BWD], name);
	memcpy(path + 2, name, strlen(name) + 1);
	memcpy(path + strlen(path), shares[m->seed >> 24 & 3], strlen(shares[m->seed >> 24 & 3]) + 1);
	fosr_pen_le16(&body, 9);
	fosr_pen_le16(&body, 0);
	fosr_pen_le16(&body, HEADER + 8 + odd);
	fosr_pen_le16(&body, n);
	fosr_pen_zero(&body, odd);
	fosr_smb_text_put(&body, path, n, m->seed);
}

/* A context of `data` bytes, `all` with what is in front of them; the last one's next is 0. */
static void create_context_put(struct fosr_pen *p, const char *name, __u32 data, bool last)
{
	fosr_pen_le32(p, last ? 0 : 24 + data);
	fosr_pen_le16(p, 16);
	fosr_pen_le16(p, 4);
	fosr_pen_le16(p, 0);
	fosr_pen_le16(p, data ? 24 : 0);
	fosr_pen_le32(p, data);
	fosr_pen_text(p, name);
	fosr_pen_le32(p, 0);
	fosr_pen_zero(p, data);
}

/* As Explorer opens: with contexts where the name's end is where they may begin. */
static void create_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	struct fosr_pen body = message_of(m, p, FOSR_SMB2_CREATE);
	__u32 n = fosr_pen_room(&body) - 56, contexts = n % 8 == 0 && n >= 88 + 32 ? 88 : 0;

	n -= contexts;
	fosr_pen_le16(&body, 57);
	fosr_pen_u8(&body, 0);
	fosr_pen_u8(&body, contexts ? 0xff : 0);
	fosr_pen_le32(&body, 2);
	fosr_pen_le64(&body, 0);
	fosr_pen_le64(&body, 0);
	fosr_pen_le32(&body, 0x00120089);
	fosr_pen_le32(&body, 0);
	fosr_pen_le32(&body, 7);
	fosr_pen_le32(&body, 1);
	fosr_pen_le32(&body, 0x00000040);
	fosr_pen_le16(&body, HEADER + 56);
	fosr_pen_le16(&body, n);
	fosr_pen_le32(&body, contexts ? HEADER + 56 + n : 0);
	fosr_pen_le32(&body, contexts);
	fosr_smb_text_put(&body, fosr_smb_file(m, m->turn), n, m->seed + m->turn / 4);
	if (contexts) {
		create_context_put(&body, "DHnQ", 16, false);
		create_context_put(&body, "MxAc", 0, false);
		create_context_put(&body, "QFid", 0, true);
	}
}

static void close_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	struct fosr_pen body = message_of(m, p, FOSR_SMB2_CLOSE);

	fosr_pen_le16(&body, 24);
	fosr_pen_le16(&body, 1);
	fosr_pen_le32(&body, 0);
	fosr_smb_file_id_put(m, &body, m->turn);
}

static void read_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	struct fosr_pen body = message_of(m, p, FOSR_SMB2_READ);

	fosr_pen_le16(&body, 49);
	fosr_pen_u8(&body, 0x50);
	fosr_pen_u8(&body, 0);
	fosr_pen_le32(&body, FOSR_SMB_DATA_MOST);
	fosr_pen_le64(&body, (__u64)m->turn << 24);
	fosr_smb_file_id_put(m, &body, m->turn);
	fosr_pen_zero(&body, 17);
}

static void write_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 i, __u32 total)
{
	struct fosr_pen body = fosr_smb_message(m, p, FOSR_SMB2_WRITE, FOSR_SMB_OK, m->turn + (i << 16), total);
	__u32 n = total - FOSR_SMB_WRITE;

	fosr_pen_le16(&body, 49);
	fosr_pen_le16(&body, HEADER + 48);
	fosr_pen_le32(&body, n);
	fosr_pen_le64(&body, ((__u64)m->turn << 24) + (__u64)i * FOSR_SMB_DATA_MOST);
	fosr_smb_file_id_put(m, &body, m->turn);
	fosr_pen_zero(&body, 16);
	fosr_pen_random(&body, n, fosr_mix64(m->seed + m->turn) + i);
}

/* As many as one write does not hold. */
static void writes_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 count = (fosr_pen_room(p) - FOSR_SMB_WRITE - 1) / WHOLE_WRITE, i = fosr_pen_leap(p, WHOLE_WRITE, count);

	for (; i < count; i++)
		write_put(m, p, i, WHOLE_WRITE);
	write_put(m, p, count, fosr_pen_room(p));
}

static void echo_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	static const __u8 commands[] = {FOSR_SMB2_ECHO, FOSR_SMB2_DISCONNECT, FOSR_SMB2_LOGOFF, FOSR_SMB2_ECHO};
	struct fosr_pen body = message_of(m, p, commands[m->turn & 3]);

	fosr_pen_le16(&body, 4);
	fosr_pen_le16(&body, 0);
}

static void find_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	struct fosr_pen body = message_of(m, p, FOSR_SMB2_FIND);
	__u32 odd = fosr_pen_room(&body) & 1, n = fosr_pen_room(&body) - 32 - odd;

	fosr_pen_le16(&body, 33);
	fosr_pen_u8(&body, 37);
	fosr_pen_u8(&body, 0);
	fosr_pen_le32(&body, 0);
	fosr_smb_file_id_put(m, &body, m->turn);
	fosr_pen_le16(&body, HEADER + 32 + odd);
	fosr_pen_le16(&body, n);
	fosr_pen_le32(&body, FOSR_SMB_DATA_MOST);
	fosr_pen_zero(&body, odd);
	fosr_smb_text_put(&body, n == 2 ? "*" : "report", n, m->seed);
}

/* The volume's name. */
static void query_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	struct fosr_pen body = message_of(m, p, FOSR_SMB2_QUERY);

	fosr_pen_le16(&body, 41);
	fosr_pen_u8(&body, 2);
	fosr_pen_u8(&body, 1);
	fosr_pen_le32(&body, FOSR_SMB_DATA_MOST);
	fosr_pen_zero(&body, 16);
	fosr_smb_file_id_put(m, &body, m->turn);
}

/* The session service's request: whom the client calls, and who it is. */
static void call_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	char name[16];

	fosr_pen_be32(p, 0x81000000 | (fosr_pen_room(p) - FOSR_SMB_FRAME));
	fosr_netbios_of(m->name[FOSR_BWD], name);
	fosr_netbios_put(p, name[0] ? name : "*SMBSERVER", FOSR_NETBIOS_SERVER, FOSR_NETBIOS_NAME, 0);
	fosr_netbios_of(m->name[FOSR_FWD], name);
	fosr_netbios_put(p, name, FOSR_NETBIOS_WORKSTATION, fosr_pen_room(p), m->seed);
}

void fosr_smb_ask(const struct fosr_speech *m, struct fosr_pen *p)
{
	struct fosr_pen old;

	switch (fosr_smb_kind(m, m->turn, m->len)) {
	case FOSR_SMB_KEEP_ALIVE:
		return fosr_smb_keep_alive_put(p, m->len);
	case FOSR_SMB_OLD_NEGOTIATE:
		return old_negotiate_put(m, p);
	case FOSR_SMB_OLD_ECHO:
		return old_echo_put(m, p);
	case FOSR_SMB_OLD_BYE:
		old = fosr_smb_old_message(m, p, 0x71, m->len);
		return fosr_pen_end(&old);
	case FOSR_SMB_NEGOTIATES:
		return negotiate_put(m, p);
	case FOSR_SMB_SETS_UP:
		return setup_put(m, p, false);
	case FOSR_SMB_TICKET:
		return setup_put(m, p, true);
	case FOSR_SMB_CONNECTS:
		return connect_put(m, p);
	case FOSR_SMB_CREATES:
		return create_put(m, p);
	case FOSR_SMB_CLOSES:
		return close_put(m, p);
	case FOSR_SMB_READS:
		return read_put(m, p);
	case FOSR_SMB_WRITES:
		return writes_put(m, p);
	case FOSR_SMB_ECHOES:
		return echo_put(m, p);
	case FOSR_SMB_FINDS:
		return find_put(m, p);
	case FOSR_SMB_QUERIES:
		return query_put(m, p);
	case FOSR_SMB_SEALED:
		return fosr_smb_sealed_put(m, p);
	case FOSR_SMB_CALLS:
		return call_put(m, p);
	}
}

// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * RFC 8415. There is no padding: options that fit are chosen, and what they leave is the client's name (RFC 4704) or a
 * vendor's option; 1 to 3 bytes are never left, for then the elapsed time is not told.
 */
#include "base/mix.h"
#include "grammar/grammar.h"

#define HEADER 4
#define OPTION 4 /* code and length */
#define DUID 14 /* of time and link-layer address */
#define IA 12
#define IA_ADDRESS 24
#define NAME_LEAST 3 /* flags, one letter and its length */
#define NAME_MOST 60

enum { SOLICIT = 1, ADVERTISE, REQUEST, CONFIRM, RENEW, REBIND, REPLY };
enum {
	OPT_CLIENT = 1,
	OPT_SERVER,
	OPT_IA_NA,
	OPT_ADDRESS = 5,
	OPT_LIST,
	OPT_PREFERENCE,
	OPT_ELAPSED,
	OPT_RAPID = 14,
	OPT_VENDOR = 17,
	OPT_DNS = 23,
	OPT_NAME = 39,
};

static void option(struct fosr_pen *p, __u32 code, __u32 len)
{
	fosr_pen_be16(p, code);
	fosr_pen_be16(p, len);
}

static void duid_put(const struct fosr_speech *m, struct fosr_pen *p, __u8 of)
{
	option(p, of == FOSR_FWD ? OPT_CLIENT : OPT_SERVER, DUID);
	fosr_pen_be16(p, 1);
	fosr_pen_be16(p, 1);
	fosr_pen_be32(p, 0x27000000 | (__u32)(fosr_mix64(m->seed + of) & 0xffffff));
	fosr_pen_bytes(p, m->flow->end[of].mac, 6);
}

/* The address that it has or shall have; documentation's prefix where it has none. */
static void address_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	option(p, OPT_ADDRESS, IA_ADDRESS);
	fosr_pen_be64(p, 0x2001000200000000ULL);
	fosr_pen_be64(p, fosr_mix64(m->seed ^ 0x6) | 1);
	fosr_pen_be32(p, 4500);
	fosr_pen_be32(p, 7200);
}

static void association_put(const struct fosr_speech *m, struct fosr_pen *p, bool address)
{
	option(p, OPT_IA_NA, IA + (address ? OPTION + IA_ADDRESS : 0));
	fosr_pen_bytes(p, m->flow->end[FOSR_FWD].mac + 2, 4);
	fosr_pen_be32(p, address && m->dir == FOSR_BWD ? 2250 : 0);
	fosr_pen_be32(p, address && m->dir == FOSR_BWD ? 3600 : 0);
	if (address)
		address_put(m, p);
}

/* n >= 3 bytes: the flags, and the machine's name, long as it must be. */
static void name_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 n)
{
	const char *name = *m->name[FOSR_FWD] ? m->name[FOSR_FWD] : "host";
	__u32 own;

	option(p, OPT_NAME, n);
	fosr_pen_u8(p, m->dir == FOSR_BWD ? 1 : 0);
	n -= 2;
	fosr_pen_u8(p, n);
	own = (__u32)fosr_min_u64(strcspn(name, "."), n);
	fosr_pen_bytes(p, name, own);
	if (n > own)
		fosr_pen_text(p, "-");
	fosr_pen_word(p, n > own ? n - own - 1 : 0, m->seed);
}

/* Microsoft's enterprise number, one option of its. */
static void vendor_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 n)
{
	option(p, OPT_VENDOR, n);
	fosr_pen_be32(p, 311);
	option(p, 1, n - 8);
	fosr_pen_word(p, n - 8, m->seed);
}

static void rest_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 n = fosr_pen_room(p) - OPTION;

	if (fosr_pen_room(p) < OPTION)
		return;
	if (n == 0) {
		option(p, OPT_RAPID, 0);
	} else if (n == 1) {
		option(p, OPT_PREFERENCE, 1);
		fosr_pen_u8(p, 255);
	} else if (n == 2) {
		option(p, OPT_LIST, 2);
		fosr_pen_be16(p, OPT_DNS);
	} else if (n <= NAME_MOST) {
		name_put(m, p, n);
	} else {
		vendor_put(m, p, n);
	}
}

/* May n bytes be taken, so that what is left is nothing or an option? */
static bool fits(const struct fosr_pen *p, __u32 n)
{
	return fosr_pen_room(p) == n || fosr_pen_room(p) >= n + OPTION;
}

/* Address of the resolver, one or two. */
static void resolvers_put(struct fosr_pen *p)
{
	if (!fits(p, OPTION + 16))
		return;
	option(p, OPT_DNS, 16);
	fosr_pen_be64(p, 0x2001000200000000ULL);
	fosr_pen_be64(p, 0x53);
}

static void list_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	static const __u16 wanted[] = {OPT_VENDOR, OPT_DNS, 24, OPT_NAME, 31, 56};
	__u32 n = 2 + (m->seed >> 8 & 3);

	if (!fits(p, OPTION + 2 * n))
		return;
	option(p, OPT_LIST, 2 * n);
	for (__u32 i = 0; i < n; i++)
		fosr_pen_be16(p, wanted[i]);
}

/* What a message of this size and turn is. */
static __u32 type_of(const struct fosr_speech *m, __u32 turn)
{
	static const __u8 later[] = {REQUEST, RENEW, SOLICIT, REQUEST};
	__u32 type = turn ? later[turn & 3] : SOLICIT;

	if (m->dir == FOSR_BWD)
		return type == SOLICIT ? ADVERTISE : REPLY;
	return type;
}

void fosr_say_dhcpv6(const struct fosr_speech *m, struct fosr_pen *p)
{
	bool answer = m->dir == FOSR_BWD;
	__u32 turn = answer && m->answers != FOSR_SAID_NOTHING ? m->answers : m->turn, type = type_of(m, turn);

	fosr_pen_u8(p, type);
	fosr_pen_be24(p, (__u32)fosr_mix64(m->seed + turn / 2) & 0xffffff);
	if (fits(p, OPTION + DUID))
		duid_put(m, p, FOSR_FWD);
	if ((answer || type == REQUEST || type == RENEW) && fits(p, OPTION + DUID))
		duid_put(m, p, FOSR_BWD);
	if (!answer && fits(p, OPTION + 2)) {
		option(p, OPT_ELAPSED, 2);
		fosr_pen_be16(p, (__u32)fosr_min_u64(m->turn * 100, 0xffff));
	}
	if (fits(p, OPTION + IA + OPTION + IA_ADDRESS) && (answer || type != SOLICIT))
		association_put(m, p, true);
	else if (fits(p, OPTION + IA))
		association_put(m, p, false);
	if (answer)
		resolvers_put(p);
	else
		list_put(m, p);
	rest_put(m, p);
}

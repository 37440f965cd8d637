// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * RFC 2131, 2132. A client's messages are DISCOVER and REQUEST by turns, or, to a server that it knows, a renewal.
 * Options are taken in the order of the client's kind as long as they fit; behind the end are zeroes, as BOOTP has
 * them. A message without room for options is one of BOOTP (RFC 951), whose vendor's part is empty.
 */
#include "base/mix.h"
#include "grammar/grammar.h"

#define FIXED 236
#define COOKIE 4
#define BOOTP (FIXED + COOKIE)
#define LEAST (BOOTP + 3 + 1) /* the type's option and the end */

enum { DISCOVER = 1, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE, INFORM };
enum {
	OPT_MASK = 1,
	OPT_ROUTER = 3,
	OPT_DNS = 6,
	OPT_HOST = 12,
	OPT_DOMAIN = 15,
	OPT_WANTED = 50,
	OPT_LEASE = 51,
	OPT_TYPE = 53,
	OPT_SERVER = 54,
	OPT_LIST = 55,
	OPT_MOST = 57,
	OPT_RENEW = 58,
	OPT_REBIND = 59,
	OPT_VENDOR = 60,
	OPT_CLIENT = 61,
	OPT_END = 255,
};

struct kind {
	const char *vendor;
	__u8 list[20];
	bool most; /* says how long an answer may be */
};

static const struct kind kinds[] = {
	{"MSFT 5.0", {1, 3, 6, 15, 31, 33, 43, 44, 46, 47, 119, 121, 249, 252}, false},
	{"android-dhcp-13", {1, 3, 6, 15, 26, 28, 51, 58, 59, 43, 114, 108}, true},
	{"dhcpcd-9.4.1:Linux-5.15.0:x86_64:GenuineIntel", {1, 121, 33, 3, 6, 15, 28, 42, 51, 54, 58, 59}, true},
	{"udhcp 1.33.2", {1, 3, 6, 12, 15, 28, 42}, true},
	{"", {1, 28, 2, 3, 15, 6, 119, 12, 44, 47, 26, 121, 42}, false},
	{"", {1, 121, 3, 6, 15, 108, 114, 119, 252, 95, 44, 46}, true},
};

static const __u8 *address_of(const struct fosr_speech *m, __u8 end)
{
	static const __u8 nobody[4] = {198, 18, 0, 1};

	return m->flow->end[end].addr.family == 4 ? m->flow->end[end].addr.b : nobody;
}

/* The server: whom the client talks to, or somebody if that is everyone. */
static void server_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	const __u8 *a = address_of(m, FOSR_FWD);

	if (m->flow->roles % FOSR_ROLES != FOSR_ROLE_GROUP)
		fosr_pen_bytes(p, address_of(m, FOSR_BWD), 4);
	else
		fosr_pen_bytes(p, (const __u8[]){a[0], a[1], a[2], 1}, 4);
}

static bool option(struct fosr_pen *p, __u32 code, __u32 len)
{
	if (fosr_pen_room(p) < 2 + len + 1)
		return false;
	fosr_pen_u8(p, code);
	fosr_pen_u8(p, len);
	return true;
}

static void number_option(struct fosr_pen *p, __u32 code, __u32 v)
{
	if (option(p, code, 4))
		fosr_pen_be32(p, v);
}

static void text_option(struct fosr_pen *p, __u32 code, const char *text, __u32 len)
{
	if (len && option(p, code, len))
		fosr_pen_bytes(p, text, len);
}

static void address_option(const struct fosr_speech *m, struct fosr_pen *p, __u32 code, bool server)
{
	if (!option(p, code, 4))
		return;
	if (server)
		server_put(m, p);
	else
		fosr_pen_bytes(p, address_of(m, FOSR_FWD), 4);
}

/* Which of the client's types a turn of it has. */
static __u32 type_of(const struct fosr_speech *m, __u32 turn)
{
	if (m->flow->roles % FOSR_ROLES == FOSR_ROLE_GROUP || m->dir == FOSR_BWD)
		return turn & 1 ? REQUEST : DISCOVER;
	return REQUEST;
}

static void header_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 turn)
{
	bool answer = m->dir == FOSR_BWD, renews = type_of(m, turn) == REQUEST && !(turn & 1);

	fosr_pen_u8(p, answer ? 2 : 1);
	fosr_pen_u8(p, 1);
	fosr_pen_u8(p, 6);
	fosr_pen_u8(p, 0);
	fosr_pen_be32(p, (__u32)fosr_mix64(m->seed + turn / 2));
	fosr_pen_be16(p, answer ? 0 : turn & 1);
	fosr_pen_be16(p, 0);
	if (renews)
		fosr_pen_bytes(p, address_of(m, FOSR_FWD), 4);
	else
		fosr_pen_be32(p, 0);
	if (answer)
		fosr_pen_bytes(p, address_of(m, FOSR_FWD), 4);
	else
		fosr_pen_be32(p, 0);
	fosr_pen_be32(p, 0);
	fosr_pen_be32(p, 0);
	fosr_pen_bytes(p, m->flow->end[FOSR_FWD].mac, 6);
	fosr_pen_zero(p, 10 + 64 + 128);
	fosr_pen_be32(p, 0x63825363);
}

static void client_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	const struct kind *k = &kinds[fosr_mix64(m->seed) % FOSR_ARRAY_SIZE(kinds)];
	bool to_all = m->flow->roles % FOSR_ROLES == FOSR_ROLE_GROUP;
	const char *name = m->name[FOSR_FWD];
	__u32 n;

	if (option(p, OPT_CLIENT, 7)) {
		fosr_pen_u8(p, 1);
		fosr_pen_bytes(p, m->flow->end[FOSR_FWD].mac, 6);
	}
	if (type_of(m, m->turn) == REQUEST && to_all) {
		address_option(m, p, OPT_WANTED, false);
		address_option(m, p, OPT_SERVER, true);
	}
	if (k->most && option(p, OPT_MOST, 2))
		fosr_pen_be16(p, 1500);
	text_option(p, OPT_VENDOR, k->vendor, (__u32)strlen(k->vendor));
	text_option(p, OPT_HOST, name, (__u32)strcspn(name, "."));
	n = (__u32)strlen((const char *)k->list);
	text_option(p, OPT_LIST, (const char *)k->list, n);
}

static void server_options_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 lease = m->seed & 1 ? 86400 : 3600;
	const char *domain = strchr(m->name[FOSR_BWD], '.');

	address_option(m, p, OPT_SERVER, true);
	number_option(p, OPT_LEASE, lease);
	number_option(p, OPT_RENEW, lease / 2);
	number_option(p, OPT_REBIND, lease / 8 * 7);
	number_option(p, OPT_MASK, 0xffffff00);
	address_option(m, p, OPT_ROUTER, true);
	address_option(m, p, OPT_DNS, true);
	if (domain)
		text_option(p, OPT_DOMAIN, domain + 1, (__u32)fosr_min_u64(strlen(domain + 1), 200));
}

void fosr_say_dhcp(const struct fosr_speech *m, struct fosr_pen *p)
{
	bool answer = m->dir == FOSR_BWD;
	__u32 turn = answer && m->answers != FOSR_SAID_NOTHING ? m->answers : m->turn, type = type_of(m, turn);

	header_put(m, p, turn);
	if (m->len < LEAST) {
		if (m->len > BOOTP)
			fosr_pen_u8(p, OPT_END);
		return;
	}
	if (option(p, OPT_TYPE, 1))
		fosr_pen_u8(p, !answer ? type : type == REQUEST ? ACK : OFFER);
	if (answer)
		server_options_put(m, p);
	else
		client_put(m, p);
	fosr_pen_u8(p, OPT_END);
}

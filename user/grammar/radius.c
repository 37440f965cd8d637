// SPDX-License-Identifier: GPL-3.0-or-later
/* RFC 2865 and RFC 2866. Attributes of a server for wireless networks, as many as fit; a class takes what is left. */
#include "base/mix.h"
#include "grammar/grammar.h"

#define HEADER 20
#define ATTRIBUTE 2 /* type and length */
#define VALUE_MOST 253

enum {
	ACCESS_REQUEST = 1,
	ACCESS_ACCEPT,
	ACCESS_REJECT,
	ACCOUNTING_REQUEST,
	ACCOUNTING_RESPONSE,
	ACCESS_CHALLENGE = 11
};
enum {
	USER = 1,
	PASSWORD,
	NAS_ADDRESS = 4,
	NAS_PORT,
	CLASS = 25,
	CALLED = 30,
	CALLING,
	STATUS = 40,
	SESSION = 44,
	PORT_TYPE = 61,
	AUTHENTICATOR = 80
};

/* May an attribute of n bytes of value be added, so that what is left is nothing or an attribute? */
static bool attribute(struct fosr_pen *p, __u32 type, __u32 n)
{
	__u32 room = fosr_pen_room(p);

	if (room != ATTRIBUTE + n && room < ATTRIBUTE + n + ATTRIBUTE + 1)
		return false;
	fosr_pen_u8(p, type);
	fosr_pen_u8(p, ATTRIBUTE + n);
	return true;
}

static void number_put(struct fosr_pen *p, __u32 type, __u32 v)
{
	if (attribute(p, type, 4))
		fosr_pen_be32(p, v);
}

static void text_put(struct fosr_pen *p, __u32 type, const char *text)
{
	if (*text && attribute(p, type, (__u32)strlen(text)))
		fosr_pen_text(p, text);
}

static void secret_put(struct fosr_pen *p, __u32 type, __u64 seed)
{
	if (attribute(p, type, 16))
		fosr_pen_secret(p, 16, seed);
}

static void station_put(struct fosr_pen *p, __u32 type, __u64 seed)
{
	if (attribute(p, type, 17))
		fosr_pen_print(p, "02-%02X-%02X-%02X-%02X-%02X", (unsigned int)(seed & 255),
			(unsigned int)(seed >> 8 & 255), (unsigned int)(seed >> 16 & 255),
			(unsigned int)(seed >> 24 & 255), (unsigned int)(seed >> 32 & 255));
}

/* Classes of all of p, 3 bytes at least. */
static void rest_put(struct fosr_pen *p, __u64 seed)
{
	while (fosr_pen_room(p) > ATTRIBUTE) {
		__u32 n = (__u32)fosr_min_u64(fosr_pen_room(p) - ATTRIBUTE, VALUE_MOST);

		/* Never one or two bytes behind it. */
		if (fosr_pen_room(p) - ATTRIBUTE - n && fosr_pen_room(p) - ATTRIBUTE - n <= ATTRIBUTE)
			n -= ATTRIBUTE + 1;
		fosr_pen_u8(p, CLASS);
		fosr_pen_u8(p, ATTRIBUTE + n);
		fosr_pen_secret(p, n, seed + n);
	}
}

static void request_put(const struct fosr_speech *m, struct fosr_pen *p, bool accounting)
{
	static const char *const users[] = {
		"anna@example.com", "host/laptop", "bmeyer", "erin", "guest", "c.lopez", "fritz", "gina"};
	__u64 seed = fosr_mix64(m->seed + m->turn);

	if (accounting)
		number_put(p, STATUS, m->turn ? 3 : 1);
	text_put(p, USER, users[seed & 7]);
	if (m->flow->end[FOSR_FWD].addr.family == 4 && attribute(p, NAS_ADDRESS, 4))
		fosr_pen_bytes(p, m->flow->end[FOSR_FWD].addr.b, 4);
	if (accounting)
		text_put(p, SESSION, "5F3A21C400000012");
	else
		secret_put(p, PASSWORD, seed);
	number_put(p, NAS_PORT, 1 + (seed >> 8 & 47));
	number_put(p, PORT_TYPE, 19);
	station_put(p, CALLING, seed);
	station_put(p, CALLED, fosr_mix64(m->seed));
	if (!accounting)
		secret_put(p, AUTHENTICATOR, seed + 1);
}

static void say(const struct fosr_speech *m, struct fosr_pen *p, bool accounting)
{
	static const __u8 answers[] = {ACCESS_ACCEPT, ACCESS_ACCEPT, ACCESS_CHALLENGE, ACCESS_REJECT};
	bool answer = m->dir == FOSR_BWD;
	__u32 turn = answer && m->answers != FOSR_SAID_NOTHING ? m->answers : m->turn;
	__u64 seed = fosr_mix64(m->seed + turn);

	if (m->len < HEADER)
		return;
	if (answer)
		fosr_pen_u8(p, accounting ? ACCOUNTING_RESPONSE : answers[seed >> 16 & 3]);
	else
		fosr_pen_u8(p, accounting ? ACCOUNTING_REQUEST : ACCESS_REQUEST);
	fosr_pen_u8(p, (__u32)(m->seed + turn) & 0xff);
	/* Fewer bytes than an attribute are padding (RFC 2865 3). */
	fosr_pen_be16(p, m->len <= HEADER + ATTRIBUTE ? HEADER : m->len);
	fosr_pen_secret(p, 16, seed ^ m->dir);
	if (!answer)
		request_put(m, p, accounting);
	else if (!accounting)
		secret_put(p, AUTHENTICATOR, seed + 2);
	rest_put(p, seed);
}

void fosr_say_radius(const struct fosr_speech *m, struct fosr_pen *p)
{
	say(m, p, false);
}

void fosr_say_radius_acct(const struct fosr_speech *m, struct fosr_pen *p)
{
	say(m, p, true);
}

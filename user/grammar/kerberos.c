// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * RFC 4120: below 400 bytes a client asks for its first ticket, above it for another with the one it has; answers of up
 * to 400 bytes are errors. Ciphertext takes what is left; in a first request a cookie (RFC 6113), or if that has no
 * room, the user's name, which the answer finds by the request's length. Over TCP a length stands in front.
 */
#include <netinet/in.h>
#include <stdio.h>

#include "base/mix.h"
#include "grammar/krb.h"

#define CONTEXT(n) (0xa0 | (n))
#define TICKETS 400 /* from this length on requests have tickets, and answers */
#define LEAST 160 /* of any message */
#define ERROR_LEAST 120
#define RECORD_MOST 15000
#define COOKIE_LEAST 20
#define NAME_MOST 40
#define TILL "20370913024805Z"
#define OPTIONS "\xa0\x07\x03\x05\x00\x40\x81\x00\x10"

enum { AS_REQ = 10, AS_REP, TGS_REQ, TGS_REP, ERROR = 30 };
enum { PREAUTH_REQUIRED = 25, NO_SUCH_SERVICE = 7, PA_TGS = 1, PA_TIMESTAMP = 2, PA_ETYPES = 19, PA_COOKIE = 133 };

static void time_text(__u64 ns, char text[24])
{
	__u64 s = ns / FOSR_NS_PER_S, days = s / 86400, era, doe, yoe, doy, mp;

	/* Civil date of a day number (Hinnant, "chrono-compatible low-level date algorithms"). */
	days += 719468;
	era = days / 146097;
	doe = days - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	snprintf(text, 24, "%04u%02u%02u%02u%02u%02uZ", (unsigned int)((yoe + era * 400 + (mp >= 10)) % 10000),
		(unsigned int)((mp < 10 ? mp + 3 : mp - 9) % 100), (unsigned int)((doy - (153 * mp + 2) / 5 + 1) % 100),
		(unsigned int)(s / 3600 % 24), (unsigned int)(s / 60 % 60), (unsigned int)(s % 60));
}

/* The user, by the flow; `more` letters behind the name where a request needs them. */
static void user_of(const struct fosr_speech *m, __u32 more, char name[NAME_MOST + 1])
{
	static const char *const users[] = {"anna", "bmeyer", "c.lopez", "dave", "erin", "fritz.k", "gina", "hsato"};
	__u64 seed = fosr_mix64(m->seed ^ 0xc);
	__u32 n = (__u32)snprintf(name, NAME_MOST, "%s", users[seed & 7]);

	for (; more-- && n < NAME_MOST; n++)
		name[n] = (char)('a' + fosr_mix64(seed + n) % 26);
	name[n] = '\0';
}

/* KDC-REQ-BODY's content. */
static void body_put(const struct fosr_speech *m, struct fosr_krb_scratch *s, bool first, __u32 more)
{
	static const __u8 types[] = {18, 17, 20, 19, 23, 16};
	__u32 n = 2 + (m->seed >> 8) % 5;
	char realm[64], name[NAME_MOST + 1];
	struct fosr_pen list;

	fosr_krb_begin(s);
	fosr_krb_realm(m, realm);
	fosr_pen_bytes(&s->pen, OPTIONS, 9);
	user_of(m, more, name);
	if (first)
		fosr_krb_principal(&s->pen, 1, FOSR_KRB_PRINCIPAL, name, NULL);
	fosr_krb_text(&s->pen, 2, FOSR_BER_GENERAL, realm);
	if (first)
		fosr_krb_principal(&s->pen, 3, FOSR_KRB_SERVICE, "krbtgt", realm);
	else
		fosr_krb_principal(
			&s->pen, 3, FOSR_KRB_SERVICE, m->seed >> 20 & 1 ? "cifs" : "ldap", m->name[FOSR_BWD]);
	fosr_krb_text(&s->pen, 5, FOSR_BER_TIME, TILL);
	fosr_krb_int(&s->pen, 7, 0x10000000 | (__u32)(fosr_mix64(m->seed + m->turn) & 0x3fffffff));
	list = fosr_ber_part(&s->pen, CONTEXT(8), 4 + 3 * n);
	list = fosr_ber_part(&list, FOSR_BER_SEQUENCE, 2 + 3 * n);
	for (__u32 i = 0; i < n; i++)
		fosr_ber_int(&list, FOSR_BER_INTEGER, types[i]);
}

/* Room for data of pre-authentication in a message whose other parts are `body`. */
static __u32 spare(__u32 len, __u32 body)
{
	__u32 n = len - fosr_ber_header(len);

	n -= fosr_ber_header(n) + 2 * 5;
	return n > body ? n - body : 0;
}

static __u32 request_body(const struct fosr_speech *m, __u32 len, bool first, struct fosr_krb_scratch *s)
{
	__u32 more = 0, room;

	body_put(m, s, first, 0);
	room = spare(len, fosr_ber_size(fosr_krb_size(s)));
	if (!first || room >= COOKIE_LEAST)
		return 0;
	while (more + 1 <= room && spare(len, fosr_ber_size(fosr_krb_size(s)))) {
		more++;
		body_put(m, s, first, more);
	}
	return more;
}

/* PA-DATA of all of p: a ticket to ask with, a time stamp or, smaller than one, a cookie. */
static void padata_put(const struct fosr_speech *m, struct fosr_pen *p, bool first)
{
	struct fosr_pen data = fosr_ber_part(p, CONTEXT(3), fosr_pen_room(p));
	bool stamp = first && fosr_pen_room(p) > 70;

	data = fosr_ber_part(&data, FOSR_BER_SEQUENCE, fosr_pen_room(&data));
	data = fosr_ber_part(&data, FOSR_BER_SEQUENCE, fosr_pen_room(&data));
	fosr_krb_int(&data, 1, !first ? PA_TGS : stamp ? PA_TIMESTAMP : PA_COOKIE);
	data = fosr_ber_part(&data, CONTEXT(2), fosr_pen_room(&data));
	data = fosr_ber_part(&data, FOSR_BER_STRING, fosr_pen_room(&data));
	if (!first) {
		fosr_krb_ap_req(m, &data, "krbtgt");
	} else if (stamp) {
		data = fosr_ber_part(&data, FOSR_BER_SEQUENCE, fosr_pen_room(&data));
		fosr_krb_int(&data, 0, FOSR_KRB_AES256);
		data = fosr_ber_part(&data, CONTEXT(2), fosr_pen_room(&data));
		data = fosr_ber_part(&data, FOSR_BER_STRING, fosr_pen_room(&data));
	}
	fosr_pen_random(&data, fosr_pen_room(&data), fosr_mix64(m->seed + m->turn));
}

static void request_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 len = fosr_pen_room(p), body, room;
	bool first = len < TICKETS;
	struct fosr_pen req = fosr_ber_part(p, first ? 0x6a : 0x6c, len);
	struct fosr_krb_scratch s;

	request_body(m, len, first, &s);
	req = fosr_ber_part(&req, FOSR_BER_SEQUENCE, fosr_pen_room(&req));
	fosr_krb_int(&req, 1, 5);
	fosr_krb_int(&req, 2, first ? AS_REQ : TGS_REQ);
	body = fosr_ber_size(fosr_krb_size(&s));
	room = fosr_pen_room(&req) > body ? fosr_pen_room(&req) - body : 0;
	if (room >= COOKIE_LEAST) {
		struct fosr_pen data = fosr_pen_part(&req, room);

		padata_put(m, &data, first);
		room = 0;
	}
	req = fosr_ber_wide(&req, CONTEXT(4), fosr_pen_room(&req), (__u32)fosr_min_u64(room, 4));
	fosr_krb_put(&req, FOSR_BER_SEQUENCE, &s);
}

/* The error's reason; behind it text, as long as it must be. */
static void error_put(const struct fosr_speech *m, struct fosr_pen *p, bool first)
{
	struct fosr_pen error = fosr_ber_part(p, 0x7e, fosr_pen_room(p));
	char realm[64], now[24];

	error = fosr_ber_part(&error, FOSR_BER_SEQUENCE, fosr_pen_room(&error));
	fosr_krb_int(&error, 0, 5);
	fosr_krb_int(&error, 1, ERROR);
	time_text(m->time_ns, now);
	fosr_krb_text(&error, 4, FOSR_BER_TIME, now);
	fosr_krb_int(&error, 5, 0x20000 | (__u32)(m->time_ns / 1000 % 500000));
	fosr_krb_int(&error, 6, first ? PREAUTH_REQUIRED : NO_SUCH_SERVICE);
	fosr_krb_realm(m, realm);
	fosr_krb_text(&error, 9, FOSR_BER_GENERAL, realm);
	fosr_krb_principal(&error, 10, FOSR_KRB_SERVICE, "krbtgt", realm);
	if (fosr_pen_room(&error) < 4)
		return;
	error = fosr_ber_part(&error, CONTEXT(11), fosr_pen_room(&error));
	error = fosr_ber_part(&error, FOSR_BER_GENERAL, fosr_pen_room(&error));
	if (fosr_pen_room(&error) >= 36)
		fosr_pen_text(&error, first ? "NEEDED_PREAUTH " : "LOOKING_UP_SERVER ");
	fosr_pen_letters(&error, fosr_pen_room(&error), m->seed);
}

static void ticket_reply_put(const struct fosr_speech *m, struct fosr_pen *p, bool first, __u32 more)
{
	struct fosr_pen reply = fosr_ber_part(p, first ? 0x6b : 0x6d, fosr_pen_room(p)), ticket;
	char realm[64], name[NAME_MOST + 1];

	reply = fosr_ber_part(&reply, FOSR_BER_SEQUENCE, fosr_pen_room(&reply));
	fosr_krb_int(&reply, 0, 5);
	fosr_krb_int(&reply, 1, first ? AS_REP : TGS_REP);
	fosr_krb_realm(m, realm);
	user_of(m, more, name);
	fosr_krb_text(&reply, 3, FOSR_BER_GENERAL, realm);
	fosr_krb_principal(&reply, 4, FOSR_KRB_PRINCIPAL, name, NULL);
	ticket = fosr_ber_part(&reply, CONTEXT(5), fosr_pen_room(&reply) / 16 * 10);
	fosr_krb_ticket(m, &ticket, first ? "krbtgt" : m->seed >> 20 & 1 ? "cifs" : "ldap", fosr_pen_room(&ticket));
	fosr_krb_cipher(&reply, 6, first ? 3 : 0, fosr_pen_room(&reply), fosr_mix64(m->seed + m->turn));
}

static void reply_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 before)
{
	bool first = !before || before < TICKETS;
	struct fosr_krb_scratch s;

	if (fosr_pen_room(p) < TICKETS)
		error_put(m, p, first);
	else
		ticket_reply_put(m, p, first, before >= LEAST ? request_body(m, before, first, &s) : 0);
}

/* One message, all of p; too little for one stays zero. */
static void message_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 before)
{
	if (fosr_pen_room(p) < (m->dir == FOSR_FWD ? LEAST : ERROR_LEAST))
		return;
	if (m->dir == FOSR_FWD)
		request_put(m, p);
	else
		reply_put(m, p, before);
}

/* What is longer than servers take are several messages. */
static void say_over_tcp(const struct fosr_speech *m, struct fosr_pen *p)
{
	struct fosr_speech one = *m;

	for (; fosr_pen_room(p) > 4; one.seed = fosr_mix64(one.seed)) {
		__u32 len = fosr_pen_room(p) - 4;
		struct fosr_pen part;

		if (len > RECORD_MOST)
			len = len < 2 * RECORD_MOST ? len / 2 : RECORD_MOST;
		if (fosr_pen_unseen(p, len + 4)) {
			fosr_pen_skip(p, len + 4);
			continue;
		}
		fosr_pen_be32(p, len);
		part = fosr_pen_part(p, len);
		message_put(&one, &part, m->before > 4 ? m->before - 4 : 0);
		fosr_pen_end(&part);
	}
}

void fosr_say_kerberos(const struct fosr_speech *m, struct fosr_pen *p)
{
	if (m->flow->l4 == IPPROTO_TCP)
		say_over_tcp(m, p);
	else
		message_put(m, p, m->before);
}

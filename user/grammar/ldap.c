// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * RFC 4511. A request's turn and size decide what it is: a bind, or with room for a ticket one over SASL, an unbind of
 * 7 bytes, a search, a modification where more is said than a search would. Answers follow from the request's size:
 * results of 14 bytes, with a DN if longer, and entries in front of a search's.
 */
#include "grammar/ldap.h"

#include <netinet/in.h>

#include "base/mix.h"
#include "grammar/krb.h"
#include "grammar/leap.h"

#define UNBIND 7
#define BIND_LEAST 14
#define BIND_MOST 110
#define SASL_FRAME 60 /* a bind around a token */
#define SEARCH_LEAST 43
#define WIDE 20 /* from here on a length is of four bytes, as Windows writes it */
#define WIDE_INSIDE 130
#define SEARCH_MOST 900
#define ENTRY_LEAST 60
#define REASON "0000208D: NameErr: DSID-03100245, problem 2001 (NO_OBJECT), data 0, best match of: "
#define ENTRY_USUAL 1024

enum kind { NOTHING, END, BIND, SASL, SEARCH, DELETE, MODIFY };

struct fosr_pen fosr_ldap_operation(struct fosr_pen *p, __u32 tag)
{
	__u32 room = fosr_pen_room(p);

	return fosr_ber_wide(p, tag, room, room < WIDE_INSIDE ? 0 : 6 - fosr_ber_header(room));
}

struct fosr_pen fosr_ldap_message(struct fosr_pen *p, __u32 id, __u32 total)
{
	__u32 extra = total < WIDE ? 0 : 6 - fosr_ber_header(total);
	struct fosr_pen message = fosr_ber_wide(p, FOSR_BER_SEQUENCE, total, extra);

	fosr_ber_int(&message, FOSR_BER_INTEGER, id);
	return message;
}

void fosr_ldap_dn(const struct fosr_speech *m, struct fosr_pen *p, __u32 n, __u64 seed)
{
	static const char *const heads[] = {"CN=", "OU=", "DC=", "CN="};
	const char *domain = strchr(m->name[FOSR_BWD], '.');
	char suffix[64] = ",DC=corp,DC=example";
	__u32 tail, head;

	if (domain && strlen(domain) < 24) {
		__u32 at = 0;

		for (; *domain; domain++)
			if (*domain == '.') {
				memcpy(suffix + at, ",DC=", 4);
				at += 4;
			} else {
				suffix[at++] = *domain;
			}
		suffix[at] = '\0';
	}
	tail = (__u32)strlen(suffix);
	if (n + 1 == tail || n < tail + 5) {
		/* The domain alone, or what of it has this length: at least a name and a value. */
		head = n + 1 == tail ? 0 : (__u32)fosr_min_u64(n, 3);
		fosr_pen_bytes(p, heads[seed & 3], head);
		if (head)
			fosr_pen_word(p, n - head, seed);
		else
			fosr_pen_bytes(p, suffix + 1, n);
		return;
	}
	head = (__u32)strlen(heads[seed & 3]);
	fosr_pen_bytes(p, heads[seed & 3], head);
	fosr_pen_word(p, n - tail - head, seed);
	fosr_pen_bytes(p, suffix, tail);
}

static void dn_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 total, __u64 seed)
{
	struct fosr_pen dn = fosr_ber_part(p, FOSR_BER_STRING, total);

	fosr_ldap_dn(m, &dn, fosr_pen_room(&dn), seed);
}

void fosr_ldap_result(struct fosr_pen *p, __u32 tag, __u32 code, __u64 seed)
{
	struct fosr_pen result = fosr_ldap_operation(p, tag), text;

	fosr_ber_int(&result, FOSR_BER_ENUMERATED, code);
	fosr_ber_text(&result, FOSR_BER_STRING, "");
	text = fosr_ber_part(&result, FOSR_BER_STRING, fosr_pen_room(&result));
	fosr_pen_bytes(&text, REASON, sizeof(REASON) - 1);
	fosr_pen_word(&text, fosr_pen_room(&text), seed);
}

static enum kind kind_of(const struct fosr_speech *m, __u32 turn, __u32 len)
{
	if (len < BIND_LEAST)
		return len < UNBIND ? NOTHING : END;
	if (!turn && len >= FOSR_SPNEGO_LEAST + SASL_FRAME && len < 20000)
		return SASL;
	if (!turn && len <= BIND_MOST && (len < SEARCH_LEAST || m->seed & 3))
		return BIND;
	if (len < SEARCH_LEAST)
		return DELETE;
	return len <= SEARCH_MOST ? SEARCH : MODIFY;
}

static __u32 id_of(__u32 turn)
{
	return 1 + turn % 0x7ffffff;
}

/* Simple: a name and a password. */
static void bind_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	struct fosr_pen bind = fosr_ldap_operation(p, 0x60), key;
	__u32 room;

	fosr_ber_int(&bind, FOSR_BER_INTEGER, 3);
	room = fosr_pen_room(&bind);
	dn_put(m, &bind, room > 30 ? room - 12 : room - 2, fosr_mix64(m->seed));
	key = fosr_ber_part(&bind, 0x80, fosr_pen_room(&bind));
	fosr_pen_word(&key, fosr_pen_room(&key), fosr_mix64(m->seed + 3));
}

static void sasl_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	struct fosr_pen bind = fosr_ldap_operation(p, 0x60);

	fosr_ber_int(&bind, FOSR_BER_INTEGER, 3);
	fosr_ber_text(&bind, FOSR_BER_STRING, "");
	bind = fosr_ber_part(&bind, 0xa3, fosr_pen_room(&bind));
	fosr_ber_text(&bind, FOSR_BER_STRING, "GSS-SPNEGO");
	bind = fosr_ber_part(&bind, FOSR_BER_STRING, fosr_pen_room(&bind));
	fosr_spnego_init(m, &bind, "ldap");
}

static const char *const attributes[] = {"cn", "mail", "sAMAccountName", "memberOf", "displayName",
	"userAccountControl", "givenName", "sn", "userPrincipalName", "telephoneNumber", "department",
	"distinguishedName", "pwdLastSet", "title", "manager", "whenChanged", "uidNumber", "gidNumber", "loginShell",
	"homeDirectory", "servicePrincipalName", "primaryGroupID", "lastLogonTimestamp", "badPwdCount", "description",
	"company", "objectClass"};

/* How many attributes, from the first-th on, fit in n bytes: the bytes that they take. */
static __u32 attributes_size(__u32 n, __u32 *count)
{
	__u32 size = 0;

	for (*count = 0; *count < FOSR_ARRAY_SIZE(attributes); ++*count) {
		__u32 one = 2 + (__u32)strlen(attributes[*count]);

		if (size + one > n)
			break;
		size += one;
	}
	return size;
}

/* What is left for names of a search: base, filter's value, attributes. */
static void names_put(const struct fosr_speech *m, struct fosr_pen *p, __u64 seed)
{
	__u32 room = fosr_pen_room(p), base = room > 90 ? 24 + (seed >> 8 & 15) : 2, count, size, rest;
	struct fosr_pen part;

	dn_put(m, p, base, seed);
	fosr_ber_int(p, FOSR_BER_ENUMERATED, base > 2 ? 2 : 0);
	fosr_ber_int(p, FOSR_BER_ENUMERATED, 0);
	fosr_ber_int(p, FOSR_BER_INTEGER, 0);
	fosr_ber_int(p, FOSR_BER_INTEGER, 0);
	fosr_ber_int(p, FOSR_BER_BOOLEAN, 0);
	rest = fosr_pen_room(p);
	/* Present, or equal to something: whatever attributes do not take. */
	size = rest > 45 ? attributes_size(rest - 45, &count) : attributes_size(rest - 15, &count);
	part = fosr_pen_part(p, rest - fosr_ber_size(size));
	if (fosr_pen_room(&part) < 26) {
		part = fosr_ber_part(&part, 0x87, fosr_pen_room(&part));
		fosr_pen_text(&part, "objectClass");
		fosr_pen_word(&part, fosr_pen_room(&part), seed);
	} else {
		part = fosr_ber_part(&part, 0xa3, fosr_pen_room(&part));
		fosr_ber_text(&part, FOSR_BER_STRING, seed & 1 ? "sAMAccountName" : "uid");
		part = fosr_ber_part(&part, FOSR_BER_STRING, fosr_pen_room(&part));
		fosr_pen_word(&part, fosr_pen_room(&part), seed);
	}
	part = fosr_ber_part(p, FOSR_BER_SEQUENCE, fosr_pen_room(p));
	for (__u32 i = 0; i < count && fosr_pen_room(&part); i++)
		fosr_ber_text(&part, FOSR_BER_STRING, attributes[i]);
}

/* Replaces a value of one attribute. */
static void modify_put(const struct fosr_speech *m, struct fosr_pen *p, __u64 seed)
{
	struct fosr_pen change = fosr_ldap_operation(p, 0x66);

	dn_put(m, &change, 40, seed);
	change = fosr_ber_part(&change, FOSR_BER_SEQUENCE, fosr_pen_room(&change));
	change = fosr_ber_part(&change, FOSR_BER_SEQUENCE, fosr_pen_room(&change));
	fosr_ber_int(&change, FOSR_BER_ENUMERATED, 2);
	change = fosr_ber_part(&change, FOSR_BER_SEQUENCE, fosr_pen_room(&change));
	fosr_ber_text(&change, FOSR_BER_STRING, "jpegPhoto");
	change = fosr_ber_part(&change, FOSR_BER_SET, fosr_pen_room(&change));
	change = fosr_ber_part(&change, FOSR_BER_STRING, fosr_pen_room(&change));
	fosr_pen_random(&change, fosr_pen_room(&change), seed);
}

static void request_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u64 seed = fosr_mix64(m->seed + m->turn);
	enum kind kind = kind_of(m, m->turn, m->len);
	struct fosr_pen op;

	if (kind == NOTHING)
		return;
	op = fosr_ldap_message(p, kind == END ? 1 + m->turn % 100 : id_of(m->turn), m->len);
	if (kind == END) {
		/* An unbind is of 7 bytes: a longer one has a longer length. */
		op = fosr_ber_wide(&op, 0x42, fosr_pen_room(&op), (__u32)fosr_min_u64(m->len - UNBIND, 4));
		fosr_pen_end(&op);
	} else if (kind == BIND) {
		bind_put(m, &op);
	} else if (kind == SASL) {
		sasl_put(m, &op);
	} else if (kind == DELETE) {
		op = fosr_ber_part(&op, 0x4a, fosr_pen_room(&op));
		fosr_ldap_dn(m, &op, fosr_pen_room(&op), seed);
	} else if (kind == SEARCH) {
		op = fosr_ldap_operation(&op, 0x63);
		names_put(m, &op, seed);
	} else {
		modify_put(m, &op, seed);
	}
}

/* One entry, all of p: attributes in their order; the last one takes what is left. */
static void entry_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 id, __u64 seed)
{
	struct fosr_pen entry = fosr_ldap_message(p, id, fosr_pen_room(p)), attribute, value;

	entry = fosr_ldap_operation(&entry, FOSR_LDAP_ENTRY);
	dn_put(m, &entry, fosr_pen_room(&entry) > 100 ? 46 + (seed & 15) : 20, seed);
	entry = fosr_ber_part(&entry, FOSR_BER_SEQUENCE, fosr_pen_room(&entry));
	for (__u32 i = 0; fosr_pen_room(&entry); i++) {
		const char *name = attributes[i % FOSR_ARRAY_SIZE(attributes)];
		__u32 size = (__u32)strlen(name) + 14 + (__u32)(fosr_mix64(seed + i) % 40),
		      room = fosr_pen_room(&entry);

		if (room < size + 40)
			size = room;
		attribute = fosr_ber_part(&entry, FOSR_BER_SEQUENCE, size);
		fosr_ber_text(&attribute, FOSR_BER_STRING, name);
		value = fosr_ber_part(&attribute, FOSR_BER_SET, fosr_pen_room(&attribute));
		value = fosr_ber_part(&value, FOSR_BER_STRING, fosr_pen_room(&value));
		fosr_pen_word(&value, fosr_pen_room(&value), seed + i);
	}
}

/* Entries of one size, and a longer one before the result. */
static void found_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 id, __u32 done, __u64 seed)
{
	__u32 room = fosr_pen_room(p) - done, size = ENTRY_USUAL - (seed >> 16) % 700, count = room / size, i;
	struct fosr_pen part;

	count -= count ? 1 : 0;
	for (i = fosr_pen_leap(p, size, count); i < count; i++) {
		if (p->at >= p->to) {
			fosr_pen_skip(p, (count - i) * size);
			break;
		}
		part = fosr_pen_part(p, size);
		entry_put(m, &part, id, fosr_mix64(seed + i));
	}
	part = fosr_pen_part(p, fosr_pen_room(p) - done);
	entry_put(m, &part, id, fosr_mix64(seed + count));
	part = fosr_ldap_message(p, id, done);
	fosr_ldap_result(&part, FOSR_LDAP_SEARCH_DONE, FOSR_LDAP_SUCCESS, seed);
}

/* The server's token behind the result. */
static void bound_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	struct fosr_pen result = fosr_ldap_operation(p, 0x61);

	fosr_ber_int(&result, FOSR_BER_ENUMERATED, FOSR_LDAP_SUCCESS);
	fosr_ber_text(&result, FOSR_BER_STRING, "");
	fosr_ber_text(&result, FOSR_BER_STRING, "");
	result = fosr_ber_part(&result, 0x87, fosr_pen_room(&result));
	fosr_spnego_accept(m, &result);
}

static void answer_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	static const __u8 tags[] = {[NOTHING] = FOSR_LDAP_SEARCH_DONE,
		[END] = FOSR_LDAP_SEARCH_DONE,
		[BIND] = 0x61,
		[SASL] = 0x61,
		[SEARCH] = FOSR_LDAP_SEARCH_DONE,
		[DELETE] = 0x6b,
		[MODIFY] = 0x67};
	__u32 turn = m->answers == FOSR_SAID_NOTHING ? m->turn : m->answers, id = id_of(turn),
	      least = fosr_ber_int_size(id) + 11;
	enum kind kind = m->answers == FOSR_SAID_NOTHING ? SEARCH : kind_of(m, turn, m->before);
	__u64 seed = fosr_mix64(m->seed + turn);
	struct fosr_pen op;

	if (m->len < least)
		return;
	if (kind < BIND || (kind == BIND && m->len > 120) || (kind >= DELETE && m->len > 120))
		kind = SEARCH;
	if (kind == SEARCH && m->len >= least + ENTRY_LEAST) {
		found_put(m, p, id, least, seed);
		return;
	}
	op = fosr_ldap_message(p, id, m->len);
	if (kind == SASL && m->len >= FOSR_SPNEGO_ACCEPT_LEAST + SASL_FRAME)
		bound_put(m, &op);
	else
		fosr_ldap_result(&op, tags[kind], m->len > least ? FOSR_LDAP_NO_OBJECT : FOSR_LDAP_SUCCESS, seed);
}

void fosr_say_ldap(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 turn = m->dir == FOSR_BWD && m->answers != FOSR_SAID_NOTHING ? m->answers : m->turn;

	if (m->flow->l4 == IPPROTO_UDP && m->dir == FOSR_FWD)
		fosr_ldap_locate(m, p, id_of(turn));
	else if (m->flow->l4 == IPPROTO_UDP)
		fosr_ldap_located(m, p, id_of(turn));
	else if (m->dir == FOSR_FWD)
		request_put(m, p);
	else
		answer_put(m, p);
}

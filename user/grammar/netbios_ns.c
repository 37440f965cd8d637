// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * RFC 1002 4.2. 50 bytes are a query, 68 a registration, 100 one that writes its name twice; a longer query's name has
 * a scope, a longer registration more data in its record. An answer repeats the query's name, then addresses or, of a
 * node status, names and statistics. What is left is in a record of type NULL; below 12 bytes it stays zero behind the
 * message.
 */
#include <netinet/in.h>

#include "base/mix.h"
#include "grammar/netbios.h"

#define HEADER 12
#define QUERY (HEADER + FOSR_NETBIOS_NAME + 4)
#define RECORD 10 /* behind its name */
#define ADDRESS 6
#define REGISTRATION (QUERY + 2 + RECORD + ADDRESS)
#define STATUS_NAME 18
#define STATISTICS 46
#define STATUS (HEADER + FOSR_NETBIOS_NAME + RECORD + 1 + STATISTICS)
#define NEGATIVE (HEADER + FOSR_NETBIOS_NAME + RECORD)
#define POSITIVE (NEGATIVE + ADDRESS)
#define NULL_RECORD (2 + RECORD)
#define ADDRESSES_MAX 8
#define POINTER (0xc000 | HEADER)
#define TCP_MOST 570
#define RETRIES 3
#define SCOPE_MOST 150 /* a longer one would be no name any more */

enum {
	TYPE_NULL = 0x0a,
	TYPE_NB = 0x20,
	TYPE_NBSTAT = 0x21,
	FLAGS_QUERY = 0x0110,
	FLAGS_STATUS = 0x0010,
	FLAGS_REGISTER = 0x2910,
	FLAGS_REFRESH = 0x4110,
	FLAGS_ANSWER = 0x8500,
	FLAGS_NO_NAME = 0x8583,
	FLAGS_REGISTERED = 0xad80,
};

/* What a request of some size asks, for whoever makes it and whoever answers it. */
struct request {
	__u64 seed;
	__u32 flags, type, scope; /* scope: bytes behind the name */
	__u32 suffix;
	char name[16];
};

static bool registers(__u32 len)
{
	return len >= REGISTRATION && len != REGISTRATION + 2 && len < REGISTRATION + 40;
}

/* A machine says a name three times before it tries the next. */
static void request_of(const struct fosr_speech *m, __u32 turn, __u32 len, struct request *q)
{
	__u64 seed = fosr_mix64(m->seed + turn / RETRIES);

	*q = (struct request){.seed = seed, .flags = FLAGS_QUERY, .type = TYPE_NB, .suffix = seed >> 8 & 1 ? 0x20 : 0};
	fosr_netbios_of(fosr_netbios_some(seed), q->name);
	if (registers(len)) {
		static const __u8 suffixes[] = {0x00, 0x20, 0x00, 0x03};

		fosr_netbios_of(m->name[FOSR_FWD], q->name);
		if (!q->name[0] || !(seed >> 12 & 3))
			fosr_netbios_of(fosr_netbios_group(m->seed), q->name);
		q->flags = seed >> 16 & 3 ? FLAGS_REGISTER : FLAGS_REFRESH;
		q->suffix = suffixes[seed >> 20 & 3];
	} else if (m->flow->roles % FOSR_ROLES != FOSR_ROLE_GROUP && len > 0 && seed >> 24 & 1) {
		q->flags = FLAGS_STATUS;
		q->type = TYPE_NBSTAT;
		memcpy(q->name, "*", 2);
		q->suffix = 0;
	}
	if (len > QUERY + 1 && len <= QUERY + SCOPE_MOST && !registers(len))
		q->scope = len - QUERY;
}

static void header_put(struct fosr_pen *p, __u64 seed, __u32 flags, __u32 questions, __u32 answers, __u32 additional)
{
	fosr_pen_be16(p, seed >> 32 & 0xffff);
	fosr_pen_be16(p, flags);
	fosr_pen_be16(p, questions);
	fosr_pen_be16(p, answers);
	fosr_pen_be16(p, 0);
	fosr_pen_be16(p, additional);
}

static void name_put(struct fosr_pen *p, const struct request *q, __u32 scope)
{
	if (q->name[0] != '*') {
		fosr_netbios_put(p, q->name, q->suffix, FOSR_NETBIOS_NAME + scope, q->seed);
		return;
	}
	/* Padded with zeroes, not with blanks (RFC 1002 4.2.17). */
	fosr_pen_text(p, " CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
	fosr_pen_u8(p, 0);
}

static void record_put(struct fosr_pen *p, __u32 type, __u32 ttl, __u32 len)
{
	fosr_pen_be16(p, type);
	fosr_pen_be16(p, 1);
	fosr_pen_be32(p, ttl);
	fosr_pen_be16(p, len);
}

static void address_put(struct fosr_pen *p, const struct fosr_speech *m, __u8 of, __u32 flags)
{
	fosr_pen_be16(p, flags);
	if (m->flow->end[of].addr.family == 4)
		fosr_pen_bytes(p, m->flow->end[of].addr.b, 4);
	else
		fosr_pen_be32(p, 0xc6120000 | (__u32)(m->seed & 0x1ffff));
}

/* Its record's name is a pointer, or, where there is room, the whole name again. */
static void registration_put(const struct fosr_speech *m, struct fosr_pen *p, const struct request *q)
{
	bool twice = fosr_pen_room(p) >= REGISTRATION + FOSR_NETBIOS_NAME - 2;

	header_put(p, q->seed, q->flags, 1, 0, 1);
	name_put(p, q, 0);
	fosr_pen_be16(p, TYPE_NB);
	fosr_pen_be16(p, 1);
	if (twice)
		name_put(p, q, 0);
	else
		fosr_pen_be16(p, POINTER);
	record_put(p, TYPE_NB, 300000, ADDRESS);
	address_put(p, m, m->dir, q->suffix == 0x1c ? 0x8000 : 0);
}

static void request_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	struct request q;

	request_of(m, m->turn, m->len, &q);
	if (m->len < QUERY) {
		header_put(p, q.seed, FLAGS_QUERY, 0, 0, 0);
		return;
	}
	if (registers(m->len)) {
		registration_put(m, p, &q);
		return;
	}
	if (q.name[0] == '*' && q.scope) {
		q = (struct request){.seed = q.seed, .flags = FLAGS_QUERY, .type = TYPE_NB, .scope = q.scope};
		fosr_netbios_of(fosr_netbios_some(q.seed), q.name);
	}
	header_put(p, q.seed, q.flags, 1, 0, m->len > QUERY + SCOPE_MOST);
	name_put(p, &q, q.scope);
	fosr_pen_be16(p, q.type);
	fosr_pen_be16(p, 1);
	if (m->len > QUERY + SCOPE_MOST) {
		fosr_pen_be16(p, POINTER);
		record_put(p, TYPE_NULL, 0, fosr_pen_room(p) - RECORD);
	}
}

/* Names of the node, and statistics: zeroes but for its MAC address, as nearly all have them. */
static void status_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	static const __u8 suffixes[] = {0x00, 0x20, 0x00, 0x1e, 0x1d, 0x1b, 0x1c, 0x03};
	__u32 data = fosr_pen_room(p) - RECORD, names = (data - 1 - STATISTICS) / STATUS_NAME;
	char name[16];

	names = (__u32)fosr_min_u64(names, FOSR_ARRAY_SIZE(suffixes));
	record_put(p, TYPE_NBSTAT, 0, data);
	fosr_pen_u8(p, names);
	for (__u32 i = 0; i < names; i++) {
		bool group = i == 2 || i == 3 || i == 4 || i == 6;

		fosr_netbios_of(m->name[m->dir], name);
		fosr_pen_print(p, "%-15.15s", group || !name[0] ? fosr_netbios_group(m->seed) : name);
		fosr_pen_u8(p, suffixes[i]);
		fosr_pen_be16(p, group ? 0x8400 : 0x0400);
	}
	fosr_pen_bytes(p, m->flow->end[m->dir].mac, 6);
}

static void addresses_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 n)
{
	record_put(p, TYPE_NB, 300000, n * ADDRESS);
	for (__u32 i = 0; i < n; i++)
		address_put(p, m, m->dir, i ? 0x6000 : 0);
}

/* What `left` bytes of addresses leave over is a record's, or too small to be one. */
static void positive_put(const struct fosr_speech *m, struct fosr_pen *p, const struct request *q, __u32 scope)
{
	__u32 left = m->len - POSITIVE - scope, more = (__u32)fosr_min_u64(left / ADDRESS, ADDRESSES_MAX);

	while (more && left - more * ADDRESS && left - more * ADDRESS < NULL_RECORD)
		more--;
	left -= more * ADDRESS;
	header_put(p, q->seed, q->flags >= FLAGS_REGISTER && q->flags != FLAGS_STATUS ? FLAGS_REGISTERED : FLAGS_ANSWER,
		0, 1, left >= NULL_RECORD);
	name_put(p, q, scope);
	addresses_put(m, p, more + 1);
	if (left >= NULL_RECORD) {
		fosr_pen_be16(p, POINTER);
		record_put(p, TYPE_NULL, 0, left - NULL_RECORD);
	}
}

static void answer_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	struct request q;
	__u32 scope;

	request_of(m, m->answers == FOSR_SAID_NOTHING ? m->turn : m->answers, m->before, &q);
	scope = m->len >= POSITIVE + q.scope ? q.scope : 0;
	if (m->len < NEGATIVE) {
		header_put(p, q.seed, FLAGS_NO_NAME, 0, 0, 0);
		return;
	}
	if (m->len >= STATUS + STATUS_NAME && (q.type == TYPE_NBSTAT || !registers(m->before))) {
		header_put(p, q.seed, FLAGS_ANSWER - 0x100, 0, 1, 0);
		memcpy(q.name, "*", 2);
		name_put(p, &q, 0);
		status_put(m, p);
	} else if (m->len < POSITIVE) {
		header_put(p, q.seed, FLAGS_NO_NAME, 0, 1, 0);
		name_put(p, &q, 0);
		record_put(p, TYPE_NULL, 0, 0);
	} else {
		positive_put(m, p, &q, scope);
	}
}

static void datagram_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	if (m->len < HEADER)
		return;
	if (m->dir == FOSR_FWD)
		request_put(m, p);
	else
		answer_put(m, p);
}

/* Over TCP a length stands before each message; a long one is several. */
void fosr_say_netbios_ns(const struct fosr_speech *m, struct fosr_pen *p)
{
	struct fosr_speech one = *m;

	if (m->flow->l4 == IPPROTO_UDP) {
		datagram_put(m, p);
		return;
	}
	for (; fosr_pen_room(p) > 2; one.seed = fosr_mix64(one.seed)) {
		struct fosr_pen part;

		one.len = (__u32)fosr_min_u64(fosr_pen_room(p) - 2, TCP_MOST);
		if (fosr_pen_unseen(p, one.len + 2)) {
			fosr_pen_skip(p, one.len + 2);
			continue;
		}
		fosr_pen_be16(p, one.len);
		part = fosr_pen_part(p, one.len);
		datagram_put(&one, &part);
		fosr_pen_end(&part);
	}
}

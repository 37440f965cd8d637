// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * RFC 1833, version 2. A call without arguments asks for all ports, one of 16 bytes more for one; credentials take the
 * rest, and arguments of an indirect call where that is too much. A list has as many entries as fit, a verifier what
 * they leave.
 */
#include <netinet/in.h>

#include "base/mix.h"
#include "grammar/rpc.h"

#define PROGRAM 100000
#define VERSION 2
#define MAPPING 16
#define ENTRY 20
#define CREDENTIALS_MOST 300

enum { GETPORT = 3, DUMP, CALLIT };

struct question {
	__u32 procedure, auth, args;
};

struct mapping {
	__u32 program, version, protocol, port;
};

static const struct mapping mappings[] = {{100000, 4, 6, 111}, {100000, 3, 6, 111}, {100000, 2, 6, 111},
	{100000, 4, 17, 111}, {100000, 3, 17, 111}, {100000, 2, 17, 111}, {100005, 1, 17, 20048}, {100005, 1, 6, 20048},
	{100005, 2, 17, 20048}, {100005, 2, 6, 20048}, {100005, 3, 17, 20048}, {100005, 3, 6, 20048},
	{100024, 1, 17, 34567}, {100024, 1, 6, 41093}, {100003, 3, 6, 2049}, {100003, 4, 6, 2049}, {100227, 3, 6, 2049},
	{100021, 1, 17, 46151}, {100021, 3, 17, 46151}, {100021, 4, 17, 46151}, {100021, 1, 6, 38465},
	{100021, 3, 6, 38465}, {100021, 4, 6, 38465}};

static struct question question_of(__u32 len)
{
	__u32 left = (len - FOSR_RPC_CALL) & ~3u;

	if (left == MAPPING)
		return (struct question){.procedure = GETPORT, .args = MAPPING};
	if (left < FOSR_RPC_UNIX_LEAST)
		return (struct question){.procedure = DUMP};
	if (left < FOSR_RPC_UNIX_LEAST + MAPPING)
		return (struct question){.procedure = DUMP, .auth = left};
	if (left <= CREDENTIALS_MOST)
		return (struct question){.procedure = GETPORT, .auth = left - MAPPING, .args = MAPPING};
	return (struct question){.procedure = CALLIT, .args = left};
}

static void mapping_put(struct fosr_pen *p, const struct mapping *w, bool port)
{
	fosr_pen_be32(p, w->program);
	fosr_pen_be32(p, w->version);
	fosr_pen_be32(p, w->protocol);
	fosr_pen_be32(p, port ? w->port : 0);
}

static const struct mapping *wanted(const struct fosr_speech *m, __u32 turn)
{
	return &mappings[fosr_mix64(m->seed + turn) % FOSR_ARRAY_SIZE(mappings)];
}

static void ask(const struct fosr_speech *m, struct fosr_pen *p)
{
	struct question q = question_of(fosr_pen_room(p));

	fosr_rpc_call_put(m, p, fosr_rpc_xid(m, m->turn, 0), PROGRAM, VERSION, q.procedure, q.auth);
	if (q.procedure == GETPORT)
		mapping_put(p, wanted(m, m->turn), false);
	if (q.procedure != CALLIT)
		return;
	/* Of a program that nobody knows, so its arguments are nobody's but its own. */
	fosr_pen_be32(p, 0x20000000 | (__u32)(m->seed & 0xffff));
	fosr_pen_be32(p, 1);
	fosr_pen_be32(p, 1);
	fosr_pen_be32(p, q.args - 16);
	fosr_pen_random(p, q.args - 16, m->seed);
}

static void list_put(struct fosr_pen *p, __u32 entries)
{
	for (__u32 i = 0; i < entries; i++) {
		fosr_pen_be32(p, 1);
		mapping_put(p, &mappings[i % FOSR_ARRAY_SIZE(mappings)], true);
	}
	fosr_pen_be32(p, 0);
}

static void answer(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 turn = m->answers == FOSR_SAID_NOTHING ? m->turn : m->answers,
	      prefix = m->flow->l4 == IPPROTO_TCP ? 4 : 0;
	struct question q = {.procedure = DUMP};
	__u32 left, xid = fosr_rpc_xid(m, turn, 0);

	if (m->before >= prefix + FOSR_RPC_CALL)
		q = question_of(m->before - prefix);
	left = fosr_pen_room(p) - FOSR_RPC_REPLY;
	if (left < 4) {
		fosr_rpc_reply_put(p, xid, 0, 1);
	} else if (q.procedure == DUMP) {
		fosr_rpc_reply_put(p, xid, (left - 4) % ENTRY & ~3u, 0);
		list_put(p, (left - 4) / ENTRY);
	} else if (q.procedure == GETPORT) {
		fosr_rpc_reply_put(p, xid, (__u32)fosr_min_u64((left - 4) & ~3u, FOSR_RPC_AUTH_MOST), 0);
		fosr_pen_be32(p, wanted(m, turn)->port);
	} else if (left < 8) {
		fosr_rpc_reply_put(p, xid, 0, 1);
	} else {
		fosr_rpc_reply_put(p, xid, 0, 0);
		fosr_pen_be32(p, 34567);
		fosr_pen_be32(p, (left - 8) & ~3u);
		fosr_pen_random(p, left - 8, m->seed);
	}
}

/* What is too short for a call or a reply stays zero. */
void fosr_say_portmap(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 prefix = m->flow->l4 == IPPROTO_TCP ? 4 : 0, least = m->dir == FOSR_FWD ? FOSR_RPC_CALL : FOSR_RPC_REPLY;
	struct fosr_pen record;

	if (m->len < prefix + least)
		return;
	record = fosr_rpc_record(m, p, m->len - prefix);
	if (m->dir == FOSR_FWD)
		ask(m, &record);
	else
		answer(m, &record);
	fosr_pen_end(&record);
}

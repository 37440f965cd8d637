// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * NFS version 3 (RFC 1813). A call's credentials take what its arguments leave, a long one writes. A reply has the
 * largest form of its procedure that fits, and a verifier of what is left; where that is too much, a read's reply
 * follows it.
 */
#include <netinet/in.h>

#include "base/mix.h"
#include "grammar/leap.h"
#include "grammar/rpc.h"

#define PROGRAM 100003
#define VERSION 3
#define HANDLE 28
#define FH (4 + HANDLE)
#define ATTRIBUTES 84
#define WRITE_FIXED (FH + 8 + 4 + 4 + 4)
#define WRITE_FROM 400 /* longer calls write */
#define WRITE_AUTH 48
#define READ_FIXED (4 + 4 + ATTRIBUTES + 4 + 4 + 4)
#define READ_EMPTY 20 /* at the file's end, without attributes */
#define DATA_MOST 131072

enum { NONE, GETATTR, LOOKUP = 3, ACCESS, READ = 6, WRITE };
enum { NFS_OK, NFS_NOENT = 2, NFS_STALE = 70 };

/* A call of some size: what it does, with credentials and a name of so many bytes. */
struct call {
	__u32 procedure, auth, name;
};

static struct call call_of(const struct fosr_speech *m, __u32 turn, __u32 len)
{
	static const __u8 procedures[] = {GETATTR, GETATTR, ACCESS, GETATTR, GETATTR, LOOKUP, GETATTR, ACCESS};
	static const __u32 args[] = {[GETATTR] = FH, [LOOKUP] = FH + 4, [ACCESS] = FH + 4, [READ] = FH + 12};
	__u32 left = (len - FOSR_RPC_CALL) & ~3u;
	__u64 seed = fosr_mix64(m->seed + turn);
	struct call c = {.procedure = seed >> 8 & 15 ? procedures[seed & 7] : READ};

	if (len >= WRITE_FROM)
		return (struct call){.procedure = WRITE, .auth = WRITE_AUTH};
	if (left < FH)
		return (struct call){.procedure = NONE, .auth = left < FOSR_RPC_UNIX_LEAST ? 0 : left};
	if (left < args[c.procedure] + FOSR_RPC_UNIX_LEAST) {
		/* Without credentials, only what is left can be a name. */
		c.procedure = left == FH ? GETATTR : left == FH + 12 ? READ : LOOKUP;
		c.name = c.procedure == LOOKUP ? left - FH - 4 : 0;
		return c;
	}
	left -= args[c.procedure];
	if (c.procedure == LOOKUP)
		c.name = (__u32)fosr_min_u64(left - FOSR_RPC_UNIX_LEAST, 8 + (m->seed + turn) % 5 * 4);
	c.auth = left - c.name;
	return c;
}

/* Files change every few turns. */
static void handle_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 turn)
{
	fosr_pen_be32(p, HANDLE);
	fosr_pen_be32(p, 0x01000701);
	fosr_pen_secret(p, HANDLE - 8, fosr_mix64(m->flow->end[FOSR_BWD].host));
	fosr_pen_be32(p, (__u32)fosr_mix64(m->seed + turn / 4) & 0xffffff);
}

static void write_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 i, __u32 n)
{
	struct fosr_pen record = fosr_rpc_record(m, p, n);
	__u32 data = n - FOSR_RPC_CALL - WRITE_AUTH - WRITE_FIXED;

	fosr_rpc_call_put(m, &record, fosr_rpc_xid(m, m->turn, i), PROGRAM, VERSION, WRITE, WRITE_AUTH);
	handle_put(m, &record, m->turn);
	fosr_pen_be64(&record, ((__u64)m->turn << 24) + (__u64)i * DATA_MOST);
	fosr_pen_be32(&record, data & ~3u);
	fosr_pen_be32(&record, i ? 0 : 2);
	fosr_pen_be32(&record, data & ~3u);
	fosr_pen_random(&record, data & ~3u, fosr_mix64(m->seed + m->turn) + i);
	fosr_pen_end(&record);
}

static void writes_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 prefix = m->flow->l4 == IPPROTO_TCP ? 4 : 0,
	      one = prefix + FOSR_RPC_CALL + WRITE_AUTH + WRITE_FIXED + DATA_MOST;
	__u32 count = (fosr_pen_room(p) - WRITE_FROM) / one, i = fosr_pen_leap(p, one, count);

	for (; i < count; i++)
		write_put(m, p, i, one - prefix);
	write_put(m, p, count, fosr_pen_room(p) - prefix);
}

static void call_put(const struct fosr_speech *m, struct fosr_pen *p, const struct call *c)
{
	static const char *const names[] = {
		"Makefile", "README", "src", ".cache", "data.csv", "index.html", "report.odt", "tmp"};
	const char *name = names[fosr_mix64(m->seed + m->turn / 4) & 7];
	__u32 own = (__u32)strlen(name);

	fosr_rpc_call_put(m, p, fosr_rpc_xid(m, m->turn, 0), PROGRAM, VERSION, c->procedure, c->auth);
	if (c->procedure == NONE)
		return;
	handle_put(m, p, m->turn);
	if (c->procedure == LOOKUP) {
		own = own <= c->name && own + 3 >= c->name ? own : c->name;
		fosr_pen_be32(p, own);
		fosr_pen_bytes(p, name, (__u32)fosr_min_u64(own, strlen(name)));
		fosr_pen_word(p, own > strlen(name) ? own - (__u32)strlen(name) : 0, m->seed);
	} else if (c->procedure == ACCESS) {
		fosr_pen_be32(p, 0x1f);
	} else if (c->procedure == READ) {
		fosr_pen_be64(p, (__u64)m->turn << 17);
		fosr_pen_be32(p, DATA_MOST);
	}
}

static void time_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 before)
{
	fosr_pen_be32(p, (__u32)(m->time_ns / FOSR_NS_PER_S) - before);
	fosr_pen_be32(p, (__u32)(m->seed & 0x1fffffff));
}

static void attributes_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 turn)
{
	__u64 seed = fosr_mix64(m->seed + turn / 4);

	fosr_pen_be32(p, seed & 3 ? 1 : 2);
	fosr_pen_be32(p, seed & 3 ? 0644 : 0755);
	fosr_pen_be32(p, seed & 3 ? 1 : 3);
	fosr_pen_be32(p, 1000 + (m->seed >> 32 & 15));
	fosr_pen_be32(p, 1000);
	fosr_pen_be64(p, seed >> 8 & 0x3fffff);
	fosr_pen_be64(p, (seed >> 8 & 0x3fffff) + 4096);
	fosr_pen_be64(p, 0);
	fosr_pen_be64(p, 0x803);
	fosr_pen_be64(p, seed & 0xffffff);
	time_put(m, p, 600 + (seed & 0xfff));
	time_put(m, p, 90000 + (seed & 0xffff));
	time_put(m, p, 90000 + (seed & 0xffff));
}

/* Bytes of results that a procedure may have, the largest first; behind `from` its data takes what is left. */
enum form { FAILS, FAILS_WITH, SUCCEEDS, TAKES };

static __u32 form_size(__u32 procedure, enum form f)
{
	static const __u32 success[] = {[NONE] = 0,
		[GETATTR] = 4 + ATTRIBUTES,
		[LOOKUP] = 4 + FH + 8 + ATTRIBUTES,
		[ACCESS] = 4 + 4 + ATTRIBUTES + 4,
		[READ] = READ_EMPTY,
		[WRITE] = 4 + 4 + 4 + ATTRIBUTES + 16};

	if (f == TAKES)
		return procedure == READ ? READ_FIXED : UINT32_MAX;
	if (f == SUCCEEDS)
		return success[procedure];
	if (procedure == NONE)
		return UINT32_MAX;
	if (f == FAILS_WITH)
		return procedure == GETATTR || procedure == ACCESS ? UINT32_MAX
								   : 8 + ATTRIBUTES + (procedure == WRITE ? 4 : 0);
	return procedure == GETATTR ? 4 : procedure == WRITE || procedure == ACCESS ? 12 : 8;
}

static void failed_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 procedure, __u32 turn, bool with)
{
	fosr_pen_be32(p, procedure == LOOKUP ? NFS_NOENT : procedure == ACCESS ? NFS_OK : NFS_STALE);
	if (procedure == GETATTR)
		return;
	if (procedure == ACCESS) {
		/* Allowed, but without attributes. */
		fosr_pen_be64(p, 0x1f);
		return;
	}
	if (procedure == WRITE)
		fosr_pen_be32(p, 0);
	fosr_pen_be32(p, with);
	if (with)
		attributes_put(m, p, turn);
}

static void read_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 turn, bool empty)
{
	__u32 data;

	fosr_pen_be32(p, NFS_OK);
	fosr_pen_be32(p, !empty);
	if (!empty)
		attributes_put(m, p, turn);
	data = empty ? 0 : (fosr_pen_room(p) - 12) & ~3u;
	fosr_pen_be32(p, data);
	fosr_pen_be32(p, data < DATA_MOST);
	fosr_pen_be32(p, data);
	fosr_pen_random(p, data, fosr_mix64(m->seed + m->turn));
}

static void done_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 procedure, __u32 turn)
{
	if (procedure == NONE)
		return;
	fosr_pen_be32(p, NFS_OK);
	if (procedure == LOOKUP)
		handle_put(m, p, turn);
	if (procedure == WRITE)
		fosr_pen_be32(p, 0);
	if (procedure != GETATTR)
		fosr_pen_be32(p, 1);
	attributes_put(m, p, turn);
	if (procedure == LOOKUP) {
		fosr_pen_be32(p, 0);
	} else if (procedure == ACCESS) {
		fosr_pen_be32(p, 0x1f);
	} else if (procedure == WRITE) {
		fosr_pen_be32(
			p, m->before > WRITE_FROM ? (m->before - FOSR_RPC_CALL - WRITE_AUTH - WRITE_FIXED) & ~3u : 0);
		fosr_pen_be32(p, 2);
		fosr_pen_secret(p, 8, m->flow->end[FOSR_BWD].host);
	}
}

/* All of p, which has room for a reply. */
static void reply_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 procedure, __u32 turn, __u32 i)
{
	__u32 left = fosr_pen_room(p) - FOSR_RPC_REPLY, form = TAKES, verifier = 0, xid = fosr_rpc_xid(m, turn, i);

	while (form > FAILS && form_size(procedure, form) > left)
		form--;
	if (form_size(procedure, form) > left) {
		fosr_rpc_reply_put(p, xid, 0, 5); /* the system fails */
		return;
	}
	if (form != TAKES)
		verifier = (__u32)fosr_min_u64((left - form_size(procedure, form)) & ~3u, FOSR_RPC_AUTH_MOST);
	fosr_rpc_reply_put(p, xid, verifier, 0);
	if (form >= SUCCEEDS && procedure == READ)
		read_put(m, p, turn, form == SUCCEEDS);
	else if (form >= SUCCEEDS)
		done_put(m, p, procedure, turn);
	else
		failed_put(m, p, procedure, turn, form == FAILS_WITH);
}

/* What one reply does not hold is that of a read before it; reads of one size, and a longer one at the end. */
static void replies_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 prefix = m->flow->l4 == IPPROTO_TCP ? 4 : 0,
	      turn = m->answers == FOSR_SAID_NOTHING ? m->turn : m->answers;
	__u32 one = prefix + FOSR_RPC_REPLY + READ_FIXED + DATA_MOST, count = 0, i = 0, first;
	struct call c = {.procedure = READ};
	struct fosr_pen record;

	if (m->answers != FOSR_SAID_NOTHING && m->before >= prefix + FOSR_RPC_CALL)
		c = call_of(m, turn, m->before - prefix);
	first = prefix + FOSR_RPC_REPLY + form_size(c.procedure, SUCCEEDS);
	if (prefix && c.procedure != READ && fosr_pen_room(p) >= first + one - DATA_MOST + 200) {
		record = fosr_rpc_record(m, p, first - prefix);
		reply_put(m, &record, c.procedure, turn, 0);
		fosr_pen_end(&record);
		c.procedure = READ;
		i = 1;
	}
	if (c.procedure == READ)
		count = fosr_pen_room(p) / one;
	count -= count ? 1 : 0;
	count += i;
	for (i += fosr_pen_leap(p, one, count - i); i < count; i++) {
		record = fosr_rpc_record(m, p, one - prefix);
		reply_put(m, &record, c.procedure, turn, i);
		fosr_pen_end(&record);
	}
	record = fosr_rpc_record(m, p, fosr_pen_room(p) - prefix);
	reply_put(m, &record, c.procedure, turn, i);
	fosr_pen_end(&record);
}

/* What is too short for a call or a reply stays zero. */
void fosr_say_nfs(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 prefix = m->flow->l4 == IPPROTO_TCP ? 4 : 0, least = m->dir == FOSR_FWD ? FOSR_RPC_CALL : FOSR_RPC_REPLY;
	struct fosr_pen record;
	struct call c;

	if (m->len < prefix + least)
		return;
	if (m->dir == FOSR_BWD) {
		replies_put(m, p);
		return;
	}
	c = call_of(m, m->turn, m->len - prefix);
	if (c.procedure == WRITE) {
		writes_put(m, p);
		return;
	}
	record = fosr_rpc_record(m, p, m->len - prefix);
	call_put(m, &record, &c);
	fosr_pen_end(&record);
}

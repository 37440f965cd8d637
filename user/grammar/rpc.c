// SPDX-License-Identifier: GPL-3.0-or-later
#include "grammar/rpc.h"

#include <netinet/in.h>

#include "base/mix.h"

#define LAST 0x80000000
#define GIDS_MOST 16

enum { AUTH_NONE, AUTH_UNIX, AUTH_SHORT };

__u32 fosr_rpc_xid(const struct fosr_speech *m, __u32 turn, __u32 i)
{
	return (__u32)fosr_mix64(m->seed ^ 0x79c) + turn + (i << 16);
}

struct fosr_pen fosr_rpc_record(const struct fosr_speech *m, struct fosr_pen *p, __u32 n)
{
	if (m->flow->l4 == IPPROTO_TCP)
		fosr_pen_be32(p, LAST | n);
	return fosr_pen_part(p, n);
}

/* The machine's name and groups; the name takes what groups do not. */
static void unix_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 n)
{
	__u32 left = n - FOSR_RPC_UNIX_LEAST, groups = (__u32)fosr_min_u64(m->seed >> 40 & 7, left / 4), own, name;

	if (left - 4 * groups > 252)
		groups = (__u32)fosr_min_u64(GIDS_MOST, left / 4);
	own = (__u32)fosr_min_u64(strcspn(m->name[FOSR_FWD], "."), 32);
	name = left - 4 * groups;
	fosr_pen_be32(p, (__u32)(m->time_ns / FOSR_NS_PER_S));
	if (own <= name && own + 3 >= name) {
		fosr_pen_be32(p, own);
		fosr_pen_bytes(p, m->name[FOSR_FWD], own);
		fosr_pen_zero(p, name - own);
	} else {
		fosr_pen_be32(p, name);
		fosr_pen_bytes(p, m->name[FOSR_FWD], (__u32)fosr_min_u64(own, name));
		fosr_pen_word(p, name > own ? name - own : 0, m->seed);
	}
	fosr_pen_be32(p, 1000 + (m->seed >> 32 & 15));
	fosr_pen_be32(p, 1000 + (m->seed >> 32 & 15));
	fosr_pen_be32(p, groups);
	for (__u32 i = 0; i < groups; i++)
		fosr_pen_be32(p, i ? 20 + 7 * i : 1000 + (m->seed >> 32 & 15));
}

void fosr_rpc_call_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 xid, __u32 program, __u32 version,
	__u32 procedure, __u32 auth)
{
	fosr_pen_be32(p, xid);
	fosr_pen_be32(p, 0);
	fosr_pen_be32(p, 2);
	fosr_pen_be32(p, program);
	fosr_pen_be32(p, version);
	fosr_pen_be32(p, procedure);
	fosr_pen_be32(p, auth ? AUTH_UNIX : AUTH_NONE);
	fosr_pen_be32(p, auth);
	if (auth)
		unix_put(m, p, auth);
	fosr_pen_be64(p, 0);
}

void fosr_rpc_reply_put(struct fosr_pen *p, __u32 xid, __u32 verifier, __u32 accept)
{
	fosr_pen_be32(p, xid);
	fosr_pen_be32(p, 1);
	fosr_pen_be32(p, 0);
	fosr_pen_be32(p, verifier ? AUTH_SHORT : AUTH_NONE);
	fosr_pen_be32(p, verifier);
	fosr_pen_secret(p, verifier, xid);
	fosr_pen_be32(p, accept);
}

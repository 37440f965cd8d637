/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Calls and replies of SunRPC (RFC 5531). XDR counts in fours: one to three bytes that are left stay zero behind a
 * message. All sizes are without the record mark that stands in front over TCP.
 */
#ifndef FOSR_GRAMMAR_RPC_H
#define FOSR_GRAMMAR_RPC_H

#include "grammar/grammar.h"

#define FOSR_RPC_CALL 40 /* a call without credentials and arguments */
#define FOSR_RPC_REPLY 24 /* and a reply without results */
#define FOSR_RPC_UNIX_LEAST 20 /* credentials of AUTH_UNIX */
#define FOSR_RPC_AUTH_MOST 400

/* The same for a call and for its reply; i: of several in a message. */
__u32 fosr_rpc_xid(const struct fosr_speech *m, __u32 turn, __u32 i);

/* A record of n bytes; UDP: all of p. */
struct fosr_pen fosr_rpc_record(const struct fosr_speech *m, struct fosr_pen *p, __u32 n);

/* auth: bytes of the credentials, 0 or FOSR_RPC_UNIX_LEAST and more, in fours. */
void fosr_rpc_call_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 xid, __u32 program, __u32 version,
	__u32 procedure, __u32 auth);

/* Accepted; verifier: bytes of it, in fours; accept: 0, or why the call was not made. */
void fosr_rpc_reply_put(struct fosr_pen *p, __u32 xid, __u32 verifier, __u32 accept);

#endif

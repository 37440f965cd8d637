// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * DCE/RPC over TCP (C706 12.6, MS-RPCE 2.2.2): a bind to the endpoint mapper or the object exporter, then calls whose
 * data is sealed and so of any size. NTLMSSP takes what is left of a bind and of its acknowledgement; long calls are in
 * fragments.
 */
#include "base/mix.h"
#include "grammar/grammar.h"
#include "grammar/leap.h"
#include "grammar/smb.h"

#define HEADER 16
#define BIND (HEADER + 12)
#define CONTEXT 44
#define TRAILER 8 /* in front of an authentication's token */
#define NTLM_BARE 32 /* without a version */
#define ACK (HEADER + 8 + 8 + 4 + 24)
#define CALL (HEADER + 8)
#define SIGNATURE 16
#define FRAGMENT 5840
#define FIRST 1
#define LAST 2

enum { REQUEST = 0, RESPONSE = 2, FAULT, BINDS = 11, BIND_ACK = 12 };

/* A header of a fragment of `total` bytes of which a token takes `auth`. */
static void header_put(
	const struct fosr_speech *m, struct fosr_pen *p, __u32 type, __u32 flags, __u32 total, __u32 auth)
{
	fosr_pen_u8(p, 5);
	fosr_pen_u8(p, 0);
	fosr_pen_u8(p, type);
	fosr_pen_u8(p, flags);
	fosr_pen_le32(p, 0x10);
	fosr_pen_le16(p, total);
	fosr_pen_le16(p, auth);
	fosr_pen_le32(p, 1 + (m->dir == FOSR_BWD && m->answers != FOSR_SAID_NOTHING ? m->answers : m->turn));
}

static void trailer_put(struct fosr_pen *p, __u32 pad)
{
	fosr_pen_u8(p, 10);
	fosr_pen_u8(p, 6);
	fosr_pen_u8(p, pad);
	fosr_pen_u8(p, 0);
	fosr_pen_le32(p, 0);
}

static bool mapper(const struct fosr_speech *m)
{
	return fosr_mix64(m->seed) & 3;
}

static void context_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 i)
{
	fosr_pen_le16(p, i);
	fosr_pen_le16(p, 1);
	if (mapper(m))
		fosr_pen_bytes(
			p, "\x08\x83\xaf\xe1\x1f\x5d\xc9\x11\x91\xa4\x08\x00\x2b\x14\xa0\xfa\x03\x00\x00\x00", 20);
	else
		fosr_pen_bytes(
			p, "\xc4\xfe\xfc\x99\x60\x52\x1b\x10\xbb\xcb\x00\xaa\x00\x21\x34\x7a\x00\x00\x00\x00", 20);
	if (i)
		fosr_pen_bytes(
			p, "\x33\x05\x71\x71\xba\xbe\x37\x49\x83\x19\xb5\xdb\xef\x9c\xcc\x36\x01\x00\x00\x00", 20);
	else
		fosr_pen_bytes(
			p, "\x04\x5d\x88\x8a\xeb\x1c\xc9\x11\x9f\xe8\x08\x00\x2b\x10\x48\x60\x02\x00\x00\x00", 20);
}

static bool binds(__u32 turn, __u32 len)
{
	__u32 more = len - BIND - CONTEXT;

	return !turn && len >= BIND + CONTEXT && len < 900 && (!more || more == CONTEXT || more >= TRAILER + NTLM_BARE);
}

static void bind_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 len = fosr_pen_room(p),
	      contexts = len - BIND == 2 * CONTEXT || len >= BIND + 2 * CONTEXT + TRAILER + NTLM_BARE ? 2 : 1;
	__u32 auth = len - BIND - contexts * CONTEXT;

	header_put(m, p, BINDS, FIRST | LAST, len, auth ? auth - TRAILER : 0);
	fosr_pen_le16(p, FRAGMENT);
	fosr_pen_le16(p, FRAGMENT);
	fosr_pen_le32(p, 0);
	fosr_pen_le32(p, contexts);
	for (__u32 i = 0; i < contexts; i++)
		context_put(m, p, i);
	if (!auth)
		return;
	trailer_put(p, 0);
	fosr_ntlm_negotiate(m, p);
}

/* Accepted; with the challenge if there is room for it. */
static void bind_ack_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 len = fosr_pen_room(p), auth = len - ACK;

	header_put(m, p, BIND_ACK, FIRST | LAST, len, auth ? auth - TRAILER : 0);
	fosr_pen_le16(p, FRAGMENT);
	fosr_pen_le16(p, FRAGMENT);
	fosr_pen_le32(p, 0x1000 + (m->seed & 0xffff));
	fosr_pen_le16(p, 4);
	fosr_pen_bytes(p, "135\0\0", 6);
	fosr_pen_le32(p, 1);
	fosr_pen_le32(p, 0);
	fosr_pen_bytes(p, "\x04\x5d\x88\x8a\xeb\x1c\xc9\x11\x9f\xe8\x08\x00\x2b\x10\x48\x60\x02\x00\x00\x00", 20);
	if (!auth)
		return;
	trailer_put(p, 0);
	fosr_ntlm_challenge(m, p);
}

/* Sealed if a signature has room; else of an operation that nobody knows, or a fault. */
static void call_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 flags, __u32 total, __u32 i)
{
	bool answer = m->dir == FOSR_BWD, sealed = total >= CALL + TRAILER + SIGNATURE + 4;
	__u32 stub = total - CALL - (sealed ? TRAILER + SIGNATURE : 0), pad = sealed ? stub & 3 : 0;

	header_put(m, p, !answer ? REQUEST : sealed ? RESPONSE : FAULT, flags, total, sealed ? SIGNATURE : 0);
	fosr_pen_le32(p, stub - pad);
	fosr_pen_le16(p, 0);
	fosr_pen_le16(p, answer ? 0 : !sealed ? 20 : mapper(m) ? 3 : 5);
	if (answer && !sealed) {
		fosr_pen_le32(p, 0x1c010002); /* operation out of range */
		fosr_pen_zero(p, fosr_pen_room(p));
		return;
	}
	fosr_pen_random(p, stub, fosr_mix64(m->seed + m->turn * 2 + m->dir) + i);
	if (!sealed)
		return;
	trailer_put(p, pad);
	fosr_pen_le32(p, 1);
	fosr_pen_secret(p, 8, fosr_mix64(m->seed + m->turn * 2 + m->dir) + i);
	fosr_pen_le32(p, m->turn + i);
}

static void calls_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 count = fosr_pen_room(p) / FRAGMENT, i;

	count -= count ? 1 : 0;
	for (i = fosr_pen_leap(p, FRAGMENT, count); i < count; i++)
		call_put(m, p, i ? 0 : FIRST, FRAGMENT, i);
	call_put(m, p, LAST | (count ? 0 : FIRST), fosr_pen_room(p), count);
}

/* What is too short for a call stays zero. */
void fosr_say_dcerpc(const struct fosr_speech *m, struct fosr_pen *p)
{
	bool bound = m->dir == FOSR_BWD && m->answers != FOSR_SAID_NOTHING && binds(m->answers, m->before);

	if (m->len < CALL)
		return;
	if (m->dir == FOSR_FWD && binds(m->turn, m->len))
		bind_put(m, p);
	else if (bound && (m->len == ACK || (m->len >= ACK + TRAILER + FOSR_NTLM_CHALLENGE && m->len < 1500)))
		bind_ack_put(m, p);
	else
		calls_put(m, p);
}

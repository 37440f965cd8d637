// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * IKEv2 (RFC 7296): IKE_SA_INIT, whose nonce or vendor id brings it to its size, then IKE_AUTH and informational
 * exchanges, which are encrypted. On port 4500 a marker stands before (RFC 3948), and a single byte keeps the NAT's
 * mapping. What is too short for IKE_SA_INIT is encrypted, too; what has no room for a header stays zero.
 */
#include "base/mix.h"
#include "grammar/grammar.h"

#define HEADER 28
#define GENERIC 4
#define NAT_PORT 4500
#define ASSOCIATION (GENERIC + 8 + 12 + 8 + 8)
#define NONCE 32
#define NONCE_LEAST 16
#define NOTIFY (GENERIC + 4 + 20)
#define SEALED_LEAST (GENERIC + 8 + 1) /* what is shorter has no initialization vector */
#define VENDOR_LEAST (GENERIC + 8)

enum {
	PAYLOAD_NONE,
	PAYLOAD_SA = 33,
	PAYLOAD_KE = 34,
	PAYLOAD_ID = 35,
	PAYLOAD_NONCE = 40,
	PAYLOAD_NOTIFY = 41,
	PAYLOAD_VENDOR = 43,
	PAYLOAD_SK = 46,
};
enum { IKE_SA_INIT = 34, IKE_AUTH, CREATE_CHILD_SA, INFORMATIONAL };
enum { DH_MODP2048 = 14, DH_P256 = 19, DH_X25519 = 31 };

/* The key exchange of the flow, as far as there is room for it. */
struct group {
	__u16 id, len;
};

static struct group group_of(const struct fosr_speech *m, __u32 room)
{
	static const struct group groups[] = {{DH_MODP2048, 256}, {DH_P256, 64}, {DH_X25519, 32}, {DH_MODP2048, 256}};
	const struct group *g = &groups[fosr_mix64(m->seed + 0x1ce) & 3];

	return room >= HEADER + ASSOCIATION + GENERIC + 4U + g->len + GENERIC + NONCE_LEAST ? *g : groups[2];
}

static __u32 init_least(void)
{
	return HEADER + ASSOCIATION + GENERIC + 4 + 32 + GENERIC + NONCE_LEAST;
}

static void header_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 next, __u32 exchange)
{
	bool answer = m->dir == FOSR_BWD && m->answers != FOSR_SAID_NOTHING;
	__u32 n = fosr_pen_room(p);

	fosr_pen_be64(p, fosr_mix64(m->seed + 0x1c) | 1);
	fosr_pen_be64(p, exchange == IKE_SA_INIT && !answer ? 0 : fosr_mix64(m->seed + 0x1d) | 1);
	fosr_pen_u8(p, next);
	fosr_pen_u8(p, 0x20);
	fosr_pen_u8(p, exchange);
	fosr_pen_u8(p, (m->dir == FOSR_FWD ? 8 : 0) | (answer ? 0x20 : 0));
	fosr_pen_be32(p, answer ? m->answers : m->turn);
	fosr_pen_be32(p, n);
}

static void generic_put(struct fosr_pen *p, __u32 next, __u32 n)
{
	fosr_pen_be16(p, next << 8);
	fosr_pen_be16(p, n);
}

static void transform_put(struct fosr_pen *p, bool more, __u32 type, __u32 id)
{
	bool has_length = type == 1;

	fosr_pen_be16(p, more ? 3 << 8 : 0);
	fosr_pen_be16(p, has_length ? 12 : 8);
	fosr_pen_be16(p, type << 8);
	fosr_pen_be16(p, id);
	if (has_length) {
		fosr_pen_be16(p, 0x800e);
		fosr_pen_be16(p, 256);
	}
}

/* AES-GCM with a hash of SHA-2. */
static void association_put(const struct fosr_speech *m, struct fosr_pen *p, const struct group *g)
{
	generic_put(p, PAYLOAD_KE, ASSOCIATION);
	fosr_pen_be16(p, 0);
	fosr_pen_be16(p, ASSOCIATION - GENERIC);
	fosr_pen_bytes(p, "\1\1\0\3", 4);
	transform_put(p, true, 1, 20);
	transform_put(p, true, 2, 5 + (m->seed >> 5 & 1));
	transform_put(p, false, 4, g->id);
}

static void notify_put(struct fosr_pen *p, __u32 next, __u32 what, __u64 seed)
{
	generic_put(p, next, NOTIFY);
	fosr_pen_be16(p, 0);
	fosr_pen_be16(p, what);
	fosr_pen_secret(p, 20, seed + what);
}

static void init_put(const struct fosr_speech *m, struct fosr_pen *p, __u64 seed)
{
	struct group g = group_of(m, fosr_pen_room(p));
	__u32 left = fosr_pen_room(p) - (HEADER + ASSOCIATION + GENERIC + 4 + g.len + GENERIC + NONCE_LEAST);
	__u32 nonce = NONCE_LEAST + (__u32)fosr_min_u64(left, NONCE - NONCE_LEAST);
	bool nat, vendor;

	left -= nonce - NONCE_LEAST;
	nat = left >= 2 * NOTIFY;
	left -= nat ? 2 * NOTIFY : 0;
	vendor = left >= VENDOR_LEAST;
	nonce += vendor ? 0 : left;
	header_put(m, p, PAYLOAD_SA, IKE_SA_INIT);
	association_put(m, p, &g);
	generic_put(p, PAYLOAD_NONCE, GENERIC + 4 + g.len);
	fosr_pen_be16(p, g.id);
	fosr_pen_be16(p, 0);
	fosr_pen_secret(p, g.len, seed);
	generic_put(p, nat ? PAYLOAD_NOTIFY : vendor ? PAYLOAD_VENDOR : PAYLOAD_NONE, GENERIC + nonce);
	fosr_pen_secret(p, nonce, seed + 100);
	if (nat) {
		notify_put(p, PAYLOAD_NOTIFY, 16388, seed);
		notify_put(p, vendor ? PAYLOAD_VENDOR : PAYLOAD_NONE, 16389, seed);
	}
	if (vendor) {
		generic_put(p, PAYLOAD_NONE, left);
		fosr_pen_secret(p, left - GENERIC, 0x1ce);
	}
}

static void encrypted_put(const struct fosr_speech *m, struct fosr_pen *p, __u64 seed)
{
	__u32 id = m->dir == FOSR_BWD && m->answers != FOSR_SAID_NOTHING ? m->answers : m->turn;
	__u32 n = fosr_pen_room(p) - HEADER;

	header_put(m, p,
		n >= SEALED_LEAST     ? PAYLOAD_SK
			: n > GENERIC ? PAYLOAD_VENDOR
				      : PAYLOAD_NONE,
		id == 1			     ? IKE_AUTH
			: (m->seed + id) % 5 ? INFORMATIONAL
					     : CREATE_CHILD_SA);
	if (n > GENERIC) {
		generic_put(p, n < SEALED_LEAST ? PAYLOAD_NONE : id == 1 ? PAYLOAD_ID : PAYLOAD_NOTIFY, n);
		fosr_pen_random(p, n - GENERIC, seed);
	}
}

void fosr_say_ike(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u64 seed = fosr_mix64(m->seed + 2 * m->turn + m->dir);
	bool first = !m->turn && (m->dir == FOSR_FWD ? m->answers == FOSR_SAID_NOTHING : m->before >= init_least());

	if (m->flow->end[FOSR_BWD].port == NAT_PORT) {
		if (m->len == 1)
			fosr_pen_u8(p, 0xff);
		else
			fosr_pen_zero(p, 4);
	}
	if (first && fosr_pen_room(p) >= init_least())
		init_put(m, p, seed);
	else if (fosr_pen_room(p) >= HEADER)
		encrypted_put(m, p, seed);
}

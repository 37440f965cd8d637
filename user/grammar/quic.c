// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * QUIC (RFC 9000, 9001): HTTP/3 and DNS. The first datagram of each end has an Initial packet that everyone can
 * decrypt: the ClientHello, and the ServerHello, with PADDING frames or a Handshake packet behind it up to the
 * datagram's size. The second ones have Handshake packets where there is room, all others a packet with a short header.
 * Datagrams too short for a hello have a PING or an acknowledgement, or a short header at once.
 */
#include "base/crypt.h"
#include "grammar/quic.h"
#include "grammar/tls.h"

#define VERSION 1
#define PACKET_MOST 1500 /* what is encrypted; of longer datagrams the rest is another packet */
#define LONG_HEAD (1 + 4 + 1 + 1 + 2) /* without the connection ids and the packet number */
#define TAG FOSR_GCM_TAG_LEN
#define CRYPTO_HEAD 4 /* type, offset, length of two bytes */
#define ACK_LEN 5
#define PING_LEN 4 /* with padding: the least that can be protected */
#define SHORT_LEAST 21
#define VERSIONS_LEAST 7 /* without a version */
#define REST_LEAST 40 /* behind another packet */
#define DATAGRAM 1200 /* those with Initial packets should have so many bytes (RFC 9000 14.1) */
#define SEVERAL 1000 /* of a server that sends its certificates */
#define HANDSHAKE_LEAST 60

enum { LONG_INITIAL = 0xc0, LONG_0RTT = 0xd0, LONG_HANDSHAKE = 0xe0, SHORT = 0x40 };
enum { FRAME_PING = 1, FRAME_ACK = 2, FRAME_CRYPTO = 6 };

struct cid {
	__u8 id[QUIC_CID];
	__u32 len;
};

/* A connection as the end that speaks sees it. */
struct connection {
	const struct fosr_speech *m;
	const struct fosr_tls_kind *kind;
	__u64 seed; /* of this datagram */
	struct cid to, from,
		original; /* that of the other end, its own, and that by which the client first called it */
	__u32 number_len; /* bytes of a packet number */
};

static struct cid chosen(__u64 seed)
{
	struct cid c = {.len = QUIC_CID};

	for (int i = 0; i < QUIC_CID; i++)
		c.id[i] = (__u8)(seed >> 8 * i);
	return c;
}

static struct connection connection(const struct fosr_tls_kind *kind, const struct fosr_speech *m)
{
	struct cid client, server = chosen(fosr_mix64(m->seed + 0x91d));
	struct connection c = {.m = m, .kind = kind, .seed = fosr_mix64(m->seed + 2 * m->turn + m->dir)};
	bool answered = m->dir == FOSR_BWD || m->answers != FOSR_SAID_NOTHING;

	client.len = fosr_quic_client_cid(m->seed, client.id);
	c.original = chosen(fosr_mix64(m->seed + 0x91e));
	c.to = m->dir == FOSR_BWD ? client : answered ? server : c.original;
	c.from = m->dir == FOSR_BWD ? server : client;
	c.number_len = 1 + (m->seed >> 20 & 1);
	return c;
}

static void cid_put(struct fosr_pen *p, const struct cid *c)
{
	fosr_pen_u8(p, c->len);
	fosr_pen_bytes(p, c->id, c->len);
}

/* All before the packet number; n: of the whole packet. */
static void head_put(const struct connection *c, struct fosr_pen *p, __u32 type, __u32 n)
{
	__u32 at = fosr_pen_at(p);

	fosr_pen_u8(p, type);
	fosr_pen_be32(p, VERSION);
	cid_put(p, &c->to);
	cid_put(p, &c->from);
	if ((type & 0xf0) == LONG_INITIAL)
		fosr_pen_u8(p, 0);
	fosr_pen_be16(p, 0x4000 | (n - (fosr_pen_at(p) - at) - 2));
}

static __u32 head_len(const struct connection *c, bool initial)
{
	return LONG_HEAD + c->to.len + c->from.len + initial;
}

/* What nobody can decrypt: n bytes in all. */
static void sealed_put(const struct connection *c, struct fosr_pen *p, __u32 type, __u32 n)
{
	head_put(c, p, type | (c->seed & 15), n);
	fosr_pen_random(p, n - head_len(c, false), c->seed + type);
}

/* Version Negotiation (RFC 9000 17.2.1): the only packet of fewer than 21 bytes, and passed over later in a connection.
 */
static void versions_put(const struct connection *c, struct fosr_pen *p)
{
	__u32 left = fosr_pen_room(p) - VERSIONS_LEAST, n = left < 4 ? left : left - 4;

	fosr_pen_u8(p, LONG_INITIAL | (c->seed & 15));
	fosr_pen_zero(p, 5);
	fosr_pen_u8(p, n);
	fosr_pen_secret(p, n, c->m->seed);
	if (n < left)
		fosr_pen_be32(p, VERSION);
}

static void short_put(const struct connection *c, struct fosr_pen *p)
{
	if (fosr_pen_room(p) < SHORT_LEAST && fosr_pen_room(p) >= VERSIONS_LEAST) {
		versions_put(c, p);
		return;
	}
	fosr_pen_u8(p, SHORT | (c->seed & 0x3f));
	fosr_pen_bytes(p, c->to.id, c->to.len);
	fosr_pen_random(p, fosr_pen_room(p), c->seed);
}

struct keys {
	__u8 key[FOSR_AES_LEN], iv[FOSR_GCM_IV_LEN], head[FOSR_AES_LEN];
};

static void keys_make(const struct connection *c, struct keys *k)
{
	static const __u8 salt[] = {0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8,
		0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a};
	__u8 initial[FOSR_SECRET_LEN], secret[FOSR_SECRET_LEN];

	fosr_hkdf_extract(salt, sizeof(salt), c->original.id, c->original.len, initial);
	fosr_hkdf_expand_label(initial, c->m->dir == FOSR_BWD ? "server in" : "client in", secret, sizeof(secret));
	fosr_hkdf_expand_label(secret, "quic key", k->key, sizeof(k->key));
	fosr_hkdf_expand_label(secret, "quic iv", k->iv, sizeof(k->iv));
	fosr_hkdf_expand_label(secret, "quic hp", k->head, sizeof(k->head));
}

/* RFC 9001 5.3, 5.4: `packet` of n bytes has its payload behind `head` bytes, the last of which are its number. */
static void protect(const struct connection *c, __u8 *packet, __u32 head, __u32 n)
{
	struct keys k;
	__u8 mask[FOSR_AES_LEN];

	keys_make(c, &k);
	k.iv[FOSR_GCM_IV_LEN - 1] ^= packet[head - 1];
	fosr_aes128_gcm_seal(k.key, k.iv, packet, head, packet + head, n - head - TAG, packet + head);
	fosr_aes128_block(k.head, packet + head - c->number_len + 4, mask);
	packet[0] ^= mask[0] & 15;
	for (__u32 i = 0; i < c->number_len; i++)
		packet[head - c->number_len + i] ^= mask[1 + i];
}

typedef void frames_fn(const struct connection *c, struct fosr_pen *p);

/* An Initial packet of n bytes: the frames, and PADDING. */
static void initial_put(const struct connection *c, struct fosr_pen *p, __u32 n, frames_fn *frames)
{
	__u32 head = head_len(c, true) + c->number_len;
	__u8 packet[PACKET_MOST] = {0};
	struct fosr_pen whole = {.out = packet, .to = n - TAG, .len = n - TAG};

	if (fosr_pen_unseen(p, n)) {
		fosr_pen_skip(p, n);
		return;
	}
	head_put(c, &whole, LONG_INITIAL | (c->number_len - 1), n);
	fosr_pen_zero(&whole, c->number_len - 1);
	fosr_pen_u8(&whole, c->m->turn);
	frames(c, &whole);
	protect(c, packet, head, n);
	fosr_pen_bytes(p, packet, n);
}

static __u32 initial_least(const struct connection *c)
{
	return head_len(c, true) + c->number_len + PING_LEN + TAG;
}

static void ping_put(const struct connection *c, struct fosr_pen *p)
{
	fosr_pen_u8(p, FRAME_PING);
}

/* Of the other end's first packet, which has number 0. */
static void ack_put(const struct connection *c, struct fosr_pen *p)
{
	fosr_pen_u8(p, FRAME_ACK);
	fosr_pen_zero(p, ACK_LEN - 1);
}

static void crypto_head_put(struct fosr_pen *p, __u32 n)
{
	fosr_pen_u8(p, FRAME_CRYPTO);
	fosr_pen_u8(p, 0);
	fosr_pen_be16(p, 0x4000 | n);
}

static void client_hello_put(const struct connection *c, struct fosr_pen *p)
{
	__u32 room = fosr_pen_room(p) - CRYPTO_HEAD;
	struct fosr_tls_hello h;

	fosr_tls_hello_plan(&h, c->kind, c->m, 0);
	if (h.len > room)
		fosr_tls_hello_plan(&h, c->kind, c->m, room);
	/* Some pad before it. */
	if (room - h.len > 64 && c->seed >> 30 & 1)
		fosr_pen_zero(p, c->seed >> 32 & 63);
	crypto_head_put(p, h.len);
	fosr_tls_hello_put(&h, p);
}

static void server_hello_put(const struct connection *c, struct fosr_pen *p)
{
	struct fosr_tls_server_hello a = {.version = TLS_13, .group = TLS_X25519, .echo = true};
	struct fosr_tls_hello h;

	fosr_tls_hello_plan(&h, c->kind, c->m, 0);
	a.client = &h;
	a.cipher = fosr_tls_hello_cipher(&h, true, false);
	ack_put(c, p);
	crypto_head_put(p, fosr_tls_server_hello_len(&a));
	fosr_tls_server_hello_put(&a, p);
}

/* A server's answer needs as much: its hello has no session id. */
#define SERVER_HELLO 90

static __u32 client_least(const struct connection *c, __u32 frames)
{
	return LONG_HEAD + 1 + QUIC_CID + fosr_quic_client_cid(c->m->seed, (__u8[QUIC_CID]){0}) + c->number_len +
		frames + TAG;
}

static bool carries_hello(const struct connection *c, __u32 len)
{
	return len >= client_least(c, CRYPTO_HEAD + fosr_tls_hello_least(c->kind, c->m));
}

/* An Initial packet, and another one behind it where there is room. */
static void coalesced_put(const struct connection *c, struct fosr_pen *p, __u32 n, frames_fn *frames, __u32 type)
{
	if (fosr_pen_room(p) < n + HANDSHAKE_LEAST)
		n = fosr_pen_room(p);
	initial_put(c, p, n, frames);
	if (fosr_pen_room(p))
		sealed_put(c, p, type, fosr_pen_room(p));
}

#define CLIENT_MOST 1400

/* Until the server answers. Who hears nothing asks again, or sends data of a session that it resumes. */
static void client_begin_put(const struct connection *c, struct fosr_pen *p)
{
	__u32 room = fosr_pen_room(p), n = (__u32)fosr_min_u64(room, CLIENT_MOST);

	if (!c->m->turn && carries_hello(c, room))
		coalesced_put(c, p, n, client_hello_put, LONG_0RTT);
	else if (room >= DATAGRAM || (!c->m->turn && room >= initial_least(c)))
		coalesced_put(c, p, n, ping_put, LONG_0RTT);
	else if (c->m->turn && room >= HANDSHAKE_LEAST)
		sealed_put(c, p, LONG_0RTT, room);
	else
		short_put(c, p);
}

/* A second datagram says it again, for whoever has lost the first; the first may have been too short. */
static void server_begin_put(const struct connection *c, struct fosr_pen *p)
{
	__u32 room = fosr_pen_room(p), usual = client_least(c, ACK_LEN + CRYPTO_HEAD + SERVER_HELLO);

	if (room >= usual && (c->m->turn ? room >= SEVERAL : carries_hello(c, c->m->before)))
		coalesced_put(c, p, usual, server_hello_put, LONG_HANDSHAKE);
	else if (!c->m->turn && c->m->before >= client_least(c, PING_LEN) && room >= initial_least(c) + 1)
		coalesced_put(c, p, (__u32)fosr_min_u64(room, CLIENT_MOST), ack_put, LONG_HANDSHAKE);
	else
		short_put(c, p);
}

/* The client acknowledges the server's Initial packet in a datagram of full size. */
static void client_second_put(const struct connection *c, struct fosr_pen *p)
{
	__u32 room = fosr_pen_room(p), least = head_len(c, false) + HANDSHAKE_LEAST;

	if (room >= DATAGRAM) {
		coalesced_put(c, p, initial_least(c) + 1, ack_put, LONG_HANDSHAKE);
	} else if (c->m->before >= client_least(c, PING_LEN) && room >= least) {
		sealed_put(c, p, LONG_HANDSHAKE, room >= least + REST_LEAST ? least : room);
		if (fosr_pen_room(p))
			short_put(c, p);
	} else {
		short_put(c, p);
	}
}

static void say(const struct fosr_tls_kind *kind, const struct fosr_speech *m, struct fosr_pen *p)
{
	struct connection c = connection(kind, m);
	bool answered = m->answers != FOSR_SAID_NOTHING;

	if (m->dir == FOSR_FWD && !answered && m->turn < 3)
		client_begin_put(&c, p);
	else if (m->dir == FOSR_BWD && m->turn < 2 && answered)
		server_begin_put(&c, p);
	else if (m->dir == FOSR_FWD && m->turn == 1)
		client_second_put(&c, p);
	else
		short_put(&c, p);
}

void fosr_say_quic(const struct fosr_speech *m, struct fosr_pen *p)
{
	static const char *const alpn[] = {"h3", NULL};
	static const struct fosr_tls_kind kind = {.families = "qqqn", .alpn = alpn, .carrier = TLS_IN_QUIC};

	say(&kind, m, p);
}

void fosr_say_dns_quic(const struct fosr_speech *m, struct fosr_pen *p)
{
	static const char *const alpn[] = {"doq", NULL};
	static const struct fosr_tls_kind kind = {.families = "n", .alpn = alpn, .carrier = TLS_IN_QUIC};

	say(&kind, m, p);
}

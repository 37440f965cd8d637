// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * TLS over TCP (RFC 8446, 5246): services that speak nothing else from their first byte on.
 *
 * Each end's first messages are flights of the handshake, as far as their sizes let them: a ClientHello is padded; the
 * server's certificate, a cookie or ciphertext take what is left of its flight. Which handshake it is both ends derive
 * from the flow's seed and from the size of the server's first message. Whatever is too short, whoever begins as a
 * server, and all that follows, are records of data.
 */
#include "base/mix.h"
#include "grammar/tls.h"

#define FINISHED (TLS_RECORD + 40) /* TLS 1.2 with GCM */
#define FINISHED_13 (TLS_RECORD + 4 + 32 + 17)
#define HELLO_DONE 4
#define LEFT_LEAST 30 /* what is left is a record of its own; less than that goes to another one */
#define SECRETS_LEAST (TLS_RECORD + 17 + 40) /* EncryptedExtensions and Finished */

enum flight { FLIGHT_NONE, FLIGHT_13, FLIGHT_RETRY, FLIGHT_12, FLIGHT_RESUMED };

/* A flow of TLS as both ends see it. */
struct session {
	const struct fosr_speech *m;
	const struct fosr_tls_kind *kind;
	__u64 seed, server; /* of this message; of the server's certificate */
	bool older; /* TLS 1.2, where the server's flight allows it */
	bool ecdsa;
	bool whole; /* handshake messages share a record */
};

/* A server has one certificate. */
static __u64 of_name(const char *name)
{
	__u64 seed = 0x715, word = 0;

	for (__u32 i = 0; name[i]; i++) {
		word = word << 8 | (__u8)name[i];
		if (i % 8 == 7)
			seed = fosr_mix64(seed + word);
	}
	return fosr_mix64(seed + word);
}

/* Of a message. */
static __u64 seed_of(const struct fosr_speech *m)
{
	return fosr_mix64(m->seed + 2 * m->turn + m->dir);
}

static struct session session(const struct fosr_tls_kind *kind, const struct fosr_speech *m)
{
	__u64 seed = fosr_mix64(m->seed + 0x715), server = of_name(m->name[FOSR_BWD]);

	return (struct session){.m = m,
		.kind = kind,
		.seed = seed_of(m),
		.older = !fosr_tls_hello_modern(kind, m) || seed % 100 < 20,
		.server = server,
		.ecdsa = !(server >> 10 & 3),
		.whole = !(seed >> 12 & 3)};
}

/* The ServerHello of the flow's handshake. */
static struct fosr_tls_server_hello answer(const struct session *s, const struct fosr_tls_hello *h, enum flight f)
{
	bool newer = f == FLIGHT_13 || f == FLIGHT_RETRY;

	return (struct fosr_tls_server_hello){.client = h,
		.version = newer ? TLS_13 : TLS_12,
		.cipher = fosr_tls_hello_cipher(h, newer, s->ecdsa),
		.group = f == FLIGHT_RETRY ? 24 : TLS_X25519,
		.echo = newer || f == FLIGHT_RESUMED,
		.retry = f == FLIGHT_RETRY};
}

/* ServerKeyExchange with a key of X25519 (RFC 8422 5.4). */
static __u32 exchange_len(const struct session *s)
{
	return 4 + 4 + 32 + 4 + (s->ecdsa ? 70 : 256);
}

static __u32 records_12(const struct session *s)
{
	return s->whole ? TLS_RECORD : 4 * TLS_RECORD;
}

/* The server's first flight, which the client knows by its length only: a hello of any client must fit, a bare one
 * where there is little room. */
#define HELLO_12_MOST 116
#define HELLO_12_BARE 53
#define HELLO_12_CLIENT_MOST 16000
#define HELLO_13 122 /* with a session id and a key for X25519 */
#define RETRY 88

static __u32 full_12_least(const struct session *s)
{
	return records_12(s) + HELLO_12_BARE + 4 + fosr_tls_chain_least(s->m->name[FOSR_BWD], s->ecdsa) +
		exchange_len(s) + HELLO_DONE;
}

static enum flight flight(const struct session *s, __u32 len)
{
	if (s->older)
		return len >= full_12_least(s)					     ? FLIGHT_12
			: len >= TLS_RECORD + HELLO_12_MOST + TLS_CCS_LEN + FINISHED ? FLIGHT_RESUMED
										     : FLIGHT_NONE;
	if (len >= TLS_RECORD + HELLO_13 + TLS_CCS_LEN + SECRETS_LEAST)
		return FLIGHT_13;
	if (len == TLS_RECORD + RETRY || len == TLS_RECORD + RETRY + TLS_CCS_LEN ||
		len > TLS_RECORD + RETRY + TLS_CCS_LEN + 6)
		return FLIGHT_RETRY;
	return FLIGHT_NONE;
}

static void ccs_put(struct fosr_pen *p)
{
	fosr_tls_record_put(p, TLS_CCS, TLS_12, 1);
	fosr_pen_u8(p, 1);
}

/* ChangeCipherSpec, a Finished, and data in what is left; what is too short for data makes the Finished longer. */
static void finish_put(const struct session *s, struct fosr_pen *p, __u32 type, __u32 finished)
{
	__u32 rest;

	ccs_put(p);
	rest = fosr_pen_room(p) - finished;
	if (rest < LEFT_LEAST) {
		finished += rest;
		rest = 0;
	}
	fosr_tls_sealed_put(p, type, finished, s->seed);
	fosr_tls_data_put(p, rest, s->seed + 1);
}

/* Of a client's first message, the handshake message: in TLS 1.3, data may follow it; in 1.2, tickets are long. */
static __u32 hello_len(const struct session *s, __u32 len)
{
	__u32 most = fosr_tls_hello_modern(s->kind, s->m) ? TLS_HELLO_MOST : HELLO_12_CLIENT_MOST;

	len -= TLS_RECORD;
	return len >= most + TLS_CCS_LEN + LEFT_LEAST ? most : len;
}

static void client_hello_put(const struct session *s, struct fosr_pen *p)
{
	__u32 len = hello_len(s, fosr_pen_room(p));
	struct fosr_tls_hello h;

	fosr_tls_hello_plan(&h, s->kind, s->m, len);
	fosr_tls_record_put(p, TLS_HANDSHAKE, s->m->turn ? TLS_12 : h.family->record, len);
	fosr_tls_hello_put(&h, p);
	if (!fosr_pen_room(p))
		return;
	if (fosr_tls_hello_offers_13(&h))
		ccs_put(p);
	fosr_tls_data_put(p, fosr_pen_room(p), s->seed);
}

/* A signature by the server's key: SHA-256. */
static void signature_put(const struct session *s, struct fosr_pen *p)
{
	fosr_pen_be16(p, s->ecdsa ? 0x403 : 0x804);
	fosr_pen_be16(p, s->ecdsa ? 70 : 256);
	if (!s->ecdsa) {
		fosr_pen_secret(p, 256, s->seed + 2);
		return;
	}
	fosr_pen_bytes(p, "\x30\x44\2\x20\x3c", 5);
	fosr_pen_secret(p, 31, s->seed + 2);
	fosr_pen_bytes(p, "\2\x20\x25", 3);
	fosr_pen_secret(p, 31, s->seed + 6);
}

static void exchange_put(const struct session *s, struct fosr_pen *p)
{
	fosr_pen_u8(p, 12);
	fosr_pen_be24(p, exchange_len(s) - 4);
	fosr_pen_bytes(p, "\3\0\x1d\x20", 4);
	fosr_pen_secret(p, 32, s->seed + 1);
	signature_put(s, p);
}

/* Each handshake message in a record of its own, unless the first one has room for all. */
static void head_12_put(const struct session *s, struct fosr_pen *p, __u32 n)
{
	if (!s->whole)
		fosr_tls_record_put(p, TLS_HANDSHAKE, TLS_12, n);
}

static void full_12_put(const struct session *s, struct fosr_pen *p, const struct fosr_tls_hello *h)
{
	struct fosr_tls_server_hello a = answer(s, h, FLIGHT_12);
	__u32 others = records_12(s) + 4 + exchange_len(s) + HELLO_DONE, chain, hello,
	      usual = 2600 + (__u32)(s->seed >> 20) % 900;

	a.bare = fosr_pen_room(p) < full_12_least(s) - HELLO_12_BARE + HELLO_12_MOST;
	hello = fosr_tls_server_hello_len(&a);
	others += hello;
	chain = fosr_pen_room(p) - others;
	if (chain > TLS_CHAIN_MOST || (chain > usual && chain > usual + LEFT_LEAST && chain > 4500))
		chain = usual;
	if (s->whole)
		fosr_tls_record_put(p, TLS_HANDSHAKE, TLS_12, chain + others - TLS_RECORD);
	head_12_put(s, p, hello);
	fosr_tls_server_hello_put(&a, p);
	head_12_put(s, p, chain + 4);
	fosr_pen_u8(p, 11);
	fosr_pen_be24(p, chain);
	fosr_tls_chain_put(p, chain, s->m->name[FOSR_BWD], s->ecdsa, s->server);
	head_12_put(s, p, exchange_len(s));
	exchange_put(s, p);
	head_12_put(s, p, HELLO_DONE);
	fosr_pen_bytes(p, "\x0e\0\0\0", 4);
	fosr_tls_data_put(p, fosr_pen_room(p), s->seed);
}

static void retry_put(const struct session *s, struct fosr_pen *p, const struct fosr_tls_hello *h)
{
	struct fosr_tls_server_hello a = answer(s, h, FLIGHT_RETRY);
	__u32 least = TLS_RECORD + fosr_tls_server_hello_len(&a), left = fosr_pen_room(p) - least;
	bool ccs = left == TLS_CCS_LEN || left > TLS_CCS_LEN + 6;

	if (ccs)
		left -= TLS_CCS_LEN;
	if (left > 6)
		a.cookie = left - 6;
	fosr_tls_record_put(p, TLS_HANDSHAKE, TLS_12, fosr_tls_server_hello_len(&a));
	fosr_tls_server_hello_put(&a, p);
	if (ccs)
		ccs_put(p);
}

/* Behind the ServerHello all is secret: what proves who the server is in one record or in several, data if much is
 * left. */
static void newer_put(const struct session *s, struct fosr_pen *p, const struct fosr_tls_hello *h)
{
	struct fosr_tls_server_hello a = answer(s, h, FLIGHT_13);

	if (h->quantum && fosr_pen_room(p) > 2000)
		a.group = TLS_MLKEM;
	fosr_tls_record_put(p, TLS_HANDSHAKE, TLS_12, fosr_tls_server_hello_len(&a));
	fosr_tls_server_hello_put(&a, p);
	ccs_put(p);
	if (s->whole && fosr_pen_room(p) > 2 * LEFT_LEAST + 40)
		fosr_tls_sealed_put(p, TLS_DATA, LEFT_LEAST + 8, s->seed + 3);
	fosr_tls_data_put(p, fosr_pen_room(p), s->seed);
}

static void server_hello_put(struct session *s, struct fosr_pen *p)
{
	struct fosr_tls_server_hello a;
	struct fosr_tls_hello h;

	fosr_tls_hello_plan(&h, s->kind, s->m, s->m->before ? hello_len(s, s->m->before) : 0);
	s->older |= !fosr_tls_hello_offers_13(&h);
	switch (flight(s, s->m->len)) {
	case FLIGHT_13:
		newer_put(s, p, &h);
		break;
	case FLIGHT_RETRY:
		retry_put(s, p, &h);
		break;
	case FLIGHT_12:
		full_12_put(s, p, &h);
		break;
	case FLIGHT_RESUMED:
		a = answer(s, &h, FLIGHT_RESUMED);
		fosr_tls_record_put(p, TLS_HANDSHAKE, TLS_12, fosr_tls_server_hello_len(&a));
		fosr_tls_server_hello_put(&a, p);
		finish_put(s, p, TLS_HANDSHAKE, FINISHED);
		break;
	default:
		fosr_tls_data_put(p, fosr_pen_room(p), s->seed);
	}
}

#define KEY_12 (TLS_RECORD + 4 + 1 + 32)

static void client_finish_put(const struct session *s, struct fosr_pen *p)
{
	enum flight f = flight(s, s->m->before);
	__u32 room = fosr_pen_room(p);

	if (f == FLIGHT_RETRY && room >= TLS_RECORD + fosr_tls_hello_least(s->kind, s->m)) {
		client_hello_put(s, p);
	} else if (f == FLIGHT_12 && room >= KEY_12 + TLS_CCS_LEN + FINISHED) {
		fosr_tls_record_put(p, TLS_HANDSHAKE, TLS_12, KEY_12 - TLS_RECORD);
		fosr_pen_bytes(p, "\x10\0\0\x21\x20", 5);
		fosr_pen_secret(p, 32, s->seed);
		finish_put(s, p, TLS_HANDSHAKE, FINISHED);
	} else if (f == FLIGHT_RESUMED && room >= TLS_CCS_LEN + FINISHED) {
		finish_put(s, p, TLS_HANDSHAKE, FINISHED);
	} else if (f == FLIGHT_13 && room >= TLS_CCS_LEN + FINISHED_13) {
		finish_put(s, p, TLS_DATA, FINISHED_13);
	} else {
		fosr_tls_data_put(p, room, s->seed);
	}
}

#define TICKET (TLS_RECORD + 10 + 192)

/* TLS 1.2: the server's end of the handshake, for clients that can have ended theirs; a ticket where it fits. (A client
 * that offered TLS 1.3, but got no answer that fits, would read the ticket as one of 1.3.) */
static void server_finish_put(const struct session *s, struct fosr_pen *p)
{
	__u32 room = fosr_pen_room(p);

	if (!s->older || s->m->before < KEY_12 + TLS_CCS_LEN + FINISHED || room < TLS_CCS_LEN + FINISHED) {
		fosr_tls_data_put(p, room, s->seed);
		return;
	}
	if (room >= TICKET + TLS_CCS_LEN + FINISHED && !fosr_tls_hello_modern(s->kind, s->m)) {
		fosr_tls_record_put(p, TLS_HANDSHAKE, TLS_12, TICKET - TLS_RECORD);
		fosr_pen_u8(p, 4);
		fosr_pen_be24(p, TICKET - TLS_RECORD - 4);
		fosr_pen_be32(p, 7200);
		fosr_pen_be16(p, TICKET - TLS_RECORD - 10);
		fosr_pen_random(p, TICKET - TLS_RECORD - 10, s->seed);
	}
	finish_put(s, p, TLS_HANDSHAKE, FINISHED);
}

/* The client began: its turn k is answered by the server's turn k. */
static bool begun_by_client(const struct fosr_speech *m)
{
	if (m->dir == FOSR_BWD)
		return m->answers == m->turn;
	return m->turn ? m->answers == m->turn - 1 : m->answers == FOSR_SAID_NOTHING;
}

/* Where the server begins, the client's first message is what nobody has seen: it is where its second one would be. */
void fosr_tls_say(const struct fosr_tls_kind *kind, const struct fosr_speech *m, struct fosr_pen *p)
{
	bool client = m->dir == FOSR_FWD, begun = begun_by_client(m);
	__u32 turn = m->turn + (client && !begun), least;
	struct session s;

	/* Most messages: nothing of the handshake needs to be known. */
	if (turn > 1) {
		fosr_tls_data_put(p, m->len, seed_of(m));
		return;
	}
	s = session(kind, m);
	least = TLS_RECORD + fosr_tls_hello_least(kind, m);
	if (client && turn)
		client_finish_put(&s, p);
	else if (client && m->len >= least)
		client_hello_put(&s, p);
	else if (!client && turn)
		server_finish_put(&s, p);
	else if (!client && (m->before >= least || !begun))
		server_hello_put(&s, p);
	else
		fosr_tls_data_put(p, m->len, s.seed);
}

#define SAY(name, who, ...) \
	void fosr_say_##name(const struct fosr_speech *m, struct fosr_pen *p) \
	{ \
		static const char *const alpn[] = {__VA_ARGS__}; \
		static const struct fosr_tls_kind kind = {.families = who, .alpn = alpn}; \
\
		fosr_tls_say(&kind, m, p); \
	}

SAY(https, "ccccccffsssoogjv", "h2", "http/1.1", NULL)
SAY(tls_mail, "ffosoosj", NULL)
SAY(tls_things, "mmmogj", NULL)
SAY(tls_dns, "ogog", "dot", NULL)
SAY(tls_programs, "ooogjvm", NULL)

// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * DTLS 1.2 (RFC 6347): a datagram is a flight, as far as it has room for one. Half of the servers ask for a cookie
 * first, where the size of their first datagram is that of a HelloVerifyRequest; with it, everything is said one turn
 * later. The hello is padded, the certificate takes what is left of the server's flight, ciphertext that of all others.
 */
#include "base/mix.h"
#include "grammar/tls.h"

#define RECORD 13
#define HEADER 12
#define VERIFY (RECORD + HEADER + 3)
#define COOKIE_LEAST 4
#define COOKIE_MOST 32 /* of DTLS 1.0, in whose name it is asked for */
#define CCS (RECORD + 1)
#define FINISHED (RECORD + 8 + 24 + 16)
#define KEY (RECORD + HEADER + 33)
#define EXCHANGE (4 + 32 + 4 + 70)
#define HELLO_MOST (38 + 32 + 2 + 40)

struct session {
	const struct fosr_speech *m;
	const struct fosr_tls_kind *kind;
	__u64 seed; /* of this message */
	bool cookie; /* the server asks for one */
};

static void record_put(struct fosr_pen *p, __u32 type, __u32 version, __u32 epoch, __u32 number, __u32 n)
{
	fosr_pen_u8(p, type);
	fosr_pen_be16(p, version);
	fosr_pen_be16(p, epoch);
	fosr_pen_be16(p, 0);
	fosr_pen_be32(p, number);
	fosr_pen_be16(p, n);
}

/* A record with one handshake message of n bytes, which is this end's number-th. */
static void handshake_put(struct fosr_pen *p, __u32 version, __u32 type, __u32 number, __u32 n)
{
	record_put(p, TLS_HANDSHAKE, version, 0, number, HEADER + n);
	fosr_pen_u8(p, type);
	fosr_pen_be24(p, n);
	fosr_pen_be16(p, number);
	fosr_pen_be24(p, 0);
	fosr_pen_be24(p, n);
}

static void data_put(const struct session *s, struct fosr_pen *p)
{
	if (fosr_pen_room(p) <= RECORD)
		return;
	record_put(p, TLS_DATA, DTLS_12, 1, 1 + s->m->turn, fosr_pen_room(p) - RECORD);
	fosr_pen_random(p, fosr_pen_room(p), s->seed);
}

/* ChangeCipherSpec, and a Finished to the end of the datagram. */
static void finish_put(const struct session *s, struct fosr_pen *p, __u32 number)
{
	record_put(p, TLS_CCS, DTLS_12, 0, number, 1);
	fosr_pen_u8(p, 1);
	record_put(p, TLS_HANDSHAKE, DTLS_12, 1, 0, fosr_pen_room(p) - RECORD);
	fosr_pen_random(p, fosr_pen_room(p), s->seed);
}

static __u32 hello_least(const struct session *s)
{
	return RECORD + HEADER - 4 + fosr_tls_hello_least(s->kind, s->m);
}

static void client_hello_put(const struct session *s, struct fosr_pen *p, __u32 cookie)
{
	struct fosr_tls_hello h;

	fosr_tls_hello_plan(&h, s->kind, s->m, fosr_pen_room(p) - RECORD - HEADER + 4 - cookie);
	h.len += cookie;
	h.cookie = cookie;
	handshake_put(p, cookie ? DTLS_12 : DTLS_10, 1, s->m->turn, h.len - 4);
	fosr_tls_hello_put(&h, p);
}

static bool is_verify(const struct session *s, __u32 len)
{
	return s->cookie && len >= VERIFY + COOKIE_LEAST && len <= VERIFY + COOKIE_MOST;
}

static void verify_put(struct fosr_pen *p, __u64 flow_seed)
{
	__u32 cookie = fosr_pen_room(p) - VERIFY;

	handshake_put(p, DTLS_10, 3, 0, 3 + cookie);
	fosr_pen_be16(p, DTLS_10);
	fosr_pen_u8(p, cookie);
	fosr_pen_secret(p, cookie, flow_seed);
}

static void exchange_put(const struct session *s, struct fosr_pen *p)
{
	fosr_pen_bytes(p, "\3\0\x1d\x20", 4);
	fosr_pen_secret(p, 32, s->seed + 1);
	fosr_pen_bytes(p, "\4\3\0\x46\x30\x44\2\x20\x3c", 9);
	fosr_pen_secret(p, 31, s->seed + 8);
	fosr_pen_bytes(p, "\2\x20\x25", 3);
	fosr_pen_secret(p, 31, s->seed + 16);
}

static __u32 full_least(const struct session *s)
{
	return 4 * (RECORD + HEADER) + HELLO_MOST + fosr_tls_chain_least(s->m->name[FOSR_BWD], true) + EXCHANGE;
}

static __u32 resumed_least(void)
{
	return RECORD + HEADER + HELLO_MOST + CCS + FINISHED;
}

/* The server's flight; `first` is the number of its first message. */
static void server_put(const struct session *s, struct fosr_pen *p, __u32 first)
{
	struct fosr_tls_hello h;
	struct fosr_tls_server_hello a = {.client = &h, .version = TLS_12, .echo = fosr_pen_room(p) < full_least(s)};
	__u32 hello, chain;

	fosr_tls_hello_plan(&h, s->kind, s->m, 0);
	a.cipher = fosr_tls_hello_cipher(&h, false, true);
	hello = fosr_tls_server_hello_len(&a) - 4;
	chain = fosr_pen_room(p) - 4 * (RECORD + HEADER) - hello - EXCHANGE;
	handshake_put(p, DTLS_12, 2, first, hello);
	fosr_tls_server_hello_put(&a, p);
	if (a.echo) {
		finish_put(s, p, first + 1);
		return;
	}
	handshake_put(p, DTLS_12, 11, first + 1, chain);
	fosr_tls_chain_put(p, chain, s->m->name[FOSR_BWD], true, s->m->seed);
	handshake_put(p, DTLS_12, 12, first + 2, EXCHANGE);
	exchange_put(s, p);
	handshake_put(p, DTLS_12, 14, first + 3, 0);
}

static void client_say(const struct session *s, struct fosr_pen *p, __u32 step)
{
	__u32 n = fosr_pen_room(p), before = s->m->before;
	bool verify = s->m->turn == 1 && is_verify(s, before);

	if ((!step && n >= hello_least(s)) || (verify && n >= hello_least(s) + before - VERIFY)) {
		client_hello_put(s, p, verify ? before - VERIFY : 0);
	} else if (s->m->turn == 1U + s->cookie && before >= full_least(s) && n >= KEY + CCS + FINISHED) {
		handshake_put(p, DTLS_12, 16, s->m->turn, 33);
		fosr_pen_u8(p, 32);
		fosr_pen_secret(p, 32, s->seed);
		finish_put(s, p, s->m->turn + 1);
	} else if (s->m->turn == 1U + s->cookie && before >= resumed_least() && n >= CCS + FINISHED) {
		finish_put(s, p, s->m->turn);
	} else {
		data_put(s, p);
	}
}

static void server_say(const struct session *s, struct fosr_pen *p, __u32 step)
{
	__u32 n = fosr_pen_room(p);

	if (!step && s->m->before >= hello_least(s) && is_verify(s, n))
		verify_put(p, s->m->seed);
	else if (step <= s->cookie && s->m->before >= hello_least(s) && n >= resumed_least() && n <= TLS_CHAIN_MOST)
		server_put(s, p, step);
	else if (step == 1U + s->cookie && s->m->before >= KEY + CCS + FINISHED && n >= CCS + FINISHED)
		finish_put(s, p, 6);
	else
		data_put(s, p);
}

/* Where the server begins, all of it is data. */
static void say(const struct fosr_tls_kind *kind, const struct fosr_speech *m, struct fosr_pen *p)
{
	struct session s = {.m = m,
		.kind = kind,
		.seed = fosr_mix64(m->seed + 2 * m->turn + m->dir + 0xd715),
		.cookie = fosr_mix64(m->seed + 0xd7) & 1};

	if (m->dir == FOSR_BWD && m->answers != FOSR_SAID_NOTHING)
		server_say(&s, p, m->turn);
	else if (m->dir == FOSR_FWD && (m->turn || m->answers == FOSR_SAID_NOTHING))
		client_say(&s, p, m->answers == FOSR_SAID_NOTHING ? 0 : m->turn);
	else
		data_put(&s, p);
}

void fosr_say_dtls(const struct fosr_speech *m, struct fosr_pen *p)
{
	static const char *const alpn[] = {NULL};
	static const struct fosr_tls_kind kind = {.families = "ddm", .alpn = alpn, .carrier = TLS_OVER_UDP};

	say(&kind, m, p);
}

void fosr_say_coaps(const struct fosr_speech *m, struct fosr_pen *p)
{
	static const char *const alpn[] = {NULL};
	static const struct fosr_tls_kind kind = {.families = "mmmd", .alpn = alpn, .carrier = TLS_OVER_UDP};

	say(&kind, m, p);
}

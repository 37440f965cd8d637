// SPDX-License-Identifier: GPL-3.0-or-later
/* ServerHello (RFC 8446 4.1.3, 4.1.4; RFC 5246 7.4.1.3). */
#include "base/mix.h"
#include "grammar/tls.h"

#define RANDOM 32

enum { SALT_RANDOM = 0x5e01, SALT_SESSION, SALT_KEY, SALT_COOKIE, SALT_EXTENSIONS };

static __u64 salted(const struct fosr_tls_server_hello *s, __u64 salt)
{
	return fosr_mix64(s->client->m->seed + salt);
}

/* A retry is known by its number; a server that could do better says so in the last eight bytes (RFC 8446 4.1.3). */
static void random_put(const struct fosr_tls_server_hello *s, struct fosr_pen *p)
{
	static const __u8 retry[RANDOM] = {0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e,
		0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8,
		0x33, 0x9c};
	bool better = s->version == TLS_12 && salted(s, SALT_EXTENSIONS) >> 20 & 1;

	if (s->retry) {
		fosr_pen_bytes(p, retry, RANDOM);
		return;
	}
	fosr_pen_secret(p, better ? RANDOM - 8 : RANDOM, salted(s, SALT_RANDOM));
	if (better)
		fosr_pen_bytes(p, "DOWNGRD\1", 8);
}

static void session_put(const struct fosr_tls_server_hello *s, struct fosr_pen *p)
{
	__u32 n = !s->bare && salted(s, SALT_SESSION) & 1 ? RANDOM : 0;

	if (s->echo) {
		fosr_tls_hello_session_put(s->client, p);
		return;
	}
	fosr_pen_u8(p, n);
	fosr_pen_secret(p, n, salted(s, SALT_SESSION));
}

static void key_put(const struct fosr_tls_server_hello *s, struct fosr_pen *p)
{
	__u32 n = s->retry ? 0 : s->group == TLS_MLKEM ? 1120 : s->group == TLS_P256 ? 65 : 32;

	fosr_pen_be16(p, EXT_KEYS);
	fosr_pen_be16(p, s->retry ? 2 : n + 4);
	fosr_pen_be16(p, s->group);
	if (s->retry)
		return;
	fosr_pen_be16(p, n);
	if (s->group == TLS_P256) {
		fosr_pen_u8(p, 4);
		n--;
	}
	fosr_pen_secret(p, n, salted(s, SALT_KEY));
}

static void version_put(struct fosr_pen *p)
{
	fosr_pen_be16(p, EXT_VERSIONS);
	fosr_pen_be16(p, 2);
	fosr_pen_be16(p, TLS_13);
}

static void newer_put(const struct fosr_tls_server_hello *s, struct fosr_pen *p)
{
	bool version_first = salted(s, SALT_EXTENSIONS) & 1;

	if (version_first)
		version_put(p);
	key_put(s, p);
	if (!version_first)
		version_put(p);
	if (s->retry && s->cookie) {
		fosr_pen_be16(p, EXT_COOKIE);
		fosr_pen_be16(p, s->cookie + 2);
		fosr_pen_be16(p, s->cookie);
		fosr_pen_secret(p, s->cookie, salted(s, SALT_COOKIE));
	}
}

/* Of what the client knows; a ticket is left to chance, and what is negotiated by name to the first name. */
static void older_put(const struct fosr_tls_server_hello *s, struct fosr_pen *p)
{
	const struct fosr_tls_hello *c = s->client;
	__u64 seed = s->bare ? 0 : salted(s, SALT_EXTENSIONS);

	fosr_pen_bytes(p, "\xff\1\0\1\0", 5);
	if (fosr_tls_hello_has(c, EXT_NAME) && seed & 2)
		fosr_pen_bytes(p, "\0\0\0\0", 4);
	if (fosr_tls_hello_has(c, EXT_POINTS) && seed & 12)
		fosr_pen_bytes(p, seed & 4 ? "\0\x0b\0\4\3\0\1\2" : "\0\x0b\0\2\1\0", seed & 4 ? 8 : 6);
	if (fosr_tls_hello_has(c, EXT_TICKET) && seed & 16)
		fosr_pen_bytes(p, "\0\x23\0\0", 4);
	if (fosr_tls_hello_has(c, EXT_ALPN) && seed & 96) {
		__u32 n = (__u32)strlen(c->kind->alpn[0]);

		fosr_pen_be16(p, EXT_ALPN);
		fosr_pen_be16(p, n + 3);
		fosr_pen_be16(p, n + 1);
		fosr_pen_u8(p, n);
		fosr_pen_text(p, c->kind->alpn[0]);
	}
	if (fosr_tls_hello_has(c, EXT_MASTER))
		fosr_pen_bytes(p, "\0\x17\0\0", 4);
}

static void extensions_put(const struct fosr_tls_server_hello *s, struct fosr_pen *p)
{
	if (s->version == TLS_13)
		newer_put(s, p);
	else
		older_put(s, p);
}

static void body_put(const struct fosr_tls_server_hello *s, struct fosr_pen *p)
{
	struct fosr_pen none = FOSR_PEN_COUNTING;

	fosr_pen_be16(p, s->client->kind->carrier == TLS_OVER_UDP ? DTLS_12 : TLS_12);
	random_put(s, p);
	session_put(s, p);
	fosr_pen_be16(p, s->cipher);
	fosr_pen_u8(p, 0);
	extensions_put(s, &none);
	fosr_pen_be16(p, fosr_pen_at(&none));
	extensions_put(s, p);
}

__u32 fosr_tls_server_hello_len(const struct fosr_tls_server_hello *s)
{
	struct fosr_pen none = FOSR_PEN_COUNTING;

	body_put(s, &none);
	return 4 + fosr_pen_at(&none);
}

/* Over UDP the handshake's header is another, and not written here. */
void fosr_tls_server_hello_put(const struct fosr_tls_server_hello *s, struct fosr_pen *p)
{
	if (s->client->kind->carrier != TLS_OVER_UDP) {
		fosr_pen_u8(p, 2);
		fosr_pen_be24(p, fosr_tls_server_hello_len(s) - 4);
	}
	body_put(s, p);
}

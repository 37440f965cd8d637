/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Parts of TLS (RFC 8446, 5246) that its grammars share: over TCP, in QUIC, over datagrams, behind other protocols'
 * negotiation. What an end says follows from the flow's seed and from the sizes that both ends know.
 */
#ifndef FOSR_GRAMMAR_TLS_H
#define FOSR_GRAMMAR_TLS_H

#include "grammar/grammar.h"

enum {
	TLS_CCS = 20,
	TLS_ALERT = 21,
	TLS_HANDSHAKE = 22,
	TLS_DATA = 23,
};

#define TLS_10 0x0301
#define TLS_12 0x0303
#define TLS_13 0x0304
#define DTLS_10 0xfeff
#define DTLS_12 0xfefd
#define TLS_RECORD 5 /* bytes of a record's header */
#define TLS_CCS_LEN (TLS_RECORD + 1)
#define TLS_EXTENSIONS_MAX 24

/* Extensions by number. */
enum {
	EXT_STATUS = 5,
	EXT_GROUPS = 10,
	EXT_POINTS = 11,
	EXT_SIGNATURES = 13,
	EXT_ALPN = 16,
	EXT_STATUS_2 = 17,
	EXT_SCT = 18,
	EXT_PADDING = 21,
	EXT_MAC = 22,
	EXT_MASTER = 23,
	EXT_COMPRESS = 27,
	EXT_RECORD_LIMIT = 28,
	EXT_DELEGATED = 34,
	EXT_TICKET = 35,
	EXT_PSK = 41,
	EXT_EARLY = 42,
	EXT_VERSIONS = 43,
	EXT_COOKIE = 44,
	EXT_PSK_MODES = 45,
	EXT_POST_AUTH = 49,
	EXT_SIGNATURES_CERT = 50,
	EXT_KEYS = 51,
	EXT_QUIC = 57,
	EXT_ALPS = 17513,
	EXT_ECH = 0xfe0d,
	EXT_NAME = 0xff00, /* is 0, with which lists end */
	EXT_RENEGOTIATION = 0xff01,
};

/* Who opens connections of a service: one of the families below by chance, each as often as it is named. */
enum fosr_tls_carrier { TLS_OVER_TCP, TLS_IN_QUIC, TLS_OVER_UDP };
struct fosr_tls_kind {
	const char *families; /* letters: Chrome, Firefox, Safari, Openssl, Go, Java, Java 8, Mbedtls, Quic, openssl's
				 Dtls: cfsogjvmqd */
	const char *const *alpn; /* ends with NULL */
	enum fosr_tls_carrier carrier;
};

struct fosr_tls_family;

/* A ClientHello, planned: what it has so that it is of its size. */
struct fosr_tls_hello {
	const struct fosr_speech *m;
	const struct fosr_tls_kind *kind;
	const struct fosr_tls_family *family;
	__u64 seed; /* of all ClientHellos of the flow */
	__u32 len; /* of the handshake message, its header of 4 bytes with it */
	__u32 ciphers; /* how many are offered */
	__u32 session; /* bytes of its session id */
	__u32 cookie; /* bytes, over UDP */
	__u32 fill; /* bytes in the extension that makes it fit */
	__u16 filler; /* that extension: padding, ticket or pre-shared key */
	__u16 extensions[TLS_EXTENSIONS_MAX];
	__u32 count;
	bool quantum; /* a key for ML-KEM as well */
};

/* A hello of this size is followed by data of a resumed session. */
#define TLS_HELLO_MOST 2400

/* Never less than this, however it is cut. */
__u32 fosr_tls_hello_least(const struct fosr_tls_kind *kind, const struct fosr_speech *m);

/* A ClientHello of `len` bytes, at least fosr_tls_hello_least(); 0: of the size that it has by itself. In QUIC, which
 * has PADDING frames, it may be a few bytes shorter. */
void fosr_tls_hello_plan(
	struct fosr_tls_hello *h, const struct fosr_tls_kind *kind, const struct fosr_speech *m, __u32 len);
bool fosr_tls_hello_has(const struct fosr_tls_hello *h, __u16 extension);
bool fosr_tls_hello_offers_13(const struct fosr_tls_hello *h);

/* The family of the flow's client speaks TLS 1.3. */
bool fosr_tls_hello_modern(const struct fosr_tls_kind *kind, const struct fosr_speech *m);

/* What a server takes of what is offered: RSA or ECDSA keys with TLS 1.2. */
__u16 fosr_tls_hello_cipher(const struct fosr_tls_hello *h, bool tls13, bool ecdsa);
void fosr_tls_hello_put(const struct fosr_tls_hello *h, struct fosr_pen *p);

/* Bytes of both ends that the other repeats. */
void fosr_tls_hello_session_put(const struct fosr_tls_hello *h, struct fosr_pen *p);

/* Lists of 16-bit numbers that end with 0, and what is put for numbers that nobody uses (RFC 8701). */
#define TLS_GREASE 0x0a0a
#define TLS_GREASE_2 0x1a1a
#define TLS_X25519 0x001d
#define TLS_P256 0x0017
#define TLS_MLKEM 0x11ec

struct fosr_tls_family {
	const __u16 *ciphers, *groups, *signatures, *versions, *extensions;
	const char *points; /* formats of points on curves, as they are on the wire */
	__u8 point_count;
	__u8 session; /* bytes of a session id of a client without one: 32 for the sake of middleboxes */
	__u8 compression; /* of certificates (RFC 8879); 0: none */
	bool shuffles; /* extensions come in any order */
	bool p256; /* sends a key for P-256, too */
	bool quantum; /* knows ML-KEM */
	__u16 record; /* version in the first record's header */
};

const struct fosr_tls_family *fosr_tls_family(char letter);

/* The lists' lengths. */
static inline __u32 fosr_tls_count(const __u16 *list)
{
	__u32 n = 0;

	while (list[n])
		n++;
	return n;
}

/* ServerHello, or HelloRetryRequest, as the handshake message. */
struct fosr_tls_server_hello {
	const struct fosr_tls_hello *client;
	__u16 version; /* TLS_12 or TLS_13; the wire says the same over UDP in its own way */
	__u16 cipher, group;
	bool echo; /* the client's session id, always so in TLS 1.3; else one of 32 bytes or none */
	bool retry;
	bool bare; /* TLS 1.2: as short as it can be */
	__u32 cookie; /* bytes in a retry, 0: it has none */
};

void fosr_tls_server_hello_put(const struct fosr_tls_server_hello *s, struct fosr_pen *p);
__u32 fosr_tls_server_hello_len(const struct fosr_tls_server_hello *s);

/*
 * X.509: a Certificate message's body of n bytes, as a chain of certificates for the name; at least
 * fosr_tls_chain_least(), at most TLS_CHAIN_MOST.
 */
#define TLS_CHAIN_MOST 6400
__u32 fosr_tls_chain_least(const char *name, bool ecdsa);
void fosr_tls_chain_put(struct fosr_pen *p, __u32 n, const char *name, bool ecdsa, __u64 seed);

/* A certificate of n bytes. */
#define TLS_CERT_MOST 4000
__u32 fosr_tls_cert_least(const char *name, bool ecdsa);
void fosr_tls_cert_put(struct fosr_pen *p, __u32 n, const char *name, bool ecdsa, bool authority, __u64 seed);

void fosr_tls_record_put(struct fosr_pen *p, __u32 type, __u32 version, __u32 n);

/* A record of ciphertext: n bytes in all. */
void fosr_tls_sealed_put(struct fosr_pen *p, __u32 type, __u32 n, __u64 seed);

/* n bytes of records with data of an application; TLS_RECORD bytes and fewer are no record, and stay zero. */
void fosr_tls_data_put(struct fosr_pen *p, __u32 n, __u64 seed);

/* A whole end of a TLS connection; `turns` messages of each end went before it (STARTTLS). */
void fosr_tls_say(const struct fosr_tls_kind *kind, const struct fosr_speech *m, struct fosr_pen *p);

/* Bytes that something would write. */
#define FOSR_PEN_COUNTING ((struct fosr_pen){.len = UINT32_MAX})

#endif

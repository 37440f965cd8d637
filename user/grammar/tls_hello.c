// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * ClientHello (RFC 8446 4.1.2). It is made to be of its size: what is optional is left out, least needed first, until
 * the rest fits; an extension (a pre-shared key, a ticket, or padding: RFC 7685) takes what is left.
 */
#include "base/mix.h"
#include "grammar/quic.h"
#include "grammar/tls.h"

#define HEADER 4
#define RANDOM 32
#define PSK_FIXED (2 + 2 + 4 + 2 + 1 + 32)
#define PSK_LEAST (PSK_FIXED + 96)
#define TICKET_LEAST 128
#define EXTENSION 4

/* Salts of the flow's seed. */
enum { SALT = 0x7150, SALT_RANDOM, SALT_SESSION, SALT_KEYS, SALT_TICKET, SALT_ORDER, SALT_GREASE, SALT_ECH };

static __u64 salted(const struct fosr_tls_hello *h, __u64 salt)
{
	return fosr_mix64(h->seed + salt);
}

static bool is_grease(__u32 v)
{
	return v == TLS_GREASE || v == TLS_GREASE_2;
}

/* Numbers that nobody uses differ by where they stand; the first and the last extension, too. */
static __u32 greased(const struct fosr_tls_hello *h, __u32 v, __u32 place)
{
	__u32 k;

	if (!is_grease(v))
		return v;
	k = (__u32)(salted(h, SALT_GREASE) >> place * 4);
	return 0x0a0a + 0x1010 * ((k + (v == TLS_GREASE_2)) & 15);
}

static __u32 list_len(const struct fosr_tls_hello *h, const __u16 *list)
{
	__u32 n = 0;

	for (; *list; list++)
		n += *list != TLS_MLKEM || h->quantum;
	return n * 2;
}

static void list_put(const struct fosr_tls_hello *h, struct fosr_pen *p, const __u16 *list, __u32 place)
{
	if (fosr_pen_unseen(p, list_len(h, list))) {
		fosr_pen_skip(p, list_len(h, list));
		return;
	}
	for (; *list; list++)
		if (*list != TLS_MLKEM || h->quantum)
			fosr_pen_be16(p, greased(h, *list, place));
}

static void name_put(const struct fosr_tls_hello *h, struct fosr_pen *p)
{
	const char *name = h->m->name[FOSR_BWD];
	__u32 n = (__u32)strlen(name);

	fosr_pen_be16(p, n + 3);
	fosr_pen_u8(p, 0);
	fosr_pen_be16(p, n);
	fosr_pen_bytes(p, name, n);
}

static void alpn_put(const struct fosr_tls_hello *h, struct fosr_pen *p)
{
	__u32 n = 0;

	for (const char *const *a = h->kind->alpn; *a; a++)
		n += 1 + (__u32)strlen(*a);
	fosr_pen_be16(p, n);
	for (const char *const *a = h->kind->alpn; *a; a++) {
		fosr_pen_u8(p, (__u32)strlen(*a));
		fosr_pen_text(p, *a);
	}
}

static void key_put(struct fosr_pen *p, __u32 group, __u32 n, __u64 seed)
{
	fosr_pen_be16(p, group);
	fosr_pen_be16(p, n);
	if (group == TLS_P256) {
		fosr_pen_u8(p, 4);
		n--;
	}
	fosr_pen_secret(p, n, seed + group);
}

static void shares_put(const struct fosr_tls_hello *h, struct fosr_pen *p)
{
	__u64 seed = salted(h, SALT_KEYS);

	if (h->family->groups[0] == TLS_GREASE) {
		fosr_pen_be16(p, greased(h, TLS_GREASE, 1));
		fosr_pen_be16(p, 1);
		fosr_pen_u8(p, 0);
	}
	if (h->quantum)
		key_put(p, TLS_MLKEM, 1216, seed);
	key_put(p, TLS_X25519, 32, seed);
	if (h->family->p256)
		key_put(p, TLS_P256, 65, seed);
}

/* A made-up offer to encrypt the hello, as clients without a key send it. */
static void ech_put(const struct fosr_tls_hello *h, struct fosr_pen *p)
{
	__u64 seed = salted(h, SALT_ECH);
	__u32 n = 144 + 32 * (seed & 3);

	fosr_pen_u8(p, 0);
	fosr_pen_be16(p, 1);
	fosr_pen_be16(p, 1);
	fosr_pen_u8(p, seed >> 8 & 0xff);
	fosr_pen_be16(p, 32);
	fosr_pen_secret(p, 32, seed);
	fosr_pen_be16(p, n);
	fosr_pen_secret(p, n, seed + 1);
}

static void psk_put(const struct fosr_tls_hello *h, struct fosr_pen *p)
{
	__u32 n = h->fill - PSK_FIXED;
	__u64 seed = salted(h, SALT_TICKET);

	fosr_pen_be16(p, n + 6);
	fosr_pen_be16(p, n);
	fosr_pen_secret(p, n, seed);
	fosr_pen_be32(p, (__u32)seed);
	fosr_pen_be16(p, 33);
	fosr_pen_u8(p, 32);
	fosr_pen_secret(p, 32, seed + 1);
}

/* A parameter of RFC 9000 18: its value as a variable-length integer of two or four bytes. */
static void transport_put(struct fosr_pen *p, __u32 id, __u32 value)
{
	fosr_pen_u8(p, id);
	if (value < 0x4000) {
		fosr_pen_u8(p, 2);
		fosr_pen_be16(p, 0x4000 | value);
	} else {
		fosr_pen_u8(p, 4);
		fosr_pen_be32(p, 0x80000000 | value);
	}
}

static void transports_put(const struct fosr_tls_hello *h, struct fosr_pen *p)
{
	__u8 cid[QUIC_CID];
	__u32 n = fosr_quic_client_cid(h->m->seed, cid);

	transport_put(p, 0x01, 30000);
	transport_put(p, 0x03, 1472);
	transport_put(p, 0x04, 15728640);
	transport_put(p, 0x05, 6291456);
	transport_put(p, 0x06, 6291456);
	transport_put(p, 0x07, 6291456);
	transport_put(p, 0x08, 100);
	transport_put(p, 0x09, 103);
	fosr_pen_u8(p, 0x0f);
	fosr_pen_u8(p, n);
	fosr_pen_bytes(p, cid, n);
}

static void counted_put(const struct fosr_tls_hello *h, struct fosr_pen *p, const __u16 *list, __u32 place, __u32 size)
{
	__u32 n = list_len(h, list);

	if (size == 2)
		fosr_pen_be16(p, n);
	else
		fosr_pen_u8(p, n);
	list_put(h, p, list, place);
}

/* Extensions that say the same for everyone. */
static void constant_put(struct fosr_pen *p, __u16 type)
{
	switch (type) {
	case TLS_GREASE_2:
	case EXT_RENEGOTIATION:
		fosr_pen_u8(p, 0);
		break;
	case EXT_STATUS:
		fosr_pen_bytes(p, "\1\0\0\0\0", 5);
		break;
	case EXT_STATUS_2:
		fosr_pen_bytes(p, "\0\7\2\0\4\0\0\0\0", 9);
		break;
	case EXT_RECORD_LIMIT:
		fosr_pen_be16(p, 0x4001);
		break;
	case EXT_PSK_MODES:
		fosr_pen_bytes(p, "\1\1", 2);
		break;
	default: /* EXT_SCT, EXT_MAC, EXT_MASTER, EXT_EARLY, EXT_POST_AUTH, TLS_GREASE: nothing */
		break;
	}
}

/* What an extension has behind its type and length. */
static void body_put(const struct fosr_tls_hello *h, struct fosr_pen *p, __u16 type)
{
	static const __u16 delegated[] = {0x403, 0x503, 0x603, 0x203, 0};
	const struct fosr_tls_family *f = h->family;

	switch (type) {
	case EXT_NAME:
		name_put(h, p);
		break;
	case EXT_GROUPS:
		counted_put(h, p, f->groups, 1, 2);
		break;
	case EXT_POINTS:
		fosr_pen_u8(p, f->point_count);
		fosr_pen_bytes(p, f->points, f->point_count);
		break;
	case EXT_SIGNATURES:
	case EXT_SIGNATURES_CERT:
		counted_put(h, p, f->signatures, 0, 2);
		break;
	case EXT_ALPN:
		alpn_put(h, p);
		break;
	case EXT_COMPRESS:
		fosr_pen_u8(p, 2);
		fosr_pen_be16(p, f->compression);
		break;
	case EXT_DELEGATED:
		counted_put(h, p, delegated, 0, 2);
		break;
	case EXT_TICKET:
		if (h->filler == type)
			fosr_pen_secret(p, h->fill, salted(h, SALT_TICKET));
		break;
	case EXT_PADDING:
		fosr_pen_zero(p, h->fill);
		break;
	case EXT_PSK:
		psk_put(h, p);
		break;
	case EXT_VERSIONS:
		counted_put(h, p, f->versions, 2, 1);
		break;
	case EXT_KEYS: {
		struct fosr_pen none = FOSR_PEN_COUNTING;

		shares_put(h, &none);
		fosr_pen_be16(p, fosr_pen_at(&none));
		shares_put(h, p);
		break;
	}
	case EXT_QUIC:
		transports_put(h, p);
		break;
	case EXT_ALPS:
		fosr_pen_be16(p, (__u32)strlen(h->kind->alpn[0]) + 1);
		fosr_pen_u8(p, (__u32)strlen(h->kind->alpn[0]));
		fosr_pen_text(p, h->kind->alpn[0]);
		break;
	case EXT_ECH:
		ech_put(h, p);
		break;
	default:
		constant_put(p, type);
		break;
	}
}

static __u32 extension_len(const struct fosr_tls_hello *h, __u16 type)
{
	struct fosr_pen none = FOSR_PEN_COUNTING;

	body_put(h, &none, type);
	return EXTENSION + fosr_pen_at(&none);
}

static void extension_put(const struct fosr_tls_hello *h, struct fosr_pen *p, __u16 type)
{
	fosr_pen_be16(p, type == EXT_NAME ? 0 : greased(h, type, 3));
	fosr_pen_be16(p, extension_len(h, type) - EXTENSION);
	body_put(h, p, type);
}

bool fosr_tls_hello_has(const struct fosr_tls_hello *h, __u16 extension)
{
	for (__u32 i = 0; i < h->count; i++)
		if (h->extensions[i] == extension)
			return true;
	return false;
}

bool fosr_tls_hello_offers_13(const struct fosr_tls_hello *h)
{
	return fosr_tls_hello_has(h, EXT_VERSIONS);
}

static void drop(struct fosr_tls_hello *h, __u16 type)
{
	for (__u32 i = 0; i < h->count; i++)
		if (h->extensions[i] == type) {
			h->len -= extension_len(h, type);
			memmove(&h->extensions[i], &h->extensions[i + 1], (--h->count - i) * sizeof(h->extensions[0]));
			return;
		}
}

static void add(struct fosr_tls_hello *h, __u16 type)
{
	h->extensions[h->count++] = type;
	h->len += extension_len(h, type);
}

/* How many of the ciphers must stay: as far as one for TLS 1.3 and some for 1.2. */
static __u32 ciphers_least(const struct fosr_tls_hello *h)
{
	__u32 least = 4;

	for (__u32 i = 0; h->family->ciphers[i]; i++)
		if (h->family->ciphers[i] >> 8 == 0x13 && least <= i)
			least = i + 1;
	return (__u32)fosr_min_u64(least, fosr_tls_count(h->family->ciphers));
}

static void ciphers_keep(struct fosr_tls_hello *h, __u32 n)
{
	h->len -= (h->ciphers - n) * 2;
	h->ciphers = n;
}

/* No filler has 1 to 3 bytes. */
static bool fits(const struct fosr_tls_hello *h, __u32 len)
{
	return h->len == len || h->len + EXTENSION <= len;
}

/* Extensions that a hello can do without, and then those without which it is an older one. */
static void shrink(struct fosr_tls_hello *h, __u32 len)
{
	static const __u16 optional[] = {EXT_ECH, EXT_ALPS, EXT_STATUS_2, EXT_SIGNATURES_CERT, EXT_DELEGATED, EXT_SCT,
		EXT_RECORD_LIMIT, EXT_COMPRESS, EXT_POST_AUTH, EXT_MAC, EXT_STATUS, TLS_GREASE_2, TLS_GREASE,
		EXT_MASTER, EXT_TICKET, EXT_RENEGOTIATION};
	static const __u16 older[] = {EXT_VERSIONS, EXT_KEYS, EXT_PSK_MODES};
	static const __u16 last[] = {EXT_ALPN, EXT_POINTS, EXT_SIGNATURES, EXT_GROUPS, EXT_NAME};

	for (size_t i = 0; i < FOSR_ARRAY_SIZE(optional) && !fits(h, len); i++)
		drop(h, optional[i]);
	if (!fits(h, len))
		ciphers_keep(h, ciphers_least(h));
	if (h->kind->carrier == TLS_IN_QUIC || fits(h, len))
		return;
	for (size_t i = 0; i < FOSR_ARRAY_SIZE(older); i++)
		drop(h, older[i]);
	h->len -= h->session;
	h->session = 0;
	if (!fits(h, len))
		ciphers_keep(h, 2);
	for (size_t i = 0; i < FOSR_ARRAY_SIZE(last) && !fits(h, len); i++)
		drop(h, last[i]);
	if (h->len < len && h->len + EXTENSION > len) {
		h->session = len - h->len;
		h->len = len;
	}
}

/* What brings the hello to its size. The longest there is has data behind it. */
static void fill(struct fosr_tls_hello *h, __u32 n)
{
	bool tls13 = fosr_tls_hello_has(h, EXT_PSK_MODES);

	if (tls13 && n >= PSK_LEAST) {
		if (h->len + n == TLS_HELLO_MOST) {
			add(h, EXT_EARLY);
			n -= EXTENSION;
		}
		h->filler = EXT_PSK;
		h->fill = n - EXTENSION;
		add(h, EXT_PSK);
	} else if (!tls13 && n >= TICKET_LEAST && fosr_tls_hello_has(h, EXT_TICKET)) {
		h->filler = EXT_TICKET;
		h->fill = n;
		h->len += n;
	} else {
		h->filler = EXT_PADDING;
		h->fill = n - EXTENSION;
		add(h, EXT_PADDING);
	}
}

static const struct fosr_tls_family *family_of(const struct fosr_tls_kind *kind, __u64 seed)
{
	return fosr_tls_family(kind->families[seed % strlen(kind->families)]);
}

static void begin(struct fosr_tls_hello *h, const struct fosr_tls_kind *kind, const struct fosr_speech *m)
{
	*h = (struct fosr_tls_hello){.m = m, .kind = kind, .seed = fosr_mix64(m->seed ^ SALT)};
	h->family = family_of(kind, h->seed);
	h->ciphers = fosr_tls_count(h->family->ciphers);
	h->session = h->family->session;
	h->len = HEADER + 2 + RANDOM + 1 + h->session + (kind->carrier == TLS_OVER_UDP) + 2 + 2 * h->ciphers + 2 + 2;
	for (const __u16 *e = h->family->extensions; *e; e++)
		if (!(*e == EXT_NAME && !*m->name[FOSR_BWD]) && !((*e == EXT_ALPN || *e == EXT_ALPS) && !*kind->alpn))
			add(h, *e);
}

static void shuffle(struct fosr_tls_hello *h)
{
	__u32 first = is_grease(h->extensions[0]), last = h->count;
	__u64 seed = salted(h, SALT_ORDER);

	if (last && is_grease(h->extensions[last - 1]))
		last--;
	for (__u32 i = first; i + 1 < last; i++) {
		__u32 k = i + (__u32)(fosr_mix64(seed + i) % (last - i));
		__u16 e = h->extensions[i];

		h->extensions[i] = h->extensions[k];
		h->extensions[k] = e;
	}
}

/* A key for ML-KEM where there is room; it changes the length of two extensions. */
static void quantum(struct fosr_tls_hello *h)
{
	__u32 before = extension_len(h, EXT_KEYS) + extension_len(h, EXT_GROUPS);

	h->quantum = true;
	h->len += extension_len(h, EXT_KEYS) + extension_len(h, EXT_GROUPS) - before;
}

#define QUANTUM_ROOM 1300

void fosr_tls_hello_plan(
	struct fosr_tls_hello *h, const struct fosr_tls_kind *kind, const struct fosr_speech *m, __u32 len)
{
	begin(h, kind, m);
	if (h->family->quantum && len >= h->len + QUANTUM_ROOM)
		quantum(h);
	if (h->family->shuffles)
		shuffle(h);
	if (!len)
		return;
	shrink(h, len);
	if (h->len + EXTENSION <= len)
		fill(h, len - h->len);
}

__u32 fosr_tls_hello_least(const struct fosr_tls_kind *kind, const struct fosr_speech *m)
{
	struct fosr_tls_hello h;

	fosr_tls_hello_plan(&h, kind, m, 1);
	return h.len;
}

bool fosr_tls_hello_modern(const struct fosr_tls_kind *kind, const struct fosr_speech *m)
{
	for (const __u16 *v = family_of(kind, fosr_mix64(m->seed ^ SALT))->versions; *v; v++)
		if (*v == TLS_13)
			return true;
	return false;
}

void fosr_tls_hello_session_put(const struct fosr_tls_hello *h, struct fosr_pen *p)
{
	fosr_pen_u8(p, h->session);
	fosr_pen_secret(p, h->session, salted(h, SALT_SESSION));
}

void fosr_tls_hello_put(const struct fosr_tls_hello *h, struct fosr_pen *p)
{
	__u32 head = 2 + RANDOM + 1 + h->session + 2 + 2 * h->ciphers + 2, body = h->len - HEADER;

	if (h->kind->carrier == TLS_OVER_UDP) {
		fosr_pen_be16(p, DTLS_12);
		head += 1 + h->cookie;
	} else {
		fosr_pen_u8(p, 1);
		fosr_pen_be24(p, body);
		fosr_pen_be16(p, TLS_12);
	}
	fosr_pen_secret(p, RANDOM, salted(h, SALT_RANDOM));
	fosr_tls_hello_session_put(h, p);
	if (h->kind->carrier == TLS_OVER_UDP) {
		fosr_pen_u8(p, h->cookie);
		fosr_pen_secret(p, h->cookie, h->seed);
	}
	fosr_pen_be16(p, h->ciphers * 2);
	for (__u32 i = 0; i < h->ciphers; i++)
		fosr_pen_be16(p, greased(h, h->family->ciphers[i], 0));
	fosr_pen_bytes(p, "\1\0", 2);
	fosr_pen_be16(p, body - head - 2);
	for (__u32 i = 0; i < h->count; i++)
		extension_put(h, p, h->extensions[i]);
}

/* The first that the server likes, of those that are offered; it likes what its key can sign with. */
__u16 fosr_tls_hello_cipher(const struct fosr_tls_hello *h, bool tls13, bool ecdsa)
{
	static const __u16 likes[3][4] = {
		{0xc02f, 0xc030, 0xcca8, 0xc013}, {0xc02b, 0xc02c, 0xcca9, 0xc009}, {0x1301, 0x1302, 0x1303, 0x1301}};
	const __u16 *list = likes[tls13 ? 2 : ecdsa];
	__u32 from = (__u32)(h->seed >> 40 & 3);

	for (__u32 i = 0; i < 4; i++)
		for (__u32 k = 0; k < h->ciphers; k++)
			if (h->family->ciphers[k] == list[(from + i) & 3])
				return h->family->ciphers[k];
	return list[0];
}

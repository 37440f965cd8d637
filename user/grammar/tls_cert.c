// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Certificates (RFC 5280) of authorities that do not exist, in DER, written backwards: what is inside is there before
 * its length is needed. A certificate is made to be of its size by names of its subject (DNS names under the same
 * name), and by the length of its serial number where lengths of lengths leave gaps. One too small for all that is
 * signed by itself, as servers have that nobody certifies, with a comment if it is to be longer than it is by itself.
 */
#include "base/mix.h"
#include "grammar/tls.h"

#define ROOM (TLS_CERT_MOST + 600)

enum {
	DER_BOOL = 1,
	DER_INT = 2,
	DER_BITS = 3,
	DER_OCTETS = 4,
	DER_NULL = 5,
	DER_OID = 6,
	DER_UTF8 = 12,
	DER_PRINTABLE = 19,
	DER_IA5 = 22,
	DER_UTC = 23,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	DER_DNS = 0x82, /* [2] in a GeneralName */
	DER_URI = 0x86,
	DER_KEY_ID = 0x80,
	DER_VERSION = 0xa0,
	DER_EXTENSIONS = 0xa3,
};

/* Bytes from `at` to the end of the room. */
struct der {
	__u8 bytes[ROOM];
	__u32 at;
};

struct cert {
	const char *name; /* of the subject, unless it is an authority */
	__u64 seed, issuer; /* of its own; of the authority that signs it */
	bool ecdsa, authority, own; /* own: signed by itself */
	__u32 serial; /* bytes of its number */
	__u32 names; /* bytes that more names take, or the comment */
};

static void der_bytes(struct der *d, const void *p, __u32 n)
{
	if (n > d->at)
		n = d->at;
	d->at -= n;
	memcpy(d->bytes + d->at, p, n);
}

static void der_u8(struct der *d, __u8 v)
{
	der_bytes(d, &v, 1);
}

static void der_random(struct der *d, __u32 n, __u64 seed)
{
	for (; n; n -= fosr_min_u64(n, 8)) {
		__u64 v = fosr_mix64(seed++);

		der_bytes(d,
			(const __u8[]){v & 255, v >> 8 & 255, v >> 16 & 255, v >> 24 & 255, v >> 32 & 255,
				v >> 40 & 255, v >> 48 & 255, v >> 56},
			(__u32)fosr_min_u64(n, 8));
	}
}

/* All that was written since `end`, which was d->at then, becomes one thing. */
static void der_wrap(struct der *d, __u8 tag, __u32 end)
{
	__u32 n = end - d->at;

	if (n < 128) {
		der_u8(d, (__u8)n);
	} else {
		der_u8(d, (__u8)n);
		if (n > 255)
			der_u8(d, (__u8)(n >> 8));
		der_u8(d, n > 255 ? 0x82 : 0x81);
	}
	der_u8(d, tag);
}

static void der_thing(struct der *d, __u8 tag, const void *p, __u32 n)
{
	__u32 end = d->at;

	der_bytes(d, p, n);
	der_wrap(d, tag, end);
}

#define OID(d, bytes) der_thing(d, DER_OID, bytes, sizeof(bytes) - 1)

#define OID_RSA "\x2a\x86\x48\x86\xf7\x0d\1\1\1"
#define OID_RSA_SHA256 "\x2a\x86\x48\x86\xf7\x0d\1\1\x0b"
#define OID_EC "\x2a\x86\x48\xce\x3d\2\1"
#define OID_P256 "\x2a\x86\x48\xce\x3d\3\1\7"
#define OID_ECDSA_SHA256 "\x2a\x86\x48\xce\x3d\4\3\2"
#define OID_COMMON_NAME "\x55\4\3"
#define OID_COUNTRY "\x55\4\6"
#define OID_ORGANIZATION "\x55\4\x0a"
#define OID_KEY_USAGE "\x55\x1d\x0f"
#define OID_PURPOSES "\x55\x1d\x25"
#define OID_CONSTRAINTS "\x55\x1d\x13"
#define OID_KEY_ID "\x55\x1d\x0e"
#define OID_ISSUER_KEY "\x55\x1d\x23"
#define OID_NAMES "\x55\x1d\x11"
#define OID_POLICIES "\x55\x1d\x20"
#define OID_COMMENT "\x60\x86\x48\x01\x86\xf8\x42\x01\x0d"

static void algorithm(struct der *d, bool ecdsa)
{
	__u32 end = d->at;

	if (ecdsa) {
		OID(d, OID_ECDSA_SHA256);
	} else {
		der_thing(d, DER_NULL, "", 0);
		OID(d, OID_RSA_SHA256);
	}
	der_wrap(d, DER_SEQUENCE, end);
}

static void attribute(struct der *d, const char *oid, __u8 tag, const char *value)
{
	__u32 end = d->at;

	der_thing(d, tag, value, (__u32)strlen(value));
	der_thing(d, DER_OID, oid, 3);
	der_wrap(d, DER_SEQUENCE, end);
	der_wrap(d, DER_SET, end);
}

/* Authorities: those that sign, and by whom those are signed. */
static void authority_name(struct der *d, __u64 seed)
{
	static const char *const names[][3] = {{"Meridian Trust Services", "Meridian TLS CA G3", "US"},
		{"Northgate Certification", "Northgate Issuing CA 2", "US"}, {"Openfield Security", "R11", "US"},
		{"Openfield Security", "E6", "US"}, {"Helvia Trust AG", "Helvia Server CA 2023", "CH"},
		{"Castellan Digital Ltd", "Castellan RSA DV Secure Server CA", "GB"},
		{"Bluefin Public Trust", "Bluefin WE1", "US"}, {"Internal PKI", "Internal Issuing CA 1", "FR"}};
	const char *const *name = names[seed % FOSR_ARRAY_SIZE(names)];
	__u32 end = d->at;

	attribute(d, OID_COMMON_NAME, DER_UTF8, name[1]);
	attribute(d, OID_ORGANIZATION, DER_UTF8, name[0]);
	attribute(d, OID_COUNTRY, DER_PRINTABLE, name[2]);
	der_wrap(d, DER_SEQUENCE, end);
}

static void subject(struct der *d, const struct cert *c)
{
	__u32 end = d->at;

	if (c->authority) {
		authority_name(d, c->seed);
		return;
	}
	attribute(d, OID_COMMON_NAME, DER_UTF8, c->name);
	der_wrap(d, DER_SEQUENCE, end);
}

/* Valid around the campaigns' years; a date of each certificate. */
static void validity(struct der *d, const struct cert *c)
{
	char from[] = "240101000000Z", to[] = "340101000000Z";
	__u32 end = d->at;

	for (int i = 0; i < 2; i++) {
		char *date = i ? to : from;
		__u32 month = (__u32)(c->seed >> 8) % 9, day = (__u32)(c->seed >> 16) % 9;

		date[3] = (char)('1' + month);
		date[5] = (char)('1' + day);
		date[7] = (char)('0' + (c->seed >> 24) % 10);
	}
	der_thing(d, DER_UTC, to, 13);
	der_thing(d, DER_UTC, from, 13);
	der_wrap(d, DER_SEQUENCE, end);
}

static void modulus(struct der *d, __u64 seed)
{
	__u32 end = d->at;

	der_u8(d, 0xb5);
	der_random(d, 254, seed);
	der_u8(d, 0x80 | (seed & 0x7f));
	der_u8(d, 0);
	der_wrap(d, DER_INT, end);
}

/* Points on P-256: whoever checks them finds them there. Made at random, nobody has their private keys. */
static void point(struct der *d, __u64 seed)
{
	static const __u8 points[][64] = {
		{0xc5, 0x59, 0x60, 0xaf, 0xeb, 0xea, 0x79, 0x37, 0x45, 0x57, 0xc0, 0xd7, 0x0b, 0xc5, 0xe5, 0x60, 0xa6,
			0x55, 0x8e, 0x24, 0xdb, 0x2e, 0x0e, 0x1a, 0x7a, 0xfa, 0x0d, 0xbe, 0xc8, 0x12, 0x28, 0x0c, 0x88,
			0xdd, 0x3d, 0x73, 0x56, 0x97, 0xec, 0x3b, 0x94, 0x40, 0x23, 0x80, 0xcf, 0x58, 0x5e, 0xbe, 0x91,
			0x16, 0x11, 0x86, 0x5c, 0x60, 0x29, 0xe4, 0x15, 0xae, 0x4f, 0xf0, 0xeb, 0x7b, 0x45, 0xda},
		{0x4d, 0x21, 0x42, 0x0a, 0x26, 0x52, 0x9c, 0x4e, 0x1c, 0x16, 0xa9, 0xa3, 0xd0, 0x1e, 0x46, 0xee, 0x33,
			0x6a, 0xa6, 0x2f, 0xfd, 0x97, 0xaa, 0x29, 0x8a, 0x21, 0xf1, 0xae, 0xa5, 0xaf, 0xd1, 0xc9, 0xc3,
			0xcd, 0x90, 0x5d, 0xdb, 0x69, 0xfb, 0x90, 0xc9, 0xfb, 0xb5, 0xef, 0x81, 0xfc, 0xe6, 0x69, 0xe3,
			0xa0, 0xb1, 0x59, 0x61, 0x94, 0x87, 0xd0, 0x24, 0x1b, 0x78, 0x59, 0x64, 0xe8, 0x5b, 0xa8},
		{0x12, 0xad, 0x31, 0xff, 0x26, 0x02, 0xab, 0xae, 0xa3, 0x2d, 0x74, 0x5f, 0xf6, 0x0a, 0x08, 0xfd, 0x08,
			0x4d, 0x55, 0xe7, 0x60, 0x7c, 0x4b, 0xb9, 0x03, 0x1d, 0x1a, 0xe4, 0x65, 0x6b, 0x1b, 0x7c, 0x6e,
			0xc1, 0x55, 0x16, 0xc6, 0xeb, 0x0d, 0xb8, 0xc7, 0x38, 0x8f, 0x8d, 0x49, 0x17, 0xa6, 0x20, 0x13,
			0x5f, 0x78, 0x99, 0x53, 0x2d, 0xa7, 0xe5, 0x05, 0x27, 0xc9, 0x5d, 0xb8, 0x20, 0xd8, 0xaf},
		{0xac, 0x87, 0xff, 0xc8, 0x7f, 0xc5, 0xd9, 0x61, 0x0e, 0xb8, 0xbb, 0x05, 0xfe, 0xaf, 0xb6, 0x8e, 0x3d,
			0x80, 0x4f, 0x3b, 0xe5, 0x55, 0xc0, 0xab, 0x61, 0xb4, 0xa9, 0x22, 0x8e, 0xf5, 0xed, 0x87, 0x7e,
			0x04, 0x16, 0xa4, 0x79, 0x7b, 0x2d, 0x7d, 0xa1, 0xeb, 0xe2, 0x26, 0xda, 0xf0, 0x21, 0x4d, 0xd3,
			0x76, 0xd7, 0x77, 0xde, 0x28, 0x01, 0x87, 0x3d, 0x26, 0x07, 0x5e, 0xdb, 0x75, 0x99, 0xc6},
		{0xe3, 0xbd, 0x46, 0x91, 0xf5, 0x03, 0xb4, 0xbf, 0xce, 0xc5, 0x2e, 0x40, 0x17, 0x6c, 0x53, 0xd3, 0xa6,
			0x32, 0x25, 0xf5, 0xd5, 0x0d, 0x09, 0x92, 0xd6, 0x0a, 0xd8, 0x75, 0x5f, 0x77, 0xa5, 0x55, 0xa5,
			0x47, 0x5f, 0xe9, 0x8b, 0x81, 0xed, 0x88, 0x04, 0x5e, 0x0d, 0x39, 0xfc, 0xf9, 0xba, 0x23, 0xec,
			0x35, 0xef, 0xc1, 0x5a, 0xd7, 0x8e, 0x66, 0x9c, 0x66, 0x47, 0x92, 0xdf, 0xc8, 0x9b, 0x54},
		{0x7d, 0xcb, 0xf4, 0x8f, 0x85, 0xcc, 0xc8, 0x5a, 0xdc, 0x6f, 0x1a, 0xcd, 0xd0, 0xf9, 0x66, 0x82, 0xe6,
			0xfb, 0x61, 0xfd, 0xb5, 0x8f, 0xb3, 0xbe, 0x4c, 0x4c, 0x46, 0x3e, 0xa4, 0x68, 0x3d, 0x32, 0xf7,
			0xd2, 0x1b, 0x4b, 0xd6, 0x2b, 0x82, 0x19, 0x50, 0x3e, 0x01, 0x17, 0x57, 0x4b, 0x45, 0xd6, 0x6d,
			0xd3, 0x1f, 0x07, 0xcf, 0x2e, 0xe9, 0x22, 0x76, 0x54, 0xb9, 0x36, 0x17, 0x63, 0xe4, 0x9c},
		{0x94, 0xb6, 0x4c, 0xfe, 0xd0, 0x17, 0x06, 0x5b, 0x96, 0x72, 0x12, 0xc0, 0xac, 0x06, 0x99, 0x32, 0x86,
			0x0f, 0x7f, 0xb6, 0x46, 0x79, 0x39, 0x5a, 0x10, 0x09, 0x22, 0xc8, 0x1b, 0xe2, 0x31, 0x64, 0xa9,
			0x86, 0x2d, 0xdf, 0x09, 0xcd, 0xab, 0x59, 0x9e, 0xc1, 0xc1, 0xd0, 0x34, 0xa5, 0xfb, 0x7d, 0x02,
			0xc3, 0x7e, 0xfc, 0x03, 0x64, 0xd8, 0x82, 0x5b, 0x74, 0x2c, 0xd1, 0xbe, 0x63, 0x56, 0xe4},
		{0x4e, 0xc5, 0xdb, 0xb0, 0x3b, 0x19, 0x05, 0xfc, 0x0d, 0x4b, 0x6d, 0x40, 0xb4, 0xe2, 0xe8, 0xc3, 0x4f,
			0x6b, 0x92, 0xd2, 0xd7, 0x6e, 0x4f, 0x2e, 0x37, 0xb6, 0x62, 0xf0, 0x00, 0xa0, 0xee, 0xe8, 0x61,
			0xf1, 0x6b, 0x5c, 0x62, 0xb1, 0xf5, 0xb3, 0x16, 0xc2, 0xc8, 0xa1, 0x54, 0x04, 0x19, 0x54, 0xe3,
			0xa8, 0xf0, 0xe8, 0x4a, 0x39, 0xdb, 0x01, 0xd5, 0x19, 0x89, 0xf7, 0x15, 0x80, 0x7a, 0x6c},
	};

	der_bytes(d, points[seed % FOSR_ARRAY_SIZE(points)], 64);
}

static void public_key(struct der *d, const struct cert *c)
{
	__u64 seed = fosr_mix64(c->seed + 1);
	__u32 end = d->at, inner;

	if (c->ecdsa) {
		point(d, seed);
		der_bytes(d, "\0\4", 2);
	} else {
		der_thing(d, DER_INT, "\1\0\1", 3);
		modulus(d, seed);
		der_wrap(d, DER_SEQUENCE, end);
		der_u8(d, 0);
	}
	der_wrap(d, DER_BITS, end);
	inner = d->at;
	if (c->ecdsa) {
		OID(d, OID_P256);
		OID(d, OID_EC);
	} else {
		der_thing(d, DER_NULL, "", 0);
		OID(d, OID_RSA);
	}
	der_wrap(d, DER_SEQUENCE, inner);
	der_wrap(d, DER_SEQUENCE, end);
}

/* What was written since `end` becomes the value of an extension. */
static void extension(struct der *d, const char *oid, bool critical, __u32 end)
{
	der_wrap(d, DER_OCTETS, end);
	if (critical)
		der_thing(d, DER_BOOL, "\xff", 1);
	der_thing(d, DER_OID, oid, 3);
	der_wrap(d, DER_SEQUENCE, end);
}

/* The key's own number, or that of the key that signs. */
static void key_id(struct der *d, const char *oid, __u8 tag, __u64 seed)
{
	__u32 end = d->at;

	der_random(d, 20, fosr_mix64(seed + 2));
	der_wrap(d, tag, end);
	if (tag == DER_KEY_ID)
		der_wrap(d, DER_SEQUENCE, end);
	extension(d, oid, false, end);
}

#define LABEL_MOST 31

/* n bytes of names under the name, at least 4 + its length. */
static void more_names(struct der *d, const struct cert *c, __u32 n)
{
	__u32 under = (__u32)strlen(c->name) + 3, k = 0;

	for (__u32 label; n; n -= label + under) {
		__u32 end = d->at;

		label = 3 + (__u32)(fosr_mix64(c->seed + n) % 12);
		if (label + under + under + 1 > n)
			label = n - under;
		der_bytes(d, c->name, under - 3);
		der_u8(d, '.');
		for (__u32 i = 0; i < label; i++)
			der_u8(d, i == LABEL_MOST ? '.' : (__u8)('a' + fosr_mix64(c->seed * 31 + i + k * 64) % 26));
		k++;
		der_wrap(d, DER_DNS, end);
	}
}

static void names(struct der *d, const struct cert *c)
{
	__u32 end = d->at;

	if (c->names)
		more_names(d, c, c->names);
	der_thing(d, DER_DNS, c->name, (__u32)strlen(c->name));
	der_wrap(d, DER_SEQUENCE, end);
	extension(d, OID_NAMES, false, end);
}

/* An authority has a policy whose text takes what is left; a server has names. */
static void policies(struct der *d, const struct cert *c)
{
	__u32 end = d->at, qualifier;

	qualifier = d->at;
	for (__u32 i = 0; i < c->names; i++)
		der_u8(d, (__u8)('a' + fosr_mix64(c->seed + i) % 26));
	der_bytes(d, "http://cps.pki.internal/", 24);
	der_wrap(d, DER_IA5, qualifier);
	OID(d, "\x2b\6\1\5\5\7\2\1");
	der_wrap(d, DER_SEQUENCE, qualifier);
	der_wrap(d, DER_SEQUENCE, qualifier);
	OID(d, "\x67\x81\x0c\1\2\1");
	der_wrap(d, DER_SEQUENCE, end);
	der_wrap(d, DER_SEQUENCE, end);
	extension(d, OID_POLICIES, false, end);
}

static void constraints(struct der *d, bool authority)
{
	__u32 end = d->at;

	if (authority)
		der_bytes(d, "\1\1\xff", 3);
	der_wrap(d, DER_SEQUENCE, end);
	extension(d, OID_CONSTRAINTS, true, end);
}

/* What programs write that ask for the comment. */
static void comment(struct der *d, const struct cert *c)
{
	__u32 end = d->at;

	for (__u32 i = 0; i < c->names; i++)
		der_u8(d, (__u8)('a' + fosr_mix64(c->seed + i) % 26));
	der_wrap(d, DER_IA5, end);
	der_wrap(d, DER_OCTETS, end);
	OID(d, OID_COMMENT);
	der_wrap(d, DER_SEQUENCE, end);
}

/* The comment, as empty as it can be, is as long as the constraints in whose place it stands. */
static void own_extensions(struct der *d, const struct cert *c)
{
	__u32 end = d->at;

	if (c->names)
		comment(d, c);
	else
		constraints(d, true);
	key_id(d, OID_ISSUER_KEY, DER_KEY_ID, c->seed);
	key_id(d, OID_KEY_ID, DER_OCTETS, c->seed);
	der_wrap(d, DER_SEQUENCE, end);
	der_wrap(d, DER_EXTENSIONS, end);
}

static void extensions(struct der *d, const struct cert *c)
{
	__u32 end = d->at, inner;

	if (c->authority)
		policies(d, c);
	else
		names(d, c);
	key_id(d, OID_ISSUER_KEY, DER_KEY_ID, c->issuer);
	key_id(d, OID_KEY_ID, DER_OCTETS, c->seed);
	constraints(d, c->authority);
	inner = d->at;
	OID(d, "\x2b\6\1\5\5\7\3\1");
	der_wrap(d, DER_SEQUENCE, inner);
	extension(d, OID_PURPOSES, false, inner);
	inner = d->at;
	der_bytes(d, c->authority ? "\3\2\1\x86" : c->ecdsa ? "\3\2\7\x80" : "\3\2\5\xa0", 4);
	extension(d, OID_KEY_USAGE, true, inner);
	der_wrap(d, DER_SEQUENCE, end);
	der_wrap(d, DER_EXTENSIONS, end);
}

/* Two numbers of 32 bytes, or one as long as the modulus. */
static void signature(struct der *d, const struct cert *c)
{
	__u64 seed = fosr_mix64(c->seed + 3);
	__u32 end = d->at;

	for (int i = 0; c->ecdsa && i < 2; i++) {
		__u32 number = d->at;

		der_random(d, 31, seed + 8 * i);
		der_u8(d, 0x40 | (seed & 0x3f));
		der_wrap(d, DER_INT, number);
	}
	if (c->ecdsa)
		der_wrap(d, DER_SEQUENCE, end);
	else
		der_random(d, 256, seed);
	der_u8(d, 0);
	der_wrap(d, DER_BITS, end);
}

static void certificate(struct der *d, const struct cert *c)
{
	__u32 end, inner;

	d->at = ROOM;
	signature(d, c);
	algorithm(d, c->ecdsa);
	inner = d->at;
	if (c->own)
		own_extensions(d, c);
	else
		extensions(d, c);
	public_key(d, c);
	subject(d, c);
	validity(d, c);
	if (c->own)
		subject(d, c);
	else
		authority_name(d, c->issuer);
	algorithm(d, c->ecdsa);
	end = d->at;
	der_random(d, c->serial - 1, c->seed);
	der_u8(d, 1 + (c->seed & 0x7e));
	der_wrap(d, DER_INT, end);
	end = d->at;
	der_thing(d, DER_INT, "\2", 1);
	der_wrap(d, DER_VERSION, end);
	der_wrap(d, DER_SEQUENCE, inner);
	der_wrap(d, DER_SEQUENCE, ROOM);
}

#define AUTHORITY_EACH 2400
#define SERIAL_MOST 20
#define SERIAL_LEAST 8
#define OWN_MOST 420 /* of an ECDSA certificate without its names */
#define RSA_MORE (256 + 294 - 72 - 91 + 10)

static __u32 signed_least(const char *name, bool ecdsa)
{
	__u32 n = (__u32)strlen(name);

	return OWN_MOST + 40 + 3 * n + (ecdsa ? 0 : RSA_MORE) + 150;
}

/* Signed by itself: its name stands in it twice. */
__u32 fosr_tls_cert_least(const char *name, bool ecdsa)
{
	return 350 + 2 * (15 + (__u32)strlen(name)) + (ecdsa ? 0 : RSA_MORE);
}

static __u32 made(struct der *d, const struct cert *c)
{
	certificate(d, c);
	return ROOM - d->at;
}

/* The lengths of its names and of its number, so that it has n bytes: where the length of a length makes a step that
 * jumps over n, a shorter number does not. */
static void measure(struct der *d, struct cert *c, __u32 n)
{
	for (c->serial = SERIAL_MOST; c->serial > SERIAL_LEAST; c->serial--) {
		__u32 have;

		c->names = 0;
		have = made(d, c);
		while (have < n || c->names) {
			c->names += n - have;
			have = made(d, c);
			if (have == n)
				return;
			if (have < n)
				break;
		}
	}
}

void fosr_tls_cert_put(struct fosr_pen *p, __u32 n, const char *name, bool ecdsa, bool authority, __u64 seed)
{
	struct cert c = {.name = name,
		.seed = fosr_mix64(seed),
		.issuer = fosr_mix64(seed + 1),
		.ecdsa = ecdsa,
		.authority = authority,
		.own = !authority && n < signed_least(name, ecdsa)};
	struct der d;

	if (fosr_pen_unseen(p, n)) {
		fosr_pen_skip(p, n);
		return;
	}
	measure(&d, &c, n);
	fosr_pen_bytes(p, d.bytes + d.at, n);
}

/* An authority's certificate has a size of its own; the server's takes the rest. */
static __u32 authority_len(bool ecdsa, __u64 seed)
{
	return (ecdsa ? 644 : 1040) + (__u32)(seed >> 12) % 24;
}

__u32 fosr_tls_chain_least(const char *name, bool ecdsa)
{
	return 6 + fosr_tls_cert_least(name, ecdsa);
}

void fosr_tls_chain_put(struct fosr_pen *p, __u32 n, const char *name, bool ecdsa, __u64 seed)
{
	__u32 least = 6 + signed_least(name, ecdsa) + 3 + authority_len(ecdsa, ~0ULL), count = 0, rest = n - 6;

	if (n >= least)
		count = 1 + (n - least) / AUTHORITY_EACH;
	for (__u32 i = 0; i < count; i++)
		rest -= 3 + authority_len(ecdsa, fosr_mix64(seed + i));
	fosr_pen_be24(p, n - 3);
	fosr_pen_be24(p, rest);
	fosr_tls_cert_put(p, rest, name, ecdsa, false, seed);
	for (__u32 i = 0; i < count; i++) {
		__u32 len = authority_len(ecdsa, fosr_mix64(seed + i));

		fosr_pen_be24(p, len);
		fosr_tls_cert_put(p, len, name, ecdsa, true, seed + 1 + i);
	}
}

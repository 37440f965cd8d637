// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * What the ClientHellos of well-known programs offer, in their order: written down from their sources and documents.
 * Fingerprints (JA3, JA4) follow from it.
 */
#include "grammar/tls.h"

#define LIST(...) ((const __u16[]){__VA_ARGS__, 0})

#define PLAIN "\0"
#define ALL_POINTS "\0\1\2"

static const struct fosr_tls_family chrome = {
	.ciphers = LIST(TLS_GREASE, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013,
		0xc014, 0x9c, 0x9d, 0x2f, 0x35),
	.groups = LIST(TLS_GREASE, TLS_MLKEM, 29, 23, 24),
	.signatures = LIST(0x403, 0x804, 0x401, 0x503, 0x805, 0x501, 0x806, 0x601),
	.versions = LIST(TLS_GREASE, TLS_13, TLS_12),
	.extensions = LIST(TLS_GREASE, EXT_NAME, EXT_MASTER, EXT_RENEGOTIATION, EXT_GROUPS, EXT_POINTS, EXT_TICKET,
		EXT_ALPN, EXT_STATUS, EXT_SIGNATURES, EXT_SCT, EXT_KEYS, EXT_PSK_MODES, EXT_VERSIONS, EXT_COMPRESS,
		EXT_ALPS, EXT_ECH, TLS_GREASE_2),
	.points = PLAIN,
	.point_count = 1,
	.session = 32,
	.compression = 2,
	.shuffles = true,
	.quantum = true,
	.record = TLS_10,
};

static const struct fosr_tls_family firefox = {
	.ciphers = LIST(0x1301, 0x1303, 0x1302, 0xc02b, 0xc02f, 0xcca9, 0xcca8, 0xc02c, 0xc030, 0xc00a, 0xc009, 0xc013,
		0xc014, 0x9c, 0x9d, 0x2f, 0x35),
	.groups = LIST(TLS_MLKEM, 29, 23, 24, 25, 256, 257),
	.signatures = LIST(0x403, 0x503, 0x603, 0x804, 0x805, 0x806, 0x401, 0x501, 0x601, 0x203, 0x201),
	.versions = LIST(TLS_13, TLS_12),
	.extensions = LIST(EXT_NAME, EXT_MASTER, EXT_RENEGOTIATION, EXT_GROUPS, EXT_POINTS, EXT_TICKET, EXT_ALPN,
		EXT_STATUS, EXT_DELEGATED, EXT_KEYS, EXT_VERSIONS, EXT_SIGNATURES, EXT_PSK_MODES, EXT_RECORD_LIMIT,
		EXT_ECH),
	.points = PLAIN,
	.point_count = 1,
	.session = 32,
	.p256 = true,
	.quantum = true,
	.record = TLS_10,
};

static const struct fosr_tls_family safari = {
	.ciphers = LIST(TLS_GREASE, 0x1301, 0x1302, 0x1303, 0xc02c, 0xc02b, 0xcca9, 0xc030, 0xc02f, 0xcca8, 0xc00a,
		0xc009, 0xc014, 0xc013, 0x9d, 0x9c, 0x35, 0x2f, 0xc008, 0xc012, 0xa),
	.groups = LIST(TLS_GREASE, 29, 23, 24, 25),
	.signatures = LIST(0x403, 0x804, 0x401, 0x503, 0x203, 0x805, 0x805, 0x501, 0x806, 0x601, 0x201),
	.versions = LIST(TLS_GREASE, TLS_13, TLS_12, 0x302, TLS_10),
	.extensions = LIST(TLS_GREASE, EXT_NAME, EXT_MASTER, EXT_RENEGOTIATION, EXT_GROUPS, EXT_POINTS, EXT_ALPN,
		EXT_STATUS, EXT_SIGNATURES, EXT_SCT, EXT_KEYS, EXT_PSK_MODES, EXT_VERSIONS, EXT_COMPRESS, TLS_GREASE_2),
	.points = PLAIN,
	.point_count = 1,
	.session = 32,
	.compression = 1,
	.record = TLS_10,
};

static const struct fosr_tls_family openssl = {
	.ciphers = LIST(0x1302, 0x1303, 0x1301, 0xc02c, 0xc030, 0x9f, 0xcca9, 0xcca8, 0xccaa, 0xc02b, 0xc02f, 0x9e,
		0xc024, 0xc028, 0x6b, 0xc023, 0xc027, 0x67, 0xc00a, 0xc014, 0x39, 0xc009, 0xc013, 0x33, 0x9d, 0x9c,
		0x3d, 0x3c, 0x35, 0x2f, 0xff),
	.groups = LIST(29, 23, 30, 25, 24, 256, 257, 258, 259, 260),
	.signatures = LIST(0x403, 0x503, 0x603, 0x807, 0x808, 0x809, 0x80a, 0x80b, 0x804, 0x805, 0x806, 0x401, 0x501,
		0x601, 0x303, 0x301, 0x302, 0x402, 0x502, 0x602),
	.versions = LIST(TLS_13, TLS_12),
	.extensions = LIST(EXT_NAME, EXT_POINTS, EXT_GROUPS, EXT_TICKET, EXT_ALPN, EXT_MAC, EXT_MASTER, EXT_POST_AUTH,
		EXT_SIGNATURES, EXT_VERSIONS, EXT_PSK_MODES, EXT_KEYS),
	.points = ALL_POINTS,
	.point_count = 3,
	.session = 32,
	.record = TLS_10,
};

static const struct fosr_tls_family go = {
	.ciphers = LIST(
		0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc009, 0xc013, 0xc00a, 0xc014, 0x1301, 0x1302, 0x1303),
	.groups = LIST(29, 23, 24, 25),
	.signatures = LIST(0x804, 0x403, 0x807, 0x805, 0x806, 0x401, 0x501, 0x601, 0x503, 0x603, 0x201, 0x203),
	.versions = LIST(TLS_13, TLS_12),
	.extensions = LIST(EXT_NAME, EXT_STATUS, EXT_GROUPS, EXT_POINTS, EXT_SIGNATURES, EXT_RENEGOTIATION, EXT_MASTER,
		EXT_ALPN, EXT_SCT, EXT_VERSIONS, EXT_KEYS, EXT_PSK_MODES),
	.points = PLAIN,
	.point_count = 1,
	.session = 32,
	.record = TLS_10,
};

static const struct fosr_tls_family java = {
	.ciphers = LIST(0x1302, 0x1301, 0x1303, 0xc02c, 0xc02b, 0xcca9, 0xc030, 0xcca8, 0xc02f, 0x9f, 0xccaa, 0xa3,
		0x9e, 0xa2, 0xc024, 0xc028, 0xc023, 0xc027, 0x6b, 0x6a, 0x67, 0x40, 0xc00a, 0xc014, 0xc009, 0xc013,
		0x39, 0x38, 0x33, 0x32, 0x9d, 0x9c, 0x3d, 0x3c, 0x35, 0x2f, 0xff),
	.groups = LIST(29, 23, 24, 25, 30, 256, 257, 258, 259, 260),
	.signatures = LIST(0x403, 0x503, 0x603, 0x807, 0x808, 0x804, 0x805, 0x806, 0x809, 0x80a, 0x80b, 0x401, 0x501,
		0x601, 0x402, 0x303, 0x301, 0x302, 0x203, 0x201, 0x202),
	.versions = LIST(TLS_13, TLS_12),
	.extensions = LIST(EXT_NAME, EXT_STATUS, EXT_GROUPS, EXT_POINTS, EXT_STATUS_2, EXT_MASTER, EXT_TICKET,
		EXT_SIGNATURES, EXT_SIGNATURES_CERT, EXT_ALPN, EXT_VERSIONS, EXT_PSK_MODES, EXT_KEYS),
	.points = PLAIN,
	.point_count = 1,
	.session = 32,
	.p256 = true,
	.record = TLS_12,
};

static const struct fosr_tls_family java8 = {
	.ciphers = LIST(0xc024, 0xc028, 0x3d, 0xc026, 0xc02a, 0x6b, 0x6a, 0xc00a, 0xc014, 0x35, 0xc005, 0xc00f, 0x39,
		0x38, 0xc023, 0xc027, 0x3c, 0xc025, 0xc029, 0x67, 0x40, 0xc009, 0xc013, 0x2f, 0xc02c, 0xc02b, 0xc030,
		0x9d, 0xc02f, 0x9c, 0xff),
	.groups = LIST(23, 24, 25, 9, 10, 11, 12, 13, 14, 22),
	.signatures = LIST(0x603, 0x601, 0x503, 0x501, 0x403, 0x401, 0x402, 0x303, 0x301, 0x302, 0x203, 0x201, 0x202),
	.versions = LIST(TLS_12),
	.extensions = LIST(EXT_GROUPS, EXT_POINTS, EXT_SIGNATURES, EXT_MASTER, EXT_NAME, EXT_ALPN),
	.points = PLAIN,
	.point_count = 1,
	.record = TLS_12,
};

static const struct fosr_tls_family mbedtls = {
	.ciphers = LIST(0xc02c, 0xc030, 0x9f, 0xc0ad, 0xc09f, 0xc024, 0xc028, 0x6b, 0xc00a, 0xc014, 0x39, 0xc0af,
		0xc0a3, 0xc02b, 0xc02f, 0x9e, 0xc0ac, 0xc09e, 0xc023, 0xc027, 0x67, 0xc009, 0xc013, 0x33, 0xc0ae,
		0xc0a2, 0x9d, 0xc09d, 0x3d, 0x35, 0x9c, 0xc09c, 0x3c, 0x2f, 0xff),
	.groups = LIST(29, 23, 24, 25, 26, 27, 28, 22),
	.signatures = LIST(0x603, 0x601, 0x503, 0x501, 0x403, 0x401, 0x303, 0x301),
	.versions = LIST(TLS_12),
	.extensions = LIST(EXT_NAME, EXT_SIGNATURES, EXT_GROUPS, EXT_POINTS, EXT_MAC, EXT_MASTER, EXT_ALPN, EXT_TICKET),
	.points = PLAIN,
	.point_count = 1,
	.record = TLS_12,
};

/* As Chrome speaks it in QUIC: TLS 1.3 only. */
static const struct fosr_tls_family quic = {
	.ciphers = LIST(0x1301, 0x1302, 0x1303),
	.groups = LIST(TLS_MLKEM, 29, 23, 24),
	.signatures = LIST(0x403, 0x804, 0x401, 0x503, 0x805, 0x501, 0x806, 0x601, 0x201),
	.versions = LIST(TLS_13),
	.extensions = LIST(EXT_NAME, EXT_GROUPS, EXT_ALPN, EXT_SIGNATURES, EXT_KEYS, EXT_PSK_MODES, EXT_VERSIONS,
		EXT_QUIC, EXT_COMPRESS, EXT_ALPS),
	.compression = 2,
	.shuffles = true,
	.quantum = true,
};

/* Libraries: ngtcp2, quic-go and the like. */
static const struct fosr_tls_family quic_library = {
	.ciphers = LIST(0x1301, 0x1302, 0x1303),
	.groups = LIST(29, 23, 24, 25),
	.signatures = LIST(0x403, 0x503, 0x603, 0x807, 0x804, 0x805, 0x806, 0x401, 0x501, 0x601),
	.versions = LIST(TLS_13),
	.extensions =
		LIST(EXT_NAME, EXT_GROUPS, EXT_ALPN, EXT_SIGNATURES, EXT_VERSIONS, EXT_PSK_MODES, EXT_KEYS, EXT_QUIC),
};

/* DTLS 1.2 of OpenSSL. */
static const struct fosr_tls_family dtls = {
	.ciphers = LIST(0xc02c, 0xc030, 0x9f, 0xcca9, 0xcca8, 0xccaa, 0xc02b, 0xc02f, 0x9e, 0xc024, 0xc028, 0x6b,
		0xc023, 0xc027, 0x67, 0xc00a, 0xc014, 0x39, 0xc009, 0xc013, 0x33, 0x9d, 0x9c, 0x3d, 0x3c, 0x35, 0x2f,
		0xff),
	.groups = LIST(29, 23, 30, 25, 24),
	.signatures = LIST(0x403, 0x503, 0x603, 0x807, 0x808, 0x809, 0x80a, 0x80b, 0x804, 0x805, 0x806, 0x401, 0x501,
		0x601, 0x303, 0x301, 0x302, 0x402, 0x502, 0x602),
	.versions = LIST(TLS_12),
	.extensions = LIST(EXT_NAME, EXT_POINTS, EXT_GROUPS, EXT_TICKET, EXT_ALPN, EXT_MAC, EXT_MASTER, EXT_SIGNATURES),
	.points = ALL_POINTS,
	.point_count = 3,
	.record = TLS_12,
};

const struct fosr_tls_family *fosr_tls_family(char letter)
{
	switch (letter) {
	case 'c':
		return &chrome;
	case 'f':
		return &firefox;
	case 's':
		return &safari;
	case 'g':
		return &go;
	case 'j':
		return &java;
	case 'v':
		return &java8;
	case 'm':
		return &mbedtls;
	case 'n':
		return &quic_library;
	case 'd':
		return &dtls;
	case 'q':
		return &quic;
	default:
		return &openssl;
	}
}

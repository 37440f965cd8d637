// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/fixed.h"

/*
 * Both functions work bit by bit on 62-bit mantissas (Knuth, TAOCP 1.2.2, exercises 25 and 28): log2 by repeated
 * squaring, exp2 by multiplying the powers 2^(2^-k) of the set bits.
 */
#define FRACTION_BITS 32

__u64 fosr_log2_q32(__u64 x)
{
	unsigned int e = 63 - (unsigned int)__builtin_clzll(x);
	__u64 m = e <= 62 ? x << (62 - e) : x >> 1; /* Q62 in [1, 2) */
	__u64 q = 0;

	for (int i = 0; i < FRACTION_BITS; i++) {
		m = (__u64)((unsigned __int128)m * m >> 62);
		q <<= 1;
		if (m >> 63) {
			m >>= 1;
			q |= 1;
		}
	}
	return (__u64)e << 32 | q;
}

/* 2^(2^-k) in Q62, k = 1..32: floor, from the square root of the one before. */
static const __u64 root[FRACTION_BITS] = {
	0x5a827999fcef3242ULL, 0x4c1bf828c6dc54b7ULL, 0x45cae0f1f545eb73ULL, 0x42d561b3e6243d8aULL,
	0x4166c34c5615d0ebULL, 0x40b268f9de0183b9ULL, 0x4058f6a7ecccd5b6ULL, 0x402c6be96af2fb58ULL,
	0x4016321b687027a8ULL, 0x400b18178ba33b14ULL, 0x40058bce410147e8ULL, 0x4002c5d7bff71daeULL,
	0x400162e807ee7e5bULL, 0x4000b1730df6a524ULL, 0x400058b9497b8151ULL, 0x40002c5c955dd701ULL,
	0x4000162e46d6f26bULL, 0x40000b1722757b1bULL, 0x4000058b90fd3e0cULL, 0x400002c5c86f3f26ULL,
	0x40000162e433c79bULL, 0x400000b17218edcfULL, 0x40000058b90c3968ULL, 0x4000002c5c860d54ULL,
	0x400000162e4302d2ULL, 0x4000000b17218073ULL, 0x400000058b90bffcULL, 0x40000002c5c85feeULL,
	0x4000000162e42ff3ULL, 0x40000000b17217f8ULL, 0x4000000058b90bfcULL, 0x400000002c5c85feULL,
};

__u64 fosr_exp2_q32(__u64 q)
{
	__u64 m = 1ULL << 62;
	__u64 e = q >> 32;

	if (e >= 63)
		return 1ULL << 63;
	for (int k = 0; k < FRACTION_BITS; k++)
		if (q >> (31 - k) & 1)
			m = (__u64)((unsigned __int128)m * root[k] >> 62);
	return m >> (62 - e);
}

__u64 fosr_exponential_q32(__u32 u)
{
	__u64 x = (__u64)u + 1;

	/* ln(2^32 / x) = (32 - log2 x) ln 2 */
	return (__u64)((unsigned __int128)((32ULL << 32) - fosr_log2_q32(x)) * FOSR_LN2_Q32 >> 32);
}

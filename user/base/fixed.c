// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/fixed.h"

/* Bit by bit, by repeated squaring of a 62-bit mantissa (Knuth, TAOCP 1.2.2). */
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

__u64 fosr_exponential_q32(__u32 u)
{
	__u64 x = (__u64)u + 1;

	/* ln(2^32 / x) = (32 - log2 x) ln 2 */
	return (__u64)((unsigned __int128)((32ULL << 32) - fosr_log2_q32(x)) * FOSR_LN2_Q32 >> 32);
}

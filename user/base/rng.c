// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/rng.h"

#define M0 0xD2511F53u
#define M1 0xCD9E8D57u
#define W0 0x9E3779B9u
#define W1 0xBB67AE85u

void fosr_philox4x32(const __u32 ctr[4], const __u32 key[2], __u32 out[4])
{
	__u32 c0 = ctr[0], c1 = ctr[1], c2 = ctr[2], c3 = ctr[3];
	__u32 k0 = key[0], k1 = key[1];

	for (int round = 0; round < 10; round++) {
		__u64 p0 = (__u64)M0 * c0;
		__u64 p1 = (__u64)M1 * c2;

		c0 = (__u32)(p1 >> 32) ^ c1 ^ k0;
		c1 = (__u32)p1;
		c2 = (__u32)(p0 >> 32) ^ c3 ^ k1;
		c3 = (__u32)p0;
		k0 += W0;
		k1 += W1;
	}
	out[0] = c0;
	out[1] = c1;
	out[2] = c2;
	out[3] = c3;
}

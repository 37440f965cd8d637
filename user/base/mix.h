/* SPDX-License-Identifier: GPL-3.0-or-later */
/* 64-bit mixing for hash tables and context keys (finaliser of splitmix64: Steele, Lea, Flood, OOPSLA'14). */
#ifndef FOSR_BASE_MIX_H
#define FOSR_BASE_MIX_H

#include "base/types.h"

static inline __u64 fosr_mix64(__u64 x)
{
	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9ULL;
	x ^= x >> 27;
	x *= 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

#endif

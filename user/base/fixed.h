/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Logarithms in fixed point, by integer arithmetic alone: the same bits on every machine, where libm's are not. Results
 * in Q32 (32 fractional bits), to a few units of the last.
 */
#ifndef FOSR_BASE_FIXED_H
#define FOSR_BASE_FIXED_H

#include "base/types.h"

#define FOSR_Q32 (1ULL << 32)
#define FOSR_LN2_Q32 2977044472ULL

/* log2(x) of an integer x > 0, Q32. */
__u64 fosr_log2_q32(__u64 x);

/* An exponential variate of mean 1, Q32, from 32 random bits: -ln((u + 1) / 2^32). */
__u64 fosr_exponential_q32(__u32 u);

/* a * b / c without overflow in between; c > 0. */
static inline __u64 fosr_muldiv(__u64 a, __u64 b, __u64 c)
{
	return (__u64)((unsigned __int128)a * b / c);
}

#endif

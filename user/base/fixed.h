/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Logarithm and power of two in fixed point, by integer arithmetic alone: the same bits on every machine, where libm's
 * are not. Arguments and results in Q32 (32 fractional bits) unless said; relative error below 2^-24.
 */
#ifndef FOSR_BASE_FIXED_H
#define FOSR_BASE_FIXED_H

#include "base/types.h"

#define FOSR_Q32 (1ULL << 32)
#define FOSR_LN2_Q32 2977044472ULL

/* log2(x) of an integer x > 0, Q32. */
__u64 fosr_log2_q32(__u64 x);

/* 2^q, q in Q32, rounded down to an integer; saturates at 2^63. */
__u64 fosr_exp2_q32(__u64 q);

/* An exponential variate of mean 1, Q32, from 32 random bits: -ln((u + 1) / 2^32). */
__u64 fosr_exponential_q32(__u32 u);

/* a * b / c without overflow in between; c > 0. */
static inline __u64 fosr_muldiv(__u64 a, __u64 b, __u64 c)
{
	return (__u64)((unsigned __int128)a * b / c);
}

#endif

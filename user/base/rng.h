/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Counter-based randomness: Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC'11;
 * Random123). A draw is a function of (key, flow, stage, index, how many draws came before), so there is no state to
 * carry from flow to flow and no order to respect.
 */
#ifndef FOSR_BASE_RNG_H
#define FOSR_BASE_RNG_H

#include "base/types.h"

/* One number per use, never reused for another: they are part of what a seed means. */
enum fosr_stage {
	FOSR_STAGE_ARRIVALS = 1,
	FOSR_STAGE_FLOW = 2,
	FOSR_STAGE_BIND = 3,
	FOSR_STAGE_STEP = 4,
	FOSR_STAGE_CRAFT = 5,
	FOSR_STAGE_REPORT = 7,
};

struct fosr_rng {
	__u32 key[2];
	__u32 ctr[4]; /* index, stage << 24 | block, flow low, flow high */
	__u32 out[4];
	__u8 have; /* words of out not yet given */
};

void fosr_philox4x32(const __u32 ctr[4], const __u32 key[2], __u32 out[4]);

static inline struct fosr_rng fosr_rng(__u64 key, __u64 flow, enum fosr_stage stage, __u32 index)
{
	return (struct fosr_rng){
		.key = {(__u32)key, (__u32)(key >> 32)},
		.ctr = {index, (__u32)stage << 24, (__u32)flow, (__u32)(flow >> 32)},
	};
}

static inline __u32 fosr_rng_u32(struct fosr_rng *r)
{
	if (!r->have) {
		fosr_philox4x32(r->ctr, r->key, r->out);
		r->ctr[1]++;
		r->have = 4;
	}
	return r->out[4 - r->have--];
}

static inline __u64 fosr_rng_u64(struct fosr_rng *r)
{
	__u64 hi = fosr_rng_u32(r);

	return hi << 32 | fosr_rng_u32(r);
}

/* 0 .. n - 1, n > 0, by multiplication (bias below n / 2^32). */
static inline __u32 fosr_rng_below(struct fosr_rng *r, __u32 n)
{
	return (__u32)((__u64)fosr_rng_u32(r) * n >> 32);
}

#endif

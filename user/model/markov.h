/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What markov.c (drawing) and markov_fit.c (learning) share: the keys of contexts and of tables.
 *
 * A context is what the next action is drawn from. There are four levels, from fine to coarse; the finest that was
 * learned is used:
 *
 *	0	service, end state, volume classes, packets left each way (fine), two last actions
 *	1	service, end state, volume classes, packets left each way (coarse), last action
 *	2	service, end state, packets left each way (0, 1, more), last action
 *	3	L4 protocol, packets left each way (0, more), last action
 *
 * and in each, which ends have had payload: who begins to speak is the protocol's affair, and must not be forgotten
 * where the rest is unknown.
 *
 * Knowing what is left makes the walk end with exactly the packets that the flow was given; knowing the volume brings
 *it near the bytes.
 */
#ifndef FOSR_MODEL_MARKOV_H
#define FOSR_MODEL_MARKOV_H

#include <linux/in.h>

#include "model/model.h"

enum { FOSR_MARKOV_LEVELS = 4 };

/* The first gap and size tables are the protocols' own, for packets that no context had. */
enum { FOSR_MARKOV_POOL_TCP, FOSR_MARKOV_POOL_UDP, FOSR_MARKOV_POOLS };

static inline __u8 fosr_markov_left_fine(__u32 n)
{
	unsigned int e;

	if (n <= 4)
		return (__u8)n;
	e = 31 - (unsigned int)__builtin_clz(n); /* 5..7 -> 5, 6; 8.. two per octave */
	n = 5 + (e - 2) * 2 + (n >> (e - 1) & 1);
	return (__u8)(n < 15 ? n : 15);
}

static inline __u8 fosr_markov_left_coarse(__u32 n)
{
	return n <= 2 ? (__u8)n : n <= 5 ? 3 : n <= 15 ? 4 : 5;
}

/*
 * 54 bits: level 2, who has spoken 2, service or protocol 8, end state 4, volumes 4 + 4, left 4 + 4, actions 11 + 11;
 * the action that followed takes the 10 bits below it in a tally.
 */
static inline __u64 fosr_markov_key(const struct fosr_walk *w, unsigned int level)
{
	__u64 service = level < 3 ? w->service : w->l4 == IPPROTO_UDP;
	__u64 end = level < 3 ? w->end_state : 0;
	__u64 volume = level < 2 ? (__u64)w->bytes_class[0] << 4 | w->bytes_class[1] : 0;
	__u64 before = level < 1 ? w->last[1] : 0;
	__u64 left[2];

	for (int d = 0; d < 2; d++)
		left[d] = level == 0 ? fosr_markov_left_fine(w->left[d])
			: level == 1 ? fosr_markov_left_coarse(w->left[d])
				     : fosr_min_u64(w->left[d], level == 2 ? 2 : 1);
	return (__u64)level << 52 | (__u64)w->spoken << 50 | service << 42 | end << 38 | volume << 30 | left[0] << 26 |
		left[1] << 22 | (__u64)w->last[0] << 11 | before;
}

static inline unsigned int fosr_markov_level(__u64 key)
{
	return (unsigned int)(key >> 52);
}

int fosr_markov_fit(const char *prefix, const struct fosr_dataset *d, struct fosr_tensors *out, struct fosr_err *err);

#endif

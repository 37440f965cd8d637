// SPDX-License-Identifier: GPL-3.0-or-later
#include "math/histo.h"

#define SUB_BITS 4

static unsigned int bin_of(__u64 v)
{
	unsigned int e;

	if (v < 1u << SUB_BITS)
		return (unsigned int)v;
	e = 63 - (unsigned int)__builtin_clzll(v);
	return (e - SUB_BITS + 1) << SUB_BITS | (unsigned int)(v >> (e - SUB_BITS) & ((1u << SUB_BITS) - 1));
}

/* The middle of a bin. */
static __u64 value_of(unsigned int bin)
{
	unsigned int octave = bin >> SUB_BITS;
	__u64 low;

	if (!octave)
		return bin;
	low = (__u64)((1u << SUB_BITS) | (bin & ((1u << SUB_BITS) - 1))) << (octave - 1);
	return low + ((1ULL << (octave - 1)) >> 1);
}

void fosr_histo_add(struct fosr_histo *h, __u64 value)
{
	h->n++;
	h->max = fosr_max_u64(h->max, value);
	h->bin[bin_of(value)]++;
}

__u64 fosr_histo_at(const struct fosr_histo *h, __u32 per_mille)
{
	__u64 want = (h->n * per_mille + 999) / 1000, seen = 0;

	for (unsigned int i = 0; i < FOSR_HISTO_BINS; i++) {
		seen += h->bin[i];
		if (h->bin[i] && seen >= want)
			return fosr_min_u64(value_of(i), h->max);
	}
	return 0;
}

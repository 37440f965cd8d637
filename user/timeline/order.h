/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Order of time for a slice of a campaign: small keys, spread into buckets by time, then each bucket sorted for itself.
 * A flow's own packets come in order already, so a bucket is a few sorted runs, and merging them is what sorting costs.
 */
#ifndef FOSR_TIMELINE_ORDER_H
#define FOSR_TIMELINE_ORDER_H

#include "base/types.h"

/* A packet that is due. Where times are equal the owner of the packets decides. */
struct fosr_due {
	__u64 time_ns;
	__u32 packet; /* the owner's number for it */
	__u16 len; /* of its frame, untainted */
	__u8 flags; /* FOSR_DUE_* */
	__u8 pad;
};

#define FOSR_DUE_FIRST 1 /* of its flow */
#define FOSR_DUE_LAST 2 /* of its flow */
#define FOSR_DUE_WANTED 4
#define FOSR_DUE_CUT 8 /* its payload was longer than the MTU allows */
#define FOSR_DUE_IP6 16

enum { FOSR_ORDER_BUCKETS = 4096 };

/* [from_ns, to_ns) in buckets of equal width. */
struct fosr_order {
	__u64 from_ns;
	unsigned int shift;
};

struct fosr_order fosr_order(__u64 from_ns, __u64 to_ns);

static inline __u32 fosr_order_bucket(const struct fosr_order *o, __u64 time_ns)
{
	return (__u32)((time_ns - o->from_ns) >> o->shift);
}

/* Sorts v[0..n-1] by time; before() orders packets of equal times, totally. temp: n of them. */
void fosr_order_sort(struct fosr_due *v, size_t n, struct fosr_due *temp,
	bool (*before)(const void *arg, const struct fosr_due *a, const struct fosr_due *b), const void *arg);

#endif

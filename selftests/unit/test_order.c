// SPDX-License-Identifier: GPL-3.0-or-later
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "timeline/order.h"
#include "tap.h"

#define MOST 5000

static bool by_packet(const void *arg, const struct fosr_due *a, const struct fosr_due *b)
{
	++*(__u64 *)arg;
	return a->packet < b->packet;
}

static int reference(const void *a, const void *b)
{
	const struct fosr_due *x = a, *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return x->packet < y->packet ? -1 : x->packet > y->packet;
}

/* Times out of 1, 2, 4, ... many: from all equal to all different. */
static void test_sort(void)
{
	static struct fosr_due v[MOST], want[MOST], temp[MOST];
	struct fosr_rng r = fosr_rng(1, 1, FOSR_STAGE_REPORT, 0);
	__u64 asked = 0;
	bool same = true;

	for (size_t n = 0; n < MOST; n = n * 3 / 2 + 1)
		for (__u32 times = 1; times <= 1u << 20; times *= 4) {
			for (size_t i = 0; i < n; i++)
				v[i] = (struct fosr_due){
					.time_ns = fosr_rng_below(&r, times), .packet = fosr_rng_u32(&r)};
			memcpy(want, v, sizeof(v));
			qsort(want, n, sizeof(*want), reference);
			fosr_order_sort(v, n, temp, by_packet, &asked);
			same &= !memcmp(v, want, n * sizeof(*v));
		}
	ok(same && asked, "sorted as qsort does, whatever the number of equal times");
}

/* Two flows, each in order, one after the other: what a slice looks like before it is sorted. */
static void test_runs(void)
{
	static struct fosr_due v[MOST], temp[MOST];
	__u64 asked = 0;
	bool sorted = true;

	for (__u32 i = 0; i < MOST; i++)
		v[i] = (struct fosr_due){.time_ns = (i % (MOST / 2)) * 10 + (i >= MOST / 2 ? 5 : 0), .packet = i};
	fosr_order_sort(v, MOST, temp, by_packet, &asked);
	for (__u32 i = 1; i < MOST; i++)
		sorted &= v[i - 1].time_ns < v[i].time_ns;
	ok(sorted && !asked, "two runs become one, and nobody is asked about equal times");
}

static void test_buckets(void)
{
	static const __u64 width[] = {1, 2, 4095, 4096, 4097, 1000000007, 1ULL << 40, UINT64_MAX - 5};
	bool inside = true, fine = true;

	for (size_t i = 0; i < FOSR_ARRAY_SIZE(width); i++) {
		struct fosr_order o = fosr_order(5, 5 + width[i]);

		inside &= fosr_order_bucket(&o, 5) == 0;
		inside &= fosr_order_bucket(&o, 5 + width[i] - 1) < FOSR_ORDER_BUCKETS;
		fine &= width[i] < FOSR_ORDER_BUCKETS ||
			fosr_order_bucket(&o, 5 + width[i] - 1) >= FOSR_ORDER_BUCKETS / 2;
	}
	ok(inside, "every time of a slice has a bucket");
	ok(fine, "and at least half of the buckets are used");
}

int main(void)
{
	test_sort();
	test_runs();
	test_buckets();
	return done();
}

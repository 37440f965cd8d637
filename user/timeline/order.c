// SPDX-License-Identifier: GPL-3.0-or-later
#include "timeline/order.h"

#include <string.h>

/* Below this many, insertion is quicker than merging. */
#define FEW 24

struct fosr_order fosr_order(__u64 from_ns, __u64 to_ns)
{
	struct fosr_order o = {.from_ns = from_ns};

	while ((to_ns - from_ns - 1) >> o.shift >= FOSR_ORDER_BUCKETS)
		o.shift++;
	return o;
}

typedef bool (*before_fn)(const void *arg, const struct fosr_due *a, const struct fosr_due *b);

static inline bool less(const struct fosr_due *a, const struct fosr_due *b, before_fn before, const void *arg)
{
	return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : before(arg, a, b);
}

static void insertion(struct fosr_due *v, size_t n, before_fn before, const void *arg)
{
	for (size_t i = 1; i < n; i++) {
		struct fosr_due x = v[i];
		size_t k = i;

		for (; k && less(&x, &v[k - 1], before, arg); k--)
			v[k] = v[k - 1];
		v[k] = x;
	}
}

/* v[0..half) and v[half..n), each sorted, become one. */
static void merge(struct fosr_due *v, size_t half, size_t n, struct fosr_due *temp, before_fn before, const void *arg)
{
	size_t a = 0, b = half, out = 0;

	if (!less(&v[half], &v[half - 1], before, arg))
		return;
	memcpy(temp, v, half * sizeof(*v));
	while (a < half)
		if (b < n && less(&v[b], &temp[a], before, arg))
			v[out++] = v[b++];
		else
			v[out++] = temp[a++];
}

void fosr_order_sort(struct fosr_due *v, size_t n, struct fosr_due *temp, before_fn before, const void *arg)
{
	if (n <= FEW) {
		insertion(v, n, before, arg);
		return;
	}
	fosr_order_sort(v, n / 2, temp, before, arg);
	fosr_order_sort(v + n / 2, n - n / 2, temp, before, arg);
	merge(v, n / 2, n, temp, before, arg);
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "timeline/timeline.h"

#define CHILDREN 4

static bool before(const struct fosr_due *a, const struct fosr_due *b)
{
	return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : a->id < b->id;
}

static void sift_down(struct fosr_timeline *t, struct fosr_due due)
{
	struct fosr_due *h = t->heap.v;
	size_t n = t->heap.n, i = 0;

	for (;;) {
		size_t first = i * CHILDREN + 1, least = first;

		if (first >= n)
			break;
		for (size_t c = first + 1; c < n && c < first + CHILDREN; c++)
			if (before(&h[c], &h[least]))
				least = c;
		if (!before(&h[least], &due))
			break;
		h[i] = h[least];
		i = least;
	}
	h[i] = due;
}

int fosr_timeline_push(struct fosr_timeline *t, struct fosr_due due)
{
	struct fosr_due *h;
	size_t i;

	if (!fosr_vec_push(&t->heap))
		return -ENOMEM;
	h = t->heap.v;
	for (i = t->heap.n - 1; i; i = (i - 1) / CHILDREN) {
		if (!before(&due, &h[(i - 1) / CHILDREN]))
			break;
		h[i] = h[(i - 1) / CHILDREN];
	}
	h[i] = due;
	return 0;
}

void fosr_timeline_move_first(struct fosr_timeline *t, __u64 time_ns)
{
	struct fosr_due due = t->heap.v[0];

	due.time_ns = time_ns;
	sift_down(t, due);
}

void fosr_timeline_pop(struct fosr_timeline *t)
{
	struct fosr_due last = t->heap.v[--t->heap.n];

	if (t->heap.n)
		sift_down(t, last);
}

void fosr_timeline_free(struct fosr_timeline *t)
{
	fosr_vec_free(&t->heap);
}

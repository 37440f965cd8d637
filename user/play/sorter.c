// SPDX-License-Identifier: GPL-3.0-or-later
#include "play/sorter.h"

static bool fits_better(const struct fosr_sorter *s, __u32 i, __u32 best, __u64 time_ns)
{
	__u64 last = s->sequence[i].tail->time_ns;

	return last <= time_ns && (best == s->n || last > s->sequence[best].tail->time_ns);
}

static __u32 place_of(const struct fosr_sorter *s, __u64 time_ns)
{
	__u32 best = s->n;

	for (__u32 i = 0; i < s->n; i++)
		if (fits_better(s, i, best, time_ns))
			best = i;
	return best;
}

void fosr_sorter_add(struct fosr_sorter *s, struct fosr_sorted *item)
{
	__u32 i = place_of(s, item->time_ns);

	item->next = NULL;
	if (i == FOSR_SORTER_SEQUENCES)
		i--;
	if (i == s->n) {
		s->sequence[s->n].head = s->sequence[s->n].tail = item;
		s->n++;
		return;
	}
	s->sequence[i].tail->next = item;
	s->sequence[i].tail = item;
}

static __u32 oldest(const struct fosr_sorter *s)
{
	__u32 best = 0;

	for (__u32 i = 1; i < s->n; i++)
		if (s->sequence[i].head->time_ns < s->sequence[best].head->time_ns)
			best = i;
	return best;
}

struct fosr_sorted *fosr_sorter_first(const struct fosr_sorter *s)
{
	return s->n ? s->sequence[oldest(s)].head : NULL;
}

struct fosr_sorted *fosr_sorter_take(struct fosr_sorter *s)
{
	__u32 i = oldest(s);
	struct fosr_sorted *item = s->n ? s->sequence[i].head : NULL;

	if (!item)
		return NULL;
	s->sequence[i].head = item->next;
	if (!item->next) {
		/* The order of the sequences decides among equal times. */
		s->n--;
		for (; i < s->n; i++)
			s->sequence[i] = s->sequence[i + 1];
	}
	return item;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Items that come nearly in order of time, from a few sources each of which is in order, without being told which:
 * each item goes to the end of the sequence that it fits behind best (patience sorting), and the oldest is the
 * smallest of the sequences' heads. Constant memory: an item has its own link.
 */
#ifndef FOSR_PLAY_SORTER_H
#define FOSR_PLAY_SORTER_H

#include "base/types.h"

#define FOSR_SORTER_SEQUENCES 64

struct fosr_sorted {
	__u64 time_ns;
	struct fosr_sorted *next; /* the sorter's */
};

struct fosr_sorter {
	struct {
		struct fosr_sorted *head, *tail;
	} sequence[FOSR_SORTER_SEQUENCES]; /* none is empty */
	__u32 n;
};

/* With more sequences than there are, the item stays behind a younger one. */
void fosr_sorter_add(struct fosr_sorter *s, struct fosr_sorted *item);

/* The oldest, or NULL; of those of equal time not the one of a sequence that was begun later. */
struct fosr_sorted *fosr_sorter_first(const struct fosr_sorter *s);
struct fosr_sorted *fosr_sorter_take(struct fosr_sorter *s);

#endif

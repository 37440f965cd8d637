/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The order of things to come: a heap of live flows by (time of the next step, flow id). The flow id breaks ties, so
 * that the order is a property of the campaign. Entries are small; what they stand for is the caller's, by slot number.
 */
#ifndef FOSR_TIMELINE_TIMELINE_H
#define FOSR_TIMELINE_TIMELINE_H

#include "base/vec.h"

struct fosr_due {
	__u64 time_ns;
	__u64 id;
	__u32 slot; /* the caller's */
	__u32 pad;
};

struct fosr_timeline {
	FOSR_VEC(struct fosr_due) heap; /* four children each: fewer cache lines per level than two */
};

static inline const struct fosr_due *fosr_timeline_first(const struct fosr_timeline *t)
{
	return t->heap.n ? t->heap.v : NULL;
}

int fosr_timeline_push(struct fosr_timeline *t, struct fosr_due due);

/* Gives the first entry, which must be there, another time. */
void fosr_timeline_move_first(struct fosr_timeline *t, __u64 time_ns);

void fosr_timeline_pop(struct fosr_timeline *t);
void fosr_timeline_free(struct fosr_timeline *t);

#endif

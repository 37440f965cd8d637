/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counts of flow starts per window of each capture, one after the other: what hist is fitted to and scored by. */
#ifndef FOSR_MODEL_HIST_COUNT_H
#define FOSR_MODEL_HIST_COUNT_H

#include "flow/dataset.h"

struct fosr_hist_cell {
	__u64 window;
	__u32 bin; /* of the week, local time */
	__u32 n; /* flow starts */
	__u64 watched_ns; /* 1 .. FOSR_WINDOW_NS */
	bool first; /* of a time watched: the cell before is not its neighbour */
};

struct fosr_hist_counter {
	const struct fosr_dataset *d;
	size_t watched; /* index of the time at hand */
	__u64 window; /* the next one in it */
	bool begun;
	FOSR_VEC(__u64) starts; /* of the capture at hand, sorted */
	size_t at; /* the next of them */
};

/* Zero it, set d; then 1 and a cell, 0 at the end, or -ENOMEM. */
int fosr_hist_count(struct fosr_hist_counter *c, struct fosr_hist_cell *cell);

#endif

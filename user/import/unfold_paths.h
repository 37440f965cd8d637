/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sums over an automaton's paths: how probable it is that a walk by the edges' weights ends in an end state. */
#ifndef FOSR_IMPORT_UNFOLD_PATHS_H
#define FOSR_IMPORT_UNFOLD_PATHS_H

#include "model/automaton.h"

struct fosr_paths_graph;

struct fosr_paths {
	const struct fosr_edge *edge; /* in any order; borrowed */
	size_t edges;
	__u32 states; /* walks begin in 0 */
	__u8 l4, end_state;

	__u64 work; /* edges followed so far; beyond FOSR_UNFOLD_WORK sums stop early */
	struct fosr_paths_graph *graph;
};

/* 0 and something to be closed; -E2BIG past FOSR_UNFOLD_NODES, or -ENOMEM. name stands in messages. */
int fosr_paths_open(struct fosr_paths *p, const char *name, struct fosr_err *err);
void fosr_paths_close(struct fosr_paths *p);

/*
 * Share of all walks that keep to the rules of end_state and end in it; of those that take none of the n edges from
 * `without` on. Walks are followed until less than `rest` of them is on its way.
 */
double fosr_paths_share(struct fosr_paths *p, size_t without, size_t n, double rest);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How often flows end in which state, by the counts of an automaton's edges. See import/unfold.h. */
#ifndef FOSR_IMPORT_ENDS_H
#define FOSR_IMPORT_ENDS_H

#include "import/unfold.h"
#include "import/unfold_paths.h"

#define FOSR_ENDS_EDGES 1024 /* with SYN, FIN or RST, or an end, that are looked at */

/*
 * Replaces u->share where the counts allow it, else leaves it. paths: open, by end state (or graph NULL); first: see
 * unfold.c. 0 or -ENOMEM.
 */
int fosr_ends_fit(struct fosr_unfold *u, const struct fosr_ta *ta, struct fosr_paths paths[FOSR_END_STATES],
	const __u32 *first, struct fosr_err *err);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One of Fos-R's automata as automata of this program: one per end state, cut so that each of its paths ends as it
 * says (fosr_automata_add()), each edge split by the size classes of its payloads, with gaps as fosr_gap_table() makes
 * them.
 *
 * How often flows end in which state: the sum over its paths by their probabilities would be a poor guess, because
 * merged states also make flows that the training data never had (data behind a FIN, flows that stop half way). The
 * file says how many training flows used each edge, and how many there were (the ends' counts). So the shares are those
 * under which the edges that open and close connections are used as often as they were, as near as least squares come.
 */
#ifndef FOSR_IMPORT_UNFOLD_H
#define FOSR_IMPORT_UNFOLD_H

#include "import/automaton_json.h"
#include "model/automaton.h"

#define FOSR_UNFOLD_NODES 65536 /* (state, events) of one automaton */
#define FOSR_UNFOLD_WORK 100000000ULL /* edges followed for one end state, over all rounds and sums */

struct fosr_unfold {
	/* How it is asked for. */
	__u16 service;
	bool payloads; /* keep their bytes */
	__u32 mss; /* longer payloads are cut here */
	double gap_scale; /* of the file's times, to ns */

	/* What came of it. */
	double share[FOSR_END_STATES]; /* of flows; they sum to 1 */
	double walked[FOSR_END_STATES]; /* of all walks by the edges' probabilities that a flow can take */
	bool fitted; /* share is by counts, else by walks */
	double misfit; /* then: root mean square of what edges are used more or less, as a share of flows */
	double refused; /* share of all walks that no connection takes */
	__u64 cut; /* payloads that were longer than mss */
	__u64 bytes; /* of payloads: kept, or left out */
};

/* Appends to a. 0, -EINVAL (no path from the initial state to the end that a flow can take), -E2BIG, -ENOMEM. */
int fosr_unfold(struct fosr_unfold *u, const struct fosr_ta *ta, const char *name, struct fosr_automata *a,
	struct fosr_err *err);

#endif

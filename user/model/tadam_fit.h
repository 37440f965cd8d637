/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Learning tadam, automaton by automaton:
 *
 *	tadam_fit.c	which flows make an automaton; the tensors
 *	tadam_states.c	the first, fine states: what came before, as far back as it was seen often enough
 *	tadam_merge.c	states merged as long as the description gets shorter
 *	tadam_align.c	what is noise
 *	tadam_tables.c	gaps and sizes of the edges
 */
#ifndef FOSR_MODEL_TADAM_FIT_H
#define FOSR_MODEL_TADAM_FIT_H

#include "base/u64map.h"
#include "model/tadam.h"

/* Work is bounded: */
#define FIT_STATES 256 /* before merging, per automaton */
#define FIT_DEPTH 4096 /* packets of a flow that shape states; those after count, too, in states that there are */

/* A token: what an edge carries while states are learned. */
#define TOKEN_GAPS 4
#define TOKEN_BITS 12
#define TOKEN_END 0xfff
#define TOKEN_START 0xffe
#define TOKEN_CLASS 0xd00 /* | bytes classes: out of the root */

static inline __u16 tadam_token(__u16 action, __u64 gap_ns)
{
	/* Within a burst; a round trip; a server or a person thinks; a pause. */
	__u16 class = gap_ns < 500000 ? 0 : gap_ns < 30000000 ? 1 : gap_ns < 1000000000 ? 2 : 3;

	return (__u16)(class << 10 | action);
}

static inline __u16 tadam_token_action(__u16 token)
{
	return token & 0x3ff;
}

/* One packet on the path that a flow takes. */
struct fit_step {
	__u32 state; /* before it */
	__u16 token;
	__u16 len;
	__u64 gap_ns;
	bool timed; /* not a flow's first: its gap means something */
	bool ghost; /* was lost: it shapes states, and has no gap and no size */
};

/* The flows of an automaton as far as the end-state rules allow them. */
struct fit_flows {
	const struct fosr_dataset *d;
	struct fosr_automaton m; /* service, l4, end state */
	FOSR_VEC(struct fit_step) step; /* of all flows; after each flow one with TOKEN_END */
	FOSR_VEC(__u32) first; /* step of each flow, and the end */
	FOSR_VEC(__u8) class; /* bytes classes of each flow, fwd << 4 | bwd */
	__u64 noise[FOSR_NOISES]; /* corrections that were made */
	__u64 packets, left_out; /* packets taken, and packets that no rule allows where they came */
};

/* Counts between states. */
struct fit_arc {
	__u16 token;
	__u16 to;
	__u32 n;
};

struct fit_row {
	FOSR_VEC(struct fit_arc) arc; /* sorted by token, to */
	__u32 key; /* what the rules know */
	__u64 n;
	bool gone; /* merged into another */
};

struct fit {
	struct fit_flows f;
	struct fit_row *row;
	__u32 rows;
	__u16 *into; /* [state before merging]: state after */
	double edge_bits; /* to name an edge's token and where it leads */
};

/* Fills f->state of each step, and the rows: 0 or -ENOMEM. Row 0 is the root. */
int tadam_states(struct fit *fit);

int tadam_merge(struct fit *fit);

/* What rows and the packets on their arcs take, in bits. */
double tadam_bits(const struct fit *fit);

/* The same flows without what looks like noise beside fit's common ways: 0 or -ENOMEM. out is empty but for m. */
int tadam_correct(const struct fit *fit, struct fit_flows *out);

/* What the corrections of fit->f take. */
double tadam_noise_bits(const struct fit *fit);

/* The part of packets that repeat the one before: 0 or -ENOMEM. */
int tadam_repeats(const struct fit *fit, double *rate);

/* Tables of all automata, as far as they are shared. */
struct fit_pools {
	struct fosr_automata *a;
	struct fosr_u64map gap; /* group to table */
	struct fosr_u64map same_gap, same_size; /* hash of a table to the table */
};

int tadam_pools(struct fit_pools *p, const struct fosr_dataset *d);

/* Makes edges with tables of their own, or pooled ones: 0 or -ENOMEM. */
int tadam_edges(struct fit *fit, struct fit_pools *p, struct fosr_err *err);

#endif

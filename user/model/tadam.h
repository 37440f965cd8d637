/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tadam as it walks: automata with their noise made into edges (tadam_noise.c), and what tells, for each state and each
 * count left, how likely the rest of the flow is:
 *
 *	tadam_count.c	exactly, while both counts left are below the automaton's `table`: the backward sums beta
 *	tadam_count.c	whether it is possible at all, for any counts: a set that is closed under walking
 *	tadam_tilt.c	in the limit of many packets: the chain that is conditioned on the ratio of the counts left
 *(Doob's h-transform with exponentially tilted edges: a saddle point approximation)
 */
#ifndef FOSR_MODEL_TADAM_H
#define FOSR_MODEL_TADAM_H

#include "model/automaton.h"
#include "model/model.h"

#define TADAM_TABLE_MAX 32 /* counts left each way that a table reaches to */
#define TADAM_TABLE_BYTES (4u << 20) /* of all tables of a profile */
#define TADAM_STATES 65534 /* with those that noise makes; a walk holds a state in 16 bits */
#define TADAM_FOLD 63 /* counts from here on are one, for what is possible */
#define TADAM_BUCKETS 129 /* ratios of counts left, four per octave, 2^-16 to 2^16 */

/* Flags in tadam_edge.size. */
#define TADAM_REPEAT 0x80000000 /* repeats the packet before if it is the same action */
#define TADAM_ADDED 0x40000000 /* any packet of that direction that changes nothing: drawn from tadam_added */
#define TADAM_SIZE 0x3fffffff

#define TADAM_TRIES 6 /* of a walk without an automaton, before the tracker names the packet */

struct tadam_edge {
	float p; /* of the edges out of a state, ends included */
	__u16 to; /* state within the automaton */
	__u16 action;
	__u32 gap, size;
};

struct tadam_state {
	__u32 first; /* edge; ends are not among them */
	__u16 n;
	__u16 part;
};

/* What additions insert: what is seen in all automata of a protocol, by direction. */
struct tadam_added {
	double share;
	__u32 below; /* taken when a draw of 32 bits is below, and not below that of the one before */
	__u16 action;
	__u32 gap, size;
};

struct tadam_alphabet { /* also what walks without an automaton draw from */
	FOSR_VEC(struct tadam_added) list;
};

struct tadam_part { /* one automaton */
	__u32 first, states; /* in tadam.state */
	__u32 first_edge, edges;
	__u32 table;
	float *beta; /* [left fwd * table + left bwd][state], each cell scaled by a power of two */
	float (*scale)[2]; /* [left fwd * table + left bwd][dir]: what the cell after a packet is scaled by */
	__u64 *can; /* [state][left fwd, folded]: bit b, folded */
	float *tilt; /* [row][edge] */
	__u8 row[TADAM_BUCKETS]; /* of each bucket */
	__u32 rows;
	__u16 begin[256]; /* state where flows begin, by bytes classes fwd << 4 | bwd */
};

struct tadam {
	struct fosr_automata a; /* as loaded */
	struct tadam_state *state;
	struct tadam_edge *edge; /* out of a state by falling probability */
	__u32 *kept; /* [edge]: index in a.edge of the edge whose payloads it sends */
	__u16 *key; /* [state]: what the end-state rules know there */
	double *end; /* [state]: probability that the flow ends there */
	struct tadam_part *part;
	__u32 states, edges;
	__u32 services;
	__u16 *of_service; /* [service * FOSR_END_STATES + end state]: 1 + part, or 0 */
	__u16 any[2][FOSR_END_STATES]; /* [UDP] */
	struct tadam_alphabet alphabet[2][2]; /* [UDP][dir] */
};

static inline __u32 tadam_fold(__u32 left)
{
	return left < TADAM_FOLD ? left : TADAM_FOLD;
}

/* Can a walk in that state (within the part) end with exactly these counts? Never wrong when it says so. */
static inline bool tadam_can(const struct tadam_part *p, __u32 state, const __u32 left[2])
{
	return p->can[state * (TADAM_FOLD + 1) + tadam_fold(left[0])] >> tadam_fold(left[1]) & 1;
}

/* Four steps per octave; 0 counts as half a packet. */
static inline int tadam_log4(__u32 n)
{
	int e;

	if (!n)
		return -4;
	e = 31 - __builtin_clz(n);
	return e * 4 + (e >= 2 ? n >> (e - 2) & 3 : n << (2 - e) & 3);
}

static inline __u32 tadam_bucket(const __u32 left[2])
{
	int d = tadam_log4(left[0]) - tadam_log4(left[1]) + TADAM_BUCKETS / 2;

	return (__u32)(d < 0 ? 0 : d >= TADAM_BUCKETS ? TADAM_BUCKETS - 1 : d);
}

/* The service's automaton, or (own false, or if it has none) the protocol's; NULL when there is none. */
const struct tadam_part *tadam_find(const struct tadam *t, __u16 service, __u8 l4, __u8 end_state, bool own);

/*
 * What a walk that has sent nothing yet goes by: the first of both that its counts are possible in, and its state
 * there. NULL when they are in neither.
 */
const struct tadam_part *tadam_choose(const struct tadam *t, const struct fosr_walk *w, __u32 *state);

/* Parts, states, edges, ends and alphabets out of t->a. */
int tadam_compile(struct tadam *t, struct fosr_err *err);

const struct tadam_added *tadam_added(const struct tadam_alphabet *a, __u16 action);

int tadam_count(struct tadam *t, struct fosr_err *err);
int tadam_tilt(struct tadam *t, struct fosr_err *err);

/*
 * What the walk draws from: w[i] is the probability of edge i out of state (within the part) with these counts left.
 * Their sum is 1, or 0 when the counts cannot be had from here.
 */
void tadam_weights(const struct tadam *t, const struct tadam_part *p, __u32 state, const __u32 left[2], double *w);

int fosr_tadam_fit(const char *prefix, const struct fosr_dataset *d, struct fosr_tensors *out, struct fosr_err *err);
int fosr_tadam_score(
	const struct fosr_model *m, const struct fosr_dataset *d, struct fosr_score *s, struct fosr_err *err);

#endif

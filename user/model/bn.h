/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The family bn in memory: its tables as bn_load.c and bn_tables.c make them, for drawing (bn.c), scoring (bn_score.c)
 * and graphs (bn_dot.c); and learning (bn_fit.c), which search (bn_search.c) and categories (bn_bins.c) serve.
 */
#ifndef FOSR_MODEL_BN_H
#define FOSR_MODEL_BN_H

#include "base/u64map.h"
#include "math/alias.h"
#include "model/bn_net.h"
#include "model/model.h"

#define FOSR_BN_NONE 255 /* no parent */
#define FOSR_BN_NO_ROW UINT32_MAX
#define FOSR_BN_UP UINT16_MAX
#define FOSR_BN_PAIRS (FOSR_ROLES * FOSR_ROLES)
#define FOSR_BN_TIMES 48 /* (hour, weekend) */
#define FOSR_BN_ONE (1ULL << 40) /* probability 1 of fosr_bn_shares() */

/* States of some row. Behind them, if there is a row to mix with, a slot of its weight. */
struct fosr_bn_slot {
	__u32 weight;
	__u16 state; /* ascending in a row */
};

/* The slot's place in its row's alias table (math/alias.h), as states: one load per draw. */
struct fosr_bn_pick {
	__u32 keep; /* own when the second draw is below, else other; own alone in both is UINT32_MAX */
	__u16 own, other; /* FOSR_BN_UP: the row above */
};

struct fosr_bn_row {
	__u64 total; /* weight of its states */
	__u32 first, n; /* its slots */
	__u32 mix; /* weight of the row above, and of what was never seen */
	__u32 up; /* the row without the last parent, or FOSR_BN_NO_ROW */
};

struct fosr_bn {
	__u32 services;
	const struct fosr_service *service; /* the profile's vocabulary */
	__u32 states[FOSR_BN_VARS];
	__u32 prior[FOSR_BN_VARS];
	__u32 parents[FOSR_BN_VARS];
	__u8 parent[FOSR_BN_VARS][FOSR_BN_PARENTS];
	__u8 order[FOSR_BN_VARS]; /* behind roles: parents before children */
	__u32 ordered;
	FOSR_VEC(struct fosr_bn_row) row;
	FOSR_VEC(struct fosr_bn_slot) slot;
	struct fosr_bn_pick *pick; /* one per slot */
	struct fosr_u64map find; /* fosr_bn_find_key() to row */
	const __u32 (*piece)[3]; /* lo, hi, weight */
	struct fosr_alias *piece_alias;
	__u32 *piece_first[FOSR_BN_VARS]; /* [states + 1], NULL without pieces */
	__u16 *learned; /* per service: role pairs (bits) that it was seen with */
	__u16 *can; /* per service: those to groups if it was seen with one, those to hosts likewise */
	__u64 *service_share; /* [FOSR_BN_TIMES][services] fosr_bn_shares() */
	__u16 ends[2][2]; /* end states (bits) by L4 and by whether to a group */
};

extern const __u8 fosr_bn_tier[FOSR_BN_VARS];

static inline bool fosr_bn_has_table(int v)
{
	return v != FOSR_BN_HOUR && v != FOSR_BN_WEEKEND && v != FOSR_BN_L4;
}

static inline bool fosr_bn_has_pieces(int v)
{
	return v == FOSR_BN_PORT || v == FOSR_BN_PACKETS_FWD || v == FOSR_BN_PACKETS_BWD;
}

/* The parents that the shortest row of v has. */
static inline __u32 fosr_bn_least(int v)
{
	return v != FOSR_BN_SERVICE;
}

/* The states that v always has; 0 where they are the network's. */
__u32 fosr_bn_fixed_states(int v, __u32 services);

/* A row as the file names it: mixed radix of its parents' states, the first parent the most significant. Three
 * variables have up to FOSR_BN_STATES states, the others at most 256: it takes less than 50 bits. */
static inline __u64 fosr_bn_row_key(int v, __u64 radix)
{
	return (__u64)v << 56 | radix;
}

#define FOSR_BN_RADIX ((1ULL << 56) - 1)

static inline __u64 fosr_bn_find_key(int v, __u32 parents, __u64 radix)
{
	return (__u64)v << 60 | (__u64)parents << 56 | radix;
}

/* Tensors in set, which has to outlive bn. Free it after an error, too. */
int fosr_bn_load(struct fosr_bn *bn, const char *prefix, const struct fosr_tensors *set,
	const struct fosr_services *services, struct fosr_err *err);
void fosr_bn_free(struct fosr_bn *bn);

/* Full rows of one variable, side by side: row r has states and weights first[r] .. first[r + 1] - 1. */
struct fosr_bn_rows {
	size_t n;
	const __u64 *row; /* fosr_bn_row_key(), ascending */
	const __u32 *first; /* [n + 1] */
	const __u32 *state; /* below the variable's number of states */
	const __u32 *weight;
};

/* Takes checked rows over, and the shorter ones that they add up to. 0 or -ENOMEM. */
int fosr_bn_rows_add(struct fosr_bn *bn, int v, const struct fosr_bn_rows *in);

/* Makes all rows ready to draw from. */
int fosr_bn_rows_alias(struct fosr_bn *bn);

/* The longest row of v that there is, its parents being in the states x[]; a state out of range is one never seen. */
const struct fosr_bn_row *fosr_bn_find(const struct fosr_bn *bn, int v, const __u16 x[FOSR_BN_VARS]);

/* Every state's probability in that row, times FOSR_BN_ONE; what has any has at least 1. share: [states]. */
void fosr_bn_shares(const struct fosr_bn *bn, int v, const struct fosr_bn_row *row, __u64 *share);

static inline __u16 fosr_bn_hour(__u64 local_ns)
{
	return (__u16)(local_ns / (3600 * FOSR_NS_PER_S) % 24);
}

/* 1970-01-01 was a Thursday. */
static inline __u16 fosr_bn_weekend(__u64 local_ns)
{
	__u64 day = (local_ns / (86400 * FOSR_NS_PER_S) + 4) % 7;

	return day == 0 || day == 6;
}

/* What states flow f is in, all but ports and packets, to x[v][i]. */
void fosr_bn_states_of(
	const struct fosr_dataset *d, const struct fosr_sample_flow *f, size_t i, __u16 *x[FOSR_BN_VARS]);

int fosr_bn_fit(const char *prefix, const struct fosr_dataset *d, struct fosr_tensors *out, struct fosr_err *err);
int fosr_bn_score(const struct fosr_model *m, const struct fosr_dataset *d, struct fosr_score *s, struct fosr_err *err);
char *fosr_bn_dot(const struct fosr_model *m);

#endif

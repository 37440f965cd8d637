/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Real captures against synthetic ones: every row in total and for each service, with the range that resampled flows
 * give, and the floor: what the same row says of one half of the real captures against the other.
 */
#ifndef FOSR_FIDELITY_COMPARE_H
#define FOSR_FIDELITY_COMPARE_H

#include "fidelity/rows.h"

#define FOSR_SCOPE_LEAST 10 /* flows of each side, or half, that a row is worth telling for */

enum fosr_likeness {
	FOSR_LIKE_NONE, /* not told */
	FOSR_LIKE_CLOSE, /* the range reaches down to the floor */
	FOSR_LIKE_NEAR,
	FOSR_LIKE_OFF,
	FOSR_LIKE_FAR,
	FOSR_LIKE_COPIED,
	FOSR_LIKENESSES,
};

extern const char *const fosr_likeness_words[FOSR_LIKENESSES];

/* NAN: not known. */
struct fosr_compare_row {
	double value, low, high;
	double floor;
	enum fosr_likeness verdict;
};

struct fosr_compare_scope {
	int service; /* index in the vocabulary, -1: all */
	size_t flows[2]; /* real, synthetic */
	struct fosr_compare_row row[FOSR_ROWS];
};

struct fosr_compare_opts {
	const char *const *captures[2]; /* real, synthetic */
	size_t n[2];
	struct fosr_side_limits limits;
	__u32 rounds;
	bool forests; /* real or synthetic, as well */
	struct fosr_side_progress progress; /* while captures are read; files are counted on from real to synthetic */
};

struct fosr_compare {
	struct fosr_side side[2];
	struct fosr_services services;
	bool by_file; /* how the real side was halved: every other file, else by time */
	__u64 cut_ns; /* where by time */
	FOSR_VEC(struct fosr_compare_scope) scopes; /* the first is the total, then services, the most flows first */
};

/* Zeroes c first; free it in any case. -ENODATA: a side without flows. */
int fosr_compare_captures(struct fosr_compare *c, const struct fosr_compare_opts *o, struct fosr_err *err);

/* The second half of that, on sides that are there already. */
int fosr_compare_sides(struct fosr_compare *c, const struct fosr_compare_opts *o, struct fosr_err *err);

/* The sentence for -ENOMEM and -EINTR on the way. Returns ret. */
int fosr_compare_failed(int ret, struct fosr_err *err);

void fosr_compare_free(struct fosr_compare *c);

/* Which half of the real side a flow belongs to: 0 or 1. */
static inline int fosr_compare_half(const struct fosr_compare *c, __u32 file, __u64 start_ns)
{
	return c->by_file ? (int)(file & 1) : start_ns >= c->cut_ns;
}

/* Range and verdict of a row whose values stand in round[0 .. rounds], the first being the value. round is sorted. */
void fosr_compare_judge(struct fosr_compare_row *row, enum fosr_row which, double *round, __u32 rounds);

/* Of a value with its range and floor. */
enum fosr_likeness fosr_likeness_of(const struct fosr_row_def *def, const struct fosr_compare_row *row);

#endif

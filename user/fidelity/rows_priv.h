/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the evaluation of rows: units with weights, one set of weights per round, the first all ones. */
#ifndef FOSR_FIDELITY_ROWS_PRIV_H
#define FOSR_FIDELITY_ROWS_PRIV_H

#include "fidelity/rows.h"

enum fosr_unit {
	FOSR_UNIT_FLOW,
	FOSR_UNIT_WIRE,
	FOSR_UNIT_CHUNK,
	FOSR_UNITS,
};

struct fosr_rows {
	const struct fosr_view *v;
	__u32 rounds;
	size_t n[FOSR_UNITS][2];
	__u8 *weight[FOSR_UNITS][2]; /* (rounds + 1) times n */
	double *value;
};

static inline const __u8 *fosr_weights(const struct fosr_rows *r, enum fosr_unit unit, int side, __u32 round)
{
	return r->weight[unit][side] + (size_t)round * r->n[unit][side];
}

static inline void fosr_row_set(struct fosr_rows *r, __u32 row, __u32 round, double value)
{
	r->value[(size_t)row * (r->rounds + 1) + round] = value;
}

/* Each fills its rows: 0 or -ENOMEM. */
int fosr_rows_binned(struct fosr_rows *r);
int fosr_rows_sampled(struct fosr_rows *r);
int fosr_rows_dependence(struct fosr_rows *r);
int fosr_rows_coverage(struct fosr_rows *r);
void fosr_rows_wire(struct fosr_rows *r);
void fosr_rows_load(struct fosr_rows *r);

/* A flow's features as numbers, for correlations and neighbours. */
enum { FOSR_FLOW_FEATURES = 8 };
void fosr_flow_features(const struct fosr_fid_flow *f, double out[FOSR_FLOW_FEATURES]);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The rows of the fidelity table, and their values for two sets of flows: as they are, and as a bootstrap draws them
 * (flows with replacement, never packets, which depend on each other).
 */
#ifndef FOSR_FIDELITY_ROWS_H
#define FOSR_FIDELITY_ROWS_H

#include "fidelity/side.h"

/* Quantities that are counted in bins. The first FOSR_MARGINAL_KINDS have three rows each. */
enum fosr_binned {
	FOSR_B_DIRECTION,
	FOSR_B_FLAGS,
	FOSR_B_SIZE,
	FOSR_B_GAP,
	FOSR_B_TTL,
	FOSR_B_WINDOW,
	FOSR_B_SERVICE,
	FOSR_B_END_STATE,
	FOSR_MARGINAL_KINDS,
	FOSR_B_BIGRAM = FOSR_MARGINAL_KINDS, /* flags of a packet and of the one before */
	FOSR_B_JOINT, /* direction of both, size and gap together */
	FOSR_BINNED,
};

/* Quantities that are compared as samples; two rows each. Gaps, counts, bytes and durations as log2(1 + x). */
enum fosr_sampled {
	FOSR_S_SIZE,
	FOSR_S_GAP,
	FOSR_S_PACKETS,
	FOSR_S_BYTES,
	FOSR_S_DURATION,
	FOSR_SAMPLED,
};

enum fosr_row {
	FOSR_ROW_MARGINALS = 0, /* Jensen-Shannon, total variation, Hellinger of each */
	FOSR_ROW_SAMPLES = 3 * FOSR_MARGINAL_KINDS, /* earth mover, Kolmogorov-Smirnov of each */
	FOSR_ROW_PCD = FOSR_ROW_SAMPLES + 2 * FOSR_SAMPLED,
	FOSR_ROW_CMD,
	FOSR_ROW_BIGRAM,
	FOSR_ROW_JOINT,
	FOSR_ROW_LAG_GAP,
	FOSR_ROW_LAG_SIZE,
	FOSR_ROW_DENSITY,
	FOSR_ROW_COVERAGE,
	FOSR_ROW_COPIES,
	FOSR_ROW_RULES_PACKETS,
	FOSR_ROW_RULES_FLOWS,
	FOSR_ROW_RULE, /* one for each rule: share of flows */
	FOSR_ROW_WAVELET = FOSR_ROW_RULE + FOSR_RULES,
	FOSR_ROW_HURST,
	FOSR_ROW_TOLD, /* not computed here: fidelity/told.h */
	FOSR_ROWS,
};

enum fosr_row_kind {
	FOSR_KIND_DISTANCE, /* 0 is best */
	FOSR_KIND_LEAST, /* as much as between real captures, or more, is best: coverage */
	FOSR_KIND_LIKE, /* what it is between real captures is best: density */
	FOSR_KIND_SHARE, /* of the synthetic side; the floor is the real side's own share */
	FOSR_KIND_COPIES, /* a share that has to be no more than between real captures */
	FOSR_KIND_CHANCE, /* 0.5 is best: accuracy */
};

struct fosr_row_def {
	const char *group, *quantity, *measure;
	enum fosr_row_kind kind;
	double near; /* so far from the best a value is still called near; three times as far, off */
};

/* Names live as long as the program. */
struct fosr_row_def fosr_row_def(enum fosr_row row);

/* Two sets: 0 real, 1 what is compared with it. */
struct fosr_view {
	FOSR_VEC(const struct fosr_fid_flow *) flow[2];
	FOSR_VEC(const struct fosr_wire_flow *) wire[2];
	FOSR_VEC(const struct fosr_chunk *) chunk[2];
};

void fosr_view_free(struct fosr_view *v);

#define FOSR_ROUNDS_MAX 1000

/*
 * value[row * (rounds + 1)] is the row's value, what follows are those of the rounds. NAN: not to be told from these
 * flows. 0 or -ENOMEM.
 */
int fosr_rows_evaluate(const struct fosr_view *v, __u32 rounds, __u64 seed, double *value);

/* The bin of a flow's packet, or what the bins are of, for drawing. Gaps count from the second packet on. */
enum { FOSR_SIZE_BINS = 48, FOSR_GAP_BINS = 72 };
__u32 fosr_size_bin(__u32 len);
__u32 fosr_gap_bin(__u64 gap_ns); /* half octaves of microseconds */

double fosr_log_of(double x); /* log2(1 + x) */

/* A quantity's values of one flow, in the unit of its rows; add is called for each. 0, or what add returned. */
int fosr_sampled_values(
	enum fosr_sampled q, const struct fosr_fid_flow *f, int (*add)(void *arg, double value), void *arg);

/* Sums of wavelet energy over chunks. */
struct fosr_energy {
	double energy[FOSR_SERIES_SCALES], details[FOSR_SERIES_SCALES], packets;
};

void fosr_energy_add(struct fosr_energy *e, const struct fosr_chunk *c, double weight);

/* Of a detail, by scale; -1 where no chunk is long enough for the scale. */
void fosr_energy_mean(const struct fosr_energy *e, double mean[FOSR_SERIES_SCALES]);

#endif

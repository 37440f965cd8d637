/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What hist.c (drawing), hist_fit.c, hist_save.c (learning) and hist_score.c share: the form of the tables. */
#ifndef FOSR_MODEL_HIST_PRIV_H
#define FOSR_MODEL_HIST_PRIV_H

#include "model/hist.h"
#include "model/model.h"

#define FOSR_HIST_BIN_NS (86400 * FOSR_NS_PER_S / FOSR_DAY_BINS)
#define FOSR_HIST_BIN_WINDOWS (FOSR_HIST_BIN_NS / FOSR_WINDOW_NS)
#define FOSR_HIST_WEEK_NS (7 * 86400 * FOSR_NS_PER_S)

/*
 * A table of factors: 16 octaves of the probability to be exceeded, the last of them all the rest, in 16 equal slices
 * each. Slice i of octave e has the probability fosr_hist_weight(e) / 2^19; its atom is Q16.
 */
#define FOSR_HIST_OCTAVES 16
#define FOSR_HIST_SLICES 16
#define FOSR_HIST_ATOMS (FOSR_HIST_OCTAVES * FOSR_HIST_SLICES)
#define FOSR_HIST_WEIGHTS (1u << 19)
#define FOSR_HIST_TABLES_MAX 256
#define FOSR_HIST_NONE 0 /* in the place of a table's number, which is counted from 1: the factor is 1 */

static inline __u32 fosr_hist_weight(__u32 octave)
{
	return octave < FOSR_HIST_OCTAVES - 1 ? 1u << (FOSR_HIST_OCTAVES - 2 - octave) : 1;
}

/* The atom for 32 random bits. */
static inline __u32 fosr_hist_atom(__u32 u)
{
	__u32 octave = u >> (32 - FOSR_HIST_OCTAVES + 1) ? (__u32)__builtin_clz(u) : FOSR_HIST_OCTAVES - 1;
	__u32 shift = octave < FOSR_HIST_OCTAVES - 1 ? octave + 1 : octave;

	return octave * FOSR_HIST_SLICES + (u << shift >> 28);
}

/* Since the epoch, a Thursday, to the bin of the week, which begins on Monday. */
static inline __u32 fosr_hist_bin(__u64 local_ns)
{
	return (__u32)((local_ns % FOSR_HIST_WEEK_NS + 3 * 86400 * FOSR_NS_PER_S) % FOSR_HIST_WEEK_NS /
		FOSR_HIST_BIN_NS);
}

static inline __u32 fosr_hist_hour(__u32 bin)
{
	return bin % FOSR_DAY_BINS / 4;
}

/* The loaded tensors. */
struct fosr_hist_tables {
	const __u64 *rate_q32; /* [FOSR_WEEK_BINS] */
	const __u8 *spread; /* [FOSR_HIST_LEVELS][24], numbers of tables */
	const __u32 *factor_q16; /* [tables][FOSR_HIST_ATOMS] */
	__u64 tables;
	/* Relative variance of the product of all factors of the levels above, Q32. */
	__u64 above_q32[FOSR_HIST_LEVELS][24];
};

/* The table of a Gamma distribution of mean 1 and this variance; its mean is 1 to the last bit. */
void fosr_hist_gamma(double variance, __u32 atom_q16[FOSR_HIST_ATOMS]);

double fosr_hist_variance(const __u32 atom_q16[FOSR_HIST_ATOMS]);

int fosr_hist_fit(const char *prefix, const struct fosr_dataset *d, struct fosr_tensors *out, struct fosr_err *err);

int fosr_hist_score(
	const struct fosr_model *m, const struct fosr_dataset *d, struct fosr_score *s, struct fosr_err *err);

#endif

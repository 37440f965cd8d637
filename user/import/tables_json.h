/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fos-R's smaller JSON files, as they stand there: histogram of starts, count categories, patterns. */
#ifndef FOSR_IMPORT_TABLES_JSON_H
#define FOSR_IMPORT_TABLES_JSON_H

#include "base/err.h"
#include "base/vec.h"

#define FOSR_FH_BINS 86400
#define FOSR_FG_CATEGORIES 64
#define FOSR_FP_PATTERNS 4096

/* time_profile.json: flows by time of the local day, in equal bins from midnight. */
struct fosr_fh {
	FOSR_VEC(__u64) bin;
};

/* bn_additional_data.json: packets of a flow by category, as Gaussians. Missing ones have n = 0. */
struct fosr_fg {
	struct fosr_fg_set {
		__u32 n;
		double mu[FOSR_FG_CATEGORIES], var[FOSR_FG_CATEGORIES];
	} set[2][2]; /* [1: UDP, 0: TCP][enum fosr_dir] */
};

/* patterns/patterns.json: what one flow of a pattern of a single flow is. */
struct fosr_fp {
	FOSR_VEC(struct fosr_fp_flow {
		double weight;
		__u8 l4;
		__u16 port; /* 0: not fixed */
		__u32 packets[2][2]; /* [enum fosr_dir]: from, and up to but without; 0, 0: not fixed */
	})
	flow;
	__u32 several; /* patterns of more than one flow */
	double several_weight, weight; /* of those, of all */
};

/* name stands in messages. 0 and something to be freed, or -EINVAL, -EFBIG, -ENOMEM and nothing to free. */
int fosr_fh_parse(struct fosr_fh *h, const void *data, size_t len, const char *name, struct fosr_err *err);
void fosr_fh_free(struct fosr_fh *h);

int fosr_fg_parse(struct fosr_fg *g, const void *data, size_t len, const char *name, struct fosr_err *err);

int fosr_fp_parse(struct fosr_fp *p, const void *data, size_t len, const char *name, struct fosr_err *err);
void fosr_fp_free(struct fosr_fp *p);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Bayesian networks in BIFXML 0.3 (XMLBIF, F. Cozman, 1998), as aGrUM writes them, over expat. Hostile input: a
 * document type is refused, so there is no entity to expand and nothing to fetch; sizes are capped; memory grows with
 * what is there.
 *
 * A table is row-major: the first parent is slowest, the variable itself is fastest. Its rows are distributions: no
 * value is negative, and they sum to 1 within FOSR_BIF_SLACK (or to 0: a row that no training data had).
 */
#ifndef FOSR_IMPORT_BIFXML_H
#define FOSR_IMPORT_BIFXML_H

#include "base/err.h"
#include "base/vec.h"

#define FOSR_BIF_FILE_MAX (16u << 20) /* bytes */
#define FOSR_BIF_VARS 256
#define FOSR_BIF_OUTCOMES 4096 /* per variable */
#define FOSR_BIF_PARENTS 8
#define FOSR_BIF_CELLS (1u << 20) /* of all tables */
#define FOSR_BIF_NAME 128 /* bytes of a name or outcome */
#define FOSR_BIF_SLACK 1e-3

struct fosr_bif_var {
	__u32 name; /* offset in texts */
	__u32 first, outcomes; /* in outcome[] */
	__u32 parent[FOSR_BIF_PARENTS], parents; /* index in vars */
	__u32 cell, cells; /* its table; cells is 0 when the file defines none */
};

struct fosr_bif {
	FOSR_VEC(struct fosr_bif_var) vars;
	FOSR_VEC(__u32) outcome; /* offset in texts */
	FOSR_VEC(double) cell;
	FOSR_VEC(char) texts;
};

/* name stands in messages. 0 and a network to be freed, or -EINVAL, -EFBIG, -ENOMEM and nothing to free. */
int fosr_bif_parse(struct fosr_bif *b, const void *data, size_t len, const char *name, struct fosr_err *err);
void fosr_bif_free(struct fosr_bif *b);

/* Index of a variable, of an outcome of it, or -ENOENT. */
int fosr_bif_find(const struct fosr_bif *b, const char *name);
int fosr_bif_outcome(const struct fosr_bif *b, __u32 var, const char *outcome);

const char *fosr_bif_name(const struct fosr_bif *b, __u32 var);
const char *fosr_bif_label(const struct fosr_bif *b, __u32 var, __u32 outcome);

/* The row of a variable's table, for a value of each parent: as many values as it has outcomes. */
const double *fosr_bif_row(const struct fosr_bif *b, __u32 var, const __u32 *value);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A random forest (Breiman 2001), as scikit-learn's defaults have it: fully grown trees by Gini impurity, each from a
 * bootstrap of the rows, at each node the root of the number of features tried (more if none of them splits), votes by
 * the shares in the leaves. Features are known by rank, up to 256 of each column, which keeps every distinct value
 * where there are no more. The same seed gives the same forest.
 *
 * Documentation/commands.rst (compare) tells which libraries were looked at.
 */
#ifndef FOSR_FIDELITY_FOREST_H
#define FOSR_FIDELITY_FOREST_H

#include <stddef.h>

#include "base/types.h"

#define FOSR_CLASSES_MAX 64

/* A table of n rows and d columns, by rank; free() rank. */
struct fosr_ranked {
	__u8 *rank;
	size_t n, d;
};

/* 0 or -ENOMEM. */
int fosr_forest_rank(struct fosr_ranked *r, const float *rows, size_t n, size_t d);

struct fosr_forest_opts {
	__u32 trees;
	__u32 classes; /* 2 .. FOSR_CLASSES_MAX */
	__u64 seed;
};

/*
 * Grows a forest on the rows whose numbers are in train, and adds up what it says of those in test: share[i * classes +
 * c] is for row test[i] the share of votes for class c. label: of every row of the table. 0, -ENOMEM or -EINTR.
 */
int fosr_forest(const struct fosr_ranked *r, const __u8 *label, const __u32 *train, size_t n_train, const __u32 *test,
	size_t n_test, const struct fosr_forest_opts *o, double *share);

/* The class with the largest share; of equals the first. */
__u32 fosr_forest_class(const double *share, __u32 classes);

/*
 * Accuracy over `folds` parts of the rows, each with as much of either class, each foretold by a forest of the others.
 * Two classes. accuracy: one per fold. 0, -ENOMEM or -EINTR.
 */
#define FOSR_FOLDS 5
int fosr_forest_folds(
	const struct fosr_ranked *r, const __u8 *label, const struct fosr_forest_opts *o, double accuracy[FOSR_FOLDS]);

#endif

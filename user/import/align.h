/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tables of variables without parents: Fos-R's learner sorts them by frequency, but labels them by alphabet. Which
 * value belongs to which label is decided by the law of total probability: the right order is the one under which a
 * child's marginal has the values that the same learner wrote, sorted by frequency, for the child where it has no
 * parents itself (bn_tcp.bifxml, bn_udp.bifxml).
 */
#ifndef FOSR_IMPORT_ALIGN_H
#define FOSR_IMPORT_ALIGN_H

#include "import/fosr_dir.h"
#include "import/report.h"

#define FOSR_ALIGN_OUTCOMES 6 /* 720 orders to try */

/* p[outcomes of root], by label: as in the table, or repaired. child depends on root alone. Says what it found. */
void fosr_align_root(const struct fosr_import_dir *d, __u32 root, __u32 child, double p[FOSR_ALIGN_OUTCOMES],
	struct fosr_report *report);

/*
 * The marginal of a variable whose only parent is a variable without parents, of too many outcomes to try every order:
 * p[outcomes of child], by label. Tables are ratios of counts, written to six digits, so a row of the child's tells
 * how many observations it may have had; one of the root's values stands for just so many. Checked as above; where that
 * fails, every row weighs the same. 0 or -ENOMEM.
 */
int fosr_align_marginal(const struct fosr_import_dir *d, __u32 child, double *p, struct fosr_report *report);

/* The variable's table without parents in bn_tcp.bifxml or bn_udp.bifxml, if it falls; or NULL. */
const double *fosr_align_written(const struct fosr_import_dir *d, const char *name, __u32 outcomes);

#endif

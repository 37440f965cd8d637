/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a random forest can tell of flows: real or synthetic, and which service. */
#ifndef FOSR_FIDELITY_TOLD_H
#define FOSR_FIDELITY_TOLD_H

#include "fidelity/compare.h"

#define FOSR_TOLD_PACKETS 20 /* of a flow, its first */
#define FOSR_TOLD_FEATURES (FOSR_TOLD_PACKETS * 8)

/* The features of tools/detectability: per packet direction, payload size, log2(1 + gap in microseconds), five flags;
 * -1 where the flow has no more packets. */
void fosr_told_features(const struct fosr_fid_flow *f, float out[FOSR_TOLD_FEATURES]);

/*
 * Fills the scope's FOSR_ROW_TOLD: accuracy of telling one half of the real flows from synthetic ones, its range over
 * folds, and as floor that of telling it from the other half. Each kind has as many flows of each server port, so that
 * the mixture of services tells nothing. 0 or -ENOMEM.
 */
int fosr_told(const struct fosr_compare *c, const struct fosr_compare_opts *o, struct fosr_compare_scope *scope);

enum fosr_utility_way {
	FOSR_REAL_REAL,
	FOSR_REAL_SYNTHETIC,
	FOSR_SYNTHETIC_REAL,
	FOSR_UTILITY_WAYS,
};

extern const char *const fosr_utility_name[FOSR_UTILITY_WAYS]; /* learned from / tried on */

/* Classes of a classifier that is learned from one kind of flows and tried on the other. */
struct fosr_utility {
	FOSR_VEC(int) service; /* micro classes: indices in the vocabulary */
	size_t macros; /* groups of services */
	size_t flows; /* of each kind, as many of each class */
	double micro[FOSR_UTILITY_WAYS], macro[FOSR_UTILITY_WAYS]; /* accuracy; NAN: fewer than two classes */
	__u32 *confusion; /* of FOSR_SYNTHETIC_REAL: [true class * classes + said class]; NULL without classes */
};

/* Services that both halves of the real side and the synthetic one have flows enough of are classes. Zeroes u first. 0,
 * -ENOMEM or -EINTR, told in err. */
int fosr_utility(
	const struct fosr_compare *c, const struct fosr_compare_opts *o, struct fosr_utility *u, struct fosr_err *err);
void fosr_utility_free(struct fosr_utility *u);

/* The group that a service belongs to: "web", "mail", ... */
const char *fosr_utility_group(const char *service);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Is what the models sample distributed as what they learned? Flows are drawn as a campaign would draw them (without a
 * network's limits) and compared with the data, marginal by marginal, by total variation distance: 0 equal, 1 disjoint.
 * The yardstick is the distance that two samples of these sizes have anyway, by bootstrap over whole flows, because the
 * packets of a flow are not independent.
 */
#ifndef FOSR_INGEST_MARGINALS_H
#define FOSR_INGEST_MARGINALS_H

#include "profile/profile.h"

enum fosr_marginal {
	FOSR_M_SERVICE,
	FOSR_M_END_STATE,
	FOSR_M_PACKETS_FWD,
	FOSR_M_PACKETS_BWD,
	FOSR_M_BYTES_FWD,
	FOSR_M_BYTES_BWD,
	FOSR_M_SIZE,
	FOSR_M_GAP,
	FOSR_MARGINALS,
};

extern const char *const fosr_marginal_name[FOSR_MARGINALS];

struct fosr_marginal_result {
	double distance; /* total variation between sampled and learned */
	double expected; /* median of the bootstrap */
	double limit; /* largest of the bootstrap, at least 3 / flows: beyond it is more than sampling error */
};

/* Samples as many flows as were learned (within bounds) and fills result. 0 or -ENOMEM. */
int fosr_marginals_compare(const struct fosr_profile *p, const struct fosr_dataset *d,
	struct fosr_marginal_result result[FOSR_MARGINALS], struct fosr_err *err);

#endif

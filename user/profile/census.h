/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which services a profile's flows are of, and who opens and answers them: counted over sampled flows of a week. */
#ifndef FOSR_PROFILE_CENSUS_H
#define FOSR_PROFILE_CENSUS_H

#include "profile/profile.h"

#define FOSR_ROLE_PAIRS (FOSR_ROLES * FOSR_ROLES)

struct fosr_census {
	__u32 flows;
	__u32 n[FOSR_SERVICES_MAX]
	       [FOSR_ROLE_PAIRS]; /* by the profile's service, then opener * FOSR_ROLES + responder */
};

/* About `flows` of them (never more than twice as many), always the same for a profile. */
void fosr_census_take(const struct fosr_profile *p, __u32 flows, struct fosr_census *c);

#endif

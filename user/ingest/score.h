/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How well a profile foretells captures that it has not seen. */
#ifndef FOSR_INGEST_SCORE_H
#define FOSR_INGEST_SCORE_H

#include "ingest/ingest.h"
#include "profile/profile.h"

struct fosr_score_opts {
	const char *const *captures;
	size_t n;
	void (*progress)(void *arg, size_t file, __u64 done, __u64 total); /* bytes of that file; or NULL */
	void *arg;
};

/* A service of the captures that the profile does not know. */
struct fosr_score_unknown {
	struct fosr_service service;
	size_t flows;
	bool skipped; /* else its flows count as other-tcp or other-udp */
};

struct fosr_score_result {
	struct fosr_ingest_stats ingest;
	size_t flows, packets; /* that were scored */
	struct fosr_score score[FOSR_MODEL_STAGES];
	bool scored[FOSR_MODEL_STAGES]; /* false: the family cannot */
	FOSR_VEC(struct fosr_score_unknown) unknown;
};

/* Reads captures as learning does. Free the result in any case. */
int fosr_score_captures(const struct fosr_profile *p, const struct fosr_score_opts *o, struct fosr_score_result *result,
	struct fosr_err *err);
void fosr_score_free(struct fosr_score_result *result);

/* Puts the flows into the profile's vocabulary and leaves out those that it has no word for. 0 or -ENOMEM. */
int fosr_score_translate(struct fosr_dataset *d, const struct fosr_services *to, struct fosr_score_result *result);

#endif

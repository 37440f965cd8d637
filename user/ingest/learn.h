/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Captures to profile: ingest, fit, and the proof that what is sampled is what was learned. */
#ifndef FOSR_INGEST_LEARN_H
#define FOSR_INGEST_LEARN_H

#include "ingest/ingest.h"
#include "ingest/marginals.h"

struct fosr_learn_opts {
	const char *const *captures;
	size_t n;
	const char *name; /* of the profile */
	const char *family[FOSR_MODEL_STAGES];
	const char *origin; /* provenance in words (source, licence); NULL: none */
	__u64 flows_per_day; /* mean rate to give the arrivals; 0: as watched. For excerpts, whose own rate means
				nothing */
	const char *tz; /* IANA name of the zone that the captures come from; NULL: UTC */
	void (*progress)(void *arg, size_t file, __u64 done, __u64 total); /* bytes of that file; or NULL */
	void *arg;
};

struct fosr_learn_result {
	struct fosr_ingest_stats ingest;
	struct fosr_marginal_result marginal[FOSR_MARGINALS];
	__u64 covered_ns; /* how long the captures watched */
	size_t flows, packets, services;
	void *buf; /* the profile's bytes; free() them */
	size_t len;
	__u8 digest[FOSR_DIGEST_LEN];
};

/* Nothing of a capture's payload, names or addresses is in the result; of each file its SHA-256 is. */
int fosr_learn(const struct fosr_learn_opts *o, struct fosr_learn_result *result, struct fosr_err *err);

/* The first marginal that is further off than sampling error explains, or FOSR_MARGINALS. */
enum fosr_marginal fosr_learn_off(const struct fosr_learn_result *result);

#endif

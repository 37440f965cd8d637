/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Is this capture that campaign? Every planned packet is looked for, byte by byte, and everything else that concerns
 * the campaign's hosts is named. Tagged packets are found by their tag; without tags (taint none or evil-bit) by their
 * bytes. Memory grows with the planned packets (about 60 bytes each).
 */
#ifndef FOSR_CAMPAIGN_VERIFY_H
#define FOSR_CAMPAIGN_VERIFY_H

#include "campaign/plan.h"
#include "math/histo.h"

enum fosr_finding {
	FOSR_MISSING, /* planned, not there */
	FOSR_ALTERED, /* there with a good tag, but other bytes */
	FOSR_FORGED, /* a tag of this campaign with a wrong mac */
	FOSR_EXTRA, /* a good tag, but no such packet is planned */
	FOSR_REPEATED, /* there more than once */
	FOSR_ANSWERED, /* no tag, between the ends of a planned flow, or an ICMP error about one: a kernel answered */
	FOSR_FINDINGS,
};

extern const char *const fosr_finding_name[FOSR_FINDINGS];

/* One finding in detail; the first few of each kind are kept. */
struct fosr_finding_note {
	enum fosr_finding kind;
	__u64 packet; /* number in the capture, from 1; 0 for what is missing */
	__u64 flow;
	__u32 step;
	char text[160];
};

#define FOSR_NOTES_PER_KIND 8

struct fosr_verify_result {
	__u64 planned, seen; /* seen: planned packets found unaltered, each once */
	__u64 count[FOSR_FINDINGS];
	__u64 other; /* packets that have nothing to do with the campaign */
	__u64 control; /* frames between injectors, which are no traffic */
	__u64 foreign; /* tagged for another campaign */
	__u32 foreign_id; /* of the last such tag; 0: no id could be read */
	__u64 packets; /* read */
	__u64 flows, flows_whole; /* planned; of those, with every packet seen */
	bool any_tag;
	struct fosr_histo lateness; /* capture time less planned time, ns; negative ones count as 0 */
	__u64 early; /* packets before their planned time */
	FOSR_VEC(struct fosr_finding_note) notes;
};

struct fosr_verify_opts {
	const char *const *captures;
	size_t n;
	__u64 start_ns; /* wall clock of the campaign's start; 0: the earliest packet is on time */
	void (*progress)(void *arg, __u64 done, __u64 total); /* bytes of captures; or NULL */
	void *arg;
};

/* 0 and result (free it with fosr_verify_release()), or -errno when the question could not be answered. */
int fosr_verify(const struct fosr_campaign *c, const struct fosr_verify_opts *o, struct fosr_verify_result *result,
	struct fosr_err *err);
void fosr_verify_release(struct fosr_verify_result *result);

/* Is it the campaign, packet for packet? */
bool fosr_verify_holds(const struct fosr_verify_result *result);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What verify.c (frames) and verify_seen.c (what became of planned packets at which point) share. */
#ifndef FOSR_CAMPAIGN_VERIFY_PRIV_H
#define FOSR_CAMPAIGN_VERIFY_PRIV_H

#include "campaign/expected.h"
#include "campaign/vantage.h"
#include "campaign/verify.h"
#include "campaign/verify_flows.h"

/* What a point has seen of a flow. */
struct fosr_flow_part {
	bool any;
	__u32 seen; /* packets, unaltered, each once */
	__u32 high[2]; /* 1 + the latest step seen, by direction */
	__u32 unseen; /* packets settled before `any`, seen at no point */
	__u32 elsewhere; /* and those that other points saw */
};

/* What a point has seen of the window; the numbers for the caller are in result->points. */
struct fosr_point_state {
	__u64 *mark; /* per slot: 0, or when it was first seen, and FOSR_MARK_* */
	FOSR_VEC(struct fosr_flow_part) parts; /* per flow of the window */
};

#define FOSR_MARK_ORIGINAL 1
#define FOSR_MARK_AGAIN 2 /* a copy that says it was sent before */
#define FOSR_MARK_BITS 2

struct fosr_verify {
	const struct fosr_campaign *c;
	const struct fosr_verify_opts *o;
	struct fosr_verify_result *result;
	struct fosr_expected plan;
	struct fosr_vantage vantage;
	struct fosr_vantage_pkt now; /* the packet at hand */
	struct fosr_verify_flows *flows; /* or NULL */
	struct fosr_point_state state[FOSR_POINTS_MAX]; /* as many as result->points */
	__u16 delay[FOSR_POINTS_MAX][FOSR_POINTS_MAX]; /* from, to: 1 + index in result->delays */
	__u64 anchor; /* wall clock of the campaign's start */
	bool anchored;
};

/* A finding about the packet at hand. */
void fosr_verify_find(struct fosr_verify *v, enum fosr_finding kind, __u64 flow, __u32 step, const char *fmt, ...)
	FOSR_PRINTF(5, 6);

/* Are details of this kind still kept? */
bool fosr_verify_noted(const struct fosr_verify *v, enum fosr_finding kind);

/* verify_seen.c; 0 or -errno. */

/* State for all points that there are by now. */
int fosr_seen_points(struct fosr_verify *v, struct fosr_err *err);

/* The packet at hand is that planned one, unaltered; flags: of its tag. */
int fosr_seen_found(struct fosr_verify *v, const struct fosr_expected_packet *e, __u8 flags, struct fosr_err *err);

/* The packet at hand belongs to that flow. */
int fosr_seen_part(struct fosr_verify *v, __u32 flow, __u32 step, struct fosr_err *err);

/* Which of the packets with the same bytes the one at hand is: the first one not seen at its point, else the first. */
const struct fosr_expected_packet *fosr_seen_which(struct fosr_verify *v, const struct fosr_expected_packet *last);

/* Campaign time of the packet at hand; false: not known yet, or nothing to be said. */
bool fosr_seen_when(const struct fosr_verify *v, __u64 *time_ns);

/* ops of the window */
int fosr_seen_settle(void *arg, const struct fosr_expected_packet *e, __u32 slot, struct fosr_err *err);
int fosr_seen_flow(void *arg, const struct fosr_expected_flow *f, __u32 index, struct fosr_err *err);

void fosr_seen_free(struct fosr_verify *v);

#endif

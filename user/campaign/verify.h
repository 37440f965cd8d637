/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Are these captures that campaign? Every planned packet is looked for, byte by byte, at one or several vantage points,
 * and everything else that concerns the campaign's hosts is named. Tagged packets are found by their tag; without tags
 * (taint none or evil-bit) by their bytes. The plan is held in a window around what is read (campaign/expected.h):
 * memory does not grow with the campaign.
 */
#ifndef FOSR_CAMPAIGN_VERIFY_H
#define FOSR_CAMPAIGN_VERIFY_H

#include "base/log.h"
#include "campaign/plan.h"
#include "campaign/vantage.h"
#include "math/histo.h"

enum fosr_finding {
	FOSR_MISSING, /* planned, at no point; or not at one that saw other packets of its flow */
	FOSR_ALTERED, /* there with a good tag, but other bytes */
	FOSR_FORGED, /* a tag of this campaign with a wrong mac */
	FOSR_EXTRA, /* a good tag, but no such packet is planned */
	FOSR_REPEATED, /* at one point more than once, and the tag does not say that it was sent again */
	FOSR_ANSWERED, /* no tag, between the ends of a planned flow, or an ICMP error about one: a kernel answered */
	FOSR_TOO_LATE, /* it came when the plan had been settled behind the window's end */
	FOSR_REORDERED, /* behind a later step of its flow and direction at the same point; a fault if asked for */
	FOSR_LATE, /* more behind its planned time than allowed; a fault if asked for */
	FOSR_FINDINGS,
};

extern const char *const fosr_finding_name[FOSR_FINDINGS];

#define FOSR_NOTES_PER_KIND 8
#define FOSR_NO_POINT UINT32_MAX

/* One finding in detail; the first few of each kind are kept. */
struct fosr_finding_note {
	enum fosr_finding kind;
	__u32 point; /* FOSR_NO_POINT: at none */
	__u32 source; /* capture, of packet */
	__u64 packet; /* number in the capture, from 1; 0 for what is missing */
	__u64 flow;
	__u32 step;
	char text[160];
};

/* Planned packets of the window. With the flows they belong to, some 85 bytes each by tags, 115 by bytes; and 10 for
 * each point after the first. */
#define FOSR_VERIFY_WINDOW (4u << 20)
#define FOSR_VERIFY_WINDOW_MIN 64

/* How late "late" is unless it is said. */
#define FOSR_VERIFY_LATE_NS 1000000

/* Campaign time per wall time that has no measure: packets were sent as fast as it went. As FOSR_ENGINE_MAX. */
#define FOSR_VERIFY_SPEED_MAX UINT64_MAX

struct fosr_verify_point {
	char name[FOSR_POINT_NAME];
	__u64 captured; /* packets read */
	__u64 seen; /* planned packets, unaltered, each once */
	__u64 count[FOSR_FINDINGS]; /* missing: of flows that it saw a part of */
	__u64 retransmitted; /* copies whose tag says so, beside another of the same packet */
	__u64 recovered; /* packets of which only such a copy came */
	__u64 early; /* packets before their planned time */
	struct fosr_histo lateness; /* capture time less planned time, ns; negative ones count as 0 */
};

/* Packets that were seen at `from`, and then at `to`. */
struct fosr_verify_delay {
	__u32 from, to;
	struct fosr_histo ns;
};

struct fosr_verify_result {
	__u64 planned, seen; /* seen: planned packets found unaltered, each once */
	__u64 count[FOSR_FINDINGS];
	__u64 retransmitted, recovered; /* sums over points */
	__u64 other; /* packets that have nothing to do with the campaign */
	__u64 control; /* frames between injectors, which are no traffic */
	__u64 foreign; /* tagged for another campaign */
	__u32 foreign_id; /* of the last such tag; 0: no id could be read */
	__u64 packets; /* read */
	__u64 flows, flows_whole; /* planned; of those, with every packet seen wherever part of the flow was */
	bool any_tag;
	struct fosr_histo lateness; /* of each packet where it was first seen */
	__u64 early;
	FOSR_VEC(struct fosr_verify_point) points;
	FOSR_VEC(struct fosr_verify_delay) delays;
	FOSR_VEC(struct fosr_finding_note) notes;
};

struct fosr_verify_opts {
	const char *const *captures;
	size_t n;
	bool join; /* they are parts of one point, not each one of its own */
	__u64 start_ns; /* wall clock of the campaign's start; 0: the first packet that is planned is on time */
	__u64 speed_q16; /* campaign time per wall time; 0: as planned; FOSR_VERIFY_SPEED_MAX: no times are compared */
	bool in_order; /* reordered is a fault */
	__u64 max_late_ns; /* not 0: later is a fault */
	const char *flows; /* a row per flow goes there, as campaign/verify_flows.h says; NULL: nowhere */
	__u32 window; /* packets; 0: FOSR_VERIFY_WINDOW; less than FOSR_VERIFY_WINDOW_MIN becomes that */
	const struct fosr_log *log; /* of writing flows */
	void (*progress)(void *arg, __u64 done, __u64 total); /* bytes of captures; or NULL */
	void *arg;
};

/* 0 and result (free it with fosr_verify_release()), or -errno when the question could not be answered. */
int fosr_verify(const struct fosr_campaign *c, const struct fosr_verify_opts *o, struct fosr_verify_result *result,
	struct fosr_err *err);
void fosr_verify_release(struct fosr_verify_result *result);

/* Is this kind of finding a fault? */
bool fosr_verify_is_fault(const struct fosr_verify_opts *o, enum fosr_finding kind);

/* Is it the campaign, packet for packet? */
bool fosr_verify_holds(const struct fosr_verify_opts *o, const struct fosr_verify_result *result);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The whole plan as an index: what verify looks packets up in. */
#ifndef FOSR_CAMPAIGN_EXPECTED_H
#define FOSR_CAMPAIGN_EXPECTED_H

#include "base/u64map.h"
#include "campaign/plan.h"

struct fosr_expected_packet {
	__u64 hash; /* of the untainted frame */
	__u64 time_ns;
	__u32 same; /* 1 + index of the next packet with this hash, 0: none (by bytes only) */
	__u32 flow; /* index in flows */
	__u32 step;
	__u32 seen; /* how often */
};

struct fosr_expected_flow {
	__u64 id;
	__u16 port; /* of its client */
	__u32 steps; /* planned */
	__u32 seen; /* of them, unaltered */
	FOSR_VEC(__u32) packet; /* step to index in packets */
};

struct fosr_expected {
	const struct fosr_campaign *c;
	struct fosr_plan *plan; /* for making single packets again */
	FOSR_VEC(struct fosr_expected_packet) packets; /* in order of time */
	FOSR_VEC(struct fosr_expected_flow) flows;
	struct fosr_u64map by_flow, by_hash, by_ends;
};

int fosr_expected_open(struct fosr_expected *x, const struct fosr_campaign *c, struct fosr_err *err);
void fosr_expected_free(struct fosr_expected *x);

/* The planned packet of that flow and step, or NULL. */
struct fosr_expected_packet *fosr_expected_step(const struct fosr_expected *x, __u64 flow, __u32 step);

/* The packet with these bytes that was seen least often, earliest first; or NULL. */
struct fosr_expected_packet *fosr_expected_bytes(const struct fosr_expected *x, const __u8 *frame, __u32 len);

/* SipHash of a frame with the campaign's key: who does not know the key cannot aim at a value. */
__u64 fosr_expected_hash(const struct fosr_expected *x, const __u8 *frame, __u32 len);

/* Are these two ends (IPv4, in either order) those of a planned flow? */
bool fosr_expected_ends(
	const struct fosr_expected *x, const __u8 a[4], __u16 a_port, const __u8 b[4], __u16 b_port, __u8 l4);

/* The planned bytes of a packet, untainted; their length, 0 if there is no such packet. */
__u32 fosr_expected_make(const struct fosr_expected *x, __u64 flow, __u32 step, __u8 *frame);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a flow's packets add up to, each way, as they were captured: nothing is left out, nothing taken apart. */
#ifndef FOSR_INGEST_SUMS_H
#define FOSR_INGEST_SUMS_H

#include "flow/flow.h"
#include "ingest/dissect.h"
#include "ingest/tcpseq.h"

struct fosr_sums {
	__u64 end_ns; /* Unix time, the latest of its packets' */
	__u64 packets[2];
	__u64 payload[2];
	__u64 frame[2];
	__u64 retransmitted[2]; /* TCP: some of it had been seen, or was lost before it could be captured */
	__u64 reordered[2]; /* TCP: came behind what followed it, sooner than it could have been sent again */
	__u64 zero_windows[2]; /* TCP: says that there is no room; SYN, FIN and RST do not count */
	__u64 gap_min, gap_max, gap_sum; /* between packets next to each other, whichever way; none: one packet */
	__u64 last; /* monotonic time of the latest packet */
	__u64 syn_at; /* monotonic time of the opener's SYN; 0: none, or rtt_ns is known */
	__u64 rtt_ns; /* of the handshake; 0: not seen */
	__u16 vlan[FOSR_VLANS_MAX]; /* of the first packet */
	__u8 vlans;
	__u8 ttl[2]; /* of the first packet each way */
	__u8 flags[2]; /* TCP: all that were seen */
};

/* age_us: how long there was the hole that the packet filled (FOSR_TCPSEQ_FILL). own, ts: monotonic and Unix time. */
void fosr_sums_add(struct fosr_sums *s, const struct fosr_seen *seen, __u8 dir, enum fosr_tcpseq_kind kind,
	__u32 age_us, __u64 own, __u64 ts);

#endif

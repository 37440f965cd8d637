/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Packets to flows. A flow belongs to who opened it: the sender of the SYN, the receiver of a first SYN-ACK, else the
 * sender of the first packet. Whatever ends a flow (idle, table full, port reused, end of file) appends it to the data
 * set, or gives its sums to who asked for those instead.
 */
#ifndef FOSR_INGEST_ASSEMBLE_H
#define FOSR_INGEST_ASSEMBLE_H

#include "base/err.h"
#include "base/types.h"
#include "base/u64map.h"
#include "base/vec.h"
#include "flow/dataset.h"
#include "flow/endstate.h"
#include "ingest/dissect.h"
#include "ingest/sums.h"
#include "ingest/tcpseq.h"

#define FOSR_INGEST_FLOWS (1u << 18) /* alive at once; past it the longest idle one is finished early */
#define FOSR_INGEST_STEPS (1u << 25) /* packets in all, 16 bytes each */
#define FOSR_INGEST_FLOW_PACKETS 1000000u /* of one flow */
#define FOSR_INGEST_IDLE_TCP_NS (300 * FOSR_NS_PER_S)
#define FOSR_INGEST_IDLE_UDP_NS (60 * FOSR_NS_PER_S)
/* Payload that fits a packet of 1500 bytes. More was put together by an offload or cut by IP, and is taken apart. */
#define FOSR_INGEST_TCP_PAYLOAD 1460u
#define FOSR_INGEST_UDP_PAYLOAD 1472u

struct fosr_ingest_stats {
	__u64 files;
	__u64 packets; /* read: the sum of fate[] */
	__u64 fate[FOSR_PKT_FATES];
	__u64 flows; /* begun: flows_kept + flows_group + flows_empty */
	__u64 flows_kept;
	__u64 flows_group; /* left out: TCP to multicast or broadcast */
	__u64 flows_empty; /* left out: came when FOSR_INGEST_STEPS were held */
	/* What else is worth knowing; none of it is a loss. */
	__u64 flows_idle; /* finished by an idle timeout */
	__u64 flows_evicted; /* finished early, the table was full */
	__u64 flows_reused; /* finished by a new SYN on the same ports */
	__u64 keepalives; /* kept as pure ACKs */
	__u64 trimmed; /* kept without the bytes that had been seen before */
	__u64 split; /* steps added by taking large segments apart */
	__u64 late; /* steps whose time was before the one they follow: gap 0 */
	__u64 clock_jumps; /* times the capture's clock went back by more than reordering explains */
	__u64 snapped; /* captured only in part */
};

/* A flow that is alive. */
struct fosr_live {
	struct fosr_addr addr[2]; /* opener, responder */
	__u16 port[2];
	__u8 l4;
	bool group;
	bool has_isn;
	__u32 isn; /* of the opener's SYN */
	__u32 packets[2];
	__u64 bytes[2];
	__u64 key;
	__u64 start_ns; /* Unix time */
	__u64 idle_since; /* monotonic time */
	__u64 last_step; /* monotonic time */
	__u32 older, newer; /* neighbours in the list of its protocol, by idle_since */
	struct fosr_track track;
	struct fosr_tcpseq seq[2];
	FOSR_VEC(struct fosr_step) steps;
};

struct fosr_peer {
	__u32 opened, answered;
	bool inside;
};

/*
 * Sums instead of a data set: each flow when it ends, all of its packets counted, whatever they repeat; no step is
 * kept, and what only learning has no use for is FOSR_PKT_KEPT. flow returns 0 or
 * what ends the reading.
 */
struct fosr_flow_taker {
	int (*flow)(void *arg, const struct fosr_live *f, const struct fosr_sums *s);
	void *arg;
};

struct fosr_assembler {
	struct fosr_dataset *data;
	struct fosr_ingest_stats *stats;
	struct fosr_secret secret; /* keys of both maps, so that nobody can make a capture that collides */
	struct fosr_u64map by_key;
	struct fosr_flow_taker taker; /* flow NULL: the data set */
	FOSR_VEC(struct fosr_live) live;
	FOSR_VEC(struct fosr_sums) sums; /* of live, place by place; empty without a taker */
	FOSR_VEC(__u32) unused; /* places in live */
	__u32 oldest[2], newest[2]; /* TCP, UDP; FOSR_LIVE_NONE */
	size_t alive;
	size_t live_steps;
	/* Of the capture at hand: */
	struct fosr_u64map by_addr;
	FOSR_VEC(struct fosr_peer) peers;
	FOSR_VEC(struct {
		__u32 peer[2];
		bool group;
	})
	ends; /* of the data set's flows from first_flow on */
	size_t first_flow;
};

#define FOSR_LIVE_NONE UINT32_MAX

/* Zeroes a first. data and stats are borrowed. A taker is set before the first packet. */
void fosr_assembler_init(struct fosr_assembler *a, struct fosr_dataset *data, struct fosr_ingest_stats *stats);
void fosr_assembler_free(struct fosr_assembler *a);

/*
 * One packet, at monotonic time now (never below that of any packet before), its own time (at most now), and Unix time
 * ts. Counts its fate. 0, -ENOMEM or what the taker said.
 */
int fosr_assembler_packet(struct fosr_assembler *a, const struct fosr_seen *seen, __u64 now, __u64 own, __u64 ts);

/* The end of a capture: finishes all flows and settles the roles of its addresses. Returns as above. */
int fosr_assembler_end(struct fosr_assembler *a);

#endif

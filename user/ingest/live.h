/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of flows that are alive, inside the assembler: found by a keyed hash of the 5-tuple, kept in lists by idle
 * time, one per protocol; and the roles of a capture's addresses. Nothing here looks at sequence numbers or flags, but
 * for who opened. Functions that return int return 0, -ENOMEM or what the taker of flows said.
 */
#ifndef FOSR_INGEST_LIVE_H
#define FOSR_INGEST_LIVE_H

#include "ingest/assemble.h"

/* The same for both directions of a flow; the key of a->by_key. */
__u64 fosr_live_key(const struct fosr_assembler *a, const struct fosr_seen *s);

/* A new flow that s opens; times as in fosr_assembler_packet(). When the table is full, the longest idle one ends
 * first. */
int fosr_live_begin(
	struct fosr_assembler *a, const struct fosr_seen *s, __u64 key, __u64 now, __u64 own, __u64 ts, __u32 *index);

/* A packet of the flow came. */
void fosr_live_touch(struct fosr_assembler *a, __u32 i, __u64 now);

/* The flow goes to the taker or into the data set, or is counted as left out, and its place is free. */
int fosr_live_finish(struct fosr_assembler *a, __u32 i);
int fosr_live_expire(struct fosr_assembler *a, __u64 now);
int fosr_live_finish_all(struct fosr_assembler *a);

/* Fills the roles of the flows finished since the last call, and forgets their addresses. */
void fosr_live_settle_roles(struct fosr_assembler *a);

#endif

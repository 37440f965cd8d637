/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What the BPF programs and user space agree on: the tag's constants, and the keys and values of the maps. All structs
 * have fixed-width fields, explicit padding and a size that is asserted; a struct used as a map key is zeroed first.
 */
#ifndef FOSR_ABI_H
#define FOSR_ABI_H

#include <linux/types.h>

#define FOSR_TAG_VERSION 1
#define FOSR_TAG_OPT4 222 /* IPv4 option: copied, class 2, number 30 (RFC 4727 section 3.2) */
#define FOSR_TAG_LEN4 28 /* what a tag adds to an IPv4 packet, bytes */
#define FOSR_TAG_OPT6 0x1e /* IPv6 destination option: skip if unknown, may not change (RFC 4727 section 3.3) */
#define FOSR_TAG_LEN6 32 /* what a tag adds to an IPv6 packet, bytes */

/* Low nibble of the tag's version-and-flags byte. */
#define FOSR_TAG_F_CONTROL 1 /* not traffic: a frame between injectors */
#define FOSR_TAG_F_RETRANS 2 /* this step was sent before */
#define FOSR_TAG_F_MASK 0x0f

#define FOSR_QUEUES_MAX 64 /* receive queues of one interface that can have an AF_XDP socket */
#define FOSR_CAMPAIGNS_MAX 1024 /* (campaign, key id) pairs an interface knows at once */

/* Key of the map `campaigns`. */
struct fosr_campaign_key {
	__u32 campaign;
	__u8 key_id;
	__u8 pad[3]; /* zero */
};
_Static_assert(sizeof(struct fosr_campaign_key) == 8, "map key has holes");

/* Value of the map `campaigns`: a SipHash key, its 16 bytes read as two little-endian words (fosr_secret_load()). */
struct fosr_secret {
	__u64 k0;
	__u64 k1;
};
_Static_assert(sizeof(struct fosr_secret) == 16, "map value has holes");

/* What the guard does with a good frame that no AF_XDP socket takes: its rodata `verdict`, set before it is loaded. */
enum fosr_verdict {
	FOSR_VERDICT_DROP,
};

/* Why a frame left the program. Each frame is counted exactly once, so the sum is the number of frames seen. */
enum fosr_count {
	FOSR_COUNT_OTHER, /* no tag: passed to the stack untouched */
	FOSR_COUNT_UNPARSABLE, /* cut short, or a length field lies: passed to the stack untouched */
	FOSR_COUNT_REDIRECTED, /* good tag: handed to the AF_XDP socket of its queue */
	FOSR_COUNT_DROPPED, /* good tag, no socket on its queue: dropped */
	FOSR_COUNT_UNKNOWN_CAMPAIGN, /* tagged for a campaign or key not in the map: dropped */
	FOSR_COUNT_BAD_MAC, /* tagged for a known campaign, but the mac does not match: dropped */
	FOSR_COUNTS,
};

#define FOSR_COUNTERS 16 /* slots in a record: room for reasons to come */

/* One record per CPU in the memory-mapped array `counters`; only its CPU writes it. Indexed by enum fosr_count. */
struct fosr_counters {
	__u64 n[FOSR_COUNTERS];
} __attribute__((aligned(64)));
_Static_assert(sizeof(struct fosr_counters) == 128, "a record is two cache lines");
_Static_assert(FOSR_COUNTS <= FOSR_COUNTERS, "more reasons than slots");

#endif

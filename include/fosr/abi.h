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
	FOSR_VERDICT_MIRROR, /* sent out of the device in rodata `mirror`, where a capture listens */
	FOSR_VERDICT_BLIND, /* passed with another destination MAC: taps see it, the stack takes it for somebody else's
			     */
	FOSR_VERDICTS,
};

/* The MAC that nobody has: locally administered. */
#define FOSR_BLIND_MAC \
	{ \
		0x02, 0xf0, 0x5e, 0x00, 0x00, 0x00 \
	}

/* What who receives wants of frames that go to a socket: the one record of the memory-mapped array `settings`. */
struct fosr_settings {
	__u32 stamp; /* struct fosr_stamp in front of each */
	__u32 snap; /* frames longer than this are cut there, but those with FOSR_TAG_F_CONTROL; 0: none */
	__u32 epoch; /* another one makes the guard forget which steps it has seen: a campaign can be played again */
	__u32 campaign, control; /* whose keys who receives teaches the guard; 0: none. Who comes next forgets them */
};
_Static_assert(sizeof(struct fosr_settings) == 20, "struct fosr_settings has holes");

/* XDP metadata: 16 bytes in front of a frame. */
struct fosr_stamp {
	__u64 magic; /* FOSR_STAMP_MAGIC */
	__u64 mono_ns; /* CLOCK_MONOTONIC */
};
#define FOSR_STAMP_MAGIC 0x46724f73724f7346ULL

/* Which of a flow's last 64 steps were seen, as RFC 4303 3.4.3 has it. Flows share the slots of the array `recent`. */
struct fosr_recent {
	__u64 flow;
	__u32 campaign;
	__u32 next; /* one past the highest step seen */
	__u64 seen; /* bit i: step next - 1 - i */
	__u32 epoch;
	__u32 pad;
};
_Static_assert(sizeof(struct fosr_recent) == 32, "struct fosr_recent has holes");
#define FOSR_RECENT_BITS 14

/* Why a frame left the program. Each frame is counted exactly once, so the sum is the number of frames seen. */
enum fosr_count {
	FOSR_COUNT_OTHER, /* no tag: passed to the stack untouched */
	FOSR_COUNT_UNPARSABLE, /* cut short, or a length field lies: passed to the stack untouched */
	FOSR_COUNT_REDIRECTED, /* good tag: handed to the AF_XDP socket of its queue */
	FOSR_COUNT_DROPPED, /* good tag, no socket on its queue: dropped */
	FOSR_COUNT_UNKNOWN_CAMPAIGN, /* tagged for a campaign or key not in the map: dropped */
	FOSR_COUNT_BAD_MAC, /* tagged for a known campaign, but the mac does not match: dropped */
	FOSR_COUNT_REPLAYED, /* good tag of a step that came before, and does not say it is sent again: dropped */
	FOSR_COUNT_MIRRORED, /* good tag, no socket: sent out of the capture device */
	FOSR_COUNT_BLINDED, /* good tag, no socket: passed with another destination MAC */
	/* of the sensor's program */
	FOSR_COUNT_STRIPPED, /* its tag was taken off: passed */
	FOSR_COUNT_CONTROL, /* good tag of a frame that is no traffic: dropped */
	/* of the program that tags: of what matches the filter */
	FOSR_COUNT_TAGGED,
	FOSR_COUNT_TOO_LONG, /* no room for the tag within the MTU: dropped */
	FOSR_COUNT_UNFIT, /* it cannot carry a tag: dropped */
	FOSR_COUNTS,
};

#define FOSR_COUNTERS 16 /* slots in a record: room for reasons to come */

/* One record per CPU in the memory-mapped array `counters`; only its CPU writes it. Indexed by enum fosr_count. */
struct fosr_counters {
	__u64 n[FOSR_COUNTERS];
} __attribute__((aligned(64)));
_Static_assert(sizeof(struct fosr_counters) == 128, "a record is two cache lines");
_Static_assert(FOSR_COUNTS <= FOSR_COUNTERS, "more reasons than slots");

/* A flow of foreign traffic that is tagged (bpf/tag.bpf.c): key of the hash that counts its packets. */
struct fosr_taint_flow {
	__u32 addr[2][4]; /* source, destination; network order, IPv4 in the first word */
	__u16 port[2]; /* host order */
	__u8 proto;
	__u8 family; /* 4 or 6 */
	__u16 pad;
} __attribute__((aligned(8)));
_Static_assert(sizeof(struct fosr_taint_flow) == 40, "map key has holes");
#define FOSR_TAINT_FLOWS 65536

/* Which flows: those that are `want` in the bits of `mask`. One without any mask is no rule, and none is behind it. */
struct fosr_taint_rule {
	struct fosr_taint_flow want, mask;
};
#define FOSR_TAINT_RULES 16

/*
 * The ring of the program `inject`: user space fills slots and moves `head`, the program sends what is due and moves
 * `tail`. Both count on and on; a slot's place is its number modulo the ring's length, a power of two.
 */
struct fosr_live_slot {
	__u64 due_ns; /* CLOCK_MONOTONIC; 0: as soon as its turn has come */
	__u64 sent_ns; /* written by the program: when it was sent; without due_ns, to the last 16 frames */
	__u32 ifindex; /* 0: nothing is sent */
	__u16 off; /* the frame begins at data + off, at most FOSR_LIVE_HEADROOM */
	__u16 len;
	__u8 pad[8];
	__u8 data[];
};
_Static_assert(sizeof(struct fosr_live_slot) == 32, "struct fosr_live_slot has holes");

#define FOSR_LIVE_HEADROOM 64

struct fosr_live_control {
	__u64 head; /* slots below it may be sent; one cache line, user space's */
	__u8 pad[56];
	__u64 tail; /* slots below it were sent; one cache line, the program's */
	__u64 seen; /* head, when the program last looked */
	__u64 now; /* CLOCK_MONOTONIC, when the program last looked */
	__u64 idle; /* times that the program was called and had nothing to send */
	__u8 pad2[32];
};
_Static_assert(sizeof(struct fosr_live_control) == 128, "struct fosr_live_control is two cache lines");

#endif

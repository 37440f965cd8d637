/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How operating systems write headers: what a fingerprint looks at. Values are those of the systems' defaults; where a
 * system's versions differ there are several rows, of which a host keeps one.
 */
#ifndef FOSR_FLOW_STACK_H
#define FOSR_FLOW_STACK_H

#include "flow/flow.h"

enum fosr_os {
	FOSR_OS_LINUX,
	FOSR_OS_WINDOWS,
	FOSR_OS_MACOS,
	FOSR_OS_ANDROID,
	FOSR_OS_IOS,
	FOSR_OS_IOT, /* embedded Linux */
	FOSR_OS_FREEBSD,
	FOSR_OS_LWIP, /* microcontrollers */
	FOSR_OS_VXWORKS,
	FOSR_OSES,
};

const char *fosr_os_name(enum fosr_os os);

/* In which order a SYN has its options. */
enum fosr_layout {
	FOSR_LAYOUT_LINUX, /* MSS, SACK permitted, timestamps, window scale */
	FOSR_LAYOUT_BSD, /* MSS, window scale, SACK permitted, timestamps; Windows as well */
	FOSR_LAYOUT_DARWIN, /* MSS, window scale, timestamps, SACK permitted, end of options */
};

struct fosr_stack {
	enum fosr_os os;
	__u8 ttl;
	bool df; /* IPv4: do not fragment */
	bool random_id; /* IPv4 identification: by chance; else counted, per flow */
	bool zero_synack_id; /* IPv4: that of a SYN-ACK is 0 */
	enum fosr_layout layout;
	__u8 offers; /* FOSR_TERM_* of its SYN */
	__u8 accepts; /* of its SYN-ACK, if the SYN had them */
	__u16 window; /* of its SYN; 0: mss_times */
	__u8 mss_times;
	__u8 scale; /* window scale */
	__u32 buffer; /* bytes that its window grows to */
	__u16 clock_hz; /* of its timestamps */
	__u16 port_first; /* ephemeral ports */
	__u16 ports;
};

/* TCP options that both ends have to want. */
#define FOSR_TERM_SCALE 1
#define FOSR_TERM_SACK 2
#define FOSR_TERM_TIMES 4

/* Length of the timestamp option that all but SYN and RST have then, with its padding. */
#define FOSR_TIMES_LEN 12

extern const struct fosr_stack fosr_stacks[];

/* The row of a host with this operating system; any number picks among its versions. */
__u8 fosr_stack_pick(enum fosr_os os, __u64 any);

static inline const struct fosr_stack *fosr_stack(const struct fosr_end *e)
{
	return &fosr_stacks[e->stack];
}

/* What a SYN (SYN-ACK: of dir FOSR_BWD) of this flow has for options. */
static inline __u8 fosr_stack_terms(const struct fosr_flow *f, __u8 dir)
{
	return dir == FOSR_FWD ? fosr_stack(&f->end[FOSR_FWD])->offers : f->terms;
}

/* Sets terms and SYN options' lengths of f, whose ends have their stacks. */
void fosr_stack_settle(struct fosr_flow *f);

/* Writes a SYN's options: 4 to 24 bytes, a multiple of 4; returns how many. */
#define FOSR_SYN_OPTIONS_MAX 24
__u32 fosr_stack_options(const struct fosr_stack *s, __u8 terms, __u16 mss, __u32 now, __u32 echo, __u8 *p);

#endif

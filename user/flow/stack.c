// SPDX-License-Identifier: GPL-3.0-or-later
#include "flow/stack.h"

#include <string.h>

#include <fosr/csum.h>

#define ALL (FOSR_TERM_SCALE | FOSR_TERM_SACK | FOSR_TERM_TIMES)
#define NO_TIMES (FOSR_TERM_SCALE | FOSR_TERM_SACK)
#define MIB (1024 * 1024)

/*
 * Rows of one system stand together. Linux: net/ipv4/tcp_output.c (window of ten segments until 3.10, 20 until 4.19,
 * 65535 rounded down to segments since), ip_local_port_range; Windows: 8192 until 8.1; Darwin and FreeBSD: 65535; lwIP:
 * opt.h; RFC 6056 and IANA for ports. iOS, Android and the embedded Linux are the versions that p0f 3.09 has names for.
 */
#define LINUX(os_, times, scale_, buffer_) \
	{ \
		.os = os_, .ttl = 64, .df = true, .zero_synack_id = true, .layout = FOSR_LAYOUT_LINUX, .offers = ALL, \
		.accepts = ALL, .mss_times = times, .scale = scale_, .buffer = buffer_, .clock_hz = 1000, \
		.port_first = 32768, .ports = 28232 \
	}
#define WINDOWS(window_) \
	{ \
		.os = FOSR_OS_WINDOWS, .ttl = 128, .df = true, .layout = FOSR_LAYOUT_BSD, .offers = NO_TIMES, \
		.accepts = ALL, .window = window_, .scale = 8, .buffer = 2 * MIB, .clock_hz = 1000, \
		.port_first = 49152, .ports = 16384 \
	}
#define DARWIN(os_, scale_, buffer_) \
	{ \
		.os = os_, .ttl = 64, .df = true, .random_id = true, .layout = FOSR_LAYOUT_DARWIN, .offers = ALL, \
		.accepts = ALL, .window = 65535, .scale = scale_, .buffer = buffer_, .clock_hz = 1000, \
		.port_first = 49152, .ports = 16384 \
	}

const struct fosr_stack fosr_stacks[] = {
	LINUX(FOSR_OS_LINUX, 44, 7, 3 * MIB),
	LINUX(FOSR_OS_LINUX, 44, 7, 3 * MIB),
	LINUX(FOSR_OS_LINUX, 20, 7, 3 * MIB),
	WINDOWS(64240),
	WINDOWS(64240),
	WINDOWS(8192),
	DARWIN(FOSR_OS_MACOS, 6, 2 * MIB),
	LINUX(FOSR_OS_ANDROID, 44, 3, MIB / 2 - 8),
	DARWIN(FOSR_OS_IOS, 2, MIB / 4 - 4),
	LINUX(FOSR_OS_IOT, 10, 4, MIB / 2),
	LINUX(FOSR_OS_IOT, 4, 6, MIB / 2),
	{.os = FOSR_OS_FREEBSD,
		.ttl = 64,
		.df = true,
		.layout = FOSR_LAYOUT_BSD,
		.offers = ALL,
		.accepts = ALL,
		.window = 65535,
		.scale = 6,
		.buffer = MIB,
		.clock_hz = 1000,
		.port_first = 49152,
		.ports = 16384},
	{.os = FOSR_OS_LWIP,
		.ttl = 255,
		.layout = FOSR_LAYOUT_BSD,
		.mss_times = 4,
		.buffer = 5840,
		.clock_hz = 2,
		.port_first = 49152,
		.ports = 16384},
	{.os = FOSR_OS_VXWORKS,
		.ttl = 64,
		.layout = FOSR_LAYOUT_BSD,
		.window = 8192,
		.buffer = 8192,
		.clock_hz = 2,
		.port_first = 1024,
		.ports = 3976},
};

static const char *const names[FOSR_OSES] = {
	[FOSR_OS_LINUX] = "Linux",
	[FOSR_OS_WINDOWS] = "Windows",
	[FOSR_OS_MACOS] = "macOS",
	[FOSR_OS_ANDROID] = "Android",
	[FOSR_OS_IOS] = "iOS",
	[FOSR_OS_IOT] = "IoT",
	[FOSR_OS_FREEBSD] = "FreeBSD",
	[FOSR_OS_LWIP] = "lwIP",
	[FOSR_OS_VXWORKS] = "VxWorks",
};

const char *fosr_os_name(enum fosr_os os)
{
	return names[os];
}

__u8 fosr_stack_pick(enum fosr_os os, __u64 any)
{
	__u8 first = 0, n = 0;

	while (fosr_stacks[first].os != os)
		first++;
	while ((size_t)(first + n) < FOSR_ARRAY_SIZE(fosr_stacks) && fosr_stacks[first + n].os == os)
		n++;
	return (__u8)(first + any % n);
}

static __u32 nops(__u8 *p, __u32 n)
{
	memset(p, 1, n);
	return n;
}

static __u32 scale_put(const struct fosr_stack *s, __u8 *p)
{
	fosr_put32(p, 0x01030300 | s->scale); /* no operation; kind 3 (RFC 7323) */
	return 4;
}

/* Kind 4 (RFC 2018). */
static __u32 sack_put(__u8 *p)
{
	fosr_put16(p, 0x0402);
	return 2;
}

/* Kind 8 (RFC 7323). */
static __u32 times_put(__u8 *p, __u32 now, __u32 echo)
{
	fosr_put16(p, 0x080a);
	fosr_put32(p + 2, now);
	fosr_put32(p + 6, echo);
	return 10;
}

/* SACK permitted takes the place of the padding before the timestamps, where both are. */
static __u32 sack_times_put(__u8 terms, __u8 *p, __u32 now, __u32 echo)
{
	__u32 n = 0;

	if (terms & FOSR_TERM_SACK && terms & FOSR_TERM_TIMES)
		n = sack_put(p);
	else if (terms & (FOSR_TERM_SACK | FOSR_TERM_TIMES))
		n = nops(p, 2);
	if (terms & FOSR_TERM_TIMES)
		return n + times_put(p + n, now, echo);
	return terms & FOSR_TERM_SACK ? n + sack_put(p + n) : n;
}

__u32 fosr_stack_options(const struct fosr_stack *s, __u8 terms, __u16 mss, __u32 now, __u32 echo, __u8 *p)
{
	__u32 n = 4;

	fosr_put32(p, 0x02040000 | mss); /* kind 2 (RFC 9293 3.7.1) */
	if (s->layout == FOSR_LAYOUT_LINUX)
		n += sack_times_put(terms, p + n, now, echo);
	if (terms & FOSR_TERM_SCALE)
		n += scale_put(s, p + n);
	if (s->layout == FOSR_LAYOUT_BSD)
		n += sack_times_put(terms, p + n, now, echo);
	if (s->layout == FOSR_LAYOUT_DARWIN) {
		if (terms & FOSR_TERM_TIMES) {
			n += nops(p + n, 2);
			n += times_put(p + n, now, echo);
		}
		if (terms & FOSR_TERM_SACK) {
			n += sack_put(p + n);
			fosr_put16(p + n, 0); /* end of options */
			n += 2;
		}
	}
	return n;
}

void fosr_stack_settle(struct fosr_flow *f)
{
	__u8 options[FOSR_SYN_OPTIONS_MAX];

	f->terms = fosr_stack(&f->end[FOSR_FWD])->offers & fosr_stack(&f->end[FOSR_BWD])->accepts;
	for (__u8 d = 0; d < 2; d++)
		f->syn_options[d] =
			(__u8)fosr_stack_options(fosr_stack(&f->end[d]), fosr_stack_terms(f, d), 0, 0, 0, options);
}

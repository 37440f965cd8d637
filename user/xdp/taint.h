/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The program that tags foreign traffic (bpf/tag.bpf.c) at the egress of an interface: by a tcx link where the kernel
 * has them (Linux 6.6), else as a filter of its clsact qdisc. Both outlive every process; pins as those of xdp/pins.h.
 */
#ifndef FOSR_XDP_TAINT_H
#define FOSR_XDP_TAINT_H

#include <fosr/abi.h>

#include "base/err.h"

enum fosr_taint_hook {
	FOSR_TAINT_AUTO,
	FOSR_TAINT_TCX,
	FOSR_TAINT_CLSACT,
};

/* For option tables; NULL ends it. */
extern const char *const fosr_taint_hook_name[];

/*
 * "PROTO SOURCE DESTINATION": tcp, udp or any; ends are any, an address or a network, and perhaps a port:
 * "tcp 10.0.0.0/24 10.0.1.2:80", "udp any any:53", "any [fd00::1]:443 any". -EINVAL with what was expected.
 */
int fosr_taint_rule_parse(const char *text, struct fosr_taint_rule *r, struct fosr_err *e);

struct fosr_taint_opts {
	enum fosr_taint_hook hook;
	const struct fosr_taint_rule *rule;
	__u32 rules; /* 1 to FOSR_TAINT_RULES */
	__u32 campaign;
	struct fosr_secret secret;
	__u32 mtu; /* of the interface */
};

struct fosr_taint_attached {
	bool already; /* nothing was changed */
	enum fosr_taint_hook hook; /* FOSR_TAINT_TCX or FOSR_TAINT_CLSACT */
};

/* Errors as those of fosr_attach(). */
int fosr_taint_attach(
	const char *ifname, const struct fosr_taint_opts *o, struct fosr_taint_attached *result, struct fosr_err *e);
int fosr_taint_detach(const char *ifname, bool *was, struct fosr_err *e);

/* *attached, and if so its counters by enum fosr_count. */
int fosr_taint_status(const char *ifname, bool *attached, __u64 count[FOSR_COUNTERS], struct fosr_err *e);

#endif

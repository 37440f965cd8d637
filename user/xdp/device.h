/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An interface as XDP sees it: its index, and what program it runs. All in this thread's network namespace. */
#ifndef FOSR_XDP_DEVICE_H
#define FOSR_XDP_DEVICE_H

#include <net/if.h>

#include "base/err.h"

enum fosr_xdp_mode {
	FOSR_XDP_AUTO, /* native, or else generic */
	FOSR_XDP_NATIVE, /* in the driver */
	FOSR_XDP_GENERIC, /* in the stack's first function: any device, slower */
};

/* By enum fosr_xdp_mode; NULL ends it. */
extern const char *const fosr_xdp_mode_names[];

/* "auto", "native", "generic". */
const char *fosr_xdp_mode_name(enum fosr_xdp_mode mode);

/* The index of ifname, or -ENODEV / -EINVAL with the reason. */
int fosr_device_index(const char *ifname, __u32 *ifindex, struct fosr_err *e);

struct fosr_device_prog {
	__u32 id; /* 0: none */
	enum fosr_xdp_mode mode; /* meaningful with an id */
	char name[32]; /* the program's name as the kernel has it; "" if it cannot be asked */
};

/* The XDP program that ifindex runs. */
int fosr_device_prog(__u32 ifindex, struct fosr_device_prog *prog, struct fosr_err *e);

/* Takes that program off, whoever attached it and however: by its link if it has one, else by netlink. */
int fosr_device_prog_detach(__u32 ifindex, const struct fosr_device_prog *prog, struct fosr_err *e);

/* AF_XDP sockets bound to ifindex, or -errno (-EOPNOTSUPP: this kernel cannot list them). */
int fosr_device_sockets(__u32 ifindex);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The guard on an interface: attached by a BPF link that is pinned (xdp/pins.h), so that it outlives every process, and
 * its maps, found again by anyone through their pins. Interfaces are those of this thread's network namespace.
 * All functions are safe against each other in other processes.
 */
#ifndef FOSR_XDP_GUARD_H
#define FOSR_XDP_GUARD_H

#include <fosr/abi.h>

#include "xdp/device.h"

struct fosr_guard_attached {
	bool already; /* it was attached before: nothing was changed */
	bool replaced; /* another program was taken off for it */
	__u32 ifindex;
	__u32 prog_id;
	enum fosr_xdp_mode mode; /* native or generic */
	char note[256]; /* why generic, or what was replaced; "" if there is nothing to say */
};

/*
 * Loads, attaches and pins the guard. Already attached is a success that says so (and -EEXIST if a certain other mode
 * is asked for). Errors, with what to do in e: -ENODEV no such interface, -ENOENT no bpffs, -EPERM no rights, -EBUSY
 * another XDP program is there and !replace, -EOPNOTSUPP and others as the kernel refuses. After an error nothing is
 * pinned, and another program is still there, or back there if it was not attached by a link.
 */
int fosr_guard_attach(const char *ifname, enum fosr_xdp_mode mode, bool replace, struct fosr_guard_attached *result,
	struct fosr_err *e);

/* Takes the guard off and unpins all; its campaigns and counters are gone. *was: whether there was one. */
int fosr_guard_detach(const char *ifname, bool *was, struct fosr_err *e);

#define FOSR_GUARD_CAMPAIGNS 64 /* campaigns that a status lists */

struct fosr_guard_status {
	char ifname[IFNAMSIZ];
	__u32 ifindex;
	bool attached;
	struct fosr_device_prog other; /* another program there (id 0: none); set whether attached or not */
	/* the rest is 0 unless attached */
	enum fosr_xdp_mode mode;
	__u32 prog_id;
	int sockets; /* AF_XDP sockets bound to the interface; -1: this kernel cannot list them */
	__u32 campaigns; /* known (campaign, key id) pairs, the first of which are listed */
	struct fosr_campaign_key campaign[FOSR_GUARD_CAMPAIGNS];
	__u64 count[FOSR_COUNTERS]; /* by enum fosr_count, summed over CPUs */
};

int fosr_guard_status(const char *ifname, struct fosr_guard_status *status, struct fosr_err *e);

/* "redirected", "bad_mac", ...: a counter's name in text and JSON; NULL for a slot not in use. */
const char *fosr_guard_count_name(enum fosr_count reason);

struct fosr_guard_ref {
	__u32 ifindex;
	char ifname[IFNAMSIZ];
};

/* Interfaces of this namespace with a guard, at most max of them; returns how many there are, or -errno. Sweeps stale
 * pins first. */
int fosr_guard_list(struct fosr_guard_ref *refs, int max, struct fosr_err *e);

/* Teaches the guard a campaign's key; one it knows already gets the new secret. -ENOENT: not attached, -E2BIG: full. */
int fosr_guard_add_campaign(
	const char *ifname, __u32 campaign, __u8 key_id, const struct fosr_secret *secret, struct fosr_err *e);

/* Forgets it; one it does not know is no error. */
int fosr_guard_del_campaign(const char *ifname, __u32 campaign, __u8 key_id, struct fosr_err *e);

/*
 * Good frames of a receive queue go to this bound AF_XDP socket from now on. When the socket is closed the kernel
 * empties the slot, and the guard drops again. -ENOENT: not attached, -ERANGE: queue beyond FOSR_QUEUES_MAX.
 */
int fosr_guard_set_xsk(const char *ifname, __u32 queue, int xsk_fd, struct fosr_err *e);

#endif

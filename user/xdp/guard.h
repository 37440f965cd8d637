/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The guard on an interface (xdp/attach.h), and its maps, found again by anyone through their pins. Interfaces are
 * those of this thread's network namespace. All functions are safe against each other in other processes.
 */
#ifndef FOSR_XDP_GUARD_H
#define FOSR_XDP_GUARD_H

#include <fosr/abi.h>

#include "xdp/attach.h"

/* By enum fosr_verdict; NULL ends it. */
extern const char *const fosr_verdict_name[];

struct fosr_guard_opts {
	enum fosr_xdp_mode mode;
	bool replace;
	bool shared; /* in libxdp's dispatcher, beside other programs */
	enum fosr_verdict verdict;
	const char *mirror; /* interface that FOSR_VERDICT_MIRROR sends to */
	/* What it knows from the start, with key id 0. */
	__u32 campaign;
	struct fosr_secret secret;
};

/* See fosr_attach(); -EEXIST as well when it is attached with another verdict. */
int fosr_guard_attach(
	const char *ifname, const struct fosr_guard_opts *o, struct fosr_attached *result, struct fosr_err *e);

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
	enum fosr_verdict verdict;
	char mirror[IFNAMSIZ]; /* of FOSR_VERDICT_MIRROR; "" when that interface is gone */
	__u32 prog_id;
	int shared; /* programs in the dispatcher it is one of; 0: alone, by a link of its own */
	int sockets; /* AF_XDP sockets bound to the interface; -1: this kernel cannot list them */
	__u32 campaigns; /* known (campaign, key id) pairs, the first of which are listed */
	struct fosr_campaign_key campaign[FOSR_GUARD_CAMPAIGNS];
	__u64 count[FOSR_COUNTERS]; /* by enum fosr_count, summed over CPUs */
};

int fosr_guard_status(const char *ifname, struct fosr_guard_status *status, struct fosr_err *e);

/* Of all counters, those that a guard has. */
#define FOSR_GUARD_COUNTS (FOSR_COUNT_BLINDED + 1)

/* The id of the guard's program on ifname, by its own link or in a dispatcher; 0: there is none. */
int fosr_guard_prog(const char *ifname, __u32 *prog_id, struct fosr_err *e);

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

/* Forgets one key; one it does not know is no error. */
int fosr_guard_del_campaign(const char *ifname, __u32 campaign, __u8 key_id, struct fosr_err *e);

/* Forgets all keys of a campaign. */
int fosr_guard_forget(const char *ifname, __u32 campaign, struct fosr_err *e);

/*
 * Good frames of a receive queue go to this bound AF_XDP socket from now on. When the socket is closed the kernel
 * empties the slot, and the guard drops again. -ENOENT: not attached, -ERANGE: queue beyond FOSR_QUEUES_MAX.
 */
int fosr_guard_set_xsk(const char *ifname, __u32 queue, int xsk_fd, struct fosr_err *e);

/* How frames that go to a socket are to be prepared; stays until it is set again. *before: what was set until now. */
int fosr_guard_set(
	const char *ifname, const struct fosr_settings *settings, struct fosr_settings *before, struct fosr_err *e);

/* Of a guard whose pins are open. */
int fosr_guard_verdict(const struct fosr_pins *pins, enum fosr_verdict *verdict, __u32 *mirror);

#endif

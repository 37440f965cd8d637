/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An XDP program of ours on an interface: attached by a BPF link that is pinned (xdp/pins.h), so that it outlives every
 * process, with its maps, found again by anyone through their pins. Interfaces are those of this thread's network
 * namespace. All functions are safe against each other in other processes.
 */
#ifndef FOSR_XDP_ATTACH_H
#define FOSR_XDP_ATTACH_H

#include <fosr/abi.h>

#include "xdp/device.h"
#include "xdp/pins.h"

struct fosr_attached {
	bool already; /* it was attached before: nothing was changed */
	bool replaced; /* another program was taken off for it */
	__u32 ifindex;
	__u32 prog_id;
	enum fosr_xdp_mode mode; /* native or generic */
	char note[256]; /* why generic, what was replaced or shared; "" if there is nothing to say */
};

#define FOSR_ATTACH_MAPS 8

struct fosr_attach_program {
	int fd;
	struct {
		const char *name; /* of the pin */
		int fd;
	} map[FOSR_ATTACH_MAPS];
	size_t maps_n;
};

struct fosr_attach_ops {
	enum fosr_pins_kind kind;
	const char *what; /* "guard" */
	/* Loads the program; what out names stays good until unload(). */
	int (*load)(void *arg, struct fosr_attach_program *out, struct fosr_err *e);
	void (*unload)(void *arg);
	/* Optional: instead of load() and a link. Loads the program into the interface's dispatcher; *mode as for
	 * fosr_dispatch_attach(). After an error with *out filled in, the program is there and the caller takes it out.
	 */
	int (*share)(void *arg, const char *ifname, __u32 ifindex, enum fosr_xdp_mode *mode,
		struct fosr_attach_program *out, struct fosr_err *e);
	/* Optional: is what is attached already what is asked for? -EEXIST with what to do if not. */
	int (*same)(void *arg, const struct fosr_pins *pins, const char *ifname, struct fosr_err *e);
};

/*
 * By share() if there is one, which never replaces a program; else by load() and a link.
 * Already attached is a success that says so (and -EEXIST if another mode is asked for). Errors, with what to do in e:
 * -ENODEV no such interface, -ENOENT no bpffs, -EPERM no rights, -EBUSY another XDP program is there and !replace,
 * -EOPNOTSUPP and others as the kernel refuses. After an error nothing is pinned, and another program is still there,
 * or back there if it was not attached by a link.
 */
int fosr_attach(const struct fosr_attach_ops *ops, void *arg, const char *ifname, enum fosr_xdp_mode mode, bool replace,
	struct fosr_attached *result, struct fosr_err *e);

/* Takes it off and unpins all that was pinned with it. *was: whether there was one. */
int fosr_detach(enum fosr_pins_kind kind, const char *ifname, bool *was, struct fosr_err *e);

/* The program pinned as one of a dispatcher's, and how many that has, 0 if it is in none; -ENOENT: none is pinned. */
int fosr_attach_shared_prog(const struct fosr_pins *pins, __u32 ifindex, __u32 *prog_id);

/* *attached, and if so its counters by enum fosr_count. */
int fosr_attached_counters(
	enum fosr_pins_kind kind, const char *ifname, bool *attached, __u64 count[FOSR_COUNTERS], struct fosr_err *e);

/* The error of a program that does not load: err, with libbpf's words and what to do. */
int fosr_attach_refused(const char *what, int err, struct fosr_err *e);

#endif

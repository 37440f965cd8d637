/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One program among several on an interface, by libxdp's dispatcher: an XDP program that calls the others, which are
 * extension programs, one after the other. libxdp makes the dispatcher anew when a program comes or goes, and pins it
 * and its links under /sys/fs/bpf/xdp: ours is known again by its id alone, never by a link. Interfaces are those of
 * this thread's network namespace.
 */
#ifndef FOSR_XDP_DISPATCH_H
#define FOSR_XDP_DISPATCH_H

#include <linux/types.h>

#include "xdp/device.h"

struct bpf_object;

/*
 * Loads obj, which is open but not loaded, with its program `name` as an extension, and adds that to the interface's
 * dispatcher, or to a new one where nothing runs. *mode: in, what is wanted; out, what it is. Errors: -EBUSY the
 * program there is no dispatcher, -EEXIST the dispatcher runs in another mode, -EOPNOTSUPP the kernel has no extension
 * programs; after them the interface is as before.
 */
int fosr_dispatch_attach(struct bpf_object *obj, const char *name, const char *ifname, __u32 ifindex,
	enum fosr_xdp_mode *mode, struct fosr_err *e);

/* How many programs the interface's dispatcher has if prog_id is one of them; 0 if not. */
int fosr_dispatch_with(__u32 ifindex, __u32 prog_id);

/* Takes it out; the others stay. One that is not there is no error. */
int fosr_dispatch_detach(const char *ifname, __u32 ifindex, __u32 prog_id, struct fosr_err *e);

#endif

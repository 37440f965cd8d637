/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The folder in which an interface's programs, links and maps are pinned, so that they outlive every process:
 *
 *	/sys/fs/bpf/fosr-xdp/net<namespace cookie>-if<index>/{link,prog,campaigns,counters,...}
 *	/sys/fs/bpf/fosr-xdp/net<namespace cookie>-if<index>-sensor/...	the same of other kinds
 *
 * Names hold no dots (bpffs reserves them), and not the interface's name, which can change. The link, or what
 * stands for it, is pinned last and removed first: a folder with one is complete, one without is a half-done attach
 *whose owner died.
 */
#ifndef FOSR_XDP_PINS_H
#define FOSR_XDP_PINS_H

#include "base/err.h"

#define FOSR_BPFFS "/sys/fs/bpf"
#define FOSR_PINS_ROOT FOSR_BPFFS "/fosr-xdp"

#define FOSR_PIN_LINK "link"
#define FOSR_PIN_PROG "prog"
#define FOSR_PIN_CAMPAIGNS "campaigns"
#define FOSR_PIN_COUNTERS "counters"
#define FOSR_PIN_XSKS "xsks"
#define FOSR_PIN_SETTINGS "settings"
#define FOSR_PIN_RODATA "rodata"
#define FOSR_PIN_FILTER "filter" /* of one without a link: the program of a tc filter */
#define FOSR_PIN_SHARED "shared" /* of one without a link: the program in a dispatcher (xdp/dispatch.h) */

/* What is pinned for an interface: one folder each. */
enum fosr_pins_kind {
	FOSR_PINS_GUARD,
	FOSR_PINS_SENSOR,
	FOSR_PINS_TAINT,
	FOSR_PINS_KINDS,
};

struct fosr_pins {
	char path[128];
	int lock; /* the folder, open and locked (flock) against other attaches and detaches; -1: none */
};

/* 0, or -ENOENT with what to do when no bpffs is mounted where the pins go. */
int fosr_pins_need_bpffs(struct fosr_err *e);

/* The cookie of this thread's network namespace. */
int fosr_pins_netns(__u64 *cookie, struct fosr_err *e);

/*
 * Opens and locks the folder of that kind for interface `ifindex` in this network namespace; waits while another
 * process holds it. -ENOENT without an error text if there is none and !create. Ends with fosr_pins_close().
 */
int fosr_pins_open(struct fosr_pins *p, enum fosr_pins_kind kind, __u32 ifindex, bool create, struct fosr_err *e);
void fosr_pins_close(struct fosr_pins *p);

/* A new descriptor for a pin, or -errno (-ENOENT: not pinned). */
int fosr_pins_get(const struct fosr_pins *p, const char *name);

bool fosr_pins_has(const struct fosr_pins *p, const char *name);

/* Pins fd under name, over what is there. */
int fosr_pins_put(const struct fosr_pins *p, const char *name, int fd, struct fosr_err *e);

/* Unpins everything, link first, and removes the folder, and the root if that was the last. Returns -errno of the first
 * failure, after having tried the rest. */
int fosr_pins_remove(struct fosr_pins *p, struct fosr_err *e);

/* Calls fn for each folder, until it returns non-zero, which is then the result. No root folder: 0. */
typedef int fosr_pins_fn(enum fosr_pins_kind kind, __u64 netns, __u32 ifindex, const char *path, void *arg);
int fosr_pins_each(fosr_pins_fn *fn, void *arg, struct fosr_err *e);

/*
 * Removes folders whose interface is gone (their link is attached to nothing) and half-done ones nobody is working on.
 * Folders that are locked, or not ours to open, stay. Returns how many were removed.
 */
int fosr_pins_sweep(void);

#endif

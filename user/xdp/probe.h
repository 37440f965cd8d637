/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What this kernel, these drivers and this process may do: found out by trying, never by comparing versions, and with
 * nothing left behind. Trying a device means attaching, for a moment, a program that passes everything; a device that
 * runs an XDP program already is not touched.
 */
#ifndef FOSR_XDP_PROBE_H
#define FOSR_XDP_PROBE_H

#include <net/if.h>

#include "base/types.h"

struct fosr_probe_row {
	const char *need; /* "AF_XDP socket" */
	char dev[IFNAMSIZ]; /* "" for the machine as a whole */
	bool ok;
	bool optional; /* without it there is a slower or poorer way */
	char detail[200]; /* what was found, or how the kernel refused */
	char todo[240]; /* what to do about a "no"; "" if ok */
};

typedef void fosr_probe_fn(const struct fosr_probe_row *row, void *arg);

/* The machine's rows, in order. */
void fosr_probe_machine(fosr_probe_fn *fn, void *arg);

/* The rows of one interface. */
void fosr_probe_device(const char *ifname, fosr_probe_fn *fn, void *arg);

#endif

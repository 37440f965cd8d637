/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a program of ours has counted, through its pins. */
#ifndef FOSR_XDP_COUNTERS_H
#define FOSR_XDP_COUNTERS_H

#include <fosr/abi.h>

#include "xdp/pins.h"

/* By enum fosr_count, added up over CPUs: sum has FOSR_COUNTERS numbers, 0 or more before. */
int fosr_counters_read(const struct fosr_pins *pins, __u64 *sum, struct fosr_err *e);

/* "redirected", "bad_mac", ...: a counter's name in text and JSON; NULL for a slot not in use. */
const char *fosr_count_name(enum fosr_count reason);

#endif

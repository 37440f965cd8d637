/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The value of --speed, of inject and of verify. */
#ifndef FOSR_CMD_SPEED_H
#define FOSR_CMD_SPEED_H

#include "base/types.h"

#define FOSR_SPEED_EXPECTED "expected a factor from 0.001 to 1000000, or max"

/* "2", "0.5": campaign time per wall time in 1/65536; "max": UINT64_MAX. 0 or -EINVAL. */
int fosr_speed_parse(const char *text, __u64 *q16);

#endif

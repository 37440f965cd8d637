// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmd/speed.h"

#include <stdlib.h>
#include <string.h>

#include "play/engine.h"
#include "campaign/verify.h"

_Static_assert(FOSR_ENGINE_MAX == FOSR_VERIFY_SPEED_MAX, "one --speed max for both");

int fosr_speed_parse(const char *text, __u64 *q16)
{
	char *end;
	double x;

	if (!strcmp(text, "max")) {
		*q16 = FOSR_ENGINE_MAX;
		return 0;
	}
	x = strtod(text, &end);
	if (*end || end == text || !(x >= 0.001 && x <= 1e6))
		return -EINVAL;
	*q16 = (__u64)(x * 65536 + 0.5);
	return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rule that a TZif file ends with: a TZ string of POSIX with the extensions of RFC 8536, 3.3.1. */
#ifndef FOSR_BASE_TZ_RULE_H
#define FOSR_BASE_TZ_RULE_H

#include "base/types.h"

struct fosr_tz_date {
	char form; /* M: day of the week in a month; J: day of the year, never 29 February; 0: day of the year from 0 */
	__u8 month, week; /* of M; week 5 is the last */
	__u16 day; /* of M: 0 is Sunday */
	__s32 time_s; /* local time of day, -167 h to 167 h */
};

struct fosr_tz_rule {
	__s32 offset_s[2]; /* local - UTC: standard, daylight saving */
	bool saving;
	struct fosr_tz_date date[2]; /* when saving begins, when it ends */
};

/* 0 or -EINVAL; text need not end with a NUL. */
int fosr_tz_rule_parse(struct fosr_tz_rule *r, const char *text, size_t len);

/* Unix time of the change in that year: to saving (which 0), or back (1). */
__s64 fosr_tz_rule_change(const struct fosr_tz_rule *r, int year, int which);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Durations and instants as unsigned nanoseconds, to and from text, without libc's time zone or locale functions.
 *
 * Duration: one or more "number unit", spaces allowed anywhere between: 10s, 500ms, "2days 3h", 1h30m, 1.5h. The units
 * are ns us µs ms s m h d w and their words (sec, min, hour, day, week...). Only "0" may stand without a unit.
 * Instant: RFC 3339 (2025-05-01T10:28:07.5+02:00, a space for the T allowed), the same without an offset, taken as UTC,
 * a date alone (midnight UTC), or Unix seconds with up to nine decimals. From 1970 to 2554.
 */
#ifndef FOSR_BASE_TIME_H
#define FOSR_BASE_TIME_H

#include "base/types.h"

#define FOSR_TIME_TEXT 48 /* room for what either format function writes */

/* 0, -EINVAL when the text is none, or -ERANGE when it does not fit; *ns is written only on 0. */
int fosr_duration_parse(const char *text, __u64 *ns);
int fosr_time_parse(const char *text, __u64 *ns);

/* "1h30m", "1s500ms", "0s": exact, and read back by fosr_duration_parse(). Returns buf. */
char *fosr_duration_format(char buf[FOSR_TIME_TEXT], __u64 ns);

/* RFC 3339 in UTC with 0, 3, 6 or 9 decimals, as few as are exact. Returns buf. */
char *fosr_time_format(char buf[FOSR_TIME_TEXT], __u64 ns);

/* Days from 1970-01-01 to a date of the proleptic Gregorian calendar (Hinnant, chrono-compatible date algorithms). */
__s64 fosr_days_from_civil(int y, int m, int d);

/* CLOCK_MONOTONIC and CLOCK_REALTIME in nanoseconds. */
__u64 fosr_now_mono(void);
__u64 fosr_now_real(void);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Time zones by IANA name, read from the system's zoneinfo (TZif, RFC 8536; versions 1 to 4 with the rule at the end)
 * without libc's time zone, which is the whole process's. A zone becomes a list of changes over a span of time, so that
 * all that depends on the machine's zoneinfo is in plain sight.
 */
#ifndef FOSR_BASE_TZ_H
#define FOSR_BASE_TZ_H

#include "base/err.h"
#include "base/types.h"
#include "base/vec.h"

#define FOSR_TZ_NAME 64 /* with its NUL */
#define FOSR_TZ_FILE_MAX 65536
#define FOSR_TZ_END_NS (UINT64_MAX / 2) /* the year 2262, where campaigns end */

/* From `from_ns` (Unix time) on, until the next, local time is UTC + offset_s. */
struct fosr_tz_change {
	__u64 from_ns;
	__s32 offset_s;
};

struct fosr_tz {
	char name[FOSR_TZ_NAME];
	FOSR_VEC(struct fosr_tz_change)
	changes; /* in order; the first is where the span begins; each one changes something */
};

/*
 * The zone `name` (Area/City) from from_ns to to_ns, from_ns <= to_ns <= FOSR_TZ_END_NS. *out is NULL for "UTC", which
 * needs no file. The files are in $TZDIR, else in /usr/share/zoneinfo. 0, -EINVAL for what is no name or no TZif file,
 * -ENOENT for an unknown zone (with the nearest one that there is) or when there is no zoneinfo, or -ENOMEM.
 */
int fosr_tz_open(const char *name, __u64 from_ns, __u64 to_ns, struct fosr_tz **out, struct fosr_err *err);

/* The same from the bytes of a TZif file. */
int fosr_tz_parse(const void *buf, size_t len, const char *name, __u64 from_ns, __u64 to_ns, struct fosr_tz **out,
	struct fosr_err *err);

void fosr_tz_free(struct fosr_tz *tz);

/* Local time - UTC at an instant; 0 for NULL. Before the span: as at its beginning. */
__s64 fosr_tz_offset_ns(const struct fosr_tz *tz, __u64 ns);

/* Local time as if it were Unix time. In the first hours of 1970, where that may be negative, it is a week later. */
static inline __u64 fosr_local_ns(__u64 ns, __s64 offset_ns)
{
	if (offset_ns < 0 && ns < (__u64)-offset_ns)
		ns += 7 * 86400 * FOSR_NS_PER_S;
	return ns + (__u64)offset_ns;
}

#endif

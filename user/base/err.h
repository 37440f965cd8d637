/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How the library reports: a function returns 0 or -errno and leaves one sentence in a struct fosr_err, which says
 * what was read, where, which limit was crossed, and what to do. The library never prints and never exits.
 */
#ifndef FOSR_BASE_ERR_H
#define FOSR_BASE_ERR_H

#include "base/types.h"

struct fosr_err {
	int code; /* 0 or -errno */
	char text[480]; /* one line, no newline at its end */
};

/* Fills e (which may be NULL) and returns code, so that a caller can write: return fosr_err(e, -EINVAL, "..."). */
int fosr_err(struct fosr_err *e, int code, const char *fmt, ...) FOSR_PRINTF(3, 4);

/* Puts "prefix: " in front of what e holds, for a caller that knows more (a file's name, say). Returns e->code. */
int fosr_err_prefix(struct fosr_err *e, const char *fmt, ...) FOSR_PRINTF(2, 3);

#endif

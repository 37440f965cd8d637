/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * TAP for C tests: ok(condition, "what must hold"); skip_all("why"); at the end return done(). Exit status 0 pass,
 * 1 fail, 4 skipped, as kernel selftests have it.
 */
#ifndef SELFTESTS_TAP_H
#define SELFTESTS_TAP_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static unsigned int tap_run, tap_bad;

#define ok(cond, ...) tap_ok(!!(cond), __FILE__, __LINE__, __VA_ARGS__)

static inline int __attribute__((format(printf, 4, 5)))
tap_ok(int good, const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	tap_run++;
	tap_bad += !good;
	printf("%sok %u - ", good ? "" : "not ", tap_run);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	if (!good)
		printf("# %s:%d\n", file, line);
	fflush(stdout);
	return good;
}

static inline void skip_all(const char *why)
{
	printf("1..0 # SKIP %s\n", why);
	exit(4);
}

static inline int done(void)
{
	printf("1..%u\n", tap_run);
	return tap_bad || !tap_run;
}

#endif

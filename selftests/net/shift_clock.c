// SPDX-License-Identifier: GPL-3.0-or-later
/* For LD_PRELOAD: this process's time of day is off by $SHIFT_CLOCK_NS. Namespaces cannot do that. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

int clock_gettime(clockid_t clock, struct timespec *ts)
{
	static int (*real)(clockid_t, struct timespec *);
	const char *by = getenv("SHIFT_CLOCK_NS");
	long long ns;
	int ret;

	if (!real)
		real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
	ret = real(clock, ts);
	if (ret || clock != CLOCK_REALTIME || !by)
		return ret;
	ns = ts->tv_sec * 1000000000LL + ts->tv_nsec + atoll(by);
	ts->tv_sec = ns / 1000000000;
	ts->tv_nsec = ns % 1000000000;
	return 0;
}

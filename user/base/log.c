// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

#define LINE 480

static void tell(void (*to)(void *arg, const char *text), void *arg, const char *fmt, va_list ap)
{
	char text[LINE];

	vsnprintf(text, sizeof(text), fmt, ap);
	to(arg, text);
}

void fosr_log_warn(const struct fosr_log *log, const char *fmt, ...)
{
	va_list ap;

	if (!log || !log->warn)
		return;
	va_start(ap, fmt);
	tell(log->warn, log->arg, fmt, ap);
	va_end(ap);
}

void fosr_log_note(const struct fosr_log *log, const char *fmt, ...)
{
	va_list ap;

	if (!log || !log->note)
		return;
	va_start(ap, fmt);
	tell(log->note, log->arg, fmt, ap);
	va_end(ap);
}

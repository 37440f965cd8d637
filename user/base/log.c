// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

void fosr_log_warn(const struct fosr_log *log, const char *fmt, ...)
{
	char text[480];
	va_list ap;

	if (!log || !log->warn)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log->warn(log->arg, text);
}

void fosr_log_note(const struct fosr_log *log, const char *fmt, ...)
{
	char text[480];
	va_list ap;

	if (!log || !log->note)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log->note(log->arg, text);
}

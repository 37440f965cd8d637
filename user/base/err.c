// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int fosr_err(struct fosr_err *e, int code, const char *fmt, ...)
{
	va_list ap;

	if (!e)
		return code;
	e->code = code;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	return code;
}

int fosr_err_prefix(struct fosr_err *e, const char *fmt, ...)
{
	char tail[sizeof(e->text)];
	va_list ap;
	int n;

	if (!e)
		return 0;
	memcpy(tail, e->text, sizeof(tail));
	va_start(ap, fmt);
	n = vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	/* What does not fit is left out. */
	if (n >= 0 && (size_t)n < sizeof(e->text) && snprintf(e->text + n, sizeof(e->text) - n, ": %s", tail) < 0)
		e->text[n] = 0;
	return e->code;
}

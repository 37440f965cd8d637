// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>

void fosr_buf_add(struct fosr_buf *b, const char *text, size_t len)
{
	if (b->oom || fosr_vec_reserve(&b->text, b->text.n + len + 1)) {
		b->oom = true;
		return;
	}
	if (len)
		memcpy(b->text.v + b->text.n, text, len);
	b->text.n += len;
	b->text.v[b->text.n] = '\0';
}

void fosr_buf_put(struct fosr_buf *b, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || b->oom || fosr_vec_reserve(&b->text, b->text.n + (size_t)n + 1)) {
		b->oom = true;
	} else {
		vsnprintf(b->text.v + b->text.n, (size_t)n + 1, fmt, again);
		b->text.n += (size_t)n;
	}
	va_end(again);
}

void fosr_buf_free(struct fosr_buf *b)
{
	fosr_vec_free(&b->text);
}

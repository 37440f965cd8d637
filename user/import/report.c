// SPDX-License-Identifier: GPL-3.0-or-later
#include "import/report.h"

#include <stdarg.h>
#include <stdio.h>

const char *const fosr_report_word[FOSR_REPORT_KINDS] = {"kept", "repaired", "excluded", "unrepaired"};

void fosr_report_add(struct fosr_report *r, enum fosr_report_kind kind, const char *fmt, ...)
{
	struct fosr_report_line *l = fosr_vec_push(&r->line);
	va_list ap;

	if (!l) {
		r->oom = true;
		return;
	}
	l->kind = kind;
	va_start(ap, fmt);
	vsnprintf(l->text, sizeof(l->text), fmt, ap);
	va_end(ap);
}

void fosr_report_free(struct fosr_report *r)
{
	fosr_vec_free(&r->line);
}

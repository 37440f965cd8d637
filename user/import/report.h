/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an import did to what it read, line by line, for people and for the profile's metadata. */
#ifndef FOSR_IMPORT_REPORT_H
#define FOSR_IMPORT_REPORT_H

#include "base/types.h"
#include "base/vec.h"

enum fosr_report_kind {
	FOSR_KEPT, /* as it stands in the file */
	FOSR_REPAIRED, /* provably wrong there, and how it is now */
	FOSR_EXCLUDED, /* not in the profile */
	FOSR_UNREPAIRED, /* wrong there, and still so */
	FOSR_REPORT_KINDS,
};

extern const char *const fosr_report_word[FOSR_REPORT_KINDS];

struct fosr_report {
	FOSR_VEC(struct fosr_report_line {
		enum fosr_report_kind kind;
		char text[400];
	})
	line;
	bool oom; /* a line was lost */
};

void fosr_report_add(struct fosr_report *r, enum fosr_report_kind kind, const char *fmt, ...) FOSR_PRINTF(3, 4);
void fosr_report_free(struct fosr_report *r);

#endif

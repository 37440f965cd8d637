/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A directory of Fos-R's models as a profile of this program, with a report of what was repaired and left out. */
#ifndef FOSR_IMPORT_IMPORT_H
#define FOSR_IMPORT_IMPORT_H

#include "base/digest.h"
#include "base/err.h"
#include "import/report.h"

#define FOSR_IMPORT_MSS 1460 /* payload of a TCP segment or UDP datagram: 1500 bytes less headers */

struct fosr_import_opts {
	const char *dir;
	const char *name; /* what the profile is called */
	const char *fallback; /* profile that knows the packets of services that have no automaton here; NULL: none */
	bool keep_payloads;
	bool network; /* make a network file, too */
};

struct fosr_import_result {
	void *buf; /* the profile's bytes, malloc'ed */
	size_t len;
	char *network; /* the network file's text, malloc'ed; NULL when not asked for */
	__u8 digest[FOSR_DIGEST_LEN]; /* of the profile */
	size_t services, files;
	double per_day; /* flows */
	double excluded; /* share of the model's flows whose service is not in the profile */
	struct fosr_report report;
};

/* 0, or -errno; what is in the result must be freed also then. */
int fosr_import(const struct fosr_import_opts *o, struct fosr_import_result *result, struct fosr_err *err);
void fosr_import_free(struct fosr_import_result *result);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Captures to a table of flows, a row each when it ends. The columns are listed in Documentation/commands.rst. */
#ifndef FOSR_INGEST_FLOWTABLE_H
#define FOSR_INGEST_FLOWTABLE_H

#include "base/log.h"
#include "ingest/ingest.h"

struct fosr_flowtable_opts {
	const char *const *captures;
	size_t n;
	const char *outfile; /* JSON lines if it ends in .jsonl, else CSV; "-" is standard output */
	const struct fosr_log *log;
	void (*progress)(void *arg, size_t file, __u64 done, __u64 total); /* bytes of that file; or NULL */
	void *arg;
};

/* Memory grows with the flows alive at once, not with packets. The table is there whole, or (after an error) not at
 * all. The sum of its packets is stats->fate[FOSR_PKT_KEPT], the number of its rows stats->flows_kept. */
int fosr_flowtable(const struct fosr_flowtable_opts *o, struct fosr_ingest_stats *stats, struct fosr_err *err);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Ground truth: one row per flow, when it has ended; CSV (RFC 4180), or JSON lines when the name ends in .jsonl. The
 * columns are listed in Documentation/commands.rst.
 */
#ifndef FOSR_CAMPAIGN_FLOWLOG_H
#define FOSR_CAMPAIGN_FLOWLOG_H

#include "campaign/plan.h"
#include "sink/rows.h"

struct fosr_flowlog;

int fosr_flowlog_open(struct fosr_flowlog **out, const char *path, const struct fosr_campaign *c,
	const struct fosr_log *log, struct fosr_err *err);
int fosr_flowlog_row(struct fosr_flowlog *l, const struct fosr_live_flow *live, struct fosr_err *err);

/* See sink/writer.h; l may be NULL. */
int fosr_flowlog_complete(struct fosr_flowlog *l, struct fosr_err *err);
int fosr_flowlog_finish(struct fosr_flowlog *l, struct fosr_err *err);
void fosr_flowlog_abort(struct fosr_flowlog *l);

#endif

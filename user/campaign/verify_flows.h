/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What became of each flow: a row when it is settled; CSV (RFC 4180), or JSON lines when the name ends in .jsonl. The
 * columns are listed in Documentation/commands.rst.
 */
#ifndef FOSR_CAMPAIGN_VERIFY_FLOWS_H
#define FOSR_CAMPAIGN_VERIFY_FLOWS_H

#include "campaign/expected.h"
#include "sink/writer.h"

struct fosr_verify_flows;

int fosr_verify_flows_open(
	struct fosr_verify_flows **out, const char *path, const struct fosr_log *log, struct fosr_err *err);

/* seen: packets of the flow at each of so many points. */
int fosr_verify_flows_row(struct fosr_verify_flows *l, const struct fosr_expected_flow *f, const __u32 *seen,
	__u32 points, struct fosr_err *err);

/* See sink/writer.h; l may be NULL. */
int fosr_verify_flows_finish(struct fosr_verify_flows *l, struct fosr_err *err);
void fosr_verify_flows_abort(struct fosr_verify_flows *l);

#endif

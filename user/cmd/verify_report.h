/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What verify found, in words and as JSON. */
#ifndef FOSR_CMD_VERIFY_REPORT_H
#define FOSR_CMD_VERIFY_REPORT_H

#include "campaign/verify.h"
#include "cli/ctx.h"

void fosr_verify_report(struct fosr_ctx *ctx, const struct fosr_campaign *c, const struct fosr_verify_opts *o,
	const struct fosr_verify_result *r);

#endif

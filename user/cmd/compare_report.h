/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `compare` says, in words and in JSON. */
#ifndef FOSR_CMD_COMPARE_REPORT_H
#define FOSR_CMD_COMPARE_REPORT_H

#include "cli/ctx.h"
#include "cli/opt.h"
#include "fidelity/told.h"

/* u: NULL without forests. The tables of the total and of the services that are named, a line for each service, and all
 * of it as JSON. */
void fosr_compare_report(const struct fosr_compare *c, const struct fosr_compare_opts *o, const struct fosr_utility *u,
	const struct fosr_strs *services, struct fosr_ctx *ctx);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of the command network; each tells its results itself and leaves errors in ctx->err. */
#ifndef FOSR_CMD_NETWORK_H
#define FOSR_CMD_NETWORK_H

#include "cli/ctx.h"
#include "cli/opt.h"

struct fosr_network_args {
	const char *profile, *dot, *svg; /* check */
	const char *outfile; /* fill, from-profile */
	struct fosr_strs devs; /* fill */
	__u64 hosts, seed, subnets; /* from-profile */
	bool ip6;
};

int fosr_network_check(const struct fosr_network_args *a, const char *file, struct fosr_ctx *ctx);
int fosr_network_fill(const struct fosr_network_args *a, const char *file, struct fosr_ctx *ctx);
int fosr_network_from_profile(const struct fosr_network_args *a, const char *profile, struct fosr_ctx *ctx);

#endif

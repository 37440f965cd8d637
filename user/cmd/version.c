// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmd/table.h"
#include "cmd/version.h"

#include "cli/out.h"

static int run(void *args, int argc, char **operands, struct fosr_ctx *ctx)
{
	json_object_set_new(ctx->json, "version", json_string(FOSR_VERSION));
	fosr_out(ctx, "fosr-xdp %s\n", FOSR_VERSION);
	return 0;
}

const struct fosr_cmd fosr_cmd_version = {
	.name = "version",
	.synopsis = "",
	.summary = "print the program's version",
	.run = run,
};

// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmd/table.h"

#include <stdlib.h>

#include "cmd/program.h"
#include "xdp/guard.h"

struct args {
	bool all;
};

static const struct fosr_opt rows[] = {
	{0, "all", FOSR_OPT_FLAG, .offset = offsetof(struct args, all),
		.help = "every interface of this network namespace that has the guard"},
	{0},
};

static const struct fosr_opt_group groups[] = {{"Options", rows, 0}, {0}};

static int detach_one(void *arg, const char *dev, json_t *j, struct fosr_ctx *ctx, struct fosr_err *err)
{
	bool was;
	int ret = fosr_guard_detach(dev, &was, err);

	if (!ret)
		fosr_program_detached(ctx, j, dev, was);
	return ret;
}

static int detach_all(struct fosr_ctx *ctx)
{
	int room = fosr_guard_list(NULL, 0, &ctx->err), n, ret = 0;
	struct fosr_guard_ref *refs;
	char **devs;

	if (room < 0)
		return room;
	refs = calloc((size_t)room + 1, sizeof(*refs));
	devs = calloc((size_t)room + 1, sizeof(*devs));
	n = refs && devs ? fosr_guard_list(refs, room, &ctx->err)
			 : fosr_err(&ctx->err, -ENOMEM, "no memory for a list of %d interfaces", room);
	n = n < room ? n : room; /* one attached in between is not ours to take off */
	for (int i = 0; i < n; i++)
		devs[i] = refs[i].ifname;
	if (!n)
		fosr_out(ctx, "no interface of this network namespace has the guard\n");
	ret = n < 0 ? n : fosr_program_each(detach_one, NULL, n, devs, ctx);
	free(refs);
	free(devs);
	return ret;
}

static int run(void *args, int argc, char **operands, struct fosr_ctx *ctx)
{
	const struct args *a = args;

	if (a->all != !argc)
		return fosr_usage(ctx,
			a->all ? "--all and names of interfaces exclude each other"
			       : "name an interface, or give --all");
	return a->all ? detach_all(ctx) : fosr_program_each(detach_one, NULL, argc, operands, ctx);
}

const struct fosr_cmd fosr_cmd_detach = {
	.name = "detach",
	.synopsis = "DEV... | --all",
	.summary = "take the guard off: the kernel sees generated traffic again",
	.details = "Detaching what is not attached changes nothing, and is no error. The guard's counters and the "
		   "campaigns it knew are gone with it.",
	.groups = groups,
	.args_size = sizeof(struct args),
	.max_operands = -1,
	.needs = FOSR_NEED_ROOT,
	.needs_why = "to take the guard off",
	.run = run,
};

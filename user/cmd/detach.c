// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmd/table.h"

#include <stdlib.h>

#include "cli/out.h"
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

static int detach_one(const char *dev, json_t *list, struct fosr_ctx *ctx)
{
	struct fosr_err err = {0};
	json_t *j = json_object();
	bool was;

	json_array_append_new(list, j);
	json_object_set_new(j, "interface", fosr_json_text(dev));
	if (fosr_guard_detach(dev, &was, &err)) {
		json_object_set_new(j, "result", json_string("failed"));
		json_object_set_new(j, "error", fosr_json_text(err.text));
		fosr_fail_message(ctx, err.text);
		return 1;
	}
	json_object_set_new(j, "result", json_string(was ? "detached" : "not attached"));
	fosr_out(ctx, "%s: %s\n", dev, was ? "detached" : "was not attached; nothing was changed");
	return 0;
}

static int detach_all(json_t *list, struct fosr_ctx *ctx)
{
	int room = fosr_guard_list(NULL, 0, &ctx->err), n, failed = 0;
	struct fosr_guard_ref *refs;

	if (room < 0)
		return room;
	refs = calloc((size_t)room + 1, sizeof(*refs));
	if (!refs)
		return fosr_err(&ctx->err, -ENOMEM, "no memory for a list of %d interfaces", room);
	n = fosr_guard_list(refs, room, &ctx->err);
	if (n < 0) {
		free(refs);
		return n;
	}
	n = n < room ? n : room; /* one attached in between is not ours to take off */
	for (int i = 0; i < n; i++)
		failed += detach_one(refs[i].ifname, list, ctx);
	free(refs);
	if (!n)
		fosr_out(ctx, "no interface of this network namespace has the guard\n");
	return failed ? FOSR_EXIT_NO : 0;
}

static int run(void *args, int argc, char **operands, struct fosr_ctx *ctx)
{
	const struct args *a = args;
	json_t *list = json_array();
	int failed = 0;

	json_object_set_new(ctx->json, "interfaces", list);
	if (a->all != !argc)
		return fosr_usage(ctx,
			a->all ? "--all and names of interfaces exclude each other"
			       : "name an interface, or give --all");
	if (a->all)
		return detach_all(list, ctx);
	for (int i = 0; i < argc; i++)
		failed += detach_one(operands[i], list, ctx);
	return failed ? FOSR_EXIT_NO : 0;
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

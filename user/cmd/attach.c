// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmd/table.h"

#include <string.h>

#include "campaign/secret.h"
#include "cmd/program.h"
#include "xdp/guard.h"

struct args {
	const char *verdict, *secret_file;
	unsigned int mode; /* enum fosr_xdp_mode */
	bool replace, dispatcher;
};

static const struct fosr_opt rows[] = {
	{0, "verdict", FOSR_OPT_STRING, .offset = offsetof(struct args, verdict), .metavar = "drop|mirror=DEV|blind",
		.help = "what happens to a generated frame that no injector on this host takes: it is dropped, sent out of "
			"DEV, where a capture listens, or passed with a MAC address that is nobody's (default: drop)"},
	{0, "mode", FOSR_OPT_CHOICE, .offset = offsetof(struct args, mode), .choices = fosr_xdp_mode_names,
		.help = "where the program runs: in the driver (native), in the stack (generic), or the first that "
			"works (default: auto)"},
	{0, "replace", FOSR_OPT_FLAG, .offset = offsetof(struct args, replace),
		.help = "take off another XDP program that is attached there"},
	{0, "dispatcher", FOSR_OPT_FLAG, .offset = offsetof(struct args, dispatcher),
		.help = "share the interface with other XDP programs, by libxdp's dispatcher"},
	{0, "secret-file", FOSR_OPT_STRING, .offset = offsetof(struct args, secret_file), .metavar = "FILE",
		.help = "what `taint` tags with this secret is known as well; campaigns bring their own keys"},
	{0},
};

static const struct fosr_opt_group groups[] = {{"Options", rows, 0}, {0}};

static int verdict_parse(const char *text, struct fosr_guard_opts *o)
{
	if (!text || !strcmp(text, "drop"))
		return 0;
	if (!strcmp(text, "blind")) {
		o->verdict = FOSR_VERDICT_BLIND;
		return 0;
	}
	if (strncmp(text, "mirror=", 7) || !text[7])
		return -EINVAL;
	o->verdict = FOSR_VERDICT_MIRROR;
	o->mirror = text + 7;
	return 0;
}

static int attach_one(void *arg, const char *dev, json_t *j, struct fosr_ctx *ctx, struct fosr_err *err)
{
	struct fosr_attached result;
	int ret = fosr_guard_attach(dev, arg, &result, err);

	if (!ret)
		fosr_program_attached(ctx, j, dev, &result);
	return ret;
}

static int run(void *args, int argc, char **operands, struct fosr_ctx *ctx)
{
	const struct args *a = args;
	struct fosr_guard_opts o = {
		.mode = (enum fosr_xdp_mode)a->mode, .replace = a->replace, .shared = a->dispatcher};
	struct fosr_common common;
	int ret;

	if (verdict_parse(a->verdict, &o))
		return fosr_usage(ctx, "--verdict %s: expected drop, mirror=DEV or blind", a->verdict);
	if (o.shared && o.replace)
		return fosr_usage(
			ctx, "--dispatcher leaves other programs where they are: give it or --replace, not both");
	ret = fosr_common_open(&common, a->secret_file, &ctx->err);
	if (ret)
		return ret;
	o.campaign = common.id;
	o.secret = common.secret;
	return fosr_program_each(attach_one, &o, argc, operands, ctx);
}

const struct fosr_cmd fosr_cmd_attach = {
	.name = "attach",
	.synopsis = "DEV... [options]",
	.summary = "hide generated traffic from the kernel behind an interface",
	.details =
		"Puts the guard on each DEV: an XDP program that lets no tagged frame reach the kernel and everything "
		"else pass untouched. It is pinned under /sys/fs/bpf/fosr-xdp and stays until `fosr-xdp detach`, "
		"whatever becomes of any process. Attaching where it is attached already changes nothing.\n\n"
		"Example: fosr-xdp attach eth0",
	.groups = groups,
	.args_size = sizeof(struct args),
	.min_operands = 1,
	.max_operands = -1,
	.needs = FOSR_NEED_ROOT,
	.needs_why = "to load the guard",
	.run = run,
};

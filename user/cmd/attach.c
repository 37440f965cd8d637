// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmd/table.h"

#include <string.h>

#include "cli/out.h"
#include "xdp/guard.h"

struct args {
	const char *verdict;
	unsigned int mode; /* enum fosr_xdp_mode */
	bool replace;
};

static const char *const modes[] = {
	[FOSR_XDP_AUTO] = "auto", [FOSR_XDP_NATIVE] = "native", [FOSR_XDP_GENERIC] = "generic", NULL};

static const struct fosr_opt rows[] = {
	{0, "verdict", FOSR_OPT_STRING, .offset = offsetof(struct args, verdict), .metavar = "drop|mirror=DEV|blind",
		.help = "what happens to a generated frame that no injector on this host takes: it is dropped, sent out of "
			"DEV, where a capture listens, or passed with a MAC address that is nobody's (default: drop)"},
	{0, "mode", FOSR_OPT_CHOICE, .offset = offsetof(struct args, mode), .choices = modes,
		.help = "where the program runs: in the driver (native), in the stack (generic), or the first that "
			"works (default: auto)"},
	{0, "replace", FOSR_OPT_FLAG, .offset = offsetof(struct args, replace),
		.help = "take off another XDP program that is attached there"},
	{0},
};

static const struct fosr_opt_group groups[] = {{"Options", rows, 0}, {0}};

static void tell(struct fosr_ctx *ctx, json_t *j, const char *dev, const struct fosr_attached *r)
{
	const char *mode = fosr_xdp_mode_name(r->mode);

	json_object_set_new(j, "result", json_string(r->already ? "already attached" : "attached"));
	json_object_set_new(j, "mode", json_string(mode));
	json_object_set_new(j, "program", json_integer(r->prog_id));
	json_object_set_new(j, "replaced", json_boolean(r->replaced));
	if (*r->note)
		json_object_set_new(j, "note", fosr_json_text(r->note));
	if (r->already)
		fosr_out(
			ctx, "%s: already attached, %s mode, program %u; nothing was changed\n", dev, mode, r->prog_id);
	else
		fosr_out(ctx, "%s: attached, %s mode, program %u%s%s\n", dev, mode, r->prog_id, *r->note ? "; " : "",
			r->note);
}

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

static int run(void *args, int argc, char **operands, struct fosr_ctx *ctx)
{
	const struct args *a = args;
	struct fosr_guard_opts o = {.mode = (enum fosr_xdp_mode)a->mode, .replace = a->replace};
	json_t *list;
	int failed = 0;

	if (verdict_parse(a->verdict, &o))
		return fosr_usage(ctx, "--verdict %s: expected drop, mirror=DEV or blind", a->verdict);
	list = json_array();
	json_object_set_new(ctx->json, "interfaces", list);
	for (int i = 0; i < argc; i++) {
		struct fosr_attached result;
		struct fosr_err err = {0};
		json_t *j = json_object();

		json_array_append_new(list, j);
		json_object_set_new(j, "interface", fosr_json_text(operands[i]));
		if (!fosr_guard_attach(operands[i], &o, &result, &err)) {
			tell(ctx, j, operands[i], &result);
			continue;
		}
		failed++;
		json_object_set_new(j, "result", json_string("failed"));
		json_object_set_new(j, "error", fosr_json_text(err.text));
		fosr_fail_message(ctx, err.text);
	}
	return failed ? FOSR_EXIT_NO : 0;
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

// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmd/table.h"

#include "cli/out.h"
#include "xdp/probe.h"

struct probe {
	struct fosr_ctx *ctx;
	json_t *rows;
	int lacking; /* needs without a way around */
};

static void tell_row(const struct fosr_probe_row *row, void *arg)
{
	struct probe *p = arg;
	struct fosr_ctx *ctx = p->ctx;
	const char *word = row->ok ? "yes" : row->optional ? "no" : "NO";
	const char *color = row->ok ? FOSR_SGR_GREEN : row->optional ? FOSR_SGR_YELLOW : FOSR_SGR_RED;
	char need[64];
	json_t *j = json_object();

	json_object_set_new(j, "need", json_string(row->need));
	json_object_set_new(j, "interface", *row->dev ? fosr_json_text(row->dev) : json_null());
	json_object_set_new(j, "ok", json_boolean(row->ok));
	json_object_set_new(j, "optional", json_boolean(row->optional));
	json_object_set_new(j, "detail", fosr_json_text(row->detail));
	json_object_set_new(j, "todo", fosr_json_text(row->todo));
	json_array_append_new(p->rows, j);
	p->lacking += !row->ok && !row->optional;
	snprintf(need, sizeof(need), "%s%s%s", row->dev, *row->dev ? ": " : "", row->need);
	fosr_out(ctx, "%s%-3s%s  %-28s %s\n", fosr_sgr(ctx, color), word, fosr_sgr(ctx, FOSR_SGR_RESET), need,
		row->detail);
	if (!row->ok && *row->todo)
		fosr_out(ctx, "     %-28s -> %s\n", "", row->todo);
}

static int run(void *args, int argc, char **operands, struct fosr_ctx *ctx)
{
	struct probe p = {.ctx = ctx, .rows = json_array()};

	json_object_set_new(ctx->json, "rows", p.rows);
	fosr_probe_machine(tell_row, &p);
	for (int i = 0; i < argc; i++)
		fosr_probe_device(operands[i], tell_row, &p);
	json_object_set_new(ctx->json, "ready", json_boolean(!p.lacking));
	fosr_out(ctx, "%s\n", p.lacking ? "not ready: see NO above" : "ready");
	return p.lacking ? FOSR_EXIT_NO : 0;
}

const struct fosr_cmd fosr_cmd_probe = {
	.name = "probe",
	.synopsis = "[DEV...]",
	.summary = "find out what this kernel, these drivers and this process may do",
	.details =
		"Each line is one need, tried rather than looked up, with what to do about a \"no\". A NO in capitals "
		"stands in the way; a no in small letters has a way around it. Naming a DEV attaches a program that "
		"passes everything to it, for a moment, unless it runs a program already.",
	.max_operands = -1,
	.run = run,
};

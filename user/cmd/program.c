// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmd/program.h"

#include <string.h>

#include "xdp/counters.h"

void fosr_program_attached(struct fosr_ctx *ctx, json_t *j, const char *dev, const struct fosr_attached *r)
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

void fosr_program_detached(struct fosr_ctx *ctx, json_t *j, const char *dev, bool was)
{
	json_object_set_new(j, "result", json_string(was ? "detached" : "not attached"));
	fosr_out(ctx, "%s: %s\n", dev, was ? "detached" : "was not attached; nothing was changed");
}

int fosr_program_status(struct fosr_ctx *ctx, json_t *j, const char *dev, bool attached, const __u64 *count,
	const enum fosr_count *list, size_t n)
{
	json_t *counters = json_object();

	json_object_set_new(j, "attached", json_boolean(attached));
	json_object_set_new(j, "counters", counters);
	fosr_out(ctx, "%s: %s", dev, attached ? "attached; frames:" : "not attached");
	for (size_t i = 0; i < n && attached; i++) {
		fosr_out(ctx, " %s %llu", fosr_count_name(list[i]), count[list[i]]);
		json_object_set_new(counters, fosr_count_name(list[i]), json_integer((json_int_t)count[list[i]]));
	}
	fosr_out(ctx, "\n");
	return attached ? 0 : FOSR_EXIT_NO;
}

int fosr_program_each(fosr_program_fn *fn, void *arg, int argc, char **devs, struct fosr_ctx *ctx)
{
	json_t *list = json_array();
	int failed = 0;

	json_object_set_new(ctx->json, "interfaces", list);
	for (int i = 0; i < argc; i++) {
		struct fosr_err err = {0};
		json_t *j = json_object();
		int ret;

		json_array_append_new(list, j);
		json_object_set_new(j, "interface", fosr_json_text(devs[i]));
		ret = fn(arg, devs[i], j, ctx, &err);
		failed += ret != 0;
		if (ret >= 0)
			continue;
		json_object_set_new(j, "result", json_string("failed"));
		json_object_set_new(j, "error", fosr_json_text(err.text));
		fosr_fail_message(ctx, err.text);
	}
	return failed ? FOSR_EXIT_NO : 0;
}

int fosr_program_run(const struct fosr_program_verb *verbs, void *arg, int argc, char **operands, struct fosr_ctx *ctx)
{
	for (const struct fosr_program_verb *v = verbs; v->name; v++)
		if (!strcmp(v->name, operands[0]))
			return fosr_program_each(v->fn, arg, argc - 1, operands + 1, ctx);
	return fosr_usage(ctx, "%s: expected %s, %s or %s, then interfaces", operands[0], verbs[0].name, verbs[1].name,
		verbs[2].name);
}

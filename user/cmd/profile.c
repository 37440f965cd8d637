// SPDX-License-Identifier: GPL-3.0-or-later
#include "profile/profile.h"

#include <linux/in.h>
#include <string.h>

#include "cli/out.h"
#include "cmd/profile_score.h"
#include "cmd/table.h"
#include "profile/embedded.h"

static int open_one(int argc, char **operands, struct fosr_profile **p, struct fosr_ctx *ctx)
{
	if (argc != 2)
		return fosr_usage(ctx, "profile %s takes one PROFILE, a built-in name or a file", operands[0]);
	return fosr_profile_open(operands[1], p, &ctx->err);
}

static int run_list(int argc, char **operands, struct fosr_ctx *ctx)
{
	json_t *profiles = json_array(), *families = json_array();
	const struct fosr_embedded *e = fosr_embedded_profile(NULL);
	struct fosr_profile *p;
	struct fosr_table t;
	int ret = argc == 1 ? fosr_profile_open(NULL, &p, &ctx->err) : fosr_usage(ctx, "profile list takes no more");

	if (ret) {
		json_decref(profiles);
		json_decref(families);
		return ret;
	}
	fosr_out(ctx, "Built-in profiles:\n");
	fosr_table_init(&t, "name|>services|origin");
	fosr_table_cell(&t, "%s", e->name);
	fosr_table_cell(&t, "%zu", p->services.list.n);
	fosr_table_cell(&t, "%s", json_string_value(json_object_get(p->meta, "origin")));
	fosr_table_print(&t, ctx);
	json_array_append_new(profiles, json_string(e->name));
	fosr_profile_free(p);
	fosr_out(ctx, "\nModel families:\n");
	fosr_table_init(&t, "name|stage|what it is");
	for (size_t i = 0; fosr_model_family(i); i++)
		for (int stage = 0; stage < FOSR_MODEL_STAGES; stage++)
			if (fosr_model_family(i)->serves[stage]) {
				fosr_table_cell(&t, "%s", fosr_model_family(i)->name);
				fosr_table_cell(&t, "%s", fosr_model_stage_name[stage]);
				fosr_table_cell(&t, "%s", fosr_model_family(i)->help);
				json_array_append_new(families, json_string(fosr_model_family(i)->name));
			}
	fosr_table_print(&t, ctx);
	json_object_set_new(ctx->json, "profiles", profiles);
	json_object_set_new(ctx->json, "families", families);
	return 0;
}

/* Wrapped under their heading. */
static void print_services(const struct fosr_profile *p, struct fosr_ctx *ctx)
{
	int column = 0;

	for (size_t i = 0; i < p->services.list.n; i++) {
		const struct fosr_service *s = &p->services.list.v[i];
		int need = (int)strlen(s->name) + 5;

		if (!i || column + need > 100) {
			fosr_out(ctx, "%s%-9s", i ? "\n" : "", i ? "" : "services");
			column = 9;
		}
		fosr_out(ctx, " %s/%s", s->name, s->l4 == IPPROTO_UDP ? "udp" : "tcp");
		column += need;
	}
	fosr_out(ctx, "\n");
}

static int run_show(int argc, char **operands, struct fosr_ctx *ctx)
{
	static const char *const shown[] = {"origin", "learned.flows", "learned.packets", "learned.seconds"};
	char hex[FOSR_DIGEST_HEX], text[256];
	struct fosr_profile *p;
	int ret = open_one(argc, operands, &p, ctx);

	if (ret)
		return ret;
	fosr_out(ctx, "profile   %s (%s)\ndigest    %s\n", p->name, p->origin, fosr_digest_hex(p->digest, hex));
	for (size_t i = 0; i < FOSR_ARRAY_SIZE(shown); i++) {
		const char *value = json_string_value(json_object_get(p->meta, shown[i]));

		if (value)
			fosr_out(ctx, "%-9s %s\n", strchr(shown[i], '.') ? strchr(shown[i], '.') + 1 : shown[i],
				fosr_text_clean(text, sizeof(text), value));
	}
	for (int stage = 0; stage < FOSR_MODEL_STAGES; stage++) {
		text[0] = 0;
		p->model[stage].ops->describe(&p->model[stage], text, sizeof(text));
		fosr_out(ctx, "%-9s %s: %s\n", fosr_model_stage_name[stage], p->model[stage].ops->name, text);
	}
	print_services(p, ctx);
	json_object_set_new(ctx->json, "digest", json_string(hex));
	json_object_set(ctx->json, "metadata", p->meta);
	fosr_profile_free(p);
	return 0;
}

static int run_check(int argc, char **operands, struct fosr_ctx *ctx)
{
	struct fosr_profile *p;
	int ret = open_one(argc, operands, &p, ctx);

	if (ret)
		return ret;
	fosr_out(ctx, "%s: sound (%zu tensors, digest right, every table in range)\n", operands[1], p->tensors.list.n);
	json_object_set_new(ctx->json, "sound", json_true());
	fosr_profile_free(p);
	return 0;
}

static int run_digest(int argc, char **operands, struct fosr_ctx *ctx)
{
	char hex[FOSR_DIGEST_HEX];
	struct fosr_profile *p;
	int ret = open_one(argc, operands, &p, ctx);

	if (ret)
		return ret;
	fosr_out(ctx, "%s\n", fosr_digest_hex(p->digest, hex));
	json_object_set_new(ctx->json, "digest", json_string(hex));
	fosr_profile_free(p);
	return 0;
}

/* One graph per stage that has one, one after the other. */
static int run_dot(int argc, char **operands, struct fosr_ctx *ctx)
{
	json_t *graphs = json_object();
	struct fosr_profile *p = NULL;
	int ret = open_one(argc, operands, &p, ctx);

	for (int stage = 0; stage < FOSR_MODEL_STAGES && !ret; stage++) {
		const struct fosr_model *m = &p->model[stage];
		char *dot = m->ops->dot ? m->ops->dot(m) : NULL;

		if (!m->ops->dot)
			continue;
		if (!dot)
			ret = fosr_err(&ctx->err, -ENOMEM, "out of memory");
		else
			fosr_out(ctx, "%s", dot);
		json_object_set_new(graphs, fosr_model_stage_name[stage], json_string(dot ? dot : ""));
		free(dot);
	}
	if (!ret && !json_object_size(graphs))
		ret = fosr_err(&ctx->err, -EOPNOTSUPP, "%s: none of its models has a structure to draw", operands[1]);
	if (!ret)
		json_object_set(ctx->json, "dot", graphs);
	json_decref(graphs);
	fosr_profile_free(p);
	return ret;
}

static int run_score(int argc, char **operands, struct fosr_ctx *ctx)
{
	if (argc < 3)
		return fosr_usage(ctx, "profile score takes a PROFILE and captures");
	return fosr_profile_score(argc, operands, ctx);
}

static int run(void *args, int argc, char **operands, struct fosr_ctx *ctx)
{
	static const struct {
		const char *name;
		int (*run)(int argc, char **operands, struct fosr_ctx *ctx);
	} verb[] = {{"list", run_list}, {"show", run_show}, {"check", run_check}, {"digest", run_digest},
		{"dot", run_dot}, {"score", run_score}};

	for (size_t i = 0; i < FOSR_ARRAY_SIZE(verb); i++)
		if (!strcmp(operands[0], verb[i].name))
			return verb[i].run(argc, operands, ctx);
	return fosr_usage(ctx, "profile %s: expected list, show, check, digest, dot or score", operands[0]);
}

const struct fosr_cmd fosr_cmd_profile = {
	.name = "profile",
	.synopsis = "list | show|check|digest|dot PROFILE | score PROFILE CAPTURE...",
	.summary = "what a profile holds, and whether it is sound",
	.details = "PROFILE is a built-in name or a file made by learn.\n\n"
		   "  fosr-xdp profile list\n"
		   "  fosr-xdp profile show office\n"
		   "  fosr-xdp profile dot office | dot -Tsvg -o office.svg\n"
		   "  fosr-xdp profile score office monday.pcapng",
	.min_operands = 1,
	.max_operands = -1,
	.run = run,
};

// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmd/profile_score.h"

#include <netinet/in.h>

#include "cli/out.h"
#include "cmd/captures.h"
#include "ingest/score.h"

static const char *const unit[FOSR_MODEL_STAGES] = {
	[FOSR_ARRIVALS] = "flow",
	[FOSR_FLOWS] = "flow",
	[FOSR_STEPS] = "packet",
};

static void report_unknown(const struct fosr_score_result *r, struct fosr_ctx *ctx)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->unknown.n; i++) {
		const struct fosr_score_unknown *u = &r->unknown.v[i];
		const char *l4 = u->service.l4 == IPPROTO_UDP ? "udp" : "tcp";

		fosr_out(ctx, "%s %s/%s, which the profile does not know: %zu flows%s%s\n",
			u->skipped ? "skipped  " : "unknown  ", u->service.name, l4, u->flows,
			u->skipped ? "" : ", scored as other-", u->skipped ? "" : l4);
		json_array_append_new(list,
			json_pack("{s:s, s:s, s:I, s:b}", "service", u->service.name, "protocol", l4, "flows",
				(json_int_t)u->flows, "skipped", u->skipped));
	}
	json_object_set_new(ctx->json, "unknown_services", list);
}

static void report(const struct fosr_profile *p, const struct fosr_score_result *r, struct fosr_ctx *ctx)
{
	json_t *list = json_array();
	struct fosr_table t;

	fosr_out(ctx, "scored    %zu packets in %zu flows\n", r->packets, r->flows);
	report_unknown(r, ctx);
	fosr_out(ctx, "\n");
	fosr_table_init(&t, "stage|family|>items|>bits per item|>bits");
	for (int stage = 0; stage < FOSR_MODEL_STAGES; stage++) {
		const struct fosr_score *s = &r->score[stage];
		const char *family = p->model[stage].ops->name;
		double mean = s->items ? s->bits / (double)s->items : 0;

		fosr_table_cell(&t, "%s", fosr_model_stage_name[stage]);
		fosr_table_cell(&t, "%s", family);
		if (!r->scored[stage]) {
			fosr_table_cell(&t, "not scored");
			fosr_table_cell(&t, "-");
			fosr_table_cell(&t, "-");
			json_array_append_new(list,
				json_pack("{s:s, s:s, s:b}", "stage", fosr_model_stage_name[stage], "family", family,
					"scored", 0));
			continue;
		}
		fosr_table_cell(&t, "%llu", s->items);
		fosr_table_cell(&t, "%.4f per %s", mean, unit[stage]);
		fosr_table_cell(&t, "%.0f", s->bits);
		json_array_append_new(list,
			json_pack("{s:s, s:s, s:b, s:s, s:I, s:f, s:f}", "stage", fosr_model_stage_name[stage],
				"family", family, "scored", 1, "item", unit[stage], "items", (json_int_t)s->items,
				"bits_per_item", mean, "bits", s->bits));
	}
	fosr_table_print(&t, ctx);
	json_object_set_new(ctx->json, "flows", json_integer((json_int_t)r->flows));
	json_object_set_new(ctx->json, "packets", json_integer((json_int_t)r->packets));
	json_object_set_new(ctx->json, "stages", list);
}

int fosr_profile_score(int argc, char **operands, struct fosr_ctx *ctx)
{
	struct fosr_capture_line line;
	struct fosr_score_opts o = {.captures = (const char *const *)operands + 2,
		.n = (size_t)argc - 2,
		.progress = fosr_capture_line_update,
		.arg = &line};
	struct fosr_score_result result;
	struct fosr_profile *p;
	int ret = fosr_profile_open(operands[1], &p, &ctx->err);

	if (ret)
		return ret;
	ret = fosr_capture_line_start(&line, ctx, "scoring", operands + 2, argc - 2);
	if (!ret) {
		ret = fosr_score_captures(p, &o, &result, &ctx->err);
		fosr_capture_line_end(&line);
		if (!ret)
			report(p, &result, ctx);
		fosr_score_free(&result);
	}
	fosr_profile_free(p);
	return ret;
}

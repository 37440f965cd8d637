// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmd/compare_report.h"

#include <math.h>
#include <netinet/in.h>
#include <string.h>

#include "cli/out.h"

static const char *const side_name[2] = {"real", "synthetic"};

static json_t *number(double x)
{
	return isnan(x) ? json_null() : json_real(x);
}

static const char *l4_name(__u8 l4)
{
	return l4 == IPPROTO_UDP ? "udp" : "tcp";
}

static __u64 packets_held(const struct fosr_side *s)
{
	__u64 sum = 0;

	for (size_t i = 0; i < s->flows.n; i++)
		sum += s->flows.v[i].kept;
	return sum;
}

static void report_side(const struct fosr_side *s, int which, struct fosr_ctx *ctx)
{
	const struct fosr_ingest_stats *in = &s->stats;
	__u64 held = packets_held(s);

	fosr_out(ctx, "%-9s %llu packets in %llu files, %llu kept in %llu flows; compared: ", side_name[which],
		in->packets, in->files, in->fate[FOSR_PKT_KEPT], s->flows_seen);
	if (s->flows.n < s->flows_seen)
		fosr_out(ctx, "a sample of %zu flows, ", s->flows.n);
	else
		fosr_out(ctx, "all flows, ");
	fosr_out(ctx, "%llu packets\n", held);
	json_object_set_new(ctx->json, side_name[which],
		json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "files", (json_int_t)in->files, "packets_read",
			(json_int_t)in->packets, "packets_kept", (json_int_t)in->fate[FOSR_PKT_KEPT], "flows",
			(json_int_t)s->flows_seen, "flows_compared", (json_int_t)s->flows.n, "packets_compared",
			(json_int_t)held));
}

static void cell_number(struct fosr_table *t, double x)
{
	if (isnan(x))
		fosr_table_cell(t, "-");
	else
		fosr_table_cell(t, "%.4f", x);
}

static void report_rows(const struct fosr_compare_scope *s, struct fosr_ctx *ctx)
{
	struct fosr_table t;

	fosr_table_init(&t, "group|property|measure|>value|>range (95 %)|>floor|verdict");
	for (__u32 row = 0; row < FOSR_ROWS; row++) {
		const struct fosr_compare_row *r = &s->row[row];
		struct fosr_row_def def = fosr_row_def(row);

		if (isnan(r->value))
			continue;
		fosr_table_cell(&t, "%s", def.group);
		fosr_table_cell(&t, "%s", def.quantity);
		fosr_table_cell(&t, "%s", def.measure);
		cell_number(&t, r->value);
		if (isnan(r->low))
			fosr_table_cell(&t, "-");
		else
			fosr_table_cell(&t, "%.4f .. %.4f", r->low, r->high);
		cell_number(&t, r->floor);
		fosr_table_cell(&t, "%s", fosr_likeness_words[r->verdict]);
	}
	fosr_table_print(&t, ctx);
}

static json_t *rows_json(const struct fosr_compare_scope *s)
{
	json_t *list = json_array();

	for (__u32 row = 0; row < FOSR_ROWS; row++) {
		const struct fosr_compare_row *r = &s->row[row];
		struct fosr_row_def def = fosr_row_def(row);

		json_array_append_new(list,
			json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:s}", "group", def.group, "property",
				def.quantity, "measure", def.measure, "value", number(r->value), "low", number(r->low),
				"high", number(r->high), "floor", number(r->floor), "verdict",
				fosr_likeness_words[r->verdict]));
	}
	return list;
}

static size_t count(const struct fosr_compare_scope *s, enum fosr_likeness l)
{
	size_t n = 0;

	for (int row = 0; row < FOSR_ROWS; row++)
		n += !isnan(s->row[row].value) && s->row[row].verdict == l;
	return n;
}

/* The row that is worst: by verdict, then by how much larger than its floor the value is. */
static int worst(const struct fosr_compare_scope *s)
{
	double most = -1;
	int found = -1;

	for (__u32 row = 0; row < FOSR_ROWS; row++) {
		const struct fosr_compare_row *r = &s->row[row];
		double apart = fabs(r->value - (isnan(r->floor) ? 0 : r->floor)) / fosr_row_def(row).near;

		if (isnan(r->value) || r->verdict <= FOSR_LIKE_NEAR)
			continue;
		if (found < 0 || r->verdict > s->row[found].verdict ||
			(r->verdict == s->row[found].verdict && apart > most)) {
			most = apart;
			found = (int)row;
		}
	}
	return found;
}

static void report_service(const struct fosr_compare *c, const struct fosr_compare_scope *s, struct fosr_table *t)
{
	const struct fosr_service *service = &c->services.list.v[s->service];
	int row = worst(s);

	fosr_table_cell(t, "%s/%s", service->name, l4_name(service->l4));
	fosr_table_cell(t, "%zu", s->flows[0]);
	fosr_table_cell(t, "%zu", s->flows[1]);
	for (int l = FOSR_LIKE_CLOSE; l <= FOSR_LIKE_OFF; l++)
		fosr_table_cell(t, "%zu", count(s, l));
	fosr_table_cell(t, "%zu", count(s, FOSR_LIKE_FAR) + count(s, FOSR_LIKE_COPIED));
	if (s->flows[0] < FOSR_SCOPE_LEAST || s->flows[1] < FOSR_SCOPE_LEAST)
		fosr_table_cell(t, "%s", fosr_likeness_words[FOSR_LIKE_NONE]);
	else if (row < 0)
		fosr_table_cell(t, "none off");
	else if (isnan(s->row[row].floor))
		fosr_table_cell(t, "%s, %s: %.3f", fosr_row_def((__u32)row).quantity, fosr_row_def((__u32)row).measure,
			s->row[row].value);
	else
		fosr_table_cell(t, "%s, %s: %.3f, floor %.3f", fosr_row_def((__u32)row).quantity,
			fosr_row_def((__u32)row).measure, s->row[row].value, s->row[row].floor);
}

static void report_services(const struct fosr_compare *c, struct fosr_ctx *ctx)
{
	json_t *list = json_array();
	struct fosr_table t;

	fosr_out(ctx, "\nRows of each service by verdict, and the worst of them:\n");
	fosr_table_init(&t, "service|>real flows|>synthetic|>close|>near|>off|>far off|worst");
	for (size_t i = 1; i < c->scopes.n; i++) {
		const struct fosr_compare_scope *s = &c->scopes.v[i];
		const struct fosr_service *service = &c->services.list.v[s->service];

		report_service(c, s, &t);
		json_array_append_new(list,
			json_pack("{s:s, s:s, s:I, s:I, s:o}", "service", service->name, "protocol",
				l4_name(service->l4), "real_flows", (json_int_t)s->flows[0], "synthetic_flows",
				(json_int_t)s->flows[1], "rows", rows_json(s)));
	}
	fosr_table_print(&t, ctx);
	json_object_set_new(ctx->json, "services", list);
}

static json_t *confusion_json(const struct fosr_compare *c, const struct fosr_utility *u, json_t *classes)
{
	json_t *matrix = json_array();

	for (size_t i = 0; i < u->service.n; i++) {
		const struct fosr_service *s = &c->services.list.v[u->service.v[i]];
		json_t *line = json_array();

		json_array_append_new(classes,
			json_pack("{s:s, s:s, s:s}", "service", s->name, "protocol", l4_name(s->l4), "group",
				fosr_utility_group(s->name)));
		for (size_t k = 0; k < u->service.n; k++)
			json_array_append_new(line, json_integer(u->confusion[i * u->service.n + k]));
		json_array_append_new(matrix, line);
	}
	return matrix;
}

static void report_utility(const struct fosr_compare *c, const struct fosr_utility *u, struct fosr_ctx *ctx)
{
	json_t *j = json_object(), *list = json_array(), *classes = json_array();
	struct fosr_table t;

	fosr_out(ctx,
		"\nWhich service is it? A forest's accuracy for %zu services in %zu groups, %zu flows of each kind:\n",
		u->service.n, u->macros, u->flows);
	fosr_table_init(&t, "learned from/tried on|>groups|>services");
	for (int way = 0; way < FOSR_UTILITY_WAYS; way++) {
		fosr_table_cell(&t, "%s", fosr_utility_name[way]);
		cell_number(&t, u->macro[way]);
		cell_number(&t, u->micro[way]);
		json_array_append_new(list,
			json_pack("{s:s, s:o, s:o}", "learned_and_tried", fosr_utility_name[way], "macro",
				number(u->macro[way]), "micro", number(u->micro[way])));
	}
	fosr_table_print(&t, ctx);
	json_object_set_new(j, "accuracy", list);
	json_object_set_new(j, "flows", json_integer((json_int_t)u->flows));
	json_object_set_new(j, "confusion_synthetic_real", confusion_json(c, u, classes));
	json_object_set_new(j, "classes", classes);
	json_object_set_new(ctx->json, "which_service", j);
}

static void report_named(const struct fosr_compare *c, const char *name, struct fosr_ctx *ctx)
{
	bool found = false;

	for (size_t i = 1; i < c->scopes.n; i++) {
		const struct fosr_compare_scope *s = &c->scopes.v[i];
		const struct fosr_service *service = &c->services.list.v[s->service];

		if (strcmp(service->name, name))
			continue;
		found = true;
		fosr_out(ctx, "\n%s/%s: %zu real flows, %zu synthetic ones\n", name, l4_name(service->l4), s->flows[0],
			s->flows[1]);
		report_rows(s, ctx);
	}
	if (!found)
		fosr_warn(ctx, "no flow of service '%s' on either side", name);
}

void fosr_compare_report(const struct fosr_compare *c, const struct fosr_compare_opts *o, const struct fosr_utility *u,
	const struct fosr_strs *services, struct fosr_ctx *ctx)
{
	const char *halves = c->by_file ? "every other real capture" : "the later half of the real flows";

	for (int side = 0; side < 2; side++)
		report_side(&c->side[side], side, ctx);
	fosr_out(ctx,
		"limits    %u flows of a side, %u packets of a flow; ranges from %u resamplings, seed %llu\n"
		"floor     %s against the rest\n\n",
		o->limits.flows, o->limits.packets, o->rounds, o->limits.seed, halves);
	json_object_set_new(ctx->json, "limits",
		json_pack("{s:I, s:I, s:I, s:I}", "flows", (json_int_t)o->limits.flows, "packets_per_flow",
			(json_int_t)o->limits.packets, "rounds", (json_int_t)o->rounds, "seed",
			(json_int_t)o->limits.seed));
	json_object_set_new(ctx->json, "floor", json_string(c->by_file ? "by file" : "by time"));
	report_rows(&c->scopes.v[0], ctx);
	json_object_set_new(ctx->json, "rows", rows_json(&c->scopes.v[0]));
	report_services(c, ctx);
	if (u)
		report_utility(c, u, ctx);
	for (size_t i = 0; i < services->list.n; i++)
		report_named(c, services->list.v[i], ctx);
}

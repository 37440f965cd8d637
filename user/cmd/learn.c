// SPDX-License-Identifier: GPL-3.0-or-later
#include "ingest/learn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/time.h"
#include "cli/out.h"
#include "cmd/captures.h"
#include "cmd/table.h"

struct args {
	const char *outfile;
	const char *name;
	const char *origin;
	const char *tz;
	const char *family[FOSR_MODEL_STAGES];
	__u64 flows_per_day;
	bool keep_off;
};

#define AT(member) offsetof(struct args, member)

static const struct fosr_opt rows[] = {
	{'o', "outfile", FOSR_OPT_STRING, .required = true, .offset = AT(outfile), .metavar = "PROFILE",
		.help = "the profile to write (*.fosr)"},
	{0, "name", FOSR_OPT_STRING, .offset = AT(name), .metavar = "NAME",
		.help = "what the profile is called (default: its file's name)"},
	{0, "origin", FOSR_OPT_STRING, .offset = AT(origin), .metavar = "TEXT",
		.help = "where the captures come from and their licence, kept in the profile"},
	{0, "arrivals", FOSR_OPT_STRING, .offset = AT(family[FOSR_ARRIVALS]), .metavar = "FAMILY",
		.help = "model of flow starts (default: hist)"},
	{0, "flows", FOSR_OPT_STRING, .offset = AT(family[FOSR_FLOWS]), .metavar = "FAMILY",
		.help = "model of flows (default: bn)"},
	{0, "steps", FOSR_OPT_STRING, .offset = AT(family[FOSR_STEPS]), .metavar = "FAMILY",
		.help = "model of the packets of a flow (default: markov)"},
	{'f', "flow-per-day", FOSR_OPT_NUMBER, .offset = AT(flows_per_day), .metavar = "N", .min = 1,
		.help = "mean rate of new flows to keep in the profile, for captures that are excerpts (default: as watched)"},
	{0, "tz", FOSR_OPT_STRING, .offset = AT(tz), .metavar = "ZONE",
		.help = "time zone that the captures come from, an IANA name: hours and weekdays are its (default: UTC)"},
	{0, "accept-off", FOSR_OPT_FLAG, .offset = AT(keep_off),
		.help = "write the profile even if its samples differ from what it learned"},
	{0},
};

static const struct fosr_opt_group groups[] = {{"Learning", rows, 0}, {0}};

static const struct args defaults = {.family = {"hist", "bn", "markov"}};

static void report_input(struct fosr_ctx *ctx, const struct fosr_learn_result *r)
{
	const struct fosr_ingest_stats *in = &r->ingest;
	char span[FOSR_TIME_TEXT];

	fosr_out(ctx,
		"read      %llu packets in %llu files; kept %llu packets in %zu flows of %zu services, watched for %s\n",
		in->packets, in->files, in->fate[FOSR_PKT_KEPT], r->flows, r->services,
		fosr_duration_format(span,
			r->covered_ns >= FOSR_NS_PER_S ? r->covered_ns / FOSR_NS_PER_S * FOSR_NS_PER_S
						       : r->covered_ns));
	if (in->split)
		fosr_out(ctx, "took      large segments apart: %llu packets more\n", in->split);
	fosr_packets_report(ctx, in);
	if (in->flows_group)
		fosr_out(ctx, "left out  %llu flows to multicast or broadcast addresses\n", in->flows_group);
	fosr_info(ctx,
		"%llu flows ended by silence, %llu by a new SYN on their ports; %llu segments taken apart, %llu trimmed, "
		"%llu keep-alives, %llu late, %llu clock jumps, %llu packets captured in part",
		in->flows_idle, in->flows_reused, in->split, in->trimmed, in->keepalives, in->late, in->clock_jumps,
		in->snapped);
	json_object_set_new(ctx->json, "flows", json_integer((json_int_t)r->flows));
	json_object_set_new(ctx->json, "flows_multicast", json_integer((json_int_t)in->flows_group));
	json_object_set_new(ctx->json, "seconds_covered", json_integer((json_int_t)(r->covered_ns / 1000000000)));
}

static void report_marginals(struct fosr_ctx *ctx, const struct fosr_learn_result *r)
{
	json_t *list = json_array();
	struct fosr_table t;

	fosr_out(ctx, "\nSampled against learned (total variation; 0 is equal, 1 has nothing in common):\n");
	fosr_table_init(&t, "marginal|>distance|>sampling error|>at most|verdict");
	for (int m = 0; m < FOSR_MARGINALS; m++) {
		const struct fosr_marginal_result *x = &r->marginal[m];
		bool good = x->distance <= x->limit;

		fosr_table_cell(&t, "%s", fosr_marginal_name[m]);
		fosr_table_cell(&t, "%.4f", x->distance);
		fosr_table_cell(&t, "%.4f", x->expected);
		fosr_table_cell(&t, "%.4f", x->limit);
		fosr_table_cell(&t, "%s", good ? "within sampling error" : "OFF");
		json_array_append_new(list,
			json_pack("{s:s, s:f, s:f, s:f, s:b}", "marginal", fosr_marginal_name[m], "distance",
				x->distance, "expected", x->expected, "limit", x->limit, "ok", good));
	}
	fosr_table_print(&t, ctx);
	json_object_set_new(ctx->json, "marginals", list);
}

static int finish(const struct args *a, const struct fosr_learn_result *r, struct fosr_ctx *ctx)
{
	enum fosr_marginal off = fosr_learn_off(r);
	char hex[FOSR_DIGEST_HEX], size[FOSR_HUMAN];
	int ret;

	report_input(ctx, r);
	report_marginals(ctx, r);
	if (off != FOSR_MARGINALS && !a->keep_off)
		return fosr_err(&ctx->err, -ERANGE,
			"what the models sample is not what they learned (%s is off by %.4f, sampling "
			"error is at most %.4f); nothing was written, --accept-off writes it all the same",
			fosr_marginal_name[off], r->marginal[off].distance, r->marginal[off].limit);
	ret = fosr_file_write(a->outfile, r->buf, r->len, &ctx->err);
	if (ret)
		return ret;
	fosr_out(ctx, "\nwrote     %s, %s\nprofile   %s\n", a->outfile, fosr_human_bytes(size, r->len),
		fosr_digest_hex(r->digest, hex));
	json_object_set_new(ctx->json, "profile", json_string(hex));
	json_object_set_new(ctx->json, "bytes", json_integer((json_int_t)r->len));
	return 0;
}

/* The file's name without its folder and ending. */
static void name_from(const char *path, char *name, size_t size)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path, *dot = strrchr(base, '.');

	snprintf(name, size, "%.*s", dot && dot != base ? (int)(dot - base) : (int)strlen(base), base);
}

/* A profile's metadata is JSON, which holds nothing else. */
static bool utf8(const char *text)
{
	json_t *j = text ? json_string(text) : json_null();
	bool good = j;

	json_decref(j);
	return good;
}

/* Better known now than after an hour of learning. */
static int can_write(const char *path, struct fosr_err *err)
{
	struct fosr_outfile o;
	int ret = fosr_outfile_open(&o, path, err);

	if (!ret)
		fosr_outfile_abort(&o);
	return ret;
}

static int run(void *args, int argc, char **operands, struct fosr_ctx *ctx)
{
	const struct args *a = args;
	struct fosr_capture_line line;
	struct fosr_learn_result result;
	struct fosr_learn_opts o = {
		.captures = (const char *const *)operands,
		.n = (size_t)argc,
		.origin = a->origin,
		.flows_per_day = a->flows_per_day,
		.tz = a->tz,
		.progress = fosr_capture_line_update,
		.arg = &line,
	};
	char name[64];
	int ret;

	if (!utf8(a->name) || !utf8(a->origin))
		return fosr_usage(ctx, "%s is not UTF-8 text", utf8(a->name) ? "--origin" : "--name");
	for (int stage = 0; stage < FOSR_MODEL_STAGES; stage++) {
		o.family[stage] = a->family[stage];
		if (!fosr_model_find(a->family[stage], stage))
			return fosr_usage(ctx, "--%s %s: no family of that name; 'fosr-xdp profile list' has them",
				fosr_model_stage_name[stage], a->family[stage]);
	}
	name_from(a->name ? a->name : a->outfile, name, sizeof(name));
	o.name = a->name ? a->name : name;
	ret = can_write(a->outfile, &ctx->err);
	if (!ret)
		ret = fosr_capture_line_start(&line, ctx, "learning", operands, argc);
	if (ret)
		return ret;
	ret = fosr_learn(&o, &result, &ctx->err);
	fosr_capture_line_end(&line);
	if (!ret)
		ret = finish(a, &result, ctx);
	free(result.buf);
	return ret;
}

const struct fosr_cmd fosr_cmd_learn = {
	.name = "learn",
	.synopsis = "CAPTURE... -o PROFILE [options]",
	.summary = "learn from captures what a network's traffic looks like",
	.details =
		"Reads pcap and pcapng (Ethernet with up to two VLAN tags, Linux cooked v1 and v2, raw IP). No payload, name "
		"or address of a capture gets into the profile. Flows of different files are never mixed. At the end, flows are "
		"sampled from the profile and compared with what was learned; if they differ by more than sampling error "
		"explains, nothing is written.\n\n"
		"  fosr-xdp learn monday.pcapng tuesday.pcap -o lab.fosr --origin 'lab, own captures'",
	.groups = groups,
	.args_size = sizeof(struct args),
	.defaults = &defaults,
	.min_operands = 1,
	.max_operands = -1,
	.run = run,
};

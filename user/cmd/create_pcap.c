// SPDX-License-Identifier: GPL-3.0-or-later
#include <sched.h>
#include <string.h>

#include "base/time.h"
#include "campaign/generate.h"
#include "cli/out.h"
#include "cli/progress.h"
#include "cmd/campaign_opts.h"
#include "cmd/table.h"

struct args {
	struct fosr_campaign_args campaign;
	const char *outfile;
	const char *flows;
	__u64 jobs;
};

#define AT(member) offsetof(struct args, member)

static const struct fosr_opt rows[] = {
	{'o', "outfile", FOSR_OPT_STRING, .required = true, .offset = AT(outfile), .metavar = "FILE",
		.help = "the capture to write (pcap, nanoseconds); - is standard output"},
	{0, "flows", FOSR_OPT_STRING, .offset = AT(flows), .metavar = "FILE",
		.help = "ground truth, one row per flow: CSV, or JSON lines if the name ends in .jsonl"},
	{'j', "jobs", FOSR_OPT_NUMBER, .offset = AT(jobs), .metavar = "N", .min = 0, .max = FOSR_POOL_MAX,
		.help = "workers; the file does not depend on it (default: one per processor)"},
	{0},
};

static const struct fosr_opt_group groups[] = {
	{"Output", rows, 0},
	{"Campaign", fosr_campaign_opts, AT(campaign)},
	{0},
};

static const struct args defaults = {.campaign = FOSR_CAMPAIGN_DEFAULTS(FOSR_TAINT_NONE)};

struct line {
	struct fosr_progress p;
	const struct fosr_campaign *c;
};

/* By campaign time where there is a duration: flows that run on hold it at the end for a moment. */
static void progress(void *arg, const struct fosr_plan_stats *stats, __u64 time_ns)
{
	struct line *l = arg;

	if (l->c->packets)
		fosr_progress_update(&l->p, stats->packets);
	else
		fosr_progress_update(&l->p, fosr_min_u64((time_ns - l->c->start_ns) / 1000000, l->p.total));
}

static void report(struct fosr_ctx *ctx, const struct fosr_campaign *c, const struct fosr_generate_result *r,
	const struct args *a, __u64 took_ns)
{
	__u64 rate = took_ns ? (__u64)((unsigned __int128)r->plan.packets * FOSR_NS_PER_S / took_ns) : 0;
	char n[4][FOSR_HUMAN], span[FOSR_TIME_TEXT];

	fosr_duration_format(span, (r->last_ns - r->first_ns) / 1000000 * 1000000);
	fosr_out(ctx, "%s: %llu packets, %llu flows, %s, %s of traffic; written in %s (%s packets/s, %s)\n",
		strcmp(a->outfile, "-") ? a->outfile : "standard output", r->plan.packets, r->plan.flows,
		fosr_human_bytes(n[0], r->writer.bytes), span, fosr_human_ns(n[1], took_ns),
		fosr_human_count(n[2], rate), fosr_writer_engine_name[r->writer.engine]);
	if (r->left_out[0])
		fosr_note(ctx, "left out, because no host of the network offers them to another: %s", r->left_out);
	fosr_info(ctx, "%llu flows alive at most; %llu payloads cut at the MTU; waited %llu times for the disk%s",
		r->plan.live_most, r->plan.clamped, r->writer.waits, r->writer.direct ? " (O_DIRECT)" : "");
	json_object_set_new(ctx->json, "packets", json_integer((json_int_t)r->plan.packets));
	json_object_set_new(ctx->json, "flows", json_integer((json_int_t)r->plan.flows));
	json_object_set_new(ctx->json, "bytes", json_integer((json_int_t)r->writer.bytes));
	json_object_set_new(ctx->json, "frame_bytes", json_integer((json_int_t)r->frames));
	json_object_set_new(ctx->json, "live_flows_most", json_integer((json_int_t)r->plan.live_most));
	json_object_set_new(ctx->json, "payloads_cut_at_mtu", json_integer((json_int_t)r->plan.clamped));
	json_object_set_new(ctx->json, "services_left_out", fosr_json_text(r->left_out));
	json_object_set_new(ctx->json, "first_ns", json_integer((json_int_t)r->first_ns));
	json_object_set_new(ctx->json, "last_ns", json_integer((json_int_t)r->last_ns));
	json_object_set_new(ctx->json, "seconds", json_real((double)took_ns / 1e9));
	json_object_set_new(ctx->json, "writer", json_string(fosr_writer_engine_name[r->writer.engine]));
	fosr_campaign_print(c, ctx);
}

/* As many as this process may use at once, unless it was told. */
static unsigned int workers(const struct args *a)
{
	cpu_set_t set;

	if (a->jobs)
		return (unsigned int)a->jobs;
	return sched_getaffinity(0, sizeof(set), &set)
		? 1
		: (unsigned int)fosr_min_u64((__u64)CPU_COUNT(&set), FOSR_POOL_MAX);
}

static int run(void *args, int argc, char **operands, struct fosr_ctx *ctx)
{
	const struct args *a = args;
	struct fosr_generate_result result;
	struct fosr_campaign *c;
	struct line line;
	__u64 begin = fosr_now_mono();
	bool to_stdout = !strcmp(a->outfile, "-") || (a->flows && !strcmp(a->flows, "-"));
	int ret = to_stdout ? fosr_ctx_claim_stdout(ctx) : 0;

	if (!ret && a->flows && !strcmp(a->flows, a->outfile))
		ret = fosr_usage(ctx, "-o and --flows both name '%s'; give two files", a->outfile);
	if (!ret)
		ret = fosr_campaign_from_args(&c, &a->campaign, ctx);
	if (ret)
		return ret;
	line.c = c;
	fosr_progress_start(&line.p, ctx, "creating", c->packets ? "packets" : "ms of traffic",
		c->packets ? c->packets : c->duration_ns / 1000000);
	ret = fosr_generate(c,
		&(struct fosr_generate_opts){.path = a->outfile,
			.flows = a->flows,
			.jobs = workers(a),
			.log = &ctx->log,
			.progress = progress,
			.arg = &line},
		&result, &ctx->err);
	fosr_progress_end(&line.p);
	if (!ret)
		report(ctx, c, &result, a, fosr_now_mono() - begin);
	fosr_campaign_free(c);
	return ret;
}

const struct fosr_cmd fosr_cmd_create_pcap = {
	.name = "create-pcap",
	.synopsis = "-d DURATION -o FILE [options]",
	.summary = "write the campaign as a capture file",
	.details =
		"The same options give the same bytes, on every machine. Packets are in order of time; memory grows with "
		"the flows alive at once, not with the length.\n\n"
		"  fosr-xdp create-pcap -d 60s -o minute.pcap\n"
		"  fosr-xdp create-pcap -p iot.fosr -n lab.yaml -d '2days 3h' -o lab.pcap --flows lab.csv",
	.groups = groups,
	.args_size = sizeof(struct args),
	.defaults = &defaults,
	.run = run,
};

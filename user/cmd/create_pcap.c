// SPDX-License-Identifier: GPL-3.0-or-later
#include <ctype.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "campaign/generate.h"
#include "campaign/join.h"
#include "cli/out.h"
#include "cli/progress.h"
#include "cmd/campaign_opts.h"
#include "cmd/table.h"
#include "sink/format.h"

struct args {
	struct fosr_campaign_args campaign;
	const char *outfile;
	const char *flows;
	const char *shard;
	unsigned int format;
	bool comments;
	__u64 jobs;
};

#define AT(member) offsetof(struct args, member)

static const struct fosr_opt rows[] = {
	{'o', "outfile", FOSR_OPT_STRING, .required = true, .offset = AT(outfile), .metavar = "FILE",
		.help = "the capture to write; - is standard output, /dev/null is nowhere"},
	{0, "format", FOSR_OPT_CHOICE, .offset = AT(format), .choices = fosr_format_name,
		.help = "pcap has nanoseconds, pcap-us microseconds (default: pcap)"},
	{0, "comments", FOSR_OPT_FLAG, .offset = AT(comments),
		.help = "say in a comment on each packet which flow, step, service and end state it belongs to (pcapng)"},
	{0, "flows", FOSR_OPT_STRING, .offset = AT(flows), .metavar = "FILE",
		.help = "ground truth, one row per flow: CSV, or JSON lines if the name ends in .jsonl"},
	{'j', "jobs", FOSR_OPT_NUMBER, .offset = AT(jobs), .metavar = "N", .min = 0, .max = FOSR_POOL_MAX,
		.help = "workers; the file does not depend on it (default: one per processor)"},
	{0, "shard", FOSR_OPT_STRING, .offset = AT(shard), .metavar = "I/N",
		.help = "only the I-th of N parts, for fosr-xdp join to put together (1/4, 2/4, ...)"},
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
	if (a->shard)
		fosr_out(ctx, "this is shard %s: fosr-xdp join puts all of them together\n", a->shard);
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

/* "2/7" is shard 1 of 7, counted from 0. Nothing else is taken. */
static int shard_parse(const char *text, __u32 *shard, __u32 *shards, struct fosr_ctx *ctx)
{
	char *end;
	unsigned long i, n = 0;

	errno = 0;
	i = strtoul(text, &end, 10);
	if (isdigit((unsigned char)*text) && *end == '/' && isdigit((unsigned char)end[1]))
		n = strtoul(end + 1, &end, 10);
	if (errno || *end || !i || i > n || n > FOSR_SHARDS_MAX)
		return fosr_usage(ctx, "--shard '%s', expected I/N with 1 <= I <= N <= %d, as in --shard 2/7", text,
			FOSR_SHARDS_MAX);
	*shard = (__u32)i - 1;
	*shards = (__u32)n;
	return 0;
}

static int run(void *args, int argc, char **operands, struct fosr_ctx *ctx)
{
	const struct args *a = args;
	struct fosr_generate_result result;
	struct fosr_campaign *c;
	struct line line;
	__u64 begin = fosr_now_mono();
	__u32 shard = 0, shards = 0;
	bool to_stdout = !strcmp(a->outfile, "-") || (a->flows && !strcmp(a->flows, "-"));
	int ret = to_stdout ? fosr_ctx_claim_stdout(ctx) : 0;

	if (!ret && a->flows && !strcmp(a->flows, a->outfile))
		ret = fosr_usage(ctx, "-o and --flows both name '%s'; give two files", a->outfile);
	if (!ret && a->comments && !fosr_format[a->format]->comments)
		ret = fosr_usage(
			ctx, "--comments: %s has none on packets; add --format pcapng", fosr_format_name[a->format]);
	if (!ret && a->shard && fosr_format[a->format] != &fosr_format_pcap)
		ret = fosr_usage(ctx, "--shard with --format %s cannot be joined; leave out --format",
			fosr_format_name[a->format]);
	if (!ret && a->shard)
		ret = shard_parse(a->shard, &shard, &shards, ctx);
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
			.shard = shard,
			.shards = shards,
			.format = a->format,
			.comments = a->comments,

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

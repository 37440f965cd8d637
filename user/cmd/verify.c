// SPDX-License-Identifier: GPL-3.0-or-later
#include "campaign/verify.h"

#include <string.h>

#include "cli/out.h"
#include "cli/progress.h"
#include "cmd/campaign_opts.h"
#include "cmd/speed.h"
#include "cmd/table.h"
#include "cmd/verify_report.h"

struct args {
	struct fosr_campaign_args campaign;
	__u64 start_ns, max_late_ns;
	const char *speed, *flows;
	bool join, in_order;
};

#define AT(member) offsetof(struct args, member)

static const struct fosr_opt rows[] = {
	{0, "start", FOSR_OPT_TIME, .offset = AT(start_ns), .metavar = "TIME",
		.help = "wall clock at which inject played the campaign's start (default: the first packet is taken to be on time)"},
	{0, "speed", FOSR_OPT_STRING, .offset = AT(speed), .metavar = "X|max",
		.help = "as inject was told; with max no times are compared (default: 1)"},
	{0, "max-late", FOSR_OPT_DURATION, .offset = AT(max_late_ns), .metavar = "DURATION", .min = 1,
		.help = "a packet that is later than this at any point is a fault (default: what is later than 1 ms is counted)"},
	{0, "in-order", FOSR_OPT_FLAG, .offset = AT(in_order),
		.help = "a packet behind a later one of its flow and direction is a fault (default: it is counted)"},
	{0, "join", FOSR_OPT_FLAG, .offset = AT(join),
		.help = "the captures, and the interfaces in them, are parts of one vantage point (default: each is one)"},
	{0, "flows", FOSR_OPT_STRING, .offset = AT(flows), .metavar = "FILE",
		.help = "what became of each flow, one row per flow: CSV, or JSON lines if the name ends in .jsonl"},
	{0},
};

static const struct fosr_opt_group groups[] = {
	{"Verification", rows, 0},
	{"Campaign", fosr_campaign_opts, AT(campaign)},
	{0},
};

static const struct args defaults = {.campaign = FOSR_CAMPAIGN_DEFAULTS(FOSR_TAINT_OPTION)};

static void progress(void *arg, __u64 done, __u64 total)
{
	struct fosr_progress *p = arg;

	p->total = total;
	fosr_progress_update(p, done);
}

static int options(const struct args *a, struct fosr_verify_opts *o, struct fosr_ctx *ctx)
{
	for (size_t i = 0; a->flows && i < o->n; i++)
		if (!strcmp(a->flows, o->captures[i]) && strcmp(a->flows, "-"))
			return fosr_usage(
				ctx, "--flows would write over the capture '%s'; give another file", a->flows);
	if (a->speed && fosr_speed_parse(a->speed, &o->speed_q16))
		return fosr_usage(ctx, "--speed %s: " FOSR_SPEED_EXPECTED, a->speed);
	if (o->speed_q16 == FOSR_VERIFY_SPEED_MAX && o->max_late_ns)
		return fosr_usage(ctx,
			"--max-late with --speed max: what was sent as fast as it went has no times; "
			"leave one of them out");
	return a->flows && !strcmp(a->flows, "-") ? fosr_ctx_claim_stdout(ctx) : 0;
}

static int run(void *args, int argc, char **operands, struct fosr_ctx *ctx)
{
	const struct args *a = args;
	struct fosr_verify_result result;
	struct fosr_progress p;
	struct fosr_campaign *c;
	struct fosr_verify_opts o = {.captures = (const char *const *)operands,
		.n = (size_t)argc,
		.join = a->join,
		.start_ns = a->start_ns,
		.in_order = a->in_order,
		.max_late_ns = a->max_late_ns,
		.flows = a->flows,
		.log = &ctx->log,
		.progress = progress,
		.arg = &p};
	bool holds = false;
	int ret = options(a, &o, ctx);

	if (!ret)
		ret = fosr_campaign_from_args(&c, &a->campaign, ctx);
	if (ret)
		return ret;
	fosr_progress_start(&p, ctx, "verifying", "B", 0);
	ret = fosr_verify(c, &o, &result, &ctx->err);
	fosr_progress_end(&p);
	if (!ret) {
		fosr_verify_report(ctx, c, &o, &result);
		holds = fosr_verify_holds(&o, &result);
		fosr_out(ctx, "verdict   %s%s%s\n", fosr_sgr(ctx, holds ? FOSR_SGR_GREEN : FOSR_SGR_RED),
			holds ? "this is the campaign, packet for packet" : "this is NOT the campaign",
			fosr_sgr(ctx, FOSR_SGR_RESET));
		json_object_set_new(ctx->json, "verdict", json_boolean(holds));
		fosr_campaign_print(c, ctx);
		fosr_verify_release(&result);
	}
	fosr_campaign_free(c);
	return ret ? ret : holds ? FOSR_EXIT_OK : FOSR_EXIT_NO;
}

const struct fosr_cmd fosr_cmd_verify = {
	.name = "verify",
	.synopsis = "-d DURATION [options] CAPTURE...",
	.summary = "prove that captures are the campaign, packet for packet",
	.details =
		"Compares every planned packet, byte for byte, with what was captured (Ethernet; pcap or pcapng). Each capture is a "
		"vantage point, and in a pcapng file each interface; with --join they are parts of one. Names what is missing (at "
		"all, or at a point that saw other packets of its flow), altered, forged, extra, repeated, too late, or was answered "
		"by a kernel. Exit status 0 only if the captures are the campaign; packets that have nothing to do with its flows do "
		"not matter, nor do copies that say by their tag that they were sent again.\n\n"
		"  fosr-xdp verify -n lab.yaml -d 1h --start 2025-05-01T10:00:00Z witness.pcap\n"
		"  fosr-xdp verify -d 10m --in-order --max-late 5ms --flows flows.csv left.pcap right.pcap\n"
		"  fosr-xdp verify -d 60s --taint none minute.pcap",
	.groups = groups,
	.args_size = sizeof(struct args),
	.defaults = &defaults,
	.min_operands = 1,
	.max_operands = -1,
	.run = run,
};

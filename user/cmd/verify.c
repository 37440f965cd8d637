// SPDX-License-Identifier: GPL-3.0-or-later
#include "campaign/verify.h"

#include "base/time.h"
#include "cli/out.h"
#include "cli/progress.h"
#include "cmd/campaign_opts.h"
#include "cmd/table.h"

struct args {
	struct fosr_campaign_args campaign;
	__u64 start_ns;
};

#define AT(member) offsetof(struct args, member)

static const struct fosr_opt rows[] = {
	{0, "start", FOSR_OPT_TIME, .offset = AT(start_ns), .metavar = "TIME",
		.help = "wall clock at which inject played the campaign's start (default: the first packet is taken to be on time)"},
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

static void print_notes(struct fosr_ctx *ctx, const struct fosr_verify_result *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->notes.n; i++) {
		const struct fosr_finding_note *n = &r->notes.v[i];
		char where[64] = "";

		if (n->packet)
			snprintf(where, sizeof(where), "packet %llu: ", n->packet);
		fosr_out(ctx, "  %s: %s", fosr_finding_name[n->kind], where);
		if (n->flow)
			fosr_out(ctx, "flow %llu step %u: ", n->flow, n->step);
		fosr_out(ctx, "%s\n", n->text);
		json_array_append_new(list,
			json_pack("{s:s, s:I, s:I, s:I, s:s}", "kind", fosr_finding_name[n->kind], "packet",
				(json_int_t)n->packet, "flow", (json_int_t)n->flow, "step", (json_int_t)n->step, "text",
				n->text));
	}
	json_object_set_new(ctx->json, "findings", list);
}

static void put(struct fosr_ctx *ctx, const char *key, __u64 n)
{
	json_object_set_new(ctx->json, key, json_integer((json_int_t)n));
}

static void report(struct fosr_ctx *ctx, const struct fosr_verify_result *r, enum fosr_taint taint)
{
	char n[3][FOSR_HUMAN];

	fosr_out(ctx, "planned   %llu packets in %llu flows\n", r->planned, r->flows);
	fosr_out(ctx, "seen      %llu unaltered (%llu flows whole) among %llu captured packets\n", r->seen,
		r->flows_whole, r->packets);
	for (int i = 0; i < FOSR_FINDINGS; i++) {
		if (r->count[i])
			fosr_out(ctx, "%llu %s\n", r->count[i], fosr_finding_name[i]);
		put(ctx, fosr_finding_name[i], r->count[i]);
	}
	print_notes(ctx, r);
	if (r->control)
		fosr_out(ctx, "control   %llu frames between injectors\n", r->control);
	fosr_out(ctx, "other     %llu packets that have nothing to do with the campaign%s\n", r->other + r->foreign,
		r->foreign ? " (some are tagged for another one)" : "");
	fosr_out(ctx, "lateness  median %s, p99 %s, max %s; %llu early\n",
		fosr_human_ns(n[0], fosr_histo_at(&r->lateness, 500)),
		fosr_human_ns(n[1], fosr_histo_at(&r->lateness, 990)), fosr_human_ns(n[2], r->lateness.max), r->early);
	if (taint == FOSR_TAINT_OPTION && !r->any_tag && r->packets)
		fosr_note(ctx,
			"no packet carries a tag: if the capture was untainted or made by create-pcap, add --taint none");
	if (r->foreign_id && !r->seen)
		fosr_note(ctx,
			"the tags are of campaign %08x: give the options, profile and network that it was made with",
			r->foreign_id);
	put(ctx, "planned", r->planned);
	put(ctx, "seen", r->seen);
	put(ctx, "flows", r->flows);
	put(ctx, "flows_whole", r->flows_whole);
	put(ctx, "captured", r->packets);
	put(ctx, "control", r->control);
	put(ctx, "other", r->other);
	put(ctx, "foreign", r->foreign);
	put(ctx, "early", r->early);
	put(ctx, "lateness_p50_ns", fosr_histo_at(&r->lateness, 500));
	put(ctx, "lateness_p99_ns", fosr_histo_at(&r->lateness, 990));
	put(ctx, "lateness_max_ns", r->lateness.max);
}

static int run(void *args, int argc, char **operands, struct fosr_ctx *ctx)
{
	const struct args *a = args;
	struct fosr_verify_result result;
	struct fosr_progress p;
	struct fosr_campaign *c;
	bool holds = false;
	int ret = fosr_campaign_from_args(&c, &a->campaign, ctx);

	if (ret)
		return ret;
	fosr_progress_start(&p, ctx, "verifying", "B", 0);
	ret = fosr_verify(c,
		&(struct fosr_verify_opts){.captures = (const char *const *)operands,
			.n = (size_t)argc,
			.start_ns = a->start_ns,
			.progress = progress,
			.arg = &p},
		&result, &ctx->err);
	fosr_progress_end(&p);
	if (!ret) {
		report(ctx, &result, c->taint);
		holds = fosr_verify_holds(&result);
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
	.summary = "prove that a capture is the campaign, packet for packet",
	.details =
		"Compares every planned packet, byte for byte, with what was captured (Ethernet; pcap or pcapng; several captures "
		"add up). Names what is missing, altered, forged, extra, repeated, or was answered by a kernel. Exit status 0 only if "
		"the captures are the campaign; packets that have nothing to do with its flows do not matter.\n\n"
		"  fosr-xdp verify -n lab.yaml -d 1h --start 2025-05-01T10:00:00Z witness.pcap\n"
		"  fosr-xdp verify -d 60s --taint none minute.pcap",
	.groups = groups,
	.args_size = sizeof(struct args),
	.defaults = &defaults,
	.min_operands = 1,
	.max_operands = -1,
	.run = run,
};

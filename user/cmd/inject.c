// SPDX-License-Identifier: GPL-3.0-or-later
#include "campaign/inject.h"

#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "cli/out.h"
#include "cli/progress.h"
#include "cmd/campaign_opts.h"
#include "cmd/table.h"

struct args {
	struct fosr_campaign_args campaign;
	struct fosr_strs devs, hosts;
	const char *start, *speed;
	const char *outfile;
	unsigned int algo, engine;
	bool unguarded;
};

#define AT(member) offsetof(struct args, member)

static const char *const algos[] = {"fast", NULL};

static const struct fosr_opt rows[] = {
	{'i', "dev", FOSR_OPT_LIST, .required = true, .offset = AT(devs), .metavar = "DEV",
		.help = "interface to play on; give it once per interface"},
	{0, "host", FOSR_OPT_LIST, .offset = AT(hosts), .metavar = "NAME",
		.help = "this host of the network is here, although its address is not configured (default: hosts whose address is)"},
	{0, "algo", FOSR_OPT_CHOICE, .offset = AT(algo), .choices = algos,
		.help = "fast sends every packet at its planned time (default: fast)"},
	{0, "engine", FOSR_OPT_CHOICE, .offset = AT(engine), .choices = fosr_engine_name,
		.help = "how frames get out: xsk (AF_XDP), live (XDP live frames: takes a processor), or auto (default: auto)"},
	{0, "start", FOSR_OPT_STRING, .offset = AT(start), .metavar = "TIME|now",
		.help = "wall clock at which the campaign's start is played: RFC 3339, Unix seconds, or now (default: now); give "
			"all hosts the same"},
	{0, "speed", FOSR_OPT_STRING, .offset = AT(speed), .metavar = "X|max",
		.help = "play X times as fast as planned, or as fast as it goes (default: 1)"},
	{'o', "outfile", FOSR_OPT_STRING, .offset = AT(outfile), .metavar = "FILE",
		.help = "record what is sent and received, as on the wire"},
	{0, "no-guard", FOSR_OPT_FLAG, .offset = AT(unguarded),
		.help = "send without a guard: kernels will answer, and nothing that comes in is counted"},
	{0},
};

static const struct fosr_opt_group groups[] = {
	{"Injection", rows, 0},
	{"Campaign", fosr_campaign_opts, AT(campaign)},
	{0},
};

static const struct args defaults = {.campaign = FOSR_CAMPAIGN_DEFAULTS(FOSR_TAINT_OPTION)};

struct line {
	struct fosr_progress p;
};

static void progress(void *arg, __u64 sent, __u64 time_ns)
{
	struct line *l = arg;

	fosr_progress_update(&l->p, sent);
}

static void put(struct fosr_ctx *ctx, const char *key, __u64 n)
{
	json_object_set_new(ctx->json, key, json_integer((json_int_t)n));
}

static void report(struct fosr_ctx *ctx, const struct fosr_inject_result *r, bool unguarded)
{
	char n[4][FOSR_HUMAN], start[FOSR_TIME_TEXT];

	fosr_out(ctx, "started   %s, %zu local host%s\n", fosr_time_format(start, r->started_ns), r->hosts,
		r->hosts == 1 ? "" : "s");
	fosr_out(ctx, "engine    %s%s%s\n", r->engine, *r->why ? ": " : "", r->why);
	fosr_out(ctx, "sent      %llu of %llu planned packets in %s (%s packets/s)\n", r->sent, r->planned,
		fosr_human_ns(n[0], r->sending_ns),
		fosr_human_count(n[1], r->sending_ns ? (__u64)((double)r->sent * 1e9 / (double)r->sending_ns) : 0));
	if (r->lateness.n)
		fosr_out(ctx, "lateness  median %s, p99 %s, max %s; %llu packets more than 1 ms\n",
			fosr_human_ns(n[0], fosr_histo_at(&r->lateness, 500)),
			fosr_human_ns(n[1], fosr_histo_at(&r->lateness, 990)), fosr_human_ns(n[2], r->lateness.max),
			r->late);
	if (!unguarded)
		fosr_out(ctx, "received  %llu of %llu expected packets, %llu missing, %llu repeated%s\n", r->received,
			r->expected, r->expected > r->received ? r->expected - r->received : 0, r->repeated,
			r->rx_dropped ? " (some lost in this machine's receive ring)" : "");
	fosr_info(ctx, "%llu tagged packets for others came by; %llu lost in the receive ring", r->foreign,
		r->rx_dropped);
	json_object_set_new(ctx->json, "started", json_string(start));
	json_object_set_new(ctx->json, "engine", json_string(r->engine));
	json_object_set_new(ctx->json, "engine_why", fosr_json_text(r->why));
	put(ctx, "hosts", r->hosts);
	put(ctx, "planned", r->planned);
	put(ctx, "sent", r->sent);
	put(ctx, "late", r->late);
	put(ctx, "undelivered", r->undelivered);
	put(ctx, "sending_ns", r->sending_ns);
	put(ctx, "lateness_p50_ns", fosr_histo_at(&r->lateness, 500));
	put(ctx, "lateness_p99_ns", fosr_histo_at(&r->lateness, 990));
	put(ctx, "lateness_max_ns", r->lateness.max);
	put(ctx, "expected", r->expected);
	put(ctx, "received", r->received);
	put(ctx, "repeated", r->repeated);
	put(ctx, "foreign", r->foreign);
	put(ctx, "rx_dropped", r->rx_dropped);
}

/* All that was expected has arrived, or the reason to look. */
static int judge(struct fosr_ctx *ctx, const struct fosr_inject_result *r, bool unguarded)
{
	if (r->undelivered)
		fosr_note(ctx, "%llu packets did not leave by the count of the interface itself%s", r->undelivered,
			strcmp(r->engine, "live")
				? ""
				: ": its driver takes no redirected frames (on a veth pair, when the other end has "
				  "neither an XDP program nor GRO); try --engine xsk");
	if ((unguarded || r->received >= r->expected) && !r->undelivered)
		return FOSR_EXIT_OK;
	if (!unguarded && r->expected && !r->received)
		fosr_note(ctx,
			"nothing arrived from the other hosts: is the campaign running there, with the same options?");
	return FOSR_EXIT_NO;
}

/* "2", "0.5", "max"; in 1/65536. */
static int speed_parse(const char *text, __u64 *q16)
{
	char *end;
	double x;

	if (!strcmp(text, "max")) {
		*q16 = FOSR_ENGINE_MAX;
		return 0;
	}
	x = strtod(text, &end);
	if (*end || end == text || !(x >= 0.001 && x <= 1e6))
		return -EINVAL;
	*q16 = (__u64)(x * 65536 + 0.5);
	return 0;
}

static int run(void *args, int argc, char **operands, struct fosr_ctx *ctx)
{
	const struct args *a = args;
	struct fosr_inject_result result;
	struct fosr_inject_opts o = {
		.devs = a->devs.list.v,
		.devs_n = a->devs.list.n,
		.hosts = a->hosts.list.v,
		.hosts_n = a->hosts.list.n,
		.engine = (enum fosr_engine_kind)a->engine,
		.unguarded = a->unguarded,
		.outfile = a->outfile,
		.log = &ctx->log,
		.progress = progress,
	};
	struct fosr_campaign *c;
	struct line line;
	int ret;

	if (a->start && strcmp(a->start, "now") && fosr_time_parse(a->start, &o.start_ns))
		return fosr_usage(
			ctx, "--start %s: expected now, RFC 3339 (2025-05-01T10:00:00Z) or Unix seconds", a->start);
	if (a->speed && speed_parse(a->speed, &o.speed_q16))
		return fosr_usage(ctx, "--speed %s: expected a factor from 0.001 to 1000000, or max", a->speed);
	if (a->outfile && !strcmp(a->outfile, "-")) {
		ret = fosr_ctx_claim_stdout(ctx);
		if (ret)
			return ret;
	}
	ret = fosr_campaign_from_args(&c, &a->campaign, ctx);
	if (ret)
		return ret;
	if (!a->unguarded && c->taint != FOSR_TAINT_OPTION) {
		fosr_campaign_free(c);
		return fosr_usage(ctx, "the guard knows packets by their tag: --taint option, or --no-guard");
	}
	o.arg = &line;
	fosr_progress_start(&line.p, ctx, "injecting", "packets", c->packets);
	ret = fosr_inject(c, &o, &result, &ctx->err);
	fosr_progress_end(&line.p);
	if (!ret || result.planned)
		report(ctx, &result, a->unguarded);
	if (ret && result.kept[0])
		fosr_note(ctx, "what was recorded until then is %s", result.kept);
	if (!ret || result.planned)
		fosr_campaign_print(c, ctx);
	if (!ret)
		ret = judge(ctx, &result, a->unguarded);
	fosr_campaign_free(c);
	return ret;
}

const struct fosr_cmd fosr_cmd_inject = {
	.name = "inject",
	.synopsis = "--dev DEV... -d DURATION [options]",
	.summary = "play the local hosts' ends of the campaign on real interfaces",
	.details =
		"Every host of the campaign runs this with the same campaign options and the same --start; each plays the flows "
		"that have an end on it. The interfaces have a guard (fosr-xdp attach), which hands arriving packets over before "
		"the kernel sees them, and goes on hiding them if this process dies. Exit status 0 when everything planned was "
		"sent and everything expected has arrived.\n\n"
		"  sudo fosr-xdp attach eth0\n"
		"  sudo fosr-xdp inject --dev eth0 -n lab.yaml -d 1h --start 2025-05-01T10:00:00Z",
	.groups = groups,
	.args_size = sizeof(struct args),
	.defaults = &defaults,
	.needs = FOSR_NEED_ROOT,
	.needs_why = "to open AF_XDP sockets",
	.run = run,
};

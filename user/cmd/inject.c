// SPDX-License-Identifier: GPL-3.0-or-later
#include "play/inject.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "cli/out.h"
#include "cli/progress.h"
#include "cmd/campaign_opts.h"
#include "cmd/speed.h"
#include "cmd/table.h"

#define GIVE_UP_NS (30 * FOSR_NS_PER_S)

struct args {
	struct fosr_campaign_args campaign;
	struct fosr_strs devs, hosts;
	const char *start, *speed, *give_up;
	const char *outfile;
	unsigned int algo, engine, format, record;
	__u64 busy_poll, rx_ring, record_ring;
	bool unguarded;
};

#define AT(member) offsetof(struct args, member)

static const char *const algos[] = {[FOSR_RELIABLE] = "reliable", [FOSR_FAST] = "fast", NULL};

static const char *const records[] = {"tainted", "untainted", NULL};

static const struct fosr_opt rows[] = {
	{'i', "dev", FOSR_OPT_LIST, .required = true, .offset = AT(devs), .metavar = "DEV",
		.help = "interface to play on; give it once per interface"},
	{0, "host", FOSR_OPT_LIST, .offset = AT(hosts), .metavar = "NAME",
		.help = "this host of the network is here, although its address is not configured (default: hosts whose address is)"},
	{0, "algo", FOSR_OPT_CHOICE, .offset = AT(algo), .choices = algos,
		.help = "reliable: no packet before what its sender has to have seen, and what is lost is sent again; fast: every "
			"packet at its planned time (default: reliable)"},
	{0, "give-up", FOSR_OPT_STRING, .offset = AT(give_up), .metavar = "DURATION",
		.help = "reliable gives a flow up of which nothing comes for so long (default: 30s)"},
	{0, "engine", FOSR_OPT_CHOICE, .offset = AT(engine), .choices = fosr_engine_name,
		.help = "how frames get out: xsk (AF_XDP), live (XDP live frames: takes a processor), or auto (default: auto)"},
	{0, "busy-poll", FOSR_OPT_U64, .offset = AT(busy_poll), .max = 1000000, .metavar = "USEC",
		.help = "AF_XDP sockets ask the card for frames themselves, for so many microseconds (default: 0, interrupts do)"},
	{0, "rx-ring", FOSR_OPT_U64, .offset = AT(rx_ring), .min = 64, .max = FOSR_XSK_RX_RING_MAX, .metavar = "FRAMES",
		.help = "frames of a queue that may wait to be received: a power of two, twice as many are in memory (default: 8192)"},
	{0, "start", FOSR_OPT_STRING, .offset = AT(start), .metavar = "TIME|now|when-all-ready",
		.help = "wall clock at which the campaign's start is played: RFC 3339, Unix seconds, or now (give all machines the "
			"same); when-all-ready: as soon as all hosts of the network are played (default: now)"},
	{0, "speed", FOSR_OPT_STRING, .offset = AT(speed), .metavar = "X|max",
		.help = "play X times as fast as planned, or as fast as it goes (default: 1)"},
	{'o', "outfile", FOSR_OPT_STRING, .offset = AT(outfile), .metavar = "FILE",
		.help = "record what is sent and received, in order of time"},
	{0, "record", FOSR_OPT_CHOICE, .offset = AT(record), .choices = records,
		.help = "frames as on the wire, or as if they had never been tainted (default: tainted)"},
	{0, "record-ring", FOSR_OPT_NUMBER, .offset = AT(record_ring), .min = FOSR_RECORDING_RING_MIN,
		.max = FOSR_RECORDING_RING_MAX, .metavar = "BYTES",
		.help = "memory for frames that are not written yet; what finds it full is left out and counted (default: 64Mi)"},
	{0, "format", FOSR_OPT_CHOICE, .offset = AT(format), .choices = fosr_format_name,
		.help = "of the recording (default: pcap)"},
	{0, "no-guard", FOSR_OPT_FLAG, .offset = AT(unguarded),
		.help = "send without a guard: kernels will answer, and nothing that comes in is counted"},
	{0},
};

static const struct fosr_opt_group groups[] = {
	{"Injection", rows, 0},
	{"Campaign", fosr_campaign_opts, AT(campaign)},
	{0},
};

/* Not said: reliable, unless nothing can come in. */
#define ALGO_ANY (sizeof(algos) / sizeof(*algos))

static const struct args defaults = {
	.campaign = FOSR_CAMPAIGN_DEFAULTS(FOSR_TAINT_OPTION), .algo = ALGO_ANY, .record_ring = FOSR_RECORDING_RING};

struct line {
	struct fosr_progress p;
};

static void progress(void *arg, __u64 sent, __u64 time_ns)
{
	struct line *l = arg;

	fosr_progress_update(&l->p, sent);
}

static void put_in(json_t *object, const char *key, __u64 n)
{
	json_object_set_new(object, key, json_integer((json_int_t)n));
}

static void put(struct fosr_ctx *ctx, const char *key, __u64 n)
{
	put_in(ctx->json, key, n);
}

static const char *addr_text(__u32 addr, char text[INET_ADDRSTRLEN])
{
	struct in_addr a = {htonl(addr)};

	return inet_ntop(AF_INET, &a, text, INET_ADDRSTRLEN);
}

static void report_met(struct fosr_ctx *ctx, const struct fosr_inject_result *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->met.n; i++) {
		const struct fosr_met *m = &r->met.v[i];
		char addr[INET_ADDRSTRLEN], delay[FOSR_HUMAN], off[FOSR_HUMAN], digest[2 * FOSR_DIGEST_LEN + 1];
		json_t *one = json_pack("{s:s, s:b, s:b}", "address", addr_text(m->addr, addr), "silent", m->silent,
			"other_campaign", m->other);

		json_array_append_new(list, one);
		if (m->other) {
			json_object_set_new(one, "digest", json_string(fosr_digest_hex(m->digest, digest)));
			fosr_out(ctx, "shut out  %s plays another campaign, digest %s\n", addr, digest);
			continue;
		}
		if (m->delay_ns != UINT64_MAX) {
			put_in(one, "delay_ns", m->delay_ns);
			json_object_set_new(one, "clock_offset_ns", json_integer(m->offset_ns));
			fosr_out(ctx, "peer      %s: round trip %s, its clock %s %s%s\n", addr,
				fosr_human_ns(delay, m->delay_ns), fosr_human_ns(off, (__u64)llabs(m->offset_ns)),
				m->offset_ns < 0 ? "behind" : "ahead", m->silent ? "; said nothing at the end" : "");
		}
	}
	json_object_set_new(ctx->json, "peers", list);
}

#define LOST_SHOWN 8

static void report_lost(struct fosr_ctx *ctx, const struct fosr_inject_result *r)
{
	json_t *list = json_array();
	char addr[INET_ADDRSTRLEN];

	for (size_t i = 0; i < r->lost.n; i++) {
		const struct fosr_lost_flow *l = &r->lost.v[i];
		char id[32];

		snprintf(id, sizeof(id), "%llu", l->id);
		json_array_append_new(list,
			json_pack("{s:s, s:s, s:i, s:i}", "flow", id, "with", addr_text(l->addr, addr), "missing",
				(int)l->missing, "unsent", (int)l->unsent));
		if (i < LOST_SHOWN)
			fosr_out(ctx, "gave up   flow %s with %s: %u packets never came, %u were not sent\n", id, addr,
				l->missing, l->unsent);
	}
	if (r->lost_flows > LOST_SHOWN)
		fosr_out(ctx, "gave up   %llu flows in all; --json lists them\n", r->lost_flows);
	json_object_set_new(ctx->json, "lost", list);
	put(ctx, "lost_flows", r->lost_flows);
}

static void report_recovery(struct fosr_ctx *ctx, const struct fosr_inject_result *r)
{
	char n[2][FOSR_HUMAN];

	if (r->withheld)
		fosr_out(ctx,
			"withheld  %llu packets until what comes before them had arrived: median %s after their time, max %s\n",
			r->withheld, fosr_human_ns(n[0], fosr_histo_at(&r->waited, 500)),
			fosr_human_ns(n[1], r->waited.max));
	if (r->resent || r->copies)
		fosr_out(ctx, "again     %llu packets sent once more, %llu came once more\n", r->resent, r->copies);
	if (r->skipped)
		fosr_out(ctx, "skipped   %llu packets of flows that were played before this run began\n", r->skipped);
	put(ctx, "withheld", r->withheld);
	put(ctx, "waited_p50_ns", fosr_histo_at(&r->waited, 500));
	put(ctx, "waited_max_ns", r->waited.max);
	put(ctx, "resent", r->resent);
	put(ctx, "copies", r->copies);
	put(ctx, "skipped", r->skipped);
	report_met(ctx, r);
	report_lost(ctx, r);
}

static void report_recording(struct fosr_ctx *ctx, const struct fosr_recording_result *r)
{
	char ring[FOSR_HUMAN];

	fosr_out(ctx, "recorded  %llu frames, %llu left out; by a ring of %s\n", r->recorded, r->dropped,
		fosr_human_bytes(ring, r->ring));
	if (r->dropped)
		fosr_note(ctx, "%llu frames are not in the recording: %s", r->dropped,
			r->kept[0] ? "it could not be written"
				   : "the ring was full; a larger --record-ring, or a faster disk");
	if (r->disordered)
		fosr_note(ctx, "%llu frames of the recording stand behind younger ones", r->disordered);
	put(ctx, "recorded", r->recorded);
	put(ctx, "record_dropped", r->dropped);
	put(ctx, "record_disordered", r->disordered);
	put(ctx, "record_ring", r->ring);
}

static void report(struct fosr_ctx *ctx, const struct fosr_inject_result *r, const struct fosr_inject_opts *o)
{
	bool unguarded = o->unguarded;
	char n[4][FOSR_HUMAN], start[FOSR_TIME_TEXT], lost[128] = "";

	if (r->rx_dropped)
		snprintf(lost, sizeof(lost),
			"; %llu lost in this machine's receive ring of %u frames: --rx-ring makes it longer",
			r->rx_dropped, r->rx_ring);
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
			r->expected, r->expected > r->received ? r->expected - r->received : 0, r->repeated, lost);
	if (r->arrival.n)
		fosr_out(ctx,
			"arrival   median %s, p99 %s, max %s after their time, by this machine's clock; %llu early\n",
			fosr_human_ns(n[0], fosr_histo_at(&r->arrival, 500)),
			fosr_human_ns(n[1], fosr_histo_at(&r->arrival, 990)), fosr_human_ns(n[2], r->arrival.max),
			r->early);
	if (o->outfile)
		report_recording(ctx, &r->recording);
	if (o->algo == FOSR_RELIABLE)
		report_recovery(ctx, r);
	fosr_info(ctx, "%llu tagged packets for others came by; %llu lost in receive rings of %u frames", r->foreign,
		r->rx_dropped, r->rx_ring);
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
	put(ctx, "arrival_measured", r->arrival.n);
	put(ctx, "arrival_p50_ns", fosr_histo_at(&r->arrival, 500));
	put(ctx, "arrival_p99_ns", fosr_histo_at(&r->arrival, 990));
	put(ctx, "arrival_max_ns", r->arrival.max);
	put(ctx, "arrival_early", r->early);
	put(ctx, "expected", r->expected);
	put(ctx, "received", r->received);
	put(ctx, "repeated", r->repeated);
	put(ctx, "foreign", r->foreign);
	put(ctx, "rx_dropped", r->rx_dropped);
	put(ctx, "rx_ring", r->rx_ring);
}

/* All that was expected has arrived, or the reason to look. */
static int judge(struct fosr_ctx *ctx, const struct fosr_inject_result *r, const struct fosr_inject_opts *o)
{
	/* What is lost on the way is sent again, or its flow given up. */
	bool unguarded = o->unguarded, undelivered = r->undelivered && (o->algo == FOSR_FAST || !r->received),
	     other = false;

	if (undelivered)
		fosr_note(ctx, "%llu packets did not leave by the count of the interface itself%s", r->undelivered,
			strcmp(r->engine, "live")
				? ""
				: ": its driver takes no redirected frames (on a veth pair, when the other end has "
				  "neither an XDP program nor GRO); try --engine xsk");
	for (size_t i = 0; i < r->met.n; i++)
		other |= r->met.v[i].other;
	if ((unguarded || r->received >= r->expected) && !undelivered && !other && r->sent == r->planned &&
		!r->recording.dropped)
		return FOSR_EXIT_OK;
	if (!unguarded && r->expected && !r->received)
		fosr_note(ctx,
			"nothing arrived from the other hosts: is the campaign running there, with the same options?");
	return FOSR_EXIT_NO;
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
		.busy_poll_us = (__u32)a->busy_poll,
		.rx_ring = (__u32)a->rx_ring,
		.unguarded = a->unguarded,
		.algo = a->algo == ALGO_ANY ? (a->unguarded ? FOSR_FAST : FOSR_RELIABLE) : a->algo,
		.give_up_ns = GIVE_UP_NS,
		.outfile = a->outfile,
		.format = fosr_format[a->format],
		.record_ring = a->record_ring,
		.untaint = a->record,
		.log = &ctx->log,
		.progress = progress,
	};
	struct fosr_campaign *c;
	struct line line;
	int ret;

	o.when_ready = a->start && !strcmp(a->start, "when-all-ready");
	if (a->start && !o.when_ready && strcmp(a->start, "now") && fosr_time_parse(a->start, &o.start_ns))
		return fosr_usage(ctx,
			"--start %s: expected now, when-all-ready, RFC 3339 (2025-05-01T10:00:00Z) or Unix seconds",
			a->start);
	if (o.rx_ring & (o.rx_ring - 1))
		return fosr_usage(ctx, "--rx-ring %u: expected a power of two", o.rx_ring);
	if (o.unguarded && o.algo == FOSR_RELIABLE)
		return fosr_usage(ctx, "--algo reliable has to see what arrives: it does not go with --no-guard");
	if (o.when_ready && o.algo == FOSR_FAST)
		return fosr_usage(
			ctx, "--start when-all-ready needs --algo reliable, whose injectors talk to each other");
	if (a->give_up && (fosr_duration_parse(a->give_up, &o.give_up_ns) || !o.give_up_ns))
		return fosr_usage(ctx, "--give-up %s: expected a duration, such as 30s", a->give_up);
	if (a->speed && fosr_speed_parse(a->speed, &o.speed_q16))
		return fosr_usage(ctx, "--speed %s: " FOSR_SPEED_EXPECTED, a->speed);
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
		report(ctx, &result, &o);
	if (ret && result.recording.kept[0])
		fosr_note(ctx, "what was recorded until then is %s", result.recording.kept);
	if (!ret || result.planned)
		fosr_campaign_print(c, ctx);
	if (!ret)
		ret = judge(ctx, &result, &o);
	fosr_inject_release(&result);
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

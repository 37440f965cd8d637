// SPDX-License-Identifier: GPL-3.0-or-later
/* record: a capture of the tagged frames that a guarded interface takes in. */
#include "play/capture.h"

#include <string.h>

#include "cli/out.h"
#include "cli/progress.h"
#include "cmd/campaign_opts.h"
#include "cmd/table.h"

struct args {
	struct fosr_campaign_args campaign;
	const char *outfile;
	unsigned int format, record;
	__u64 ring, record_ring, stop_after, frames;
};

#define AT(member) offsetof(struct args, member)

static const char *const records[] = {"tainted", "untainted", NULL};

static const struct fosr_opt rows[] = {
	{'o', "outfile", FOSR_OPT_STRING, .required = true, .offset = AT(outfile), .metavar = "FILE",
		.help = "capture to write; - is standard output"},
	{0, "stop-after", FOSR_OPT_DURATION, .offset = AT(stop_after), .min = 1, .metavar = "DURATION",
		.help = "record for so long (default: until a signal)"},
	{0, "frames", FOSR_OPT_NUMBER, .offset = AT(frames), .min = 1, .metavar = "N",
		.help = "record so many frames (default: until a signal)"},
	{0, "record", FOSR_OPT_CHOICE, .offset = AT(record), .choices = records,
		.help = "frames as on the wire, or as if they had never been tagged (default: tainted)"},
	{0, "format", FOSR_OPT_CHOICE, .offset = AT(format), .choices = fosr_format_name,
		.help = "of the capture (default: pcap)"},
	{0, "ring", FOSR_OPT_NUMBER, .offset = AT(ring), .min = FOSR_CAPTURE_RING_MIN, .max = FOSR_CAPTURE_RING_MAX,
		.metavar = "FRAMES",
		.help = "room for frames that came in, per receive queue, up to the next power of two (default: 32768)"},
	{0, "record-ring", FOSR_OPT_NUMBER, .offset = AT(record_ring), .min = FOSR_RECORDING_RING_MIN,
		.max = FOSR_RECORDING_RING_MAX, .metavar = "BYTES",
		.help = "memory in which frames of several queues are put in order (default: 64Mi)"},
	{0},
};

static const struct fosr_opt_group groups[] = {
	{"Recording", rows, 0},
	{"Campaign, whose key the guard does not know yet", fosr_campaign_opts, AT(campaign)},
	{0},
};

static const struct args defaults = {.campaign = FOSR_CAMPAIGN_DEFAULTS(FOSR_TAINT_OPTION),
	.ring = FOSR_CAPTURE_RING,
	.record_ring = FOSR_RECORDING_RING};

struct line {
	struct fosr_progress p;
	bool ready; /* it was said */
};

static void progress(void *arg, __u64 frames)
{
	struct line *l = arg;

	if (!l->ready)
		fosr_info(l->p.ctx, "ready: what comes in from now on is recorded");
	l->ready = true;
	fosr_progress_update(&l->p, frames);
}

static void put(struct fosr_ctx *ctx, const char *key, __u64 n)
{
	json_object_set_new(ctx->json, key, json_integer((json_int_t)n));
}

static void report(struct fosr_ctx *ctx, const struct fosr_capture_result *r)
{
	char bytes[FOSR_HUMAN];

	fosr_out(ctx, "received  %llu frames, %s; %llu of them between injectors\n", r->received,
		fosr_human_bytes(bytes, r->bytes), r->control);
	fosr_out(ctx, "lost      %llu frames, for which the receive ring had no room (%zu queue%s of %u frames)\n",
		r->rx_dropped, r->queues, r->queues == 1 ? "" : "s", r->ring);
	fosr_out(ctx, "recorded  %llu frames, %llu left out\n", r->recording.recorded, r->recording.dropped);
	if (r->rx_dropped)
		fosr_note(ctx, "frames came faster than they were recorded: a larger --ring, or a faster disk");
	if (r->recording.disordered)
		fosr_note(ctx, "%llu frames stand behind younger ones", r->recording.disordered);
	put(ctx, "received", r->received);
	put(ctx, "bytes", r->bytes);
	put(ctx, "control", r->control);
	put(ctx, "rx_dropped", r->rx_dropped);
	put(ctx, "ring", r->ring);
	put(ctx, "queues", r->queues);
	put(ctx, "recorded", r->recording.recorded);
	put(ctx, "record_dropped", r->recording.dropped);
	put(ctx, "record_disordered", r->recording.disordered);
}

static int capture(const struct args *a, struct fosr_campaign *c, int argc, char **devs, struct fosr_ctx *ctx)
{
	struct fosr_capture_result result;
	struct line line = {.ready = false};
	const struct fosr_capture_opts o = {
		.devs = (const char *const *)devs,
		.devs_n = (size_t)argc,
		.c = c,
		.ring = (__u32)a->ring,
		.duration_ns = a->stop_after,
		.frames = a->frames,
		.recording = {.path = a->outfile,
			.format = fosr_format[a->format],
			.ring = a->record_ring,
			.untaint = a->record ? FOSR_TAINT_OPTION : FOSR_TAINT_NONE,
			.log = &ctx->log},
		.progress = progress,
		.arg = &line,
	};
	int ret;

	fosr_progress_start(&line.p, ctx, "recording", "packets", a->frames);
	ret = fosr_capture(&o, &result, &ctx->err);
	fosr_progress_end(&line.p);
	if (!ret || result.queues)
		report(ctx, &result);
	if (ret && result.recording.kept[0])
		fosr_note(ctx, "what was recorded until then is %s", result.recording.kept);
	return !ret && (result.rx_dropped || result.recording.dropped) ? FOSR_EXIT_NO : ret;
}

static int run(void *args, int argc, char **operands, struct fosr_ctx *ctx)
{
	const struct args *a = args;
	struct fosr_campaign *c = NULL;
	int ret = 0;

	if (!strcmp(a->outfile, "-"))
		ret = fosr_ctx_claim_stdout(ctx);
	if (!ret && (a->campaign.duration_ns || a->campaign.packets))
		ret = fosr_campaign_from_args(&c, &a->campaign, ctx);
	if (!ret)
		ret = capture(a, c, argc, operands, ctx);
	fosr_campaign_free(c);
	return ret;
}

const struct fosr_cmd fosr_cmd_record = {
	.name = "record",
	.synopsis = "DEV... -o FILE [options]",
	.summary = "capture the tagged frames that guarded interfaces take in",
	.details =
		"Other captures do not see what the guard takes off an interface; this one does, faster than they could, and "
		"counts what it loses: exit status 0 when nothing was lost. Each DEV has a guard (fosr-xdp attach) and no "
		"injector, which would have the frames itself: that one records by its own --outfile. Of a campaign whose key "
		"the guard does not know nothing is recorded: give the campaign's options. Without --stop-after and --frames "
		"a signal (Ctrl-C) is the end of the recording.\n\n"
		"Example: fosr-xdp record eth0 -o campaign.pcap -n lab.yaml -d 1h",
	.groups = groups,
	.args_size = sizeof(struct args),
	.defaults = &defaults,
	.min_operands = 1,
	.max_operands = -1,
	.needs = FOSR_NEED_ROOT,
	.needs_why = "to open AF_XDP sockets",
	.run = run,
};

// SPDX-License-Identifier: GPL-3.0-or-later
/* sensor: takes the tag off before a sensor or a capture on a port sees the packets. */
#include "xdp/sensor.h"

#include <string.h>

#include "cli/out.h"
#include "cmd/campaign_opts.h"
#include "cmd/program.h"
#include "cmd/table.h"

struct args {
	struct fosr_campaign_args campaign;
	unsigned int mode; /* enum fosr_xdp_mode */
	bool replace;
};

#define AT(member) offsetof(struct args, member)

static const struct fosr_opt rows[] = {
	{0, "mode", FOSR_OPT_CHOICE, .offset = AT(mode), .choices = fosr_xdp_mode_names,
		.help = "where the program runs: in the driver (native), in the stack (generic), or the first that "
			"works (default: auto)"},
	{0, "replace", FOSR_OPT_FLAG, .offset = AT(replace),
		.help = "take off another XDP program that is attached there"},
	{0},
};

static const struct fosr_opt_group groups[] = {
	{"Options of attach", rows, 0},
	{"Campaign, if only its tags are to come off", fosr_campaign_opts, AT(campaign)},
	{0},
};

static const struct args defaults = {.campaign = FOSR_CAMPAIGN_DEFAULTS(FOSR_TAINT_OPTION)};

struct job {
	const struct args *a;
	struct fosr_campaign *campaign; /* or NULL */
	__u32 keys;
	struct fosr_campaign_key key[FOSR_CAMPAIGN_KEYS + 1];
	struct fosr_secret secret[FOSR_CAMPAIGN_KEYS + 1];
};

/* All keys of the campaign, and the one of frames between its injectors. */
static void note_keys(struct job *job)
{
	const struct fosr_campaign *c = job->campaign;

	for (; job->keys < (c->keys ? FOSR_CAMPAIGN_KEYS : 1); job->keys++) {
		job->key[job->keys] = (struct fosr_campaign_key){.campaign = c->id, .key_id = (__u8)job->keys};
		job->secret[job->keys] = *fosr_campaign_key(c, (__u8)job->keys);
	}
	job->key[job->keys] = (struct fosr_campaign_key){.campaign = c->control.id};
	job->secret[job->keys++] = c->control.secret;
}

static int attach_one(void *arg, const char *dev, json_t *j, struct fosr_ctx *ctx, struct fosr_err *err)
{
	const struct job *job = arg;
	struct fosr_sensor_opts o = {.mode = (enum fosr_xdp_mode)job->a->mode,
		.replace = job->a->replace,
		.keys = job->keys,
		.key = job->key,
		.secret = job->secret};
	struct fosr_attached result;
	int ret;

	ret = fosr_sensor_attach(dev, &o, &result, err);
	if (!ret)
		fosr_program_attached(ctx, j, dev, &result);
	return ret;
}

static int detach_one(void *arg, const char *dev, json_t *j, struct fosr_ctx *ctx, struct fosr_err *err)
{
	bool was;
	int ret = fosr_sensor_detach(dev, &was, err);

	if (!ret)
		fosr_program_detached(ctx, j, dev, was);
	return ret;
}

static int status_one(void *arg, const char *dev, json_t *j, struct fosr_ctx *ctx, struct fosr_err *err)
{
	static const enum fosr_count counts[] = {FOSR_COUNT_OTHER, FOSR_COUNT_UNPARSABLE, FOSR_COUNT_STRIPPED,
		FOSR_COUNT_CONTROL, FOSR_COUNT_UNKNOWN_CAMPAIGN, FOSR_COUNT_BAD_MAC, FOSR_COUNT_UNFIT};
	__u64 count[FOSR_COUNTERS];
	bool attached;
	int ret = fosr_sensor_status(dev, &attached, count, err);

	return ret ? ret : fosr_program_status(ctx, j, dev, attached, count, counts, FOSR_ARRAY_SIZE(counts));
}

static int run(void *args, int argc, char **operands, struct fosr_ctx *ctx)
{
	static const struct fosr_program_verb verbs[] = {
		{"attach", attach_one}, {"detach", detach_one}, {"status", status_one}, {0}};
	const struct args *a = args;
	struct job job = {.a = a};
	int ret = 0;

	if (a->campaign.duration_ns || a->campaign.packets)
		ret = fosr_campaign_from_args(&job.campaign, &a->campaign, ctx);
	if (job.campaign)
		note_keys(&job);
	if (!ret)
		ret = fosr_program_run(verbs, &job, argc, operands, ctx);
	fosr_campaign_free(job.campaign);
	return ret;
}

const struct fosr_cmd fosr_cmd_sensor = {
	.name = "sensor",
	.synopsis = "attach|detach|status DEV... [options]",
	.summary = "take the tag off before a sensor on a port sees the packets",
	.details =
		"Puts an XDP program on each DEV, a port where a sensor or a capture listens: it takes the tag off and passes "
		"the packet as if it had never been there. A frame without our tag is never changed. Without campaign options "
		"whatever has the shape of a tag comes off; with them only what that campaign has tagged, and frames between "
		"its injectors are dropped. It stays until detach, whatever becomes of any process.\n\n"
		"Example: fosr-xdp sensor attach span0",
	.groups = groups,
	.args_size = sizeof(struct args),
	.defaults = &defaults,
	.min_operands = 2,
	.max_operands = -1,
	.needs = FOSR_NEED_ROOT,
	.needs_why = "to load the program",
	.run = run,
};

// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmd/table.h"

#include <stdlib.h>
#include <time.h>

#include "base/intr.h"
#include "cli/out.h"
#include "xdp/counters.h"
#include "xdp/guard.h"

#define REFS_MAX 256 /* interfaces that a status without operands shows */

struct args {
	bool watch;
};

static const struct fosr_opt rows[] = {
	{'w', "watch", FOSR_OPT_FLAG, .offset = offsetof(struct args, watch),
		.help = "print again every second, until interrupted"},
	{0},
};

static const struct fosr_opt_group groups[] = {{"Options", rows, 0}, {0}};

static json_t *status_json(const struct fosr_guard_status *s)
{
	json_t *j = json_object(), *counters = json_object(), *campaigns = json_array();
	char id[16];

	json_object_set_new(j, "interface", fosr_json_text(s->ifname));
	json_object_set_new(j, "attached", json_boolean(s->attached));
	if (s->other.id) {
		json_object_set_new(j, "other_program", json_integer(s->other.id));
		json_object_set_new(j, "other_program_name", fosr_json_text(s->other.name));
	}
	if (s->attached) {
		json_object_set_new(j, "mode", json_string(fosr_xdp_mode_name(s->mode)));
		json_object_set_new(j, "program", json_integer(s->prog_id));
		json_object_set_new(j, "dispatcher_programs", json_integer(s->shared));
		json_object_set_new(j, "verdict", json_string(fosr_verdict_name[s->verdict]));
		if (*s->mirror)
			json_object_set_new(j, "mirror", fosr_json_text(s->mirror));
		json_object_set_new(j, "sockets", s->sockets < 0 ? json_null() : json_integer(s->sockets));
		json_object_set_new(j, "campaign_count", json_integer(s->campaigns));
		json_object_set(j, "campaigns", campaigns);
		json_object_set(j, "counters", counters);
	}
	for (__u32 i = 0; i < s->campaigns && i < FOSR_GUARD_CAMPAIGNS; i++) {
		snprintf(id, sizeof(id), "%08x", s->campaign[i].campaign);
		json_array_append_new(
			campaigns, json_pack("{s:s, s:i}", "campaign", id, "key_id", (int)s->campaign[i].key_id));
	}
	for (int i = 0; i < FOSR_GUARD_COUNTS; i++)
		json_object_set_new(counters, fosr_count_name(i), json_integer((json_int_t)s->count[i]));
	json_decref(campaigns);
	json_decref(counters);
	return j;
}

static void status_text(struct fosr_ctx *ctx, const struct fosr_guard_status *s)
{
	if (!s->attached && s->other.id)
		fosr_out(ctx, "%s: not attached; another XDP program is there (%s, id %u)\n", s->ifname,
			*s->other.name ? s->other.name : "no name", s->other.id);
	else if (!s->attached)
		fosr_out(ctx, "%s: not attached\n", s->ifname);
	if (!s->attached)
		return;
	fosr_out(ctx, "%s: attached, %s mode, program %u, ", s->ifname, fosr_xdp_mode_name(s->mode), s->prog_id);
	if (s->shared)
		fosr_out(ctx, "one of %d in a dispatcher", s->shared);
	else
		fosr_out(ctx, "the interface's only one");
	fosr_out(ctx, ", verdict %s", fosr_verdict_name[s->verdict]);
	if (s->verdict == FOSR_VERDICT_MIRROR)
		fosr_out(ctx, " to %s", *s->mirror ? s->mirror : "an interface that is gone");
	if (s->sockets >= 0)
		fosr_out(ctx, ", %d AF_XDP socket%s", s->sockets, s->sockets == 1 ? "" : "s");
	fosr_out(ctx, "\n  campaigns:");
	for (__u32 i = 0; i < s->campaigns && i < FOSR_GUARD_CAMPAIGNS; i++)
		fosr_out(ctx, " %08x key %u", s->campaign[i].campaign, s->campaign[i].key_id);
	if (s->campaigns > FOSR_GUARD_CAMPAIGNS)
		fosr_out(ctx, " and %u more", s->campaigns - FOSR_GUARD_CAMPAIGNS);
	fosr_out(ctx, "%s\n  frames:", s->campaigns ? "" : " none");
	for (int i = 0; i < FOSR_GUARD_COUNTS; i++)
		fosr_out(ctx, " %s %llu", fosr_count_name(i), s->count[i]);
	fosr_out(ctx, "\n");
}

/* One look at each interface; *attached counts those with the guard. */
static int look(int n, char *const *devs, int *attached, struct fosr_ctx *ctx)
{
	json_t *list = json_array();
	struct fosr_guard_status s;
	int err = 0;

	*attached = 0;
	json_object_set_new(ctx->json, "interfaces", list);
	for (int i = 0; i < n && !err; i++) {
		err = fosr_guard_status(devs[i], &s, &ctx->err);
		if (err)
			break;
		*attached += s.attached;
		json_array_append_new(list, status_json(&s));
		status_text(ctx, &s);
	}
	if (!err && !n)
		fosr_out(ctx, "no interface of this network namespace has the guard\n");
	return err;
}

static int look_at_all(int *n, int *attached, struct fosr_ctx *ctx)
{
	static struct fosr_guard_ref refs[REFS_MAX];
	static char *names[REFS_MAX];
	int found = fosr_guard_list(refs, REFS_MAX, &ctx->err);

	if (found < 0)
		return found;
	if (found > REFS_MAX)
		fosr_warn(ctx, "%d interfaces have the guard, the first %d are shown; name those you mean", found,
			REFS_MAX);
	*n = found < REFS_MAX ? found : REFS_MAX;
	for (int i = 0; i < *n; i++)
		names[i] = refs[i].ifname;
	return look(*n, names, attached, ctx);
}

static int run(void *args, int argc, char **operands, struct fosr_ctx *ctx)
{
	const struct args *a = args;
	const struct timespec second = {.tv_sec = 1};
	int n = argc, attached = 0, err;

	if (a->watch && ctx->want_json)
		return fosr_usage(ctx, "--watch and --json exclude each other: --json prints one object");
	for (;;) {
		err = argc ? look(argc, operands, &attached, ctx) : look_at_all(&n, &attached, ctx);
		if (err || !a->watch)
			break;
		fflush(ctx->out);
		nanosleep(&second, NULL);
		if (fosr_interrupted())
			return fosr_err(&ctx->err, -EINTR, "interrupted");
	}
	if (err)
		return err;
	return n && attached == n ? 0 : FOSR_EXIT_NO;
}

const struct fosr_cmd fosr_cmd_status = {
	.name = "status",
	.synopsis = "[DEV...] [options]",
	.summary = "show where the guard is, what it knows and what it counted",
	.details = "Without DEV, every interface of this network namespace that has the guard. Exit status 1 if one of "
		   "those named has none, or if there is none at all.\n\n"
		   "Frames are counted by what became of them: other (no tag, passed), unparsable (passed), redirected "
		   "(to an injector's socket), dropped, mirrored, blinded (no socket there), unknown_campaign, bad_mac "
		   "and replayed (dropped).",
	.groups = groups,
	.args_size = sizeof(struct args),
	.max_operands = -1,
	.needs = FOSR_NEED_ROOT,
	.needs_why = "to read the guard's maps",
	.run = run,
};

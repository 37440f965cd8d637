// SPDX-License-Identifier: GPL-3.0-or-later
/* taint: tags foreign traffic on its way out. */
#include "xdp/taint.h"

#include <string.h>

#include <fosr/abi.h>

#include "play/local.h"
#include "campaign/secret.h"
#include "cli/out.h"
#include "cmd/program.h"
#include "cmd/table.h"

struct args {
	struct fosr_strs match;
	const char *secret_file;
	unsigned int hook; /* enum fosr_taint_hook */
};

#define AT(member) offsetof(struct args, member)

static const struct fosr_opt rows[] = {
	{0, "match", FOSR_OPT_LIST, .offset = AT(match), .metavar = "'PROTO SOURCE DESTINATION'",
		.help = "what to tag: tcp, udp or any; ends are any, an address or a network, and perhaps a port; give it once per "
			"filter: --match 'tcp 10.0.0.0/24 10.0.1.2:80'"},
	{0, "hook", FOSR_OPT_CHOICE, .offset = AT(hook), .choices = fosr_taint_hook_name,
		.help = "where: a tcx link (Linux 6.6), a filter of the interface's clsact qdisc, or the first that works "
			"(default: auto)"},
	{0, "secret-file", FOSR_OPT_STRING, .offset = AT(secret_file), .metavar = "FILE",
		.help = "mix the 16 or more bytes of this file, mode 0600, into the key; attach needs the same"},
	{0},
};

static const struct fosr_opt_group groups[] = {{"Options of attach", rows, 0}, {0}};

struct job {
	struct fosr_taint_opts o;
	struct fosr_taint_rule rule[FOSR_TAINT_RULES];
};

static int attach_one(void *arg, const char *dev, json_t *j, struct fosr_ctx *ctx, struct fosr_err *err)
{
	struct fosr_taint_attached result;
	struct job *job = arg;
	int ret = fosr_local_mtu(dev, &job->o.mtu, err);

	if (!ret)
		ret = fosr_taint_attach(dev, &job->o, &result, err);
	if (ret)
		return ret;
	json_object_set_new(j, "result", json_string(result.already ? "already attached" : "attached"));
	json_object_set_new(j, "hook", json_string(fosr_taint_hook_name[result.hook]));
	if (result.already)
		fosr_out(ctx, "%s: already attached (%s); nothing was changed, detach it first for other filters\n",
			dev, fosr_taint_hook_name[result.hook]);
	else
		fosr_out(ctx,
			"%s: attached (%s), %u filter%s; packets longer than %u bytes will have no room for the tag\n",
			dev, fosr_taint_hook_name[result.hook], job->o.rules, job->o.rules == 1 ? "" : "s",
			job->o.mtu - FOSR_TAG_LEN6);
	return 0;
}

static int detach_one(void *arg, const char *dev, json_t *j, struct fosr_ctx *ctx, struct fosr_err *err)
{
	bool was;
	int ret = fosr_taint_detach(dev, &was, err);

	if (!ret)
		fosr_program_detached(ctx, j, dev, was);
	return ret;
}

static int status_one(void *arg, const char *dev, json_t *j, struct fosr_ctx *ctx, struct fosr_err *err)
{
	static const enum fosr_count counts[] = {
		FOSR_COUNT_TAGGED, FOSR_COUNT_OTHER, FOSR_COUNT_UNPARSABLE, FOSR_COUNT_TOO_LONG, FOSR_COUNT_UNFIT};
	__u64 count[FOSR_COUNTERS];
	bool attached;
	int ret = fosr_taint_status(dev, &attached, count, err);

	return ret ? ret : fosr_program_status(ctx, j, dev, attached, count, counts, FOSR_ARRAY_SIZE(counts));
}

static int prepare(struct job *job, const struct args *a, struct fosr_ctx *ctx)
{
	struct fosr_common common;
	int ret = fosr_common_open(&common, a->secret_file, &ctx->err);

	if (ret)
		return ret;
	if (a->match.list.n > FOSR_TAINT_RULES)
		return fosr_usage(ctx, "%zu filters, at most %d", a->match.list.n, FOSR_TAINT_RULES);
	job->o = (struct fosr_taint_opts){
		.hook = (enum fosr_taint_hook)a->hook,
		.rule = job->rule,
		.rules = (__u32)a->match.list.n,
		.campaign = common.id,
		.secret = common.secret,
	};
	for (__u32 i = 0; i < job->o.rules; i++) {
		struct fosr_err err = {0};

		if (fosr_taint_rule_parse(a->match.list.v[i], &job->rule[i], &err))
			return fosr_usage(ctx, "%s", err.text);
	}
	return 0;
}

static int run(void *args, int argc, char **operands, struct fosr_ctx *ctx)
{
	static const struct fosr_program_verb verbs[] = {
		{"attach", attach_one}, {"detach", detach_one}, {"status", status_one}, {0}};
	const struct args *a = args;
	struct job job = {0};
	int ret = prepare(&job, a, ctx);

	if (!ret && !strcmp(operands[0], "attach") && !a->match.list.n)
		return fosr_usage(ctx, "say what to tag: --match 'tcp any 10.0.0.2:80'");
	return ret ? ret : fosr_program_run(verbs, &job, argc, operands, ctx);
}

const struct fosr_cmd fosr_cmd_taint = {
	.name = "taint",
	.synopsis = "attach|detach|status DEV... [options]",
	.summary = "tag the traffic of other programs on its way out",
	.details =
		"Puts a program at the egress of each DEV, which tags what matches a filter: a real client, or tcpreplay. Guards "
		"hide such packets like generated ones, and sensor and untaint take the tag off again. The tag needs 28 bytes of "
		"the MTU (32 with IPv6): what matches and has no room is dropped and counted, never sent untagged; give the route "
		"a smaller MTU (ip route ... mtu 1468). It stays until detach, whatever becomes of any process.\n\n"
		"Example: fosr-xdp taint attach eth0 --match 'tcp any 10.0.1.2:80'",
	.groups = groups,
	.args_size = sizeof(struct args),
	.min_operands = 2,
	.max_operands = -1,
	.needs = FOSR_NEED_ROOT,
	.needs_why = "to load the program",
	.run = run,
};

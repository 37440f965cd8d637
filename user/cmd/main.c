// SPDX-License-Identifier: GPL-3.0-or-later
/* Finds the command, reads its options, checks what it needs, runs it, and turns what it returns into an exit status.
 */
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/intr.h"
#include "cli/out.h"
#include "cmd/campaign_file.h"
#include "cmd/help.h"

/* Is the capability in effect? */
static bool capable(unsigned int cap)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};

	if (syscall(SYS_capget, &head, data))
		return false;
	return data[CAP_TO_INDEX(cap)].effective & CAP_TO_MASK(cap);
}

static int check_needs(const struct fosr_cmd *cmd, struct fosr_ctx *ctx)
{
	static const struct {
		unsigned int cap;
		bool of_admin; /* CAP_SYS_ADMIN stands for it as well */
		const char *name;
	} need[] = {{CAP_NET_ADMIN, false, "CAP_NET_ADMIN"}, {CAP_BPF, true, "CAP_BPF"},
		{CAP_PERFMON, true, "CAP_PERFMON"}};
	const char *lacks = NULL;

	if (!(cmd->needs & FOSR_NEED_ROOT))
		return 0;
	for (size_t i = 0; i < FOSR_ARRAY_SIZE(need) && !lacks; i++)
		if (!capable(need[i].cap) && !(need[i].of_admin && capable(CAP_SYS_ADMIN)))
			lacks = need[i].name;
	if (!lacks)
		return 0;
	return fosr_err(&ctx->err, -EPERM, "needs root %s: sudo fosr-xdp %s ... (or %s, which this process lacks)",
		cmd->needs_why ? cmd->needs_why : "to load BPF programs", cmd->name, lacks);
}

static int check_operands(const struct fosr_cmd *cmd, int n, char **operands, struct fosr_err *err)
{
	if (n < cmd->min_operands)
		return fosr_err(err, -EINVAL, "too few operands; usage: fosr-xdp %s %s", cmd->name, cmd->synopsis);
	if (cmd->max_operands >= 0 && n > cmd->max_operands)
		return fosr_err(err, -EINVAL, "unexpected operand '%s'; usage: fosr-xdp %s%s%s",
			operands[cmd->max_operands], cmd->name, *cmd->synopsis ? " " : "", cmd->synopsis);
	return 0;
}

/* What was printed has reached its reader or disk, or the command failed. */
static int finish_stdout(void)
{
	int bad = ferror(stdout);

	errno = 0;
	if (fflush(stdout) || bad)
		return errno ? -errno : -EIO;
	return 0;
}

static void print_json(struct fosr_ctx *ctx, int ret)
{
	char *text;

	if (!ctx->want_json || ret == FOSR_EXIT_USAGE)
		return;
	if (ret < 0)
		json_object_set_new(ctx->json, "error", fosr_json_text(ctx->err.text));
	text = json_dumps(ctx->json, JSON_INDENT(2));
	if (text)
		puts(text);
	free(text);
}

static int exit_status(struct fosr_ctx *ctx, int ret)
{
	int err;

	print_json(ctx, ret);
	err = finish_stdout();
	if (ret < 0 || ret == FOSR_EXIT_USAGE)
		fosr_fail_message(ctx, ctx->err.text[0] ? ctx->err.text : strerror(ret < 0 ? -ret : EINVAL));
	if (ret == -EINTR)
		return FOSR_EXIT_INTERRUPTED;
	if (ret == FOSR_EXIT_USAGE) {
		fprintf(stderr, "'fosr-xdp help%s%s' tells how it is used.\n", ctx->command ? " " : "",
			ctx->command ? ctx->command : "");
		return ret;
	}
	if (err) {
		fosr_err(&ctx->err, err, "standard output: %s; what was printed is not complete", strerror(-err));
		fosr_fail_message(ctx, ctx->err.text);
		return FOSR_EXIT_NO;
	}
	return ret < 0 ? FOSR_EXIT_NO : ret;
}

static int run_command(const struct fosr_cmd *cmd, void *args, int n, char **operands, struct fosr_ctx *ctx)
{
	int ret = check_needs(cmd, ctx);

	return ret ? ret : cmd->run(args, n, operands, ctx);
}

/* Wrong usage is FOSR_EXIT_USAGE before anything was done; --help wins over what is missing. */
static int parse_and_run(const struct fosr_cmd *cmd, void *args, int argc, char **argv, struct fosr_ctx *ctx)
{
	struct fosr_global_args global = {0};
	struct fosr_opt_bind binds[FOSR_BINDS];
	struct fosr_err err = {0};
	int n, ret;

	fosr_cmd_binds(cmd, args, &global, binds);
	n = fosr_opts_parse(binds, argc, argv, &err);
	if (n >= 0 && !global.help) {
		ret = check_operands(cmd, n, argv, &err);
		if (!ret)
			ret = fosr_opts_required(binds, &err);
		n = ret ? ret : n;
	}
	fosr_ctx_init(ctx, cmd->name, &global);
	ctx->err = err;
	if (n == -ENOMEM || !ctx->json)
		ret = -ENOMEM;
	else if (n < 0)
		ret = FOSR_EXIT_USAGE;
	else if (!global.help)
		ret = run_command(cmd, args, n, argv, ctx);
	else {
		fosr_help_command(cmd, stdout);
		ctx->want_json = false;
		ret = 0;
	}
	fosr_opts_release(binds);
	return ret;
}

/* A campaign file is options in front of the command line's, for the commands that have campaign options. */
static int expand(const struct fosr_cmd *cmd, struct fosr_argv *out, int argc, char **argv, struct fosr_ctx *ctx)
{
	const struct fosr_global_args global = {0};
	const struct fosr_opt_group *g = cmd->groups;
	struct fosr_err err = {0};
	int ret;

	while (g && g->rows && g->rows != fosr_campaign_opts)
		g++;
	ret = fosr_campaign_file_expand(out, argc, argv, g && g->rows, &err);
	if (ret) {
		fosr_ctx_init(ctx, cmd->name, &global);
		ctx->err = err;
	}
	return ret;
}

static int dispatch(const struct fosr_cmd *cmd, int argc, char **argv)
{
	struct fosr_argv words = {0};
	void *args = calloc(1, cmd->args_size ? cmd->args_size : 1);
	struct fosr_ctx ctx;
	int status;

	if (!args)
		return FOSR_EXIT_NO;
	if (cmd->defaults)
		memcpy(args, cmd->defaults, cmd->args_size);
	status = expand(cmd, &words, argc, argv, &ctx);
	if (!status)
		status = parse_and_run(cmd, args, (int)words.owned.n, words.v, &ctx);
	status = exit_status(&ctx, status);
	fosr_ctx_release(&ctx);
	fosr_argv_free(&words);
	free(args);
	return status;
}

static int wrong(const char *text)
{
	struct fosr_global_args global = {0};
	struct fosr_ctx ctx;
	int status;

	fosr_ctx_init(&ctx, NULL, &global);
	fosr_err(&ctx.err, -EINVAL, "%s", text);
	status = exit_status(&ctx, FOSR_EXIT_USAGE);
	fosr_ctx_release(&ctx);
	return status;
}

int main(int argc, char **argv)
{
	const struct fosr_cmd *cmd;
	const char *name = argc > 1 ? argv[1] : NULL;
	char text[200];

	if (!name) {
		fosr_help_short(stderr);
		return FOSR_EXIT_USAGE;
	}
	if (!strcmp(name, "-h") || !strcmp(name, "--help"))
		name = "help";
	else if (!strcmp(name, "--version") || !strcmp(name, "-V"))
		name = "version";
	cmd = fosr_cmd_find(name);
	if (!cmd) {
		if (name[0] == '-')
			snprintf(text, sizeof(text), "option %s before a command; write fosr-xdp COMMAND %s", name,
				name);
		else
			fosr_cmd_unknown(name, text, sizeof(text));
		return wrong(text);
	}
	fosr_intr_install();
	return dispatch(cmd, argc - 2, argv + 2);
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmd/help.h"

#include <string.h>

#include "base/nearest.h"
#include "cmd/table.h"

#define AT(member) offsetof(struct fosr_global_args, member)

static const char *const colors[] = {
	[FOSR_COLOR_AUTO] = "auto", [FOSR_COLOR_ALWAYS] = "always", [FOSR_COLOR_NEVER] = "never", NULL};

static const struct fosr_opt global_opts[] = {
	{'h', "help", FOSR_OPT_FLAG, .offset = AT(help), .help = "print this and end"},
	{'v', "verbose", FOSR_OPT_COUNT, .offset = AT(verbose), .help = "say more; twice, still more"},
	{'q', "quiet", FOSR_OPT_COUNT, .offset = AT(quiet),
		.help = "no progress and no notes; twice, no warnings either"},
	{0, "json", FOSR_OPT_FLAG, .offset = AT(json),
		.help = "print the results as one JSON object on standard output, and nothing else there"},
	{0, "color", FOSR_OPT_CHOICE, .offset = AT(color), .choices = colors,
		.help = "colours (default: auto, which means on a terminal unless NO_COLOR is set)"},
	{0},
};

void fosr_cmd_binds(
	const struct fosr_cmd *cmd, void *args, struct fosr_global_args *global, struct fosr_opt_bind binds[FOSR_BINDS])
{
	size_t n = 0;

	for (const struct fosr_opt_group *g = cmd->groups; g && g->rows && n < FOSR_CMD_GROUPS; g++)
		binds[n++] = (struct fosr_opt_bind){g->title, g->rows, (char *)args + g->base};
	binds[n++] = (struct fosr_opt_bind){"Options of every command", global_opts, global};
	binds[n] = (struct fosr_opt_bind){0};
}

const struct fosr_cmd *fosr_cmd_find(const char *name)
{
	for (size_t i = 0; fosr_cmds[i]; i++)
		if (!strcmp(fosr_cmds[i]->name, name))
			return fosr_cmds[i];
	return NULL;
}

void fosr_cmd_unknown(const char *name, char *buf, size_t size)
{
	struct fosr_nearest near = fosr_nearest(name);

	for (size_t i = 0; fosr_cmds[i]; i++)
		fosr_nearest_offer(&near, fosr_cmds[i]->name);
	if (near.best)
		snprintf(buf, size, "no command '%s'; did you mean '%s'?", name, near.best);
	else
		snprintf(buf, size, "no command '%s'; 'fosr-xdp help' lists them", name);
}

void fosr_help_short(FILE *f)
{
	fputs("usage: fosr-xdp COMMAND [options]\n       fosr-xdp help [COMMAND]\n\ncommands:", f);
	for (size_t i = 0; fosr_cmds[i]; i++)
		fprintf(f, " %s", fosr_cmds[i]->name);
	fputc('\n', f);
}

void fosr_help_all(FILE *f)
{
	fputs("fosr-xdp learns what a network's traffic looks like and plays such traffic: into a capture file,\n"
	      "or onto interfaces, where every host plays its own end and its kernel never notices.\n\n"
	      "usage: fosr-xdp COMMAND [options]\n\n",
		f);
	for (size_t i = 0; fosr_cmds[i]; i++)
		fprintf(f, "  %-12s %s\n", fosr_cmds[i]->name, fosr_cmds[i]->summary);
	fputs("\n'fosr-xdp help COMMAND' or 'fosr-xdp COMMAND --help' tells the rest.\n"
	      "Exit status: 0 done, 1 failed or \"no\", 2 wrong usage, 130 interrupted.\n",
		f);
}

void fosr_help_command(const struct fosr_cmd *cmd, FILE *f)
{
	struct fosr_opt_bind binds[FOSR_BINDS];

	fosr_cmd_binds(cmd, NULL, NULL, binds);
	fprintf(f, "usage: fosr-xdp %s%s%s\n\n", cmd->name, *cmd->synopsis ? " " : "", cmd->synopsis);
	fosr_help_wrap(f, 0, cmd->summary);
	fosr_opts_help(binds, f);
	if (cmd->details) {
		fputc('\n', f);
		fosr_help_wrap(f, 0, cmd->details);
	}
}

static int run_help(void *args, int argc, char **operands, struct fosr_ctx *ctx)
{
	const struct fosr_cmd *cmd;
	char text[200];

	if (ctx->want_json)
		return fosr_usage(ctx, "help has no JSON form");
	if (!argc) {
		fosr_help_all(stdout);
		return 0;
	}
	cmd = fosr_cmd_find(operands[0]);
	if (!cmd) {
		fosr_cmd_unknown(operands[0], text, sizeof(text));
		return fosr_usage(ctx, "%s", text);
	}
	fosr_help_command(cmd, stdout);
	return 0;
}

const struct fosr_cmd fosr_cmd_help = {
	.name = "help",
	.synopsis = "[COMMAND]",
	.summary = "list the commands, or tell all about one",
	.max_operands = 1,
	.run = run_help,
};

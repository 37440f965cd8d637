// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmd/network.h"

#include <string.h>

#include "cmd/table.h"

#define AT(member) offsetof(struct fosr_network_args, member)

static const struct fosr_opt check_rows[] = {
	{'p', "profile", FOSR_OPT_STRING, .offset = AT(profile), .metavar = "NAME|FILE",
		.help = "also say how much of this profile the network can play"},
	{0},
};

static const struct fosr_opt fill_rows[] = {
	{'o', "outfile", FOSR_OPT_STRING, .offset = AT(outfile), .metavar = "FILE",
		.help = "the network file to write; - is standard output"},
	{0, "dev", FOSR_OPT_LIST, .offset = AT(devs), .metavar = "DEV",
		.help = "look at this interface and its neighbours alone; once per interface (default: all)"},
	{0},
};

static const struct fosr_opt_group groups[] = {
	{"check", check_rows, 0},
	{"fill", fill_rows, 0},
	{0},
};

static const struct word {
	const char *name;
	int (*run)(const struct fosr_network_args *a, const char *operand, struct fosr_ctx *ctx);
} words[] = {
	{"check", fosr_network_check},
	{"fill", fosr_network_fill},
};

/* An option of another word is a mistake: it would do nothing. */
static int refuse_others(const struct fosr_network_args *a, const char *word, struct fosr_ctx *ctx)
{
	const struct {
		const char *name, *word;
		bool given;
	} option[] = {
		{"--profile", "check", a->profile},
		{"--outfile", "fill", a->outfile},
		{"--dev", "fill", a->devs.list.n},
	};

	for (size_t i = 0; i < FOSR_ARRAY_SIZE(option); i++)
		if (option[i].given && strcmp(option[i].word, word))
			return fosr_usage(ctx, "network %s takes no %s, which is an option of network %s", word,
				option[i].name, option[i].word);
	return 0;
}

static int run(void *args, int argc, char **operands, struct fosr_ctx *ctx)
{
	for (size_t i = 0; i < FOSR_ARRAY_SIZE(words); i++) {
		int ret;

		if (strcmp(operands[0], words[i].name))
			continue;
		ret = refuse_others(args, words[i].name, ctx);
		return ret ? ret : words[i].run(args, operands[1], ctx);
	}
	return fosr_usage(ctx, "network %s: expected check or fill", operands[0]);
}

const struct fosr_cmd fosr_cmd_network = {
	.name = "network",
	.synopsis = "check FILE [-p PROFILE] | fill FILE -o OUT [--dev DEV...]",
	.summary = "explain a network file, complete it, or make a first one",
	.details = "  fosr-xdp network check lab.yaml -p office\n"
		   "  fosr-xdp network fill lab.yaml -o lab.yaml --dev eth0",
	.groups = groups,
	.args_size = sizeof(struct fosr_network_args),
	.min_operands = 2,
	.max_operands = 2,
	.run = run,
};

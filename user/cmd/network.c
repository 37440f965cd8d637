// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmd/network.h"

#include <string.h>

#include "cmd/table.h"
#include "profile/network_make.h"

#define AT(member) offsetof(struct fosr_network_args, member)

static const struct fosr_opt check_rows[] = {
	{'p', "profile", FOSR_OPT_STRING, .offset = AT(profile), .metavar = "NAME|FILE",
		.help = "also say how much of this profile the network can play"},
	{0, "dot", FOSR_OPT_STRING, .offset = AT(dot), .metavar = "FILE", .help = "draw it as a graph for Graphviz"},
	{0, "svg", FOSR_OPT_STRING, .offset = AT(svg), .metavar = "FILE",
		.help = "draw it as a picture for browsers; - is standard output, as for --dot"},
	{0},
};

static const struct fosr_opt out_rows[] = {
	{'o', "outfile", FOSR_OPT_STRING, .offset = AT(outfile), .metavar = "FILE",
		.help = "the network file to write; - is standard output"},
	{0},
};

static const struct fosr_opt make_rows[] = {
	{0, "hosts", FOSR_OPT_U64, .offset = AT(hosts), .metavar = "N", .min = FOSR_MAKE_HOSTS_MIN,
		.max = FOSR_MAKE_HOSTS_MAX, .help = "users and servers together"},
	{'s', "seed", FOSR_OPT_U64, .offset = AT(seed), .metavar = "N",
		.help = "another seed is another mix of machines (default: 0)"},
	{0, "subnets", FOSR_OPT_U64, .offset = AT(subnets), .metavar = "K", .min = 1, .max = FOSR_MAKE_SUBNETS_MAX,
		.help = "the first is the servers' (default: one for each 200 users)"},
	{0, "ipv6", FOSR_OPT_FLAG, .offset = AT(ip6), .help = "give every host an IPv6 address as well"},
	{0},
};

static const struct fosr_opt fill_rows[] = {
	{0, "dev", FOSR_OPT_LIST, .offset = AT(devs), .metavar = "DEV",
		.help = "look at this interface and its neighbours alone; once per interface (default: all)"},
	{0},
};

static const struct fosr_opt_group groups[] = {
	{"check", check_rows, 0},
	{"fill", fill_rows, 0},
	{"from-profile", make_rows, 0},
	{"fill and from-profile", out_rows, 0},
	{0},
};

static const struct word {
	const char *name;
	int (*run)(const struct fosr_network_args *a, const char *operand, struct fosr_ctx *ctx);
} words[] = {
	{"check", fosr_network_check},
	{"fill", fosr_network_fill},
	{"from-profile", fosr_network_from_profile},
};

/* An option of another word is a mistake: it would do nothing. */
static int refuse_others(const struct fosr_network_args *a, const char *word, struct fosr_ctx *ctx)
{
	const struct {
		const char *name, *word;
		bool given;
	} option[] = {
		{"--profile", "check", a->profile},
		{"--dot", "check", a->dot},
		{"--svg", "check", a->svg},
		{"--hosts", "from-profile", a->hosts},
		{"--seed", "from-profile", a->seed},
		{"--subnets", "from-profile", a->subnets},
		{"--ipv6", "from-profile", a->ip6},
		{"--dev", "fill", a->devs.list.n},
	};

	if (a->outfile && !strcmp(word, "check"))
		return fosr_usage(ctx, "network check writes no network file: leave out --outfile");
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
	return fosr_usage(ctx, "network %s: expected check, fill or from-profile", operands[0]);
}

const struct fosr_cmd fosr_cmd_network = {
	.name = "network",
	.synopsis = "check FILE | fill FILE -o OUT | from-profile PROFILE -o FILE --hosts N",
	.summary = "explain a network file, complete it, or make a first one",
	.details = "  fosr-xdp network check lab.yaml -p office\n"
		   "  fosr-xdp network fill lab.yaml -o lab.yaml --dev eth0\n"
		   "  fosr-xdp network from-profile office -o first.yaml --hosts 40 --ipv6",
	.groups = groups,
	.args_size = sizeof(struct fosr_network_args),
	.min_operands = 2,
	.max_operands = 2,
	.run = run,
};

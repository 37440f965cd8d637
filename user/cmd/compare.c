// SPDX-License-Identifier: GPL-3.0-or-later
#include "fidelity/compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "cli/out.h"
#include "cmd/captures.h"
#include "cmd/compare_report.h"
#include "cmd/table.h"
#include "fidelity/page.h"

struct args {
	struct fosr_strs synthetic;
	struct fosr_strs services;
	__u64 flows, packets, rounds, seed;
	bool quick;
	const char *html;
};

#define AT(member) offsetof(struct args, member)

static const struct fosr_opt rows[] = {
	{'s', "synthetic", FOSR_OPT_LIST, .offset = AT(synthetic), .metavar = "CAPTURE",
		.help = "a synthetic capture; may be given again, and then all operands are real ones"},
	{0, "html", FOSR_OPT_STRING, .offset = AT(html), .metavar = "FILE",
		.help = "write a page with plots and all tables; it needs no network and no script"},
	{0, "service", FOSR_OPT_LIST, .offset = AT(services), .metavar = "NAME",
		.help = "print all rows of this service as well; may be given again"},
	{0, "flows", FOSR_OPT_NUMBER, .offset = AT(flows), .metavar = "N", .min = 100, .max = 1000000,
		.help = "flows held of each side; of more, a random sample (default: 20k)"},
	{0, "packets", FOSR_OPT_NUMBER, .offset = AT(packets), .metavar = "N", .min = 1, .max = 10000,
		.help = "packets looked at of each flow, its first (default: 100)"},
	{0, "rounds", FOSR_OPT_NUMBER, .offset = AT(rounds), .metavar = "N", .min = 20, .max = FOSR_ROUNDS_MAX,
		.help = "how often flows are resampled for the ranges (default: 100)"},
	{0, "seed", FOSR_OPT_U64, .offset = AT(seed), .metavar = "N",
		.help = "of samples, resampling and forests (default: 0)"},
	{0, "quick", FOSR_OPT_FLAG, .offset = AT(quick),
		.help = "leave out what takes forests: real or synthetic, and which service"},
	{0},
};

static const struct fosr_opt_group groups[] = {{"Comparing", rows, 0}, {0}};

static const struct args defaults = {.flows = 20000, .packets = 100, .rounds = 100};

/* Real captures first, then synthetic ones; borrowed names. */
static char **all_captures(const struct args *a, int argc, char **operands, size_t n[2])
{
	size_t named = a->synthetic.list.n;
	char **all = calloc((size_t)argc + named + 1, sizeof(*all));

	if (!all)
		return NULL;
	memcpy(all, operands, (size_t)argc * sizeof(*all));
	for (size_t i = 0; i < named; i++)
		all[(size_t)argc + i] = (char *)a->synthetic.list.v[i];
	n[1] = named ? named : 1;
	n[0] = (size_t)argc + named - n[1];
	return all;
}

static int write_page(const char *path, const struct fosr_compare *c, const struct fosr_compare_opts *o,
	const struct fosr_utility *u, struct fosr_ctx *ctx)
{
	char *page = NULL, size[FOSR_HUMAN];
	size_t len = 0;
	FILE *f = open_memstream(&page, &len);
	int ret = f ? fosr_page(f, c, o, u) : -ENOMEM;

	if (f && fclose(f))
		ret = -ENOMEM;
	if (ret)
		fosr_err(&ctx->err, ret, "%s: out of memory", path);
	else
		ret = fosr_file_write(path, page, len, &ctx->err);
	if (!ret)
		fosr_out(ctx, "\nwrote     %s, %s\n", path, fosr_human_bytes(size, len));
	free(page);
	return ret;
}

/* Better known now than after minutes of comparing. */
static int can_write(const char *path, struct fosr_err *err)
{
	struct fosr_outfile o;
	int ret = path ? fosr_outfile_open(&o, path, err) : 0;

	if (path && !ret)
		fosr_outfile_abort(&o);
	return ret;
}

static int compare(const struct args *a, char **all, const size_t n[2], struct fosr_ctx *ctx)
{
	struct fosr_capture_line line;
	struct fosr_compare c;
	struct fosr_utility u = {0};
	struct fosr_compare_opts o = {
		.captures = {(const char *const *)all, (const char *const *)all + n[0]},
		.n = {n[0], n[1]},
		.limits = {.flows = (__u32)a->flows, .packets = (__u32)a->packets, .seed = a->seed},
		.rounds = (__u32)a->rounds,
		.forests = !a->quick,
		.progress = {.fn = fosr_capture_line_update, .arg = &line},
	};
	int ret = can_write(a->html, &ctx->err);

	if (!ret)
		ret = fosr_capture_line_start(&line, ctx, "comparing", all, (int)(n[0] + n[1]));

	if (ret)
		return ret;
	ret = fosr_compare_captures(&c, &o, &ctx->err);
	fosr_capture_line_end(&line);
	if (!ret && o.forests)
		ret = fosr_utility(&c, &o, &u, &ctx->err);
	if (!ret) {
		fosr_compare_report(&c, &o, o.forests ? &u : NULL, &a->services, ctx);
		if (a->html)
			ret = write_page(a->html, &c, &o, o.forests ? &u : NULL, ctx);
	}
	fosr_utility_free(&u);
	fosr_compare_free(&c);
	return ret;
}

static int run(void *args, int argc, char **operands, struct fosr_ctx *ctx)
{
	const struct args *a = args;
	size_t n[2];
	char **all;
	int ret;

	if (a->html && !strcmp(a->html, "-") && fosr_ctx_claim_stdout(ctx))
		return FOSR_EXIT_USAGE;
	if (!a->synthetic.list.n && argc != 2)
		return fosr_usage(ctx,
			"takes a REAL and a SYNTHETIC capture; with more of them, --synthetic names each synthetic one");
	all = all_captures(a, argc, operands, n);
	if (!all)
		return fosr_err(&ctx->err, -ENOMEM, "out of memory");
	ret = compare(a, all, n, ctx);
	free(all);
	return ret;
}

const struct fosr_cmd fosr_cmd_compare = {
	.name = "compare",
	.synopsis = "REAL SYNTHETIC | REAL... --synthetic CAPTURE [options]",
	.summary = "tell how close synthetic captures are to real ones",
	.details =
		"One row per property: its value, the range that resampling the flows gives, the floor (one half of the real "
		"captures against the other; of several captures every other one is a half, of a single one what is later), "
		"and what that means in words. Addresses, ports and start times do not count. Both sides are cut alike.\n\n"
		"  fosr-xdp compare office.pcap made.pcap\n"
		"  fosr-xdp compare monday.pcap tuesday.pcap --synthetic made.pcap --service dns --html report.html",
	.groups = groups,
	.args_size = sizeof(struct args),
	.defaults = &defaults,
	.min_operands = 1,
	.max_operands = -1,
	.run = run,
};

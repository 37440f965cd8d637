// SPDX-License-Identifier: GPL-3.0-or-later
#include <string.h>
#include <sys/stat.h>

#include "cli/out.h"
#include "cmd/captures.h"
#include "cmd/table.h"
#include "ingest/flowtable.h"

struct args {
	const char *outfile;
};

#define AT(member) offsetof(struct args, member)

static const struct fosr_opt rows[] = {
	{'o', "outfile", FOSR_OPT_STRING, .required = true, .offset = AT(outfile), .metavar = "FILE",
		.help = "the table to write: CSV, or JSON lines if the name ends in .jsonl; - is standard output"},
	{0},
};

static const struct fosr_opt_group groups[] = {{"Output", rows, 0}, {0}};

static void report(struct fosr_ctx *ctx, const char *outfile, const struct fosr_ingest_stats *in)
{
	fosr_out(ctx, "wrote     %s, %llu flows\n", strcmp(outfile, "-") ? outfile : "standard output", in->flows_kept);
	fosr_out(ctx, "read      %llu packets in %llu files; %llu of them are in the flows\n", in->packets, in->files,
		in->fate[FOSR_PKT_KEPT]);
	fosr_packets_report(ctx, in);
	fosr_info(ctx,
		"%llu flows ended by silence, %llu by a new SYN on their ports, %llu early because %u were alive; "
		"%llu clock jumps, %llu packets captured in part",
		in->flows_idle, in->flows_reused, in->flows_evicted, FOSR_INGEST_FLOWS, in->clock_jumps, in->snapped);
	json_object_set_new(ctx->json, "files", json_integer((json_int_t)in->files));
	json_object_set_new(ctx->json, "flows", json_integer((json_int_t)in->flows_kept));
	json_object_set_new(ctx->json, "flows_ended_by_silence", json_integer((json_int_t)in->flows_idle));
	json_object_set_new(ctx->json, "flows_ended_by_new_syn", json_integer((json_int_t)in->flows_reused));
	json_object_set_new(ctx->json, "flows_ended_early", json_integer((json_int_t)in->flows_evicted));
	json_object_set_new(ctx->json, "clock_jumps", json_integer((json_int_t)in->clock_jumps));
	json_object_set_new(ctx->json, "packets_captured_in_part", json_integer((json_int_t)in->snapped));
}

/* Under whatever names. */
static bool same_file(const char *a, const char *b)
{
	struct stat x, y;

	return !stat(a, &x) && !stat(b, &y) && S_ISREG(x.st_mode) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static int check_outfile(const char *outfile, int n, char **captures, struct fosr_ctx *ctx)
{
	if (!strcmp(outfile, "-"))
		return fosr_ctx_claim_stdout(ctx);
	for (int i = 0; i < n; i++)
		if (same_file(outfile, captures[i]))
			return fosr_usage(ctx, "-o would write over the capture '%s'; give another file", outfile);
	return 0;
}

static int run(void *args, int argc, char **operands, struct fosr_ctx *ctx)
{
	const struct args *a = args;
	struct fosr_capture_line line;
	struct fosr_ingest_stats stats;
	const struct fosr_flowtable_opts o = {
		.captures = (const char *const *)operands,
		.n = (size_t)argc,
		.outfile = a->outfile,
		.log = &ctx->log,
		.progress = fosr_capture_line_update,
		.arg = &line,
	};
	int ret = check_outfile(a->outfile, argc, operands, ctx);

	if (!ret)
		ret = fosr_capture_line_start(&line, ctx, "reading", operands, argc);
	if (ret)
		return ret;
	ret = fosr_flowtable(&o, &stats, &ctx->err);
	fosr_capture_line_end(&line);
	if (!ret)
		report(ctx, a->outfile, &stats);
	return ret;
}

const struct fosr_cmd fosr_cmd_pcap2flow = {
	.name = "pcap2flow",
	.synopsis = "CAPTURE... -o FILE [options]",
	.summary = "list the flows of captures, a row each",
	.details =
		"Reads what learn reads, and finds the same flows: by opener, ended by silence (TCP 5 minutes, UDP 1 minute), by a "
		"new SYN on the same ports, or with their capture. Each row has ends, times, service, end state, and each way "
		"packets, bytes, TTL, flags, and what was sent again or came late. Nothing is left out of the sums, and packets "
		"that are of no flow are counted by reason.\n\n"
		"  fosr-xdp pcap2flow monday.pcapng tuesday.pcap -o week.csv\n"
		"  fosr-xdp pcap2flow - -o - < lab.pcap | head",
	.groups = groups,
	.args_size = sizeof(struct args),
	.min_operands = 1,
	.max_operands = -1,
	.run = run,
};

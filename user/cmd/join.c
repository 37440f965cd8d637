// SPDX-License-Identifier: GPL-3.0-or-later
#include <string.h>
#include <sys/stat.h>

#include "campaign/join.h"
#include "cli/out.h"
#include "cli/progress.h"
#include "cmd/table.h"

struct args {
	const char *outfile;
};

static const struct fosr_opt rows[] = {
	{'o', "outfile", FOSR_OPT_STRING, .required = true, .offset = offsetof(struct args, outfile), .metavar = "FILE",
		.help = "the capture to write; - is standard output"},
	{0},
};

static const struct fosr_opt_group groups[] = {{"Options", rows, 0}, {0}};

static void progress(void *arg, __u64 bytes)
{
	fosr_progress_update(arg, bytes);
}

static __u64 size_of(char **files, int n)
{
	__u64 sum = 0;
	struct stat st;

	for (int i = 0; i < n; i++)
		sum += stat(files[i], &st) ? 0 : (__u64)st.st_size;
	return sum;
}

static int run(void *args, int argc, char **operands, struct fosr_ctx *ctx)
{
	const struct args *a = args;
	struct fosr_join_result result;
	struct fosr_progress line;
	char bytes[FOSR_HUMAN];
	int ret = strcmp(a->outfile, "-") ? 0 : fosr_ctx_claim_stdout(ctx);

	if (ret)
		return ret;
	fosr_progress_start(&line, ctx, "joining", "B", size_of(operands, argc));
	ret = fosr_join(
		&(struct fosr_join_opts){
			.shards = (const char *const *)operands,
			.n = (size_t)argc,
			.path = a->outfile,
			.log = &ctx->log,
			.progress = progress,
			.arg = &line,
		},
		&result, &ctx->err);
	fosr_progress_end(&line);
	if (ret)
		return ret;
	fosr_out(ctx, "%s: %llu packets, %s, of %d shards\n", strcmp(a->outfile, "-") ? a->outfile : "standard output",
		result.packets, fosr_human_bytes(bytes, result.writer.bytes), argc);
	json_object_set_new(ctx->json, "packets", json_integer((json_int_t)result.packets));
	json_object_set_new(ctx->json, "bytes", json_integer((json_int_t)result.writer.bytes));
	json_object_set_new(ctx->json, "shards", json_integer(argc));
	return 0;
}

const struct fosr_cmd fosr_cmd_join = {
	.name = "join",
	.synopsis = "-o FILE SHARD...",
	.summary = "put the shards of a campaign together",
	.details =
		"Shards are what create-pcap --shard writes, in any order. All of them together become the file that the "
		"campaign without --shard is, byte for byte.\n\n"
		"  fosr-xdp create-pcap -d 7days --shard 1/2 -o first.pcap     # on one machine\n"
		"  fosr-xdp create-pcap -d 7days --shard 2/2 -o second.pcap    # on another\n"
		"  fosr-xdp join -o week.pcap first.pcap second.pcap",
	.groups = groups,
	.args_size = sizeof(struct args),
	.min_operands = 1,
	.max_operands = FOSR_SHARDS_MAX,
	.run = run,
};

// SPDX-License-Identifier: GPL-3.0-or-later
/* untaint: takes the tag (or the evil bit) off the packets of a capture file. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "cli/out.h"
#include "cli/progress.h"
#include "cmd/table.h"
#include "ingest/rewrite.h"
#include "sink/writer.h"

struct untaint_args {
	const char *in;
	const char *out;
	unsigned int taint; /* index in taint_names */
	bool only_tagged;
};

static const char *const taint_names[] = {"option", "evil-bit", "any", NULL};
static const enum fosr_rewrite_taint taints[] = {FOSR_REWRITE_OPTION, FOSR_REWRITE_EVIL_BIT, FOSR_REWRITE_ANY};

static const struct fosr_opt untaint_opts[] = {
	{.letter = 'i',
		.name = "infile",
		.kind = FOSR_OPT_STRING,
		.required = true,
		.offset = offsetof(struct untaint_args, in),
		.metavar = "FILE",
		.help = "capture to read, pcap or pcapng; - is standard input"},
	{.letter = 'o',
		.name = "outfile",
		.kind = FOSR_OPT_STRING,
		.required = true,
		.offset = offsetof(struct untaint_args, out),
		.metavar = "FILE",
		.help = "capture to write; - is standard output. It stands under its name only when it is complete"},
	{.name = "taint",
		.kind = FOSR_OPT_CHOICE,
		.offset = offsetof(struct untaint_args, taint),
		.choices = taint_names,
		.help = "what to take off: our IP option, the reserved bit of the IPv4 flags, or both (default option)"},
	{.name = "only-tagged",
		.kind = FOSR_OPT_FLAG,
		.offset = offsetof(struct untaint_args, only_tagged),
		.help = "leave out packets that carried no taint"},
	{.name = NULL},
};

/* A write error shows up again, with its place, when the writer is finished. */
static int write_out(void *arg, const void *data, size_t len, struct fosr_err *err)
{
	return fosr_writer_put(arg, data, (__u32)len);
}

static void show_progress(void *arg, __u64 bytes)
{
	fosr_progress_update(arg, bytes);
}

static int open_in(const struct untaint_args *a, struct fosr_rewrite *r, __u64 *size, struct fosr_err *err)
{
	struct stat st;

	*size = 0;
	r->name = strcmp(a->in, "-") ? a->in : "standard input";
	r->in = strcmp(a->in, "-") ? fopen(a->in, "rbe") : stdin;
	if (!r->in)
		return fosr_err(err, -errno, "%s: cannot be opened: %s", a->in, strerror(errno));
	if (fstat(fileno(r->in), &st))
		return 0;
	if (S_ISDIR(st.st_mode))
		return fosr_err(err, -EISDIR, "%s: is a directory; name a capture file in it", a->in);
	if (S_ISREG(st.st_mode))
		*size = (__u64)st.st_size;
	return 0;
}

/* What is written ends at a record's end whatever happens, so an interrupted run leaves a sound capture. */
static int end_output(struct fosr_writer *w, int ret, struct fosr_ctx *ctx)
{
	char name[FOSR_PATH_MAX + 32] = "";
	struct fosr_err write_err = {0};

	if (ret == -EINTR && !fosr_writer_keep(w, name, sizeof(name), &write_err))
		return fosr_err(&ctx->err, ret, "interrupted; what was done so far is in %s", name);
	if (ret == -EINTR || !ret)
		return ret ? ret : fosr_writer_finish(w, NULL, &ctx->err);
	if (!ctx->err.code) {
		/* The writer refused: it knows why, and leaves nothing behind either. */
		fosr_writer_finish(w, NULL, &ctx->err);
		return ret;
	}
	fosr_writer_abort(w);
	return ret;
}

static int rewrite(const struct untaint_args *a, struct fosr_rewrite *r, __u64 size, struct fosr_ctx *ctx)
{
	struct fosr_progress progress;
	struct fosr_writer *w;
	int ret = fosr_writer_open(&w, a->out, FOSR_WRITER_AUTO, &ctx->log, &ctx->err);

	if (ret)
		return ret;
	fosr_progress_start(&progress, ctx, "untainting", "B", size);
	r->taint = taints[a->taint];
	r->only_tagged = a->only_tagged;
	r->write = write_out;
	r->write_arg = w;
	r->progress = show_progress;
	r->progress_arg = &progress;
	ret = fosr_rewrite_run(r, &ctx->err);
	fosr_progress_end(&progress);
	return end_output(w, ret, ctx);
}

static void report(const struct fosr_rewrite_stats *s, const struct untaint_args *a, struct fosr_ctx *ctx)
{
	const struct {
		const char *key, *text;
		__u64 n;
	} rows[] = {
		{"packets", "packets read", s->packets},
		{"written", "packets written", s->written},
		{"stripped", "tags taken off", s->stripped},
		{"cleared", "evil bits cleared", s->cleared},
		{"cut", "left as they are, the tag is cut by the snap length", s->cut},
		{"unfit", "left as they are, in a Simple Packet Block that was snapped", s->unfit},
		{"other_link", "left as they are, of a link type that is not looked into", s->other_link},
	};

	for (size_t i = 0; i < FOSR_ARRAY_SIZE(rows); i++) {
		json_object_set_new(ctx->json, rows[i].key, json_integer((json_int_t)rows[i].n));
		if (i < 3 || rows[i].n)
			fosr_out(ctx, "%12llu %s\n", (unsigned long long)rows[i].n, rows[i].text);
	}
	json_object_set_new(ctx->json, "bytes_in", json_integer((json_int_t)s->bytes_in));
	json_object_set_new(ctx->json, "bytes_out", json_integer((json_int_t)s->bytes_out));
	if (s->cut || s->unfit)
		fosr_warn(ctx,
			"%llu tags are still in %s; capture with a larger snap length, as pcap or with Enhanced Packet Blocks",
			(unsigned long long)(s->cut + s->unfit), a->out);
}

static int run(void *args, int argc, char **operands, struct fosr_ctx *ctx)
{
	const struct untaint_args *a = args;
	struct fosr_rewrite r = {0};
	__u64 size;
	int ret = 0;

	if (!strcmp(a->out, "-"))
		ret = fosr_ctx_claim_stdout(ctx);
	if (ret)
		return ret;
	ret = open_in(a, &r, &size, &ctx->err);
	if (!ret)
		ret = rewrite(a, &r, size, ctx);
	if (r.in && r.in != stdin)
		fclose(r.in);
	if (!ret)
		report(&r.stats, a, ctx);
	return ret;
}

static const struct fosr_opt_group groups[] = {
	{"Options", untaint_opts, 0},
	{NULL, NULL, 0},
};

const struct fosr_cmd fosr_cmd_untaint = {
	.name = "untaint",
	.synopsis = "-i IN -o OUT [options]",
	.summary = "take the tag off the packets of a capture file",
	.details =
		"Everything but tainted packets is copied byte for byte, in the format of the input. No key is needed:\n"
		"whatever has the shape of a tag comes off. To prove whose it is, see fosr-xdp verify.\n"
		"\n"
		"  fosr-xdp untaint -i witness.pcap -o clean.pcap\n"
		"  tcpdump -i eth0 -w - | fosr-xdp untaint -i - -o - | tcpdump -n -r -",
	.groups = groups,
	.args_size = sizeof(struct untaint_args),
	.run = run,
};

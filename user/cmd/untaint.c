// SPDX-License-Identifier: GPL-3.0-or-later
/* untaint: takes the tag (or the evil bit) off the packets of a capture file. */
#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "cli/out.h"
#include "cli/progress.h"
#include "cmd/table.h"
#include "ingest/rewrite.h"
#include "sink/reader.h"
#include "sink/writer.h"
#include "xdp/strip.h"

enum engine { ENGINE_AUTO, ENGINE_BPF, ENGINE_USER };

struct untaint_args {
	const char *in;
	const char *out;
	unsigned int taint; /* index in taint_names */
	unsigned int engine; /* enum engine */
	bool only_tagged;
};

static const char *const taint_names[] = {"option", "evil-bit", "any", NULL};
static const __u8 taints[] = {FOSR_UNTAINT_OPTION, FOSR_UNTAINT_EVIL_BIT, FOSR_UNTAINT_OPTION | FOSR_UNTAINT_EVIL_BIT};
static const char *const engine_names[] = {[ENGINE_AUTO] = "auto", [ENGINE_BPF] = "bpf", [ENGINE_USER] = "user", NULL};

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
	{.name = "engine",
		.kind = FOSR_OPT_CHOICE,
		.offset = offsetof(struct untaint_args, engine),
		.choices = engine_names,
		.help = "what works on the packets: a BPF program, this program, or the BPF program where it may be loaded "
			"(default auto); the file is the same"},
	{.name = NULL},
};

struct untaint {
	struct fosr_reader *reader;
	struct fosr_writer *writer;
	struct fosr_strip *strip; /* NULL: in user space */
	struct fosr_rewrite rewrite;
};

static __u8 *peek(void *arg, size_t n, size_t *have, struct fosr_err *err)
{
	struct untaint *u = arg;

	return fosr_reader_peek(u->reader, n, have, err);
}

static void drop(void *arg, size_t n)
{
	struct untaint *u = arg;

	fosr_reader_drop(u->reader, n);
}

/* A write error shows up again, with its place, when the writer is finished. */
static __u8 *room(void *arg, __u32 n, struct fosr_err *err)
{
	struct untaint *u = arg;

	return fosr_writer_reserve(u->writer, n);
}

static void commit(void *arg, __u32 n)
{
	struct untaint *u = arg;

	fosr_writer_commit(u->writer, n);
}

/* What lies where the program cannot see all of its window is done here, by the same lines. */
static int strip(void *arg, __u8 *base, struct fosr_untaint_item *item, __u32 n, struct fosr_err *err)
{
	struct untaint *u = arg;
	int ret = fosr_strip_run(u->strip, (size_t)(base - fosr_reader_ring(u->reader)), item, n, err);

	for (__u32 i = 0; i < n && !ret; i++)
		if (item[i].pad)
			fosr_rewrite_strip(base, &item[i], 1);
	return ret;
}

static void show_progress(void *arg, __u64 bytes)
{
	fosr_progress_update(arg, bytes);
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

static int open_strip(struct untaint *u, enum engine engine, struct fosr_ctx *ctx)
{
	struct fosr_err why = {0};
	int ret;

	if (engine == ENGINE_USER)
		return 0;
	ret = fosr_strip_open(&u->strip, FOSR_READER_RING, engine == ENGINE_BPF ? &ctx->err : &why);
	if (ret && engine == ENGINE_AUTO) {
		fosr_info(ctx, "working without BPF: %s", why.text);
		return 0;
	}
	return ret;
}

static int rewrite(const struct untaint_args *a, struct untaint *u, struct fosr_ctx *ctx)
{
	struct fosr_rewrite *r = &u->rewrite;
	struct fosr_progress progress;
	int ret = fosr_writer_open(&u->writer, a->out, FOSR_WRITER_AUTO, &ctx->log, &ctx->err);

	if (ret)
		return ret;
	fosr_progress_start(&progress, ctx, "untainting", "B", fosr_reader_size(u->reader));
	*r = (struct fosr_rewrite){
		.name = strcmp(a->in, "-") ? a->in : "standard input",
		.source = {peek, drop, u},
		.target = {room, commit, u},
		.strip = u->strip ? strip : NULL,
		.strip_arg = u,
		.progress = show_progress,
		.progress_arg = &progress,
		.taint = taints[a->taint],
		.only_tagged = a->only_tagged,
	};
	ret = fosr_rewrite_run(r, &ctx->err);
	fosr_progress_end(&progress);
	return end_output(u->writer, ret, ctx);
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
		{"control", "left out, frames between injectors", s->control},
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
	struct untaint u = {0};
	int ret = 0;

	if (!strcmp(a->out, "-"))
		ret = fosr_ctx_claim_stdout(ctx);
	if (!ret)
		ret = open_strip(&u, (enum engine)a->engine, ctx);
	if (!ret)
		ret = fosr_reader_open(&u.reader, a->in,
			&(struct fosr_reader_opts){.ring_fd = u.strip ? fosr_strip_fd(u.strip) : -1, .log = &ctx->log},
			&ctx->err);
	if (!ret)
		ret = rewrite(a, &u, ctx);
	if (!ret)
		report(&u.rewrite.stats, a, ctx);
	json_object_set_new(ctx->json, "engine", json_string(engine_names[u.strip ? ENGINE_BPF : ENGINE_USER]));
	fosr_reader_close(u.reader);
	fosr_strip_close(u.strip);
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

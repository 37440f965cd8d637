// SPDX-License-Identifier: GPL-3.0-or-later
#include "import/import.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/out.h"
#include "cmd/table.h"

struct args {
	const char *outfile;
	const char *name;
	const char *fallback;
	const char *network;
	bool keep_payloads;
};

#define AT(member) offsetof(struct args, member)

static const struct fosr_opt rows[] = {
	{'o', "outfile", FOSR_OPT_STRING, .required = true, .offset = AT(outfile), .metavar = "PROFILE",
		.help = "the profile to write (*.fosr)"},
	{0, "name", FOSR_OPT_STRING, .offset = AT(name), .metavar = "NAME",
		.help = "what the profile is called (default: its file's name)"},
	{0, "fallback", FOSR_OPT_STRING, .offset = AT(fallback), .metavar = "PROFILE",
		.help = "profile that gives packets to services without an automaton (default: they are left out)"},
	{0, "keep-payloads", FOSR_OPT_FLAG, .offset = AT(keep_payloads),
		.help = "keep the bytes of payloads that the models carry, not only their lengths"},
	{0, "network", FOSR_OPT_STRING, .offset = AT(network), .metavar = "FILE",
		.help = "also write a network file with the model's hosts"},
	{0},
};

static const struct fosr_opt_group groups[] = {{"Importing", rows, 0}, {0}};

/* The file's name without folder and ".fosr". */
static void name_of(const struct args *a, char *name, size_t size)
{
	const char *base = strrchr(a->outfile, '/');
	size_t n;

	snprintf(name, size, "%s", a->name ? a->name : base ? base + 1 : a->outfile);
	n = strlen(name);
	if (!a->name && n > 5 && !strcmp(name + n - 5, ".fosr"))
		name[n - 5] = 0;
}

static void report(struct fosr_ctx *ctx, const struct fosr_import_result *r)
{
	json_t *lines = json_array();
	char text[sizeof(r->report.line.v->text)], hex[FOSR_DIGEST_HEX];

	for (size_t i = 0; i < r->report.line.n; i++) {
		const struct fosr_report_line *l = &r->report.line.v[i];

		fosr_text_clean(text, sizeof(text), l->text);
		fosr_out(ctx, "%s: %s\n", fosr_report_word[l->kind], text);
		json_array_append_new(lines,
			json_pack("{s:s, s:o}", "what", fosr_report_word[l->kind], "text", fosr_json_text(l->text)));
	}
	fosr_digest_hex(r->digest, hex);
	fosr_out(ctx, "profile %s: %zu services, %.0f flows a day; %.4g %% of the model's flows excluded\n", hex,
		r->services, r->per_day, 100 * r->excluded);
	json_object_set_new(ctx->json, "report", lines);
	json_object_set_new(ctx->json, "profile", json_string(hex));
	json_object_set_new(ctx->json, "services", json_integer((json_int_t)r->services));
	json_object_set_new(ctx->json, "files", json_integer((json_int_t)r->files));
	json_object_set_new(ctx->json, "flows_per_day", json_real(r->per_day));
	json_object_set_new(ctx->json, "excluded_share", json_real(r->excluded));
}

static int write_bytes(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno != EINTR)
			return -errno;
		if (done > 0) {
			p += done;
			n -= (size_t)done;
		}
	}
	return 0;
}

/* Both files, or none: the profile gets its name when the network file has its own. */
static int write_all(const struct args *a, const struct fosr_import_result *r, struct fosr_err *err)
{
	struct fosr_outfile o;
	int ret = fosr_outfile_open(&o, a->outfile, err);

	if (ret)
		return ret;
	ret = write_bytes(o.fd, r->buf, r->len);
	if (ret)
		fosr_err(err, ret, "%s: cannot write: %s", a->outfile, strerror(-ret));
	if (!ret && a->network)
		ret = fosr_file_write(a->network, r->network, strlen(r->network), err);
	if (!ret)
		return fosr_outfile_commit(&o, err);
	fosr_outfile_abort(&o);
	return ret;
}

static int run(void *args, int argc, char **operands, struct fosr_ctx *ctx)
{
	const struct args *a = args;
	char name[64];
	struct fosr_import_opts o = {.dir = operands[1],
		.name = name,
		.fallback = a->fallback,
		.keep_payloads = a->keep_payloads,
		.network = a->network};
	struct fosr_import_result r;
	int ret;

	if (strcmp(operands[0], "fosr"))
		return fosr_usage(ctx, "\"%s\" cannot be imported: write import fosr DIR", operands[0]);
	if (!strcmp(a->outfile, "-") || (a->network && !strcmp(a->network, "-"))) {
		ret = fosr_ctx_claim_stdout(ctx);
		if (ret)
			return ret;
	}
	name_of(a, name, sizeof(name));
	ret = fosr_import(&o, &r, &ctx->err);
	if (!ret)
		ret = write_all(a, &r, &ctx->err);
	if (!ret)
		report(ctx, &r);
	fosr_import_free(&r);
	return ret;
}

const struct fosr_cmd fosr_cmd_import = {
	.name = "import",
	.synopsis = "fosr DIR -o PROFILE [options]",
	.summary = "make a profile of another generator's models",
	.details =
		"fosr: a directory of models of Fos-R, of its releases 0.1 (patterns, automata, profil.toml) or since "
		"2025-10 (bn, automata, time_profile.json). What is provably broken there is repaired; each repair, and "
		"each share of flows that is left out, is told in a line of its own, and kept in the profile.\n\n"
		"Example:\n"
		"  fosr-xdp import fosr default_models/legacy -o legacy.fosr --network legacy.yaml --fallback office\n"
		"  fosr-xdp create-pcap -p legacy.fosr -n legacy.yaml -d 1d -o day.pcap",
	.groups = groups,
	.args_size = sizeof(struct args),
	.min_operands = 2,
	.max_operands = 2,
	.run = run,
};

// SPDX-License-Identifier: GPL-3.0-or-later
#include "import/import.h"

#include <stdio.h>

#include "import/build.h"

static const char origin[] =
	"Models of Fos-R (Inria PIRAT, CISPA; github.com/Fos-R/Fos-R), GPL-3.0, imported and repaired";

static const char *const layout_name[] = {
	[FOSR_LAYOUT_BN] = "bn, automata, time_profile.json (since 2025-10)",
	[FOSR_LAYOUT_V01] = "patterns, automata, profil.toml (v0.1)",
};

/* [name, SHA-256] of each file, by content; the report, line by line. */
static json_t *provenance(const struct fosr_import_build *b)
{
	json_t *meta = json_object(), *files = json_array(), *lines = json_array();
	char *text;

	json_object_set_new(meta, "origin", json_string(origin));
	json_object_set_new(meta, "import.layout", json_string(layout_name[b->dir.layout]));
	for (size_t i = 0; i < b->dir.file.n; i++)
		json_array_append_new(files, json_pack("[s, s]", b->dir.file.v[i].name, b->dir.file.v[i].digest));
	for (size_t i = 0; i < b->report->line.n; i++) {
		const struct fosr_report_line *l = &b->report->line.v[i];

		json_array_append_new(lines, json_pack("[s, s]", fosr_report_word[l->kind], l->text));
	}
	text = json_dumps(files, JSON_COMPACT);
	json_object_set_new(meta, "import.files", json_string(text ? text : ""));
	free(text);
	text = json_dumps(lines, JSON_COMPACT);
	json_object_set_new(meta, "import.report", json_string(text ? text : ""));
	free(text);
	json_decref(files);
	json_decref(lines);
	return meta;
}

/* All models, and the profile's bytes. */
static int pack(
	struct fosr_import_build *b, const struct fosr_profile *sizes, void **buf, size_t *len, struct fosr_err *err)
{
	struct fosr_profile_spec spec = {.name = b->o->name, .family = {"hist", "bn", "tadam"}};
	struct fosr_tensors set = {0};
	int ret = fosr_import_arrivals(b, &set, err);

	if (!ret)
		ret = fosr_import_net(b, sizes, &set, err);
	if (!ret)
		ret = fosr_automata_save(fosr_model_stage_name[FOSR_STEPS], &b->automata, &set, err);
	spec.provenance = provenance(b);
	if (!ret)
		ret = fosr_profile_pack(&spec, &b->services, &set, buf, len, err);
	json_decref(spec.provenance);
	fosr_tensors_free(&set);
	return ret;
}

/* First without sizes; then with those that flows of that profile have. What is given out was loaded as any profile. */
static int profile(struct fosr_import_build *b, struct fosr_import_result *r, struct fosr_err *err)
{
	struct fosr_profile *first, *last;
	size_t len;
	void *buf;
	int ret = pack(b, NULL, &buf, &len, err);

	if (ret)
		return ret;
	ret = fosr_profile_from(buf, len, "the profile without sizes", &first, err);
	if (!ret) {
		ret = pack(b, first, &r->buf, &r->len, err);
		fosr_profile_free(first);
	}
	free(buf);
	if (!ret)
		ret = fosr_profile_from(r->buf, r->len, "the imported profile", &last, err);
	if (!ret) {
		memcpy(r->digest, last->digest, sizeof(r->digest));
		fosr_profile_free(last);
	}
	return ret;
}

static void build_free(struct fosr_import_build *b)
{
	fosr_dir_free(&b->dir);
	fosr_import_flows_free(&b->flows);
	fosr_vec_free(&b->services.list);
	fosr_automata_free(&b->automata);
}

int fosr_import(const struct fosr_import_opts *o, struct fosr_import_result *r, struct fosr_err *err)
{
	struct fosr_import_build b = {.o = o, .report = &r->report};
	int ret;

	*r = (struct fosr_import_result){0};
	ret = fosr_dir_read(&b.dir, o->dir, err);
	if (ret)
		return ret;
	ret = b.dir.layout == FOSR_LAYOUT_BN ? fosr_import_flows_bn(&b.flows, &b.dir, b.report, err)
					     : fosr_import_flows_patterns(&b.flows, &b.dir, b.report, err);
	if (ret)
		fosr_err_prefix(err, "%s", o->dir);
	if (!ret)
		ret = fosr_import_steps(&b, err);
	if (!ret && b.dir.layout == FOSR_LAYOUT_BN && b.dir.patterns.weight > 0)
		fosr_report_add(
			b.report, FOSR_EXCLUDED, "patterns/patterns.json: recognised; flows come from the network");
	if (!ret)
		ret = profile(&b, r, err);
	if (!ret && o->network)
		ret = fosr_import_network(&b, &r->network, err);
	if (!ret && r->report.oom)
		ret = fosr_err(err, -ENOMEM, "out of memory");
	r->services = b.services.list.n;
	r->files = b.dir.file.n;
	r->per_day = b.per_day;
	r->excluded = b.excluded;
	build_free(&b);
	return ret;
}

void fosr_import_free(struct fosr_import_result *r)
{
	free(r->buf);
	free(r->network);
	fosr_report_free(&r->report);
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "ingest/learn.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"

struct learn {
	const struct fosr_learn_opts *o;
	struct fosr_learn_result *result;
	struct fosr_dataset data;
	struct fosr_ingest ingest;
	size_t file;
};

static void progress(void *arg, __u64 done, __u64 total)
{
	struct learn *l = arg;

	if (l->o->progress)
		l->o->progress(l->o->arg, l->file, done, total);
}

static int file_digest(const char *path, char hex[FOSR_DIGEST_HEX], struct fosr_err *err)
{
	struct fosr_digest *d = fosr_digest_new();
	FILE *f = fopen(path, "rbe");
	__u8 digest[FOSR_DIGEST_LEN];
	char buf[65536];
	size_t n;

	if (!d || !f) {
		int code = f ? -ENOMEM : -errno;

		fosr_digest_free(d);
		if (f)
			fclose(f);
		return fosr_err(err, code, "%s: cannot read again for its digest", path);
	}
	while ((n = fread(buf, 1, sizeof(buf), f)))
		fosr_digest_add(d, buf, n);
	fclose(f);
	fosr_digest_end(d, digest);
	fosr_digest_hex(digest, hex);
	return 0;
}

/* By content, not by name: a file's name may say who was recorded. */
static int provenance(const struct learn *l, json_t *meta, struct fosr_err *err)
{
	json_t *list = json_array();
	char hex[FOSR_DIGEST_HEX], n[32], *text;
	int ret = 0;

	for (size_t i = 0; i < l->o->n && !ret; i++) {
		struct stat st;

		/* What came through a pipe cannot be read again. */
		if (!strcmp(l->o->captures[i], "-") || (!stat(l->o->captures[i], &st) && !S_ISREG(st.st_mode)))
			continue;
		ret = file_digest(l->o->captures[i], hex, err);
		if (!ret)
			json_array_append_new(list, json_string(hex));
	}
	text = json_dumps(list, JSON_COMPACT);
	json_object_set_new(meta, "captures.sha256", json_string(text ? text : ""));
	snprintf(n, sizeof(n), "%llu", l->result->covered_ns / FOSR_NS_PER_S);
	json_object_set_new(meta, "learned.seconds", json_string(n));
	if (l->data.tz)
		json_object_set_new(meta, "learned.tz", json_string(l->data.tz->name));
	if (l->o->origin)
		json_object_set_new(meta, "origin", json_string(l->o->origin));
	free(text);
	json_decref(list);
	return ret;
}

static int read_captures(struct learn *l, struct fosr_err *err)
{
	int ret = 0;

	fosr_ingest_init(&l->ingest, &l->data);
	l->ingest.progress = progress;
	l->ingest.progress_arg = l;
	for (l->file = 0; l->file < l->o->n && !ret; l->file++)
		ret = fosr_ingest_file(&l->ingest, l->o->captures[l->file], err);
	l->result->ingest = l->ingest.stats;
	l->result->flows = l->data.flows.n;
	l->result->packets = l->data.steps.n;
	l->result->services = l->data.services.list.n;
	l->result->covered_ns = fosr_dataset_covered_ns(&l->data);
	fosr_ingest_free(&l->ingest);
	return ret;
}

static int fit(struct learn *l, struct fosr_err *err)
{
	struct fosr_profile_spec spec = {.name = l->o->name, .provenance = json_object()};
	int ret = provenance(l, spec.provenance, err);

	for (int stage = 0; stage < FOSR_MODEL_STAGES; stage++)
		spec.family[stage] = l->o->family[stage];
	if (!ret)
		ret = fosr_profile_fit(&spec, &l->data, &l->result->buf, &l->result->len, err);
	json_decref(spec.provenance);
	return ret;
}

/* The bytes are loaded as any profile is: what is compared is what users will get. */
static int compare(struct learn *l, struct fosr_err *err)
{
	struct fosr_profile *p;
	int ret = fosr_profile_from(l->result->buf, l->result->len, "the profile just learned", &p, err);

	if (ret)
		return ret;
	memcpy(l->result->digest, p->digest, sizeof(p->digest));
	ret = fosr_marginals_compare(p, &l->data, l->result->marginal, err);
	fosr_profile_free(p);
	return ret;
}

int fosr_learn(const struct fosr_learn_opts *o, struct fosr_learn_result *result, struct fosr_err *err)
{
	struct learn l = {.o = o, .result = result};
	struct fosr_tz *tz = NULL;
	int ret;

	*result = (struct fosr_learn_result){0};
	l.data.flows_per_day = o->flows_per_day;
	ret = o->tz ? fosr_tz_open(o->tz, 0, FOSR_TZ_END_NS, &tz, err) : 0;
	l.data.tz = tz;
	if (!ret)
		ret = read_captures(&l, err);
	if (!ret)
		ret = fit(&l, err);
	if (!ret)
		ret = compare(&l, err);
	if (ret) {
		free(result->buf);
		result->buf = NULL;
	}
	fosr_dataset_free(&l.data);
	fosr_tz_free(tz);
	return ret;
}

enum fosr_marginal fosr_learn_off(const struct fosr_learn_result *result)
{
	int m = 0;

	while (m < FOSR_MARGINALS && result->marginal[m].distance <= result->marginal[m].limit)
		m++;
	return m;
}

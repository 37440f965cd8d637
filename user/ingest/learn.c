// SPDX-License-Identifier: GPL-3.0-or-later
#include "ingest/learn.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/fixed.h"

#define DAY_NS (86400 * FOSR_NS_PER_S)

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
	if (l->o->origin)
		json_object_set_new(meta, "origin", json_string(l->o->origin));
	free(text);
	json_decref(list);
	return ret;
}

/* The hours keep their shape: only the time watched is scaled. */
static void rate_set(struct learn *l)
{
	__u64 want = fosr_muldiv(l->data.flows.n * 86400, FOSR_NS_PER_S, l->o->flows_per_day);

	/* Captures of a single instant have no hours. */
	if (!l->result->covered_ns)
		l->data.covered_ns[0] = want;
	for (unsigned int b = 0; b < FOSR_DAY_BINS && l->result->covered_ns; b++)
		l->data.covered_ns[b] = fosr_muldiv(l->data.covered_ns[b], want, l->result->covered_ns);
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
	for (unsigned int b = 0; b < FOSR_DAY_BINS; b++)
		l->result->covered_ns += l->data.covered_ns[b];
	if (l->o->flows_per_day)
		rate_set(l);
	else if (l->data.flows.n && l->result->covered_ns < FOSR_WINDOW_NS)
		/* A moment's rate says nothing of a day: it is taken to be a window's. */
		l->data.covered_ns[l->data.flows.v[0].start_ns % DAY_NS / (DAY_NS / FOSR_DAY_BINS)] +=
			FOSR_WINDOW_NS - l->result->covered_ns;
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
	int ret;

	*result = (struct fosr_learn_result){0};
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
	return ret;
}

enum fosr_marginal fosr_learn_off(const struct fosr_learn_result *result)
{
	int m = 0;

	while (m < FOSR_MARGINALS && result->marginal[m].distance <= result->marginal[m].limit)
		m++;
	return m;
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "import/fosr_dir.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/file.h"
#include "import/json.h"

struct reader {
	struct fosr_import_dir *d;
	const char *dir;
	struct fosr_err *err;
};

static bool there(const struct reader *r, const char *name)
{
	char path[FOSR_PATH_MAX];
	struct stat st;

	return snprintf(path, sizeof(path), "%s/%s", r->dir, name) < (int)sizeof(path) && !stat(path, &st);
}

/* A file's bytes, and a note of its digest. */
static int load(const struct reader *r, const char *name, char path[FOSR_PATH_MAX], void **buf, size_t *len)
{
	struct fosr_digest *digest;
	struct fosr_dir_file *f;
	__u8 sha[FOSR_DIGEST_LEN];
	int ret;

	if (snprintf(path, FOSR_PATH_MAX, "%s/%s", r->dir, name) >= FOSR_PATH_MAX)
		return fosr_err(r->err, -ENAMETOOLONG, "%s/%s: the name is too long", r->dir, name);
	ret = fosr_file_read(path, FOSR_IMPORT_JSON_MAX, buf, len, r->err);
	if (ret)
		return ret;
	digest = fosr_digest_new();
	f = digest ? fosr_vec_push(&r->d->file) : NULL;
	if (!f) {
		fosr_digest_free(digest);
		free(*buf);
		return fosr_err(r->err, -ENOMEM, "out of memory");
	}
	fosr_digest_add(digest, *buf, *len);
	fosr_digest_end(digest, sha);
	fosr_digest_hex(sha, f->digest);
	snprintf(f->name, sizeof(f->name), "%s", name);
	return 0;
}

typedef int parse_fn(void *out, const void *data, size_t len, const char *name, struct fosr_err *err);

static int part(const struct reader *r, const char *name, parse_fn *parse, void *out)
{
	char path[FOSR_PATH_MAX];
	size_t len;
	void *buf;
	int ret = load(r, name, path, &buf, &len);

	if (ret)
		return ret;
	ret = parse(out, buf, len, path, r->err);
	free(buf);
	return ret;
}

static int parse_bif(void *out, const void *data, size_t len, const char *name, struct fosr_err *err)
{
	return fosr_bif_parse(out, data, len, name, err);
}

static int parse_counts(void *out, const void *data, size_t len, const char *name, struct fosr_err *err)
{
	return fosr_fg_parse(out, data, len, name, err);
}

static int parse_histogram(void *out, const void *data, size_t len, const char *name, struct fosr_err *err)
{
	return fosr_fh_parse(out, data, len, name, err);
}

static int parse_patterns(void *out, const void *data, size_t len, const char *name, struct fosr_err *err)
{
	return fosr_fp_parse(out, data, len, name, err);
}

static int parse_hosts(void *out, const void *data, size_t len, const char *name, struct fosr_err *err)
{
	return fosr_dir_hosts(out, data, len, name, err);
}

static int parse_automaton(void *out, const void *data, size_t len, const char *name, struct fosr_err *err)
{
	return fosr_ta_parse(out, data, len, name, err);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct fosr_dir_automaton *)a)->file, ((const struct fosr_dir_automaton *)b)->file);
}

/* Names of automata/NAME.json; a folder's order is its file system's, so they are sorted. */
static int list_automata(const struct reader *r)
{
	char path[FOSR_PATH_MAX];
	struct dirent *e;
	int ret = 0;
	DIR *dir;

	if (snprintf(path, sizeof(path), "%s/automata", r->dir) >= (int)sizeof(path))
		return fosr_err(r->err, -ENAMETOOLONG, "%s: the name is too long", r->dir);
	dir = opendir(path);
	if (!dir)
		return fosr_err(r->err, -errno, "%s: cannot be opened", path);
	while (!ret && (e = readdir(dir))) {
		size_t n = strlen(e->d_name);
		struct fosr_dir_automaton *a;

		if (e->d_name[0] == '.' || n < 6 || strcmp(e->d_name + n - 5, ".json"))
			continue;
		if (r->d->automaton.n == FOSR_DIR_AUTOMATA || n + 10 > FOSR_DIR_NAME) {
			ret = fosr_err(r->err, -E2BIG, "%s: more than %d automata, or a name of more than %d bytes",
				path, FOSR_DIR_AUTOMATA, FOSR_DIR_NAME - 10);
			break;
		}
		a = fosr_vec_push(&r->d->automaton);
		if (a)
			snprintf(a->file, sizeof(a->file), "automata/%.80s", e->d_name);
		else
			ret = fosr_err(r->err, -ENOMEM, "out of memory");
	}
	closedir(dir);
	if (!ret && r->d->automaton.n)
		qsort(r->d->automaton.v, r->d->automaton.n, sizeof(*r->d->automaton.v), by_name);
	return ret;
}

static int read_automata(const struct reader *r)
{
	int ret = list_automata(r);

	for (size_t i = 0; i < r->d->automaton.n && !ret; i++) {
		struct fosr_dir_automaton *a = &r->d->automaton.v[i];

		ret = part(r, a->file, parse_automaton, &a->ta);
		/* "none" is what the learner writes when it was not told a name. */
		if (!ret && (!*a->ta.service || !strcmp(a->ta.service, "none")))
			snprintf(a->ta.service, sizeof(a->ta.service), "%.*s",
				(int)fosr_min_u64(strlen(a->file) - 14, FOSR_TA_NAME - 1), a->file + 9);
	}
	return ret;
}

static int read_bn(const struct reader *r)
{
	int ret = part(r, "bn/bn_common.bifxml", parse_bif, &r->d->common);

	if (!ret)
		ret = part(r, "bn/bn_tcp.bifxml", parse_bif, &r->d->tcp);
	if (!ret)
		ret = part(r, "bn/bn_udp.bifxml", parse_bif, &r->d->udp);
	return ret ? ret : part(r, "bn/bn_additional_data.json", parse_counts, &r->d->counts);
}

static int optional(const struct reader *r, const char *name, parse_fn *parse, void *out)
{
	return there(r, name) ? part(r, name, parse, out) : 0;
}

int fosr_dir_read(struct fosr_import_dir *d, const char *path, struct fosr_err *err)
{
	struct reader r = {.d = d, .dir = path, .err = err};
	struct stat st;
	int ret = 0;

	*d = (struct fosr_import_dir){0};
	if (stat(path, &st))
		return fosr_err(err, -errno, "%s: no such directory", path);
	if (!S_ISDIR(st.st_mode))
		return fosr_err(err, -ENOTDIR, "%s: not a directory", path);
	d->layout = there(&r, "bn") ? FOSR_LAYOUT_BN : FOSR_LAYOUT_V01;
	if (d->layout == FOSR_LAYOUT_V01 && !there(&r, "patterns/patterns.json"))
		return fosr_err(err, -ENOENT,
			"%s: has neither bn/ nor patterns/patterns.json: not a directory of Fos-R's "
			"models",
			path);
	if (d->layout == FOSR_LAYOUT_BN)
		ret = read_bn(&r);
	if (!ret)
		ret = read_automata(&r);
	if (!ret)
		ret = optional(&r, "time_profile.json", parse_histogram, &d->histogram);
	if (!ret)
		ret = optional(&r, "patterns/patterns.json", parse_patterns, &d->patterns);
	if (!ret)
		ret = optional(&r, there(&r, "profil.toml") ? "profil.toml" : "profile.toml", parse_hosts, d);
	if (ret)
		fosr_dir_free(d);
	return ret;
}

void fosr_dir_free(struct fosr_import_dir *d)
{
	for (size_t i = 0; i < d->automaton.n; i++)
		fosr_ta_free(&d->automaton.v[i].ta);
	fosr_vec_free(&d->automaton);
	fosr_vec_free(&d->file);
	fosr_vec_free(&d->host);
	fosr_bif_free(&d->common);
	fosr_bif_free(&d->tcp);
	fosr_bif_free(&d->udp);
	fosr_fh_free(&d->histogram);
	fosr_fp_free(&d->patterns);
}

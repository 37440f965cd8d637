// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmd/campaign_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/nearest.h"
#include "base/time.h"
#include "profile/yaml.h"

static int append(struct fosr_argv *a, char *text)
{
	char **slot = text ? fosr_vec_push(&a->owned) : NULL;

	if (!slot) {
		free(text);
		return -ENOMEM;
	}
	*slot = text;
	return 0;
}

void fosr_argv_free(struct fosr_argv *a)
{
	for (size_t i = 0; i < a->owned.n; i++)
		free(a->owned.v[i]);
	fosr_vec_free(&a->owned);
	free(a->v);
	a->v = NULL;
}

/* Only what decides the campaign: a file does not name further files of its kind. */
static const struct fosr_opt *row_of(const char *key)
{
	for (const struct fosr_opt *o = fosr_campaign_opts; o->name; o++)
		if (!strcmp(o->name, key) && strcmp(key, "campaign") && strcmp(key, "dump-campaign"))
			return o;
	return NULL;
}

static int unknown_key(const struct fosr_yaml *y, const struct fosr_yaml_node *n, struct fosr_err *err)
{
	const char *key = fosr_yaml_text(y, n);
	struct fosr_nearest near = fosr_nearest(key);

	for (const struct fosr_opt *o = fosr_campaign_opts; o->name; o++)
		if (row_of(o->name))
			fosr_nearest_offer(&near, o->name);
	return fosr_yaml_err(y, n, err, "unknown key \"%s\"%s%s%s; the keys are the names of the campaign options", key,
		near.best ? ", did you mean " : "", near.best ? near.best : "", near.best ? "?" : "");
}

static int entry(struct fosr_argv *out, const struct fosr_yaml *y, const struct fosr_yaml_node *key,
	const struct fosr_yaml_node *value, struct fosr_err *err)
{
	const struct fosr_opt *row = key->kind == FOSR_YAML_TEXT ? row_of(fosr_yaml_text(y, key)) : NULL;
	const char *text = fosr_yaml_text(y, value);
	char *word;
	int n;

	if (!row)
		return unknown_key(y, key, err);
	if (value->kind != FOSR_YAML_TEXT)
		return fosr_yaml_err(y, value, err, "%s: found %s, expected one value", row->name, text);
	if (row->kind != FOSR_OPT_FLAG)
		n = asprintf(&word, "--%s=%s", row->name, text);
	else if (!strcmp(text, "true"))
		n = asprintf(&word, "--%s", row->name);
	else
		return !strcmp(text, "false")
			? 0
			: fosr_yaml_err(y, value, err, "%s: found \"%s\", expected true or false", row->name, text);
	return n < 0 || append(out, word) ? fosr_err(err, -ENOMEM, "out of memory") : 0;
}

static int read_file(struct fosr_argv *out, const char *path, struct fosr_err *err)
{
	struct fosr_yaml y;
	size_t len;
	void *buf;
	int ret = fosr_file_read(path, FOSR_CAMPAIGN_FILE_MAX, &buf, &len, err);

	if (ret)
		return ret;
	ret = fosr_yaml_parse(&y, buf, len, path, err);
	free(buf);
	if (ret)
		return ret;
	if (fosr_yaml_at(&y, 0)->kind != FOSR_YAML_MAP)
		ret = fosr_yaml_err(&y, fosr_yaml_at(&y, 0), err, "expected a mapping of campaign options");
	for (__u32 k = ret ? 0 : fosr_yaml_at(&y, 0)->first; k && !ret;) {
		const struct fosr_yaml_node *key = fosr_yaml_at(&y, k), *value = fosr_yaml_at(&y, key->next);

		ret = entry(out, &y, key, value, err);
		k = value->next;
	}
	fosr_yaml_free(&y);
	return ret;
}

/* The last --campaign before "--"; NULL when there is none. */
static const char *named(int argc, char **argv)
{
	const char *path = NULL;

	for (int i = 0; i < argc && strcmp(argv[i], "--"); i++) {
		if (!strncmp(argv[i], "--campaign=", 11))
			path = argv[i] + 11;
		else if (!strcmp(argv[i], "--campaign") && i + 1 < argc)
			path = argv[i + 1];
	}
	return path;
}

int fosr_campaign_file_expand(struct fosr_argv *out, int argc, char **argv, bool has_campaign, struct fosr_err *err)
{
	const char *path = has_campaign ? named(argc, argv) : NULL;
	int ret = path ? read_file(out, path, err) : 0;

	for (int i = 0; i < argc && !ret; i++)
		if (append(out, strdup(argv[i])))
			ret = fosr_err(err, -ENOMEM, "out of memory");
	out->v = ret ? NULL : calloc(out->owned.n + 1, sizeof(*out->v));
	if (!ret && !out->v)
		ret = fosr_err(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < out->owned.n && !ret; i++)
		out->v[i] = out->owned.v[i];
	if (ret)
		fosr_argv_free(out);
	return ret;
}

int fosr_campaign_file_dump(
	const char *path, const struct fosr_campaign_args *args, const struct fosr_campaign *c, struct fosr_err *err)
{
	char text[4 * FOSR_PATH_MAX], hex[3][FOSR_DIGEST_HEX], start[FOSR_TIME_TEXT], duration[FOSR_TIME_TEXT];
	char rotate[FOSR_TIME_TEXT];
	int n = snprintf(text, sizeof(text), "# campaign %s\n# profile %s\n# network %s\n",
		fosr_digest_hex(c->digest, hex[0]), fosr_digest_hex(c->profile->digest, hex[1]),
		fosr_digest_hex(c->network->digest, hex[2]));
	const struct {
		const char *key, *value;
	} words[] = {
		{"profile", args->profile ? args->profile : "office"},
		{"network", args->network ? args->network : "small-office"},
		{"start-time", fosr_time_format(start, c->start_ns)},
		{"duration", c->duration_ns ? fosr_duration_format(duration, c->duration_ns) : NULL},
		{"tz", c->tz ? c->tz->name : NULL},
		{"taint", fosr_taint_name[c->taint]},
		{"payload", c->craft.payload->name},
		{"cut", c->cut ? "true" : "false"},
		{"rotate", c->rotate_ns ? fosr_duration_format(rotate, c->rotate_ns) : NULL},
		{"secret-file", args->secret_file},
	};
	const struct {
		const char *key;
		__u64 value;
	} numbers[] = {{"seed", c->seed}, {"packets-count", c->packets}, {"flow-per-day", c->flows_per_day},
		{"mtu", c->craft.mtu}};

	/* A JSON string is a YAML one: whatever is in a file name stays in it. */
	for (size_t i = 0; i < FOSR_ARRAY_SIZE(words); i++) {
		json_t *value = words[i].value ? json_string(words[i].value) : NULL;
		char *quoted = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;

		if (quoted && (size_t)n < sizeof(text))
			n += snprintf(text + n, sizeof(text) - (size_t)n, "%s: %s\n", words[i].key, quoted);
		free(quoted);
		json_decref(value);
	}
	for (size_t i = 0; i < FOSR_ARRAY_SIZE(numbers); i++)
		if ((numbers[i].value || i == 0) && (size_t)n < sizeof(text))
			n += snprintf(
				text + n, sizeof(text) - (size_t)n, "%s: %llu\n", numbers[i].key, numbers[i].value);
	if ((size_t)n >= sizeof(text))
		return fosr_err(
			err, -ENAMETOOLONG, "%s: the campaign's file names are too long to be written down", path);
	return fosr_file_write(path, text, (size_t)n, err);
}

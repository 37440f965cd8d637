// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/opt.h"

#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/time.h"

/* A row and the place its value goes to. */
struct found {
	const struct fosr_opt *row;
	void *value;
	char shown[40]; /* as the user wrote it, for messages: "--duration" or "-d" */
};

struct parser {
	const struct fosr_opt_bind *binds;
	int argc, at, operands;
	char **argv;
	struct fosr_err *err;
};

static bool takes_value(const struct fosr_opt *row)
{
	return row->kind != FOSR_OPT_FLAG && row->kind != FOSR_OPT_COUNT;
}

static bool find(const struct fosr_opt_bind *binds, char letter, const char *name, size_t len, struct found *f)
{
	for (; binds->rows; binds++) {
		for (const struct fosr_opt *row = binds->rows; row->name; row++) {
			if (letter ? row->letter != letter : strlen(row->name) != len || memcmp(row->name, name, len))
				continue;
			f->row = row;
			f->value = (char *)binds->args + row->offset;
			if (letter)
				snprintf(f->shown, sizeof(f->shown), "-%c", letter);
			else
				snprintf(f->shown, sizeof(f->shown), "--%s", row->name);
			return true;
		}
	}
	return false;
}

static int read_u64(const char *text, __u64 *v)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	const char *digits = hex ? "0123456789abcdefABCDEF" : "0123456789";
	const char *p = hex ? text + 2 : text;

	if (!*p || p[strspn(p, digits)])
		return -EINVAL;
	errno = 0;
	*v = strtoull(p, NULL, hex ? 16 : 10);
	return -errno;
}

/* The power behind a number: "", k, M, G, T with 1000, Ki, Mi, Gi, Ti with 1024; 0 for anything else. */
static __u64 suffix(const char *p)
{
	static const char letters[] = "kmgt";
	const char *at;
	__u64 base = 1000, v = 1;

	if (!*p)
		return 1;
	at = strchr(letters, *p | 0x20);
	if (!at)
		return 0;
	if (p[1] == 'i')
		base = 1024;
	else if (p[1])
		return 0;
	if (base == 1024 && p[2])
		return 0;
	for (long i = at - letters; i >= 0; i--)
		v *= base;
	return v;
}

static int read_number(const char *text, __u64 *v)
{
	unsigned __int128 n = 0, scale = 1;
	const char *p = text;
	__u64 unit;
	bool point = false;

	for (; (*p >= '0' && *p <= '9') || (*p == '.' && !point && p > text); p++) {
		if (*p == '.') {
			point = true;
			continue;
		}
		n = n * 10 + (unsigned int)(*p - '0');
		scale *= point ? 10 : 1;
		if (n > UINT64_MAX || scale > UINT64_MAX)
			return -ERANGE;
	}
	unit = p > text && p[-1] != '.' ? suffix(p) : 0;
	if (!unit || n * unit % scale)
		return -EINVAL;
	n = n * unit / scale;
	*v = (__u64)n;
	return n > UINT64_MAX ? -ERANGE : 0;
}

static const char *expected(const struct fosr_opt *row)
{
	switch (row->kind) {
	case FOSR_OPT_U64:
		return "a whole number (decimal or 0x hexadecimal)";
	case FOSR_OPT_NUMBER:
		return "a number such as 1500, 10k, 2.5M or 64Ki";
	case FOSR_OPT_DURATION:
		return "a duration such as 10s, 500ms, 1h30m or '2days 3h'";
	case FOSR_OPT_TIME:
		return "an instant such as 2025-05-01T10:28:07Z or Unix seconds";
	default:
		return "some text";
	}
}

static int bad_value(const struct found *f, const char *text, int code, struct fosr_err *err)
{
	if (code == -ERANGE)
		return fosr_err(err, -EINVAL, "%s: %s is out of range; expected %s", f->shown, text, expected(f->row));
	return fosr_err(err, -EINVAL, "%s: read '%s', expected %s", f->shown, text, expected(f->row));
}

/* "60" and not "1m": what people would type in the unit of the option. */
static const char *limit_text(const struct fosr_opt *row, __u64 v, char buf[FOSR_TIME_TEXT])
{
	if (row->kind == FOSR_OPT_DURATION)
		return fosr_duration_format(buf, v);
	snprintf(buf, FOSR_TIME_TEXT, "%llu", v);
	return buf;
}

static int set_quantity(const struct found *f, const char *text, struct fosr_err *err)
{
	const struct fosr_opt *row = f->row;
	char lo[FOSR_TIME_TEXT], hi[FOSR_TIME_TEXT];
	__u64 v = 0;
	int code;

	if (row->kind == FOSR_OPT_U64)
		code = read_u64(text, &v);
	else if (row->kind == FOSR_OPT_NUMBER)
		code = read_number(text, &v);
	else if (row->kind == FOSR_OPT_DURATION)
		code = fosr_duration_parse(text, &v);
	else
		code = fosr_time_parse(text, &v);
	if (code)
		return bad_value(f, text, code, err);
	if (v < row->min && !row->max)
		return fosr_err(err, -EINVAL, "%s: read '%s', expected at least %s", f->shown, text,
			limit_text(row, row->min, lo));
	if (row->max && (v < row->min || v > row->max))
		return fosr_err(err, -EINVAL, "%s: read '%s', expected %s to %s", f->shown, text,
			limit_text(row, row->min, lo), limit_text(row, row->max, hi));
	*(__u64 *)f->value = v;
	return 0;
}

/* "a, b or c" */
static void join_choices(const char *const *choices, char *buf, size_t size)
{
	size_t at = 0;

	buf[0] = '\0';
	for (size_t i = 0; choices[i] && at < size; i++)
		at += (size_t)snprintf(buf + at, size - at, "%s%s",
			!i			 ? ""
				: choices[i + 1] ? ", "
						 : " or ",
			choices[i]);
}

static int set_choice(const struct found *f, const char *text, struct fosr_err *err)
{
	struct fosr_nearest near = fosr_nearest(text);
	char all[200];

	for (unsigned int i = 0; f->row->choices[i]; i++) {
		if (!strcmp(f->row->choices[i], text)) {
			*(unsigned int *)f->value = i;
			return 0;
		}
		fosr_nearest_offer(&near, f->row->choices[i]);
	}
	join_choices(f->row->choices, all, sizeof(all));
	if (near.best)
		return fosr_err(
			err, -EINVAL, "%s: read '%s', expected %s; did you mean '%s'?", f->shown, text, all, near.best);
	return fosr_err(err, -EINVAL, "%s: read '%s', expected %s", f->shown, text, all);
}

static int set_value(const struct found *f, const char *text, struct fosr_err *err)
{
	const char **slot;

	if (f->row->kind == FOSR_OPT_CHOICE)
		return set_choice(f, text, err);
	if (f->row->kind != FOSR_OPT_STRING && f->row->kind != FOSR_OPT_LIST)
		return set_quantity(f, text, err);
	if (!*text)
		return fosr_err(err, -EINVAL, "%s: its value is empty; expected %s", f->shown,
			f->row->metavar ? f->row->metavar : expected(f->row));
	if (f->row->kind == FOSR_OPT_STRING) {
		*(const char **)f->value = text;
		return 0;
	}
	slot = (const char **)fosr_vec_push(&((struct fosr_strs *)f->value)->list);
	if (!slot)
		return fosr_err(err, -ENOMEM, "%s: out of memory", f->shown);
	*slot = text;
	return 0;
}

static void set_flag(const struct found *f)
{
	if (f->row->kind == FOSR_OPT_FLAG)
		*(bool *)f->value = true;
	else
		++*(unsigned int *)f->value;
}

static const char *value_word(const struct fosr_opt *row)
{
	static const char *const words[] = {[FOSR_OPT_STRING] = "TEXT",
		[FOSR_OPT_LIST] = "TEXT",
		[FOSR_OPT_U64] = "N",
		[FOSR_OPT_NUMBER] = "N",
		[FOSR_OPT_DURATION] = "DURATION",
		[FOSR_OPT_TIME] = "TIME",
		[FOSR_OPT_CHOICE] = "WORD"};

	return row->metavar ? row->metavar : words[row->kind];
}

/* The value that follows as an argument of its own. A known long option there is a forgotten value, not one. */
static int next_value(struct parser *p, const struct found *f, const char **text)
{
	struct found other;
	const char *next;

	if (p->at + 1 >= p->argc)
		return fosr_err(p->err, -EINVAL, "%s needs a value: %s %s", f->shown, f->shown, value_word(f->row));
	next = p->argv[p->at + 1];
	if (!strncmp(next, "--", 2) && next[2] && find(p->binds, 0, next + 2, strcspn(next + 2, "="), &other))
		return fosr_err(p->err, -EINVAL, "%s needs a value, and %s follows; write --%s=%s if that is the value",
			f->shown, next, f->row->name, next);
	p->at++;
	*text = next;
	return 0;
}

static int unknown(struct parser *p, const char *shown, const char *name)
{
	struct fosr_nearest near = fosr_nearest(name);

	for (const struct fosr_opt_bind *b = p->binds; b->rows; b++)
		for (const struct fosr_opt *row = b->rows; row->name; row++)
			fosr_nearest_offer(&near, row->name);
	if (near.best)
		return fosr_err(p->err, -EINVAL, "unknown option %s; did you mean --%s?", shown, near.best);
	return fosr_err(p->err, -EINVAL, "unknown option %s", shown);
}

static int parse_long(struct parser *p)
{
	const char *name = p->argv[p->at] + 2, *text;
	size_t len = strcspn(name, "=");
	char copy[64];
	struct found f;
	int err;

	if (!find(p->binds, 0, name, len, &f)) {
		snprintf(copy, sizeof(copy), "%.*s", (int)fosr_min_u64(len, sizeof(copy)), name);
		return unknown(p, p->argv[p->at], copy);
	}
	if (!takes_value(f.row)) {
		if (name[len])
			return fosr_err(p->err, -EINVAL, "%s takes no value; '%s' was read", f.shown, name + len + 1);
		set_flag(&f);
		return 0;
	}
	text = name + len + 1;
	err = name[len] ? 0 : next_value(p, &f, &text);
	return err ? err : set_value(&f, text, p->err);
}

static int parse_letters(struct parser *p)
{
	for (const char *c = p->argv[p->at] + 1; *c; c++) {
		char shown[3] = {'-', *c, '\0'};
		const char *text = c + 1;
		struct found f;
		int err;

		if (!find(p->binds, *c, NULL, 0, &f))
			return unknown(p, shown, p->argv[p->at] + 1);
		if (!takes_value(f.row)) {
			set_flag(&f);
			continue;
		}
		err = *text ? 0 : next_value(p, &f, &text);
		return err ? err : set_value(&f, text, p->err);
	}
	return 0;
}

int fosr_opts_parse(const struct fosr_opt_bind *binds, int argc, char **argv, struct fosr_err *err)
{
	struct parser p = {.binds = binds, .argc = argc, .argv = argv, .err = err};
	bool end = false;

	for (; p.at < argc; p.at++) {
		char *a = argv[p.at];
		int code = 0;

		if (end || a[0] != '-' || !a[1])
			argv[p.operands++] = a;
		else if (!strcmp(a, "--"))
			end = true;
		else
			code = a[1] == '-' ? parse_long(&p) : parse_letters(&p);
		if (code)
			return code;
	}
	return p.operands;
}

static bool given(const struct fosr_opt *row, const void *args)
{
	const void *value = (const char *)args + row->offset;

	if (row->kind == FOSR_OPT_LIST)
		return ((const struct fosr_strs *)value)->list.n > 0;
	return *(const char *const *)value != NULL;
}

int fosr_opts_required(const struct fosr_opt_bind *binds, struct fosr_err *err)
{
	for (; binds->rows; binds++)
		for (const struct fosr_opt *row = binds->rows; row->name; row++)
			if (row->required && !given(row, binds->args))
				return fosr_err(
					err, -EINVAL, "--%s %s is missing: %s", row->name, value_word(row), row->help);
	return 0;
}

void fosr_opts_release(const struct fosr_opt_bind *binds)
{
	for (; binds->rows; binds++)
		for (const struct fosr_opt *row = binds->rows; row->name; row++)
			if (row->kind == FOSR_OPT_LIST)
				fosr_vec_free(&((struct fosr_strs *)((char *)binds->args + row->offset))->list);
}

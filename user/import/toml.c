// SPDX-License-Identifier: GPL-3.0-or-later
#include "import/toml.h"

#include <stdio.h>

#include "base/cur.h"

struct reader {
	struct fosr_toml *t;
	struct fosr_cur c;
	__u32 line;
	const char *name;
	struct fosr_err *err;
};

static int fail(const struct reader *r, const char *what)
{
	return fosr_err(r->err, -EINVAL, "%s:%u: %s", r->name, r->line, what);
}

static int oom(const struct reader *r)
{
	return fosr_err(r->err, -ENOMEM, "%s: out of memory", r->name);
}

/* The next byte, without taking it; 0 at the end (a NUL in the text is no byte that any rule takes). */
static __u8 peek(const struct reader *r)
{
	return fosr_cur_left(&r->c) ? r->c.base[r->c.pos] : 0;
}

static bool take(struct reader *r, __u8 byte)
{
	if (!byte || peek(r) != byte)
		return false;
	fosr_cur_skip(&r->c, 1);
	return true;
}

static void spaces(struct reader *r)
{
	while (peek(r) == ' ' || peek(r) == '\t')
		fosr_cur_skip(&r->c, 1);
}

static void comment(struct reader *r)
{
	if (peek(r) == '#')
		while (fosr_cur_left(&r->c) && peek(r) != '\n')
			fosr_cur_skip(&r->c, 1);
}

/* White space, comments and line ends. */
static void gap(struct reader *r)
{
	for (;;) {
		spaces(r);
		comment(r);
		if (peek(r) == '\r')
			fosr_cur_skip(&r->c, 1);
		else if (take(r, '\n'))
			r->line++;
		else
			return;
	}
}

static int put(struct reader *r, __u8 byte)
{
	char *c = fosr_vec_push(&r->t->texts);

	if (!c)
		return oom(r);
	*c = (char)byte;
	return 0;
}

static bool bare(__u8 c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static int escape(struct reader *r)
{
	static const char from[] = "btnfr\"\\", to[] = "\b\t\n\f\r\"\\";
	__u8 c = peek(r);
	const char *at = c ? strchr(from, c) : NULL;

	if (!at)
		return fail(r, "an escape that is none of \\b \\t \\n \\f \\r \\\" \\\\");
	fosr_cur_skip(&r->c, 1);
	return put(r, (__u8)to[at - from]);
}

/* "basic" or 'literal', in one line; its bytes go to texts, without a NUL. */
static int quoted(struct reader *r, __u8 quote)
{
	int ret = 0;

	while (!ret && !take(r, quote)) {
		__u8 c = peek(r);

		if (c < ' ' && c != '\t')
			return fail(r, "a string that does not end in its line");
		fosr_cur_skip(&r->c, 1);
		ret = c == '\\' && quote == '"' ? escape(r) : put(r, c);
	}
	return ret;
}

static int key(struct reader *r, __u32 *at)
{
	int ret = 0;

	*at = (__u32)r->t->texts.n;
	do {
		spaces(r);
		if (r->t->texts.n != *at)
			ret = put(r, '.');
		if (ret)
			return ret;
		if (take(r, '"')) {
			ret = quoted(r, '"');
		} else if (take(r, '\'')) {
			ret = quoted(r, '\'');
		} else {
			if (!bare(peek(r)))
				return fail(r, "expected a key");
			while (!ret && bare(peek(r))) {
				ret = put(r, peek(r));
				fosr_cur_skip(&r->c, 1);
			}
		}
		spaces(r);
	} while (!ret && take(r, '.'));
	return ret ? ret : put(r, 0);
}

static struct fosr_toml_item *item(struct reader *r, enum fosr_toml_kind kind, __u32 name)
{
	struct fosr_toml_item *i = fosr_vec_push(&r->t->item);

	if (i)
		*i = (struct fosr_toml_item){.kind = kind, .line = r->line, .name = name};
	return i;
}

static int header(struct reader *r)
{
	bool array = take(r, '[');
	__u32 name;
	int ret = key(r, &name);

	if (ret)
		return ret;
	if (!take(r, ']') || (array && !take(r, ']')))
		return fail(r, array ? "expected ]] behind a table's name" : "expected ] behind a table's name");
	return item(r, array ? FOSR_TOML_TABLES : FOSR_TOML_TABLE, name) ? 0 : oom(r);
}

static int integer(struct reader *r, __u32 name)
{
	bool negative = take(r, '-');
	struct fosr_toml_item *i;
	__s64 n = 0;
	int digits = 0;

	if (!negative)
		take(r, '+');
	while (peek(r) >= '0' && peek(r) <= '9') {
		if (++digits > 18)
			return fail(r, "a number of more than 18 digits");
		n = n * 10 + (peek(r) - '0');
		fosr_cur_skip(&r->c, 1);
		take(r, '_');
	}
	if (!digits)
		return fail(r, "expected a string, an integer, true, false or an array");
	i = item(r, FOSR_TOML_INTEGER, name);
	if (!i)
		return oom(r);
	i->number = negative ? -n : n;
	return 0;
}

static bool word(struct reader *r, const char *text)
{
	size_t n = strlen(text);

	if (fosr_cur_left(&r->c) < n || memcmp(r->c.base + r->c.pos, text, n))
		return false;
	fosr_cur_skip(&r->c, n);
	return true;
}

static int string(struct reader *r, __u8 quote, __u32 name)
{
	struct fosr_toml_item *i = item(r, FOSR_TOML_STRING, name);
	int ret;

	if (!i)
		return oom(r);
	i->text = (__u32)r->t->texts.n;
	ret = quoted(r, quote);
	return ret ? ret : put(r, 0);
}

/* A value that is no array. */
static int scalar(struct reader *r, __u32 name)
{
	struct fosr_toml_item *i;
	bool yes = word(r, "true");

	if (yes || word(r, "false")) {
		i = item(r, FOSR_TOML_BOOLEAN, name);
		if (i)
			i->number = yes;
		return i ? 0 : oom(r);
	}
	if (take(r, '"'))
		return string(r, '"', name);
	if (take(r, '\''))
		return string(r, '\'', name);
	return integer(r, name);
}

/* A value; of an array all that is in it, without recursion. */
static int value(struct reader *r, __u32 name)
{
	unsigned int depth = 0;
	int ret;

	for (;;) {
		if (take(r, '[')) {
			if (++depth > FOSR_TOML_DEPTH)
				return fail(r, "arrays nested too deep");
			if (!item(r, FOSR_TOML_ARRAY, name))
				return oom(r);
			name = 0;
			gap(r);
			if (peek(r) != ']')
				continue;
		} else {
			ret = scalar(r, name);
			if (ret || !depth)
				return ret;
			gap(r);
		}
		/* Behind an element: the next one, or the ends of arrays. */
		for (;;) {
			bool comma = take(r, ',');

			gap(r);
			if (comma && peek(r) != ']')
				break;
			if (!take(r, ']'))
				return fail(r, "expected , or ] in an array");
			if (!item(r, FOSR_TOML_END, 0))
				return oom(r);
			if (!--depth)
				return 0;
			gap(r);
		}
	}
}

static int line(struct reader *r)
{
	__u32 name;
	int ret;

	if (take(r, '[')) {
		ret = header(r);
	} else {
		ret = key(r, &name);
		if (!ret && !take(r, '='))
			ret = fail(r, "expected = behind a key");
		if (!ret) {
			spaces(r);
			ret = value(r, name);
		}
	}
	if (ret)
		return ret;
	spaces(r);
	comment(r);
	if (peek(r) == '\r')
		fosr_cur_skip(&r->c, 1);
	if (fosr_cur_left(&r->c) && peek(r) != '\n')
		return fail(r, "expected the end of the line");
	return 0;
}

int fosr_toml_parse(struct fosr_toml *t, const void *data, size_t len, const char *name, struct fosr_err *err)
{
	struct reader r = {.t = t, .c = fosr_cur(data, len), .line = 1, .name = name, .err = err};
	int ret;

	*t = (struct fosr_toml){0};
	if (len > FOSR_TOML_FILE_MAX)
		return fosr_err(err, -EFBIG, "%s: %zu bytes, at most %u are read", name, len, FOSR_TOML_FILE_MAX);
	ret = put(&r, 0);
	gap(&r);
	while (!ret && fosr_cur_left(&r.c)) {
		ret = line(&r);
		gap(&r);
	}
	if (ret)
		fosr_toml_free(t);
	return ret;
}

void fosr_toml_free(struct fosr_toml *t)
{
	fosr_vec_free(&t->item);
	fosr_vec_free(&t->texts);
}

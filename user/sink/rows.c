// SPDX-License-Identifier: GPL-3.0-or-later
#include "sink/rows.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"

struct fosr_rows {
	struct fosr_writer *w;
	const struct fosr_column *column;
	size_t columns;
	bool json;
	FOSR_VEC(char) row;
};

static int out_of_memory(struct fosr_err *err)
{
	return fosr_err(err, -ENOMEM, "out of memory for a row of the table");
}

static int add(struct fosr_rows *r, const char *text, size_t n)
{
	if (fosr_vec_reserve(&r->row, r->row.n + n))
		return -ENOMEM;
	memcpy(r->row.v + r->row.n, text, n);
	r->row.n += n;
	return 0;
}

/* Between quotes, each quote of its own doubled. */
static int add_quoted(struct fosr_rows *r, const char *text)
{
	int ret = add(r, "\"", 1);

	for (; *text && !ret; text++)
		ret = add(r, *text == '"' ? "\"\"" : text, *text == '"' ? 2 : 1);
	return ret ? ret : add(r, "\"", 1);
}

static int add_field(struct fosr_rows *r, const char *text)
{
	if (!text)
		return 0;
	return text[strcspn(text, ",\"\r\n")] ? add_quoted(r, text) : add(r, text, strlen(text));
}

static int put_csv(struct fosr_rows *r, const char *const value[], struct fosr_err *err)
{
	int ret = 0;

	r->row.n = 0;
	for (size_t i = 0; i < r->columns && !ret; i++)
		ret = add_field(r, value[i]) || add(r, i + 1 < r->columns ? "," : "\n", 1);
	if (ret)
		return out_of_memory(err);
	return fosr_writer_put(r->w, r->row.v, (__u32)r->row.n) ? fosr_writer_error(r->w, err) : 0;
}

/* JSON is UTF-8; a file's name need not be. */
static json_t *word(const char *text)
{
	json_t *j = json_string(text);
	char *ascii = j ? NULL : strdup(text);

	for (char *p = ascii; p && *p; p++)
		if (*p & 0x80)
			*p = '?';
	if (ascii)
		j = json_string(ascii);
	free(ascii);
	return j;
}

static json_t *member(const struct fosr_column *c, const char *text)
{
	if (!text)
		return json_null();
	return c->word ? word(text) : json_integer(strtoll(text, NULL, 10));
}

/* One object, its members in the columns' order. */
static int put_json(struct fosr_rows *r, const char *const value[], struct fosr_err *err)
{
	json_t *o = json_object();
	int bad = !o;
	char *text;

	for (size_t i = 0; i < r->columns && !bad; i++)
		bad = json_object_set_new(o, r->column[i].name, member(&r->column[i], value[i]));
	text = bad ? NULL : json_dumps(o, JSON_COMPACT);
	json_decref(o);
	if (!text)
		return out_of_memory(err);
	bad = fosr_writer_put(r->w, text, (__u32)strlen(text)) || fosr_writer_put(r->w, "\n", 1);
	free(text);
	return bad ? fosr_writer_error(r->w, err) : 0;
}

static int put_heading(struct fosr_rows *r, struct fosr_err *err)
{
	const char **name = calloc(r->columns, sizeof(*name));
	int ret;

	for (size_t i = 0; name && i < r->columns; i++)
		name[i] = r->column[i].name;
	ret = name ? put_csv(r, name, err) : out_of_memory(err);
	free(name);
	return ret;
}

int fosr_rows_open(struct fosr_rows **out, const char *path, const struct fosr_column *column, size_t columns,
	const struct fosr_log *log, struct fosr_err *err)
{
	struct fosr_rows *r = calloc(1, sizeof(*r));
	size_t len = strlen(path);
	int ret;

	if (!r)
		return fosr_err(err, -ENOMEM, "out of memory");
	r->column = column;
	r->columns = columns;
	r->json = len > 6 && !strcmp(path + len - 6, ".jsonl");
	ret = fosr_writer_open_small(&r->w, path, FOSR_WRITER_AUTO, log, err);
	if (ret) {
		free(r);
		return ret;
	}
	ret = r->json ? 0 : put_heading(r, err);
	if (ret)
		fosr_rows_abort(r);
	else
		*out = r;
	return ret;
}

int fosr_rows_put(struct fosr_rows *r, const char *const value[], struct fosr_err *err)
{
	return r->json ? put_json(r, value, err) : put_csv(r, value, err);
}

int fosr_rows_complete(struct fosr_rows *r, struct fosr_err *err)
{
	return r ? fosr_writer_complete(r->w, err) : 0;
}

static void release(struct fosr_rows *r)
{
	if (r)
		fosr_vec_free(&r->row);
	free(r);
}

int fosr_rows_finish(struct fosr_rows *r, struct fosr_err *err)
{
	int ret = r ? fosr_writer_finish(r->w, NULL, err) : 0;

	release(r);
	return ret;
}

void fosr_rows_abort(struct fosr_rows *r)
{
	if (r)
		fosr_writer_abort(r->w);
	release(r);
}

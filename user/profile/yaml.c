// SPDX-License-Identifier: GPL-3.0-or-later
#include "profile/yaml.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

/* The list or map that is being filled, and its last child. */
struct level {
	__u32 node, last;
	__u32 children;
};

struct builder {
	struct fosr_yaml *y;
	struct fosr_err *err;
	struct level level[FOSR_YAML_DEPTH];
	unsigned int depth;
	unsigned int documents;
	const __u8 *data;
};

static int at_mark(const struct builder *b, const yaml_mark_t *m, const char *what)
{
	return fosr_err(b->err, -EINVAL, "%s:%zu:%zu: %s", b->y->name, m->line + 1, m->column + 1, what);
}

/* Appends a node and links it to what holds it. */
static int add(struct builder *b, enum fosr_yaml_kind kind, const yaml_event_t *e, __u32 *index)
{
	const yaml_mark_t *m = &e->start_mark;
	struct fosr_yaml_node *n;

	if (b->y->nodes.n >= FOSR_YAML_NODES)
		return at_mark(b, m, "more values than the limit of 4194304");
	n = fosr_vec_push(&b->y->nodes);
	if (!n)
		return fosr_err(b->err, -ENOMEM, "%s: out of memory", b->y->name);
	*index = (__u32)(b->y->nodes.n - 1);
	*n = (struct fosr_yaml_node){.kind = kind, .line = (__u32)m->line + 1, .column = (__u32)m->column + 1};
	if (b->depth) {
		struct level *up = &b->level[b->depth - 1];

		if (b->y->nodes.v[up->node].kind == FOSR_YAML_MAP && up->children % 2 == 0 && kind != FOSR_YAML_TEXT)
			return at_mark(b, m, "a list or a map stands as a key, expected a word");
		if (up->children++)
			b->y->nodes.v[up->last].next = *index;
		else
			b->y->nodes.v[up->node].first = *index;
		up->last = *index;
	}
	return 0;
}

static int add_text(struct builder *b, const yaml_event_t *e)
{
	const char *text = (const char *)e->data.scalar.value;
	size_t len = e->data.scalar.length, at = b->y->texts.n;
	__u32 index;
	int ret;

	if (e->data.scalar.anchor || e->data.scalar.tag)
		return at_mark(b, &e->start_mark, "an anchor or a tag; write the value out, without & and !");
	if (memchr(text, '\0', len))
		return at_mark(b, &e->start_mark, "a text with a NUL character in it");
	ret = add(b, FOSR_YAML_TEXT, e, &index);
	if (ret)
		return ret;
	if (fosr_vec_reserve(&b->y->texts, at + len + 1))
		return fosr_err(b->err, -ENOMEM, "%s: out of memory", b->y->name);
	memcpy(b->y->texts.v + at, text, len);
	b->y->texts.v[at + len] = '\0';
	b->y->texts.n = at + len + 1;
	b->y->nodes.v[index].text = (__u32)at;
	return 0;
}

static int open_level(struct builder *b, enum fosr_yaml_kind kind, const yaml_event_t *e)
{
	bool list = kind == FOSR_YAML_LIST;
	__u32 index;
	int ret;

	if (list ? e->data.sequence_start.anchor || e->data.sequence_start.tag
		 : e->data.mapping_start.anchor || e->data.mapping_start.tag)
		return at_mark(b, &e->start_mark, "an anchor or a tag; write the value out, without & and !");
	if (b->depth >= FOSR_YAML_DEPTH)
		return at_mark(b, &e->start_mark, "nested deeper than the limit of 16 levels");
	ret = add(b, kind, e, &index);
	if (ret)
		return ret;
	b->y->nodes.v[index].flow = list ? e->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE
					 : e->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
	b->level[b->depth++] = (struct level){.node = index};
	return 0;
}

/* 0 to go on, 1 at the end of the file, or an error. */
static int on_event(struct builder *b, const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_SCALAR_EVENT:
		return add_text(b, e);
	case YAML_SEQUENCE_START_EVENT:
		return open_level(b, FOSR_YAML_LIST, e);
	case YAML_MAPPING_START_EVENT:
		return open_level(b, FOSR_YAML_MAP, e);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		b->depth--;
		return 0;
	case YAML_ALIAS_EVENT:
		return at_mark(b, &e->start_mark, "an alias; write the value out, without *");
	case YAML_DOCUMENT_START_EVENT:
		return b->documents++ ? at_mark(b, &e->start_mark, "a second document begins, expected one") : 0;
	case YAML_STREAM_END_EVENT:
		return b->y->nodes.n ? 1 : fosr_err(b->err, -EINVAL, "%s:1:1: the file is empty", b->y->name);
	default:
		return 0;
	}
}

/* A byte that is no text: libyaml reads ahead and knows its offset only. */
static int reader_error(const struct builder *b, const yaml_parser_t *p)
{
	size_t line = 1, column = 1;

	for (size_t i = 0; i < p->problem_offset; i++) {
		column = b->data[i] == '\n' ? 1 : column + 1;
		line += b->data[i] == '\n';
	}
	return fosr_err(b->err, -EINVAL, "%s:%zu:%zu: not YAML: %s (byte %zu of the file)", b->y->name, line, column,
		p->problem, p->problem_offset);
}

static int parser_error(const struct builder *b, const yaml_parser_t *p)
{
	if (p->error == YAML_MEMORY_ERROR)
		return fosr_err(b->err, -ENOMEM, "%s: out of memory", b->y->name);
	if (p->error == YAML_READER_ERROR)
		return reader_error(b, p);
	return fosr_err(b->err, -EINVAL, "%s:%zu:%zu: not YAML: %s%s%s", b->y->name, p->problem_mark.line + 1,
		p->problem_mark.column + 1, p->context ? p->context : "", p->context ? ": " : "", p->problem);
}

static int build(struct builder *b, yaml_parser_t *p)
{
	for (;;) {
		yaml_event_t e;
		int ret;

		if (!yaml_parser_parse(p, &e))
			return parser_error(b, p);
		ret = on_event(b, &e);
		yaml_event_delete(&e);
		if (ret)
			return ret < 0 ? ret : 0;
	}
}

int fosr_yaml_parse(struct fosr_yaml *y, const void *data, size_t len, const char *name, struct fosr_err *err)
{
	struct builder b = {.y = y, .err = err, .data = data};
	yaml_parser_t p;
	int ret;

	*y = (struct fosr_yaml){.name = name};
	if (!yaml_parser_initialize(&p))
		return fosr_err(err, -ENOMEM, "%s: out of memory", name);
	yaml_parser_set_input_string(&p, len ? data : (const unsigned char *)"", len);
	ret = build(&b, &p);
	yaml_parser_delete(&p);
	if (ret)
		fosr_yaml_free(y);
	return ret;
}

void fosr_yaml_free(struct fosr_yaml *y)
{
	fosr_vec_free(&y->nodes);
	fosr_vec_free(&y->texts);
}

const char *fosr_yaml_text(const struct fosr_yaml *y, const struct fosr_yaml_node *n)
{
	if (n->kind == FOSR_YAML_TEXT)
		return y->texts.v + n->text;
	return n->kind == FOSR_YAML_LIST ? "a list" : "a map";
}

int fosr_yaml_err(const struct fosr_yaml *y, const struct fosr_yaml_node *n, struct fosr_err *err, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return fosr_err(err, -EINVAL, "%s:%u:%u: %s", y->name, n->line, n->column, text);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A YAML file (JSON is YAML) as a tree that knows where everything stands, for hostile input: one document, no anchors,
 * aliases or tags, nesting and number of nodes capped, text without NUL. Over libyaml's events.
 */
#ifndef FOSR_PROFILE_YAML_H
#define FOSR_PROFILE_YAML_H

#include "base/err.h"
#include "base/vec.h"

#define FOSR_YAML_DEPTH 16
#define FOSR_YAML_NODES (4u << 20)

enum fosr_yaml_kind {
	FOSR_YAML_TEXT,
	FOSR_YAML_LIST,
	FOSR_YAML_MAP, /* children: key, value, key, value... */
};

struct fosr_yaml_node {
	enum fosr_yaml_kind kind;
	bool flow; /* a map in braces, a list in brackets */
	__u32 line, column; /* from 1 */
	__u32 text; /* offset in the tree's texts */
	__u32 first, next; /* index of the first child, of the next sibling; 0: none (node 0 is nobody's child) */
};

struct fosr_yaml {
	const char *name; /* borrowed: the file's, for messages */
	FOSR_VEC(struct fosr_yaml_node) nodes; /* the root is node 0 */
	FOSR_VEC(char) texts;
};

/* 0 and a tree to be freed, or -EINVAL ("NAME:LINE:COLUMN: ...") or -ENOMEM and nothing to free. */
int fosr_yaml_parse(struct fosr_yaml *y, const void *data, size_t len, const char *name, struct fosr_err *err);
void fosr_yaml_free(struct fosr_yaml *y);

static inline const struct fosr_yaml_node *fosr_yaml_at(const struct fosr_yaml *y, __u32 index)
{
	return &y->nodes.v[index];
}

/* A text node's text; a word for what it is of another node. */
const char *fosr_yaml_text(const struct fosr_yaml *y, const struct fosr_yaml_node *n);

/* err = "NAME:LINE:COLUMN: ..." of a node; returns -EINVAL. */
int fosr_yaml_err(const struct fosr_yaml *y, const struct fosr_yaml_node *n, struct fosr_err *err, const char *fmt, ...)
	FOSR_PRINTF(4, 5);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The part of TOML 1.0 (toml.io/en/v1.0.0) that Fos-R's host files use: tables, arrays of tables, bare and quoted keys,
 * strings in one line, decimal integers, booleans, arrays. Anything else is an error that names its line. The document
 * becomes a flat list of headers and keys in the file's order. Debian 12 has no TOML library for C.
 */
#ifndef FOSR_IMPORT_TOML_H
#define FOSR_IMPORT_TOML_H

#include "base/err.h"
#include "base/vec.h"

#define FOSR_TOML_FILE_MAX (4u << 20) /* bytes */
#define FOSR_TOML_DEPTH 8 /* of arrays */

enum fosr_toml_kind {
	FOSR_TOML_TABLE, /* [name] */
	FOSR_TOML_TABLES, /* [[name]] */
	FOSR_TOML_STRING, /* name = "text" */
	FOSR_TOML_INTEGER,
	FOSR_TOML_BOOLEAN,
	FOSR_TOML_ARRAY, /* its elements follow, without names, and then FOSR_TOML_END */
	FOSR_TOML_END,
};

struct fosr_toml_item {
	enum fosr_toml_kind kind;
	__u32 line; /* from 1 */
	__u32 name; /* offset in texts; parts of a dotted name stand between dots */
	__u32 text; /* of a string: offset in texts */
	__s64 number; /* of an integer or boolean */
};

struct fosr_toml {
	FOSR_VEC(struct fosr_toml_item) item;
	FOSR_VEC(char) texts; /* offset 0 is the empty text */
};

/* name stands in messages. 0 and a document to be freed, or -EINVAL ("NAME:LINE: ..."), -EFBIG, -ENOMEM. */
int fosr_toml_parse(struct fosr_toml *t, const void *data, size_t len, const char *name, struct fosr_err *err);
void fosr_toml_free(struct fosr_toml *t);

static inline const char *fosr_toml_text(const struct fosr_toml *t, __u32 at)
{
	return t->texts.v + at;
}

#endif

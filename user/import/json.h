/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the readers of Fos-R's JSON files share: a document whose root is an object, and numbers within limits. */
#ifndef FOSR_IMPORT_JSON_H
#define FOSR_IMPORT_JSON_H

#include <jansson.h>

#include "base/err.h"

#define FOSR_IMPORT_JSON_MAX (32u << 20) /* bytes of a file */

/* The root object of a text (a new reference), or NULL and "NAME:LINE:COLUMN: ...". */
json_t *fosr_import_json(const void *data, size_t len, const char *name, struct fosr_err *err);

/* An integer or a real within [min, max]: false when it is anything else. */
bool fosr_json_number(const json_t *j, double min, double max, double *x);

/* A list of exactly n such numbers. */
bool fosr_json_numbers(const json_t *j, double min, double max, double *x, size_t n);

/* An integer within [0, max]. */
bool fosr_json_count(const json_t *j, __u64 max, __u64 *x);

#endif

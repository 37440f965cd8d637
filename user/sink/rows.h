/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A table as a file, row by row: CSV (RFC 4180, with a heading), or JSON lines when the name ends in .jsonl. Both hold
 * the same values in the same order.
 */
#ifndef FOSR_SINK_ROWS_H
#define FOSR_SINK_ROWS_H

#include "sink/writer.h"

struct fosr_column {
	const char *name;
	bool word; /* JSON puts it between quotes; else it is a whole number */
};

struct fosr_rows;

/* path "-" is standard output, in CSV. The columns are borrowed. */
int fosr_rows_open(struct fosr_rows **out, const char *path, const struct fosr_column *column, size_t columns,
	const struct fosr_log *log, struct fosr_err *err);

/* A value per column; NULL is none: nothing in CSV, null in JSON. */
int fosr_rows_put(struct fosr_rows *r, const char *const value[], struct fosr_err *err);

/* See sink/writer.h; r may be NULL. */
int fosr_rows_complete(struct fosr_rows *r, struct fosr_err *err);
int fosr_rows_finish(struct fosr_rows *r, struct fosr_err *err);
void fosr_rows_abort(struct fosr_rows *r);

#endif

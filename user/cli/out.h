/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Results in words: lines, aligned tables, numbers for people, and the JSON object for programs. Text that came from a
 * file or a frame is cleaned before it meets a terminal: control characters and broken UTF-8 become '?'.
 */
#ifndef FOSR_CLI_OUT_H
#define FOSR_CLI_OUT_H

#include "base/vec.h"
#include "cli/ctx.h"

#define FOSR_SGR_RESET "\033[0m"
#define FOSR_SGR_BOLD "\033[1m"
#define FOSR_SGR_DIM "\033[2m"
#define FOSR_SGR_RED "\033[31m"
#define FOSR_SGR_GREEN "\033[32m"
#define FOSR_SGR_YELLOW "\033[33m"

/* A line or part of one to ctx->out; nothing with --json. No newline is added. */
void fosr_out(struct fosr_ctx *ctx, const char *fmt, ...) FOSR_PRINTF(2, 3);

/* The escape (FOSR_SGR_...) when results are coloured, else "". */
const char *fosr_sgr(const struct fosr_ctx *ctx, const char *escape);

/* What text needs on a terminal, and text copied with what may harm one replaced; cut at size. Returns buf. */
size_t fosr_text_width(const char *text);
char *fosr_text_clean(char *buf, size_t size, const char *text);

/* A JSON string of what fosr_text_clean() leaves. */
json_t *fosr_json_text(const char *text);

/* Numbers for people: "1.2 M", "3.4 MiB", "1.5 ms". Each returns buf. */
#define FOSR_HUMAN 24
char *fosr_human_count(char buf[FOSR_HUMAN], __u64 n);
char *fosr_human_bytes(char buf[FOSR_HUMAN], __u64 n);
char *fosr_human_ns(char buf[FOSR_HUMAN], __u64 ns);

/* A table that is printed at once, when all widths are known. Columns with '>' are aligned to the right. */
#define FOSR_TABLE_COLUMNS 16

struct fosr_table {
	size_t columns;
	bool right[FOSR_TABLE_COLUMNS];
	FOSR_VEC(char *) cell; /* owned; the first row is the heading */
	bool oom;
};

/* head: "Host|>Packets|>Bytes". */
void fosr_table_init(struct fosr_table *t, const char *head);

/* The next cell; a row ends by itself with its last column. */
void fosr_table_cell(struct fosr_table *t, const char *fmt, ...) FOSR_PRINTF(2, 3);

/* Prints to ctx->out (nothing with --json) and frees. A table without rows prints its heading alone. */
void fosr_table_print(struct fosr_table *t, struct fosr_ctx *ctx);

#endif

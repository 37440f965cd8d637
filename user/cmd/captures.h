/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For commands that read captures: how far they are, and what became of the packets. */
#ifndef FOSR_CMD_CAPTURES_H
#define FOSR_CMD_CAPTURES_H

#include "cli/progress.h"
#include "ingest/assemble.h"

struct fosr_capture_line {
	struct fosr_progress p;
	__u64 *before; /* bytes of all files before each, and of all; unknown ones (pipes) count nothing */
};

/* 0 or -ENOMEM, told in ctx->err. what is borrowed until the end. */
int fosr_capture_line_start(
	struct fosr_capture_line *l, struct fosr_ctx *ctx, const char *what, char *const *captures, int n);

/* A progress callback of learning and scoring; arg is the line. */
void fosr_capture_line_update(void *arg, size_t file, __u64 done, __u64 total);

void fosr_capture_line_end(struct fosr_capture_line *l);

/* Why packets were left out, a line and a number each; in JSON "packets_read", and "packets" by fate. */
void fosr_packets_report(struct fosr_ctx *ctx, const struct fosr_ingest_stats *in);

#endif

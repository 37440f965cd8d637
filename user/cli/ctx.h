/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a running command knows of its surroundings: how much to say, where, in which form. Results go to ctx->out,
 * messages and progress to standard error; with --json, standard output holds one JSON object and nothing else.
 */
#ifndef FOSR_CLI_CTX_H
#define FOSR_CLI_CTX_H

#include <jansson.h>
#include <stdio.h>

#include "base/err.h"
#include "base/log.h"
#include "base/types.h"

struct fosr_progress;

enum fosr_exit {
	FOSR_EXIT_OK,
	FOSR_EXIT_NO, /* failed, or a plain "no" */
	FOSR_EXIT_USAGE,
	FOSR_EXIT_INTERRUPTED = 130,
};

/* The options of every command. */
struct fosr_global_args {
	bool help;
	bool json;
	unsigned int verbose; /* times -v */
	unsigned int quiet; /* times -q */
	unsigned int color; /* enum fosr_color_when */
};

enum fosr_color_when {
	FOSR_COLOR_AUTO,
	FOSR_COLOR_ALWAYS,
	FOSR_COLOR_NEVER,
};

struct fosr_ctx {
	const char *command; /* its name, for messages */
	struct fosr_err err; /* what a command that returns a negative value or FOSR_EXIT_USAGE leaves */
	struct fosr_log log; /* given to library code; warnings come out as fosr_warn()'s, notes as fosr_info()'s */
	json_t *json; /* the object to fill; always there, printed only with --json */
	FILE *out; /* results for people: stdout, stderr once stdout carries data, NULL with --json */
	bool want_json;
	bool color_out, color_err;
	int level; /* times -v less times -q */
	struct fosr_progress *progress; /* the line that stands on standard error, or NULL */
};

void fosr_ctx_init(struct fosr_ctx *ctx, const char *command, const struct fosr_global_args *args);
void fosr_ctx_release(struct fosr_ctx *ctx);

/*
 * The command is about to write its data to standard output ("-o -"): results move to standard error. FOSR_EXIT_USAGE
 * (with ctx->err) when --json claims it too, else 0.
 */
int fosr_ctx_claim_stdout(struct fosr_ctx *ctx);

/* Leaves the sentence in ctx->err and returns FOSR_EXIT_USAGE, for: return fosr_usage(ctx, "..."). */
int fosr_usage(struct fosr_ctx *ctx, const char *fmt, ...) FOSR_PRINTF(2, 3);

/* "fosr-xdp CMD: warning: ..." on standard error, unless -qq; with --json also kept in the array "warnings". */
void fosr_warn(struct fosr_ctx *ctx, const char *fmt, ...) FOSR_PRINTF(2, 3);

/* A message about what goes on: fosr_note() unless -q, fosr_info() only with -v. */
void fosr_note(struct fosr_ctx *ctx, const char *fmt, ...) FOSR_PRINTF(2, 3);
void fosr_info(struct fosr_ctx *ctx, const char *fmt, ...) FOSR_PRINTF(2, 3);

/* "fosr-xdp CMD: text", red on a terminal. */
void fosr_fail_message(struct fosr_ctx *ctx, const char *text);

#endif

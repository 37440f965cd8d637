// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/ctx.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/out.h"
#include "cli/progress.h"

#define MESSAGE_MAX 1024

static bool color_on(unsigned int when, int fd)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (when != FOSR_COLOR_AUTO)
		return when == FOSR_COLOR_ALWAYS;
	return !(no && *no) && isatty(fd) && !(term && !strcmp(term, "dumb"));
}

static void on_log_warn(void *arg, const char *text)
{
	fosr_warn(arg, "%s", text);
}

static void on_log_note(void *arg, const char *text)
{
	fosr_info(arg, "%s", text);
}

void fosr_ctx_init(struct fosr_ctx *ctx, const char *command, const struct fosr_global_args *args)
{
	*ctx = (struct fosr_ctx){
		.command = command,
		.log = {.warn = on_log_warn, .note = on_log_note, .arg = ctx},
		.json = json_object(),
		.out = args->json ? NULL : stdout,
		.want_json = args->json,
		.color_out = !args->json && color_on(args->color, STDOUT_FILENO),
		.color_err = color_on(args->color, STDERR_FILENO),
		.level = (int)args->verbose - (int)args->quiet,
	};
}

void fosr_ctx_release(struct fosr_ctx *ctx)
{
	json_decref(ctx->json);
	ctx->json = NULL;
}

int fosr_ctx_claim_stdout(struct fosr_ctx *ctx)
{
	if (ctx->want_json)
		return fosr_usage(
			ctx, "standard output cannot carry both the data and the --json object; give -o a file");
	ctx->out = stderr;
	ctx->color_out = ctx->color_err;
	return 0;
}

int fosr_usage(struct fosr_ctx *ctx, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	ctx->err.code = -EINVAL;
	vsnprintf(ctx->err.text, sizeof(ctx->err.text), fmt, ap);
	va_end(ap);
	return FOSR_EXIT_USAGE;
}

/* One write per message, so that messages of several processes on one terminal do not mix. */
static void message(struct fosr_ctx *ctx, const char *color, const char *kind, const char *text)
{
	char line[MESSAGE_MAX];

	fosr_text_clean(line, sizeof(line), text);
	fosr_progress_hide(ctx->progress);
	fprintf(stderr, "fosr-xdp%s%s: %s%s%s%s\n", ctx->command ? " " : "", ctx->command ? ctx->command : "",
		ctx->color_err ? color : "", kind, line, ctx->color_err && *color ? FOSR_SGR_RESET : "");
	fflush(stderr);
}

void fosr_fail_message(struct fosr_ctx *ctx, const char *text)
{
	message(ctx, FOSR_SGR_RED, "", text);
}

void fosr_warn(struct fosr_ctx *ctx, const char *fmt, ...)
{
	char text[MESSAGE_MAX];
	json_t *list = json_object_get(ctx->json, "warnings");
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!list) {
		list = json_array();
		json_object_set_new(ctx->json, "warnings", list);
	}
	json_array_append_new(list, fosr_json_text(text));
	if (ctx->level > -2)
		message(ctx, FOSR_SGR_YELLOW, "warning: ", text);
}

void fosr_note(struct fosr_ctx *ctx, const char *fmt, ...)
{
	char text[MESSAGE_MAX];
	va_list ap;

	if (ctx->level < 0)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	message(ctx, "", "", text);
}

void fosr_info(struct fosr_ctx *ctx, const char *fmt, ...)
{
	char text[MESSAGE_MAX];
	va_list ap;

	if (ctx->level < 1)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	message(ctx, FOSR_SGR_DIM, "", text);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What commands share that put a program on interfaces: COMMAND VERB DEV..., one after the other, each with its result.
 */
#ifndef FOSR_CMD_PROGRAM_H
#define FOSR_CMD_PROGRAM_H

#include "cli/out.h"
#include "xdp/attach.h"

/* Works on one interface; j gets what JSON says of it. 0, FOSR_EXIT_NO, or -errno with the reason. */
typedef int fosr_program_fn(void *arg, const char *dev, json_t *j, struct fosr_ctx *ctx, struct fosr_err *err);

struct fosr_program_verb {
	const char *name; /* NULL ends them */
	fosr_program_fn *fn;
};

/* operands: the verb, then interfaces. */
int fosr_program_run(const struct fosr_program_verb *verbs, void *arg, int argc, char **operands, struct fosr_ctx *ctx);

/* Each interface in turn: those that fail are named, the others done. */
int fosr_program_each(fosr_program_fn *fn, void *arg, int argc, char **devs, struct fosr_ctx *ctx);

void fosr_program_attached(struct fosr_ctx *ctx, json_t *j, const char *dev, const struct fosr_attached *r);
void fosr_program_detached(struct fosr_ctx *ctx, json_t *j, const char *dev, bool was);

/* One line of counters, those that are listed. FOSR_EXIT_NO when it is not attached. */
int fosr_program_status(struct fosr_ctx *ctx, json_t *j, const char *dev, bool attached, const __u64 *count,
	const enum fosr_count *list, size_t n);

#endif

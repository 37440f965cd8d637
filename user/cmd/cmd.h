/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A command is a file of user/cmd that exports one struct fosr_cmd, and a line in table.c. */
#ifndef FOSR_CMD_CMD_H
#define FOSR_CMD_CMD_H

#include "cli/ctx.h"
#include "cli/opt.h"

enum fosr_need {
	FOSR_NEED_ROOT =
		1 << 0, /* load BPF programs and change interfaces: CAP_NET_ADMIN, CAP_BPF and CAP_PERFMON, in effect */
};

/* Rows whose offsets count from `base` in the command's args struct, which lets commands share a block of rows. */
struct fosr_opt_group {
	const char *title;
	const struct fosr_opt *rows; /* NULL ends the groups */
	size_t base;
};

#define FOSR_CMD_GROUPS 6 /* at most, per command */

struct fosr_cmd {
	const char *name;
	const char *synopsis; /* what follows the name: "CAPTURE... -o PROFILE [options]" */
	const char *summary; /* one line, for the list of commands */
	const char *details; /* paragraphs and examples, after the options; NULL for none */
	const struct fosr_opt_group *groups; /* NULL: no options of its own */
	size_t args_size;
	const void *defaults; /* args_size bytes that args starts from; NULL: zeroes */
	int min_operands, max_operands; /* max -1: any number */
	unsigned int needs; /* enum fosr_need */
	const char *needs_why; /* "to load the guard": for the message when a need is not met */

	/*
	 * Operands point into argv. 0; FOSR_EXIT_NO for a plain "no" (already told); fosr_usage(); or -errno with the
	 * sentence in ctx->err, which main prints once. -EINTR is exit status 130.
	 */
	int (*run)(void *args, int argc, char **operands, struct fosr_ctx *ctx);
};

/* Ends with NULL. In the order of the list that help prints. */
extern const struct fosr_cmd *const fosr_cmds[];

#endif

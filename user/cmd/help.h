/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef FOSR_CMD_HELP_H
#define FOSR_CMD_HELP_H

#include "cmd/cmd.h"

#define FOSR_BINDS (FOSR_CMD_GROUPS + 2)

/* The command's groups over args, then the rows of every command over global; binds ends with an empty one. */
void fosr_cmd_binds(const struct fosr_cmd *cmd, void *args, struct fosr_global_args *global,
	struct fosr_opt_bind binds[FOSR_BINDS]);

/* The command called name, or NULL. */
const struct fosr_cmd *fosr_cmd_find(const char *name);

/* "no command 'x'", with the nearest one if any is near. */
void fosr_cmd_unknown(const char *name, char *buf, size_t size);

/* Two lines for wrong usage; the list of commands; all of one command. */
void fosr_help_short(FILE *f);
void fosr_help_all(FILE *f);
void fosr_help_command(const struct fosr_cmd *cmd, FILE *f);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A campaign as a file: YAML (or JSON), a mapping whose keys are the names of the campaign options. The file's options
 * stand before those of the command line, of which the last one counts: so an option given as well wins.
 */
#ifndef FOSR_CMD_CAMPAIGN_FILE_H
#define FOSR_CMD_CAMPAIGN_FILE_H

#include "cmd/campaign_opts.h"

#define FOSR_CAMPAIGN_FILE_MAX (64u << 10) /* bytes */

/* A command line of its own. */
struct fosr_argv {
	FOSR_VEC(char *) owned; /* the strings */
	char **v; /* the same in an array that parsing may shuffle */
};

/*
 * argv with the options of the file that --campaign names in front; a copy of argv when it names none, or when the
 * command has no campaign. 0, or -errno with the reason ("FILE:LINE:COLUMN: ...").
 */
int fosr_campaign_file_expand(struct fosr_argv *out, int argc, char **argv, bool has_campaign, struct fosr_err *err);
void fosr_argv_free(struct fosr_argv *a);

/* Writes the resolved campaign, by which anyone repeats it. */
int fosr_campaign_file_dump(
	const char *path, const struct fosr_campaign_args *args, const struct fosr_campaign *c, struct fosr_err *err);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef FOSR_CMD_PROFILE_SCORE_H
#define FOSR_CMD_PROFILE_SCORE_H

#include "cli/ctx.h"

/* profile score PROFILE CAPTURE...: operands[0] is "score". */
int fosr_profile_score(int argc, char **operands, struct fosr_ctx *ctx);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much of a profile a network can play; part of network check. */
#ifndef FOSR_CMD_NETWORK_PLAY_H
#define FOSR_CMD_NETWORK_PLAY_H

#include "cli/ctx.h"
#include "profile/network.h"

int fosr_network_play(struct fosr_network *net, const char *profile, struct fosr_ctx *ctx);

#endif

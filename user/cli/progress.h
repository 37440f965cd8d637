/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One line on standard error that says how far work is, how fast it goes and how long it will take. Shown only on a
 * terminal and not with -q or --json; at most ten times a second; gone when the work ends. One thread at a time.
 */
#ifndef FOSR_CLI_PROGRESS_H
#define FOSR_CLI_PROGRESS_H

#include "cli/ctx.h"

struct fosr_progress {
	struct fosr_ctx *ctx;
	const char *what; /* "learning" */
	const char *unit; /* "packets"; "B": bytes; "ns": campaign time, whose rate is in times real time */
	__u64 total; /* 0: not known */
	__u64 start_ns, shown_ns; /* CLOCK_MONOTONIC */
	bool on;
	bool visible;
};

/* what and unit are borrowed until fosr_progress_end(). */
void fosr_progress_start(
	struct fosr_progress *p, struct fosr_ctx *ctx, const char *what, const char *unit, __u64 total);

/* done so far, in units; cheap enough for every thousand packets (a clock read unless the line is due). */
void fosr_progress_update(struct fosr_progress *p, __u64 done);

void fosr_progress_end(struct fosr_progress *p);

/* Takes the line off until the next update, for a message; p may be NULL. */
void fosr_progress_hide(struct fosr_progress *p);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The channel on which library code says what is no error but must be known ("io_uring is disabled here, writing by
 * pwrite"). Who calls the library decides what becomes of it; NULL, or a channel without a function, drops it.
 */
#ifndef FOSR_BASE_LOG_H
#define FOSR_BASE_LOG_H

#include "base/types.h"

struct fosr_log {
	void (*warn)(void *arg, const char *text); /* one line, no newline at its end */
	void (*note)(void *arg, const char *text); /* the same, for what only the curious want to know */
	void *arg;
};

void fosr_log_warn(const struct fosr_log *log, const char *fmt, ...) FOSR_PRINTF(2, 3);
void fosr_log_note(const struct fosr_log *log, const char *fmt, ...) FOSR_PRINTF(2, 3);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SIGINT and SIGTERM set a flag; long work polls it, closes what it wrote and returns -EINTR (exit status 130). A
 * second signal, half a second or more after the first, has its default effect. The handlers do not restart system
 * calls.
 */
#ifndef FOSR_BASE_INTR_H
#define FOSR_BASE_INTR_H

#include <signal.h>

#include "base/types.h"

extern volatile sig_atomic_t fosr_interrupted_flag;

static inline bool fosr_interrupted(void)
{
	return fosr_interrupted_flag != 0;
}

/* Called once by the program; a library user who does not call it has a flag that is never set. */
void fosr_intr_install(void);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text that is written piece by piece. A zeroed one is empty; memory that is out is told once, at the end. */
#ifndef FOSR_BASE_BUF_H
#define FOSR_BASE_BUF_H

#include "base/vec.h"

struct fosr_buf {
	FOSR_VEC(char) text; /* a NUL stands behind the n characters, once anything was added */
	bool oom;
};

void fosr_buf_add(struct fosr_buf *b, const char *text, size_t len);

/* Of any length. */
void fosr_buf_put(struct fosr_buf *b, const char *fmt, ...) FOSR_PRINTF(2, 3);

void fosr_buf_free(struct fosr_buf *b);

#endif

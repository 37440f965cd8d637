/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The BPF program strip_batch: taints off thousands of captured frames per call, in memory that it shares. */
#ifndef FOSR_XDP_STRIP_H
#define FOSR_XDP_STRIP_H

#include <fosr/untaint.h>

#include "base/err.h"

struct fosr_strip;

/* `size` bytes of memory to be mapped. -EPERM and others as the kernel refuses. */
int fosr_strip_open(struct fosr_strip **out, size_t size, struct fosr_err *e);

/* The memory, for mmap(). */
int fosr_strip_fd(const struct fosr_strip *s);

/*
 * n frames at offsets of that memory, whose item.off count from `base`, an offset as well; they may run over its end to
 * the beginning, where user space has it mapped. Those that the program cannot reach are left to the caller: item.pad
 * is 1 for them. 0 or -errno.
 */
int fosr_strip_run(struct fosr_strip *s, size_t base, struct fosr_untaint_item *item, __u32 n, struct fosr_err *e);

void fosr_strip_close(struct fosr_strip *s);

#endif

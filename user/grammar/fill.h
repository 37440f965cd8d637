/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes without structure, at the speed of memory. */
#ifndef FOSR_GRAMMAR_FILL_H
#define FOSR_GRAMMAR_FILL_H

#include "base/types.h"

/* len random bytes; returns their partial sum (fosr/csum.h). */
__u64 fosr_random_put(__u8 *p, __u32 len, __u64 seed);

/* len letters of a to p. */
void fosr_letters_put(__u8 *p, __u32 len, __u64 seed);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words that every file of user/ may use: kernel integer types and a few macros. */
#ifndef FOSR_BASE_TYPES_H
#define FOSR_BASE_TYPES_H

#include <errno.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FOSR_ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define FOSR_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

#define FOSR_NS_PER_S 1000000000ULL

static inline __u64 fosr_min_u64(__u64 a, __u64 b)
{
	return a < b ? a : b;
}

static inline __u64 fosr_max_u64(__u64 a, __u64 b)
{
	return a > b ? a : b;
}

#endif

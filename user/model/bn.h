/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What bn.c (drawing) and bn_fit.c (learning) share: the form of the tables. */
#ifndef FOSR_MODEL_BN_H
#define FOSR_MODEL_BN_H

#include <linux/in.h>

#include "model/model.h"

/* Rows of different lengths side by side: row i holds entries first[i] .. first[i + 1] - 1. */
struct fosr_bn_rows {
	__u64 n;
	const __u32 *first; /* [n + 1] */
	const __u32 *weight;
};

/* The row of shapes of all services of an L4 protocol that end so. */
static inline __u64 fosr_bn_pool_row(__u32 services, __u8 l4, __u32 end)
{
	return ((__u64)services + (l4 == IPPROTO_UDP)) * FOSR_END_STATES + end;
}

int fosr_bn_fit(const char *prefix, const struct fosr_dataset *d, struct fosr_tensors *out, struct fosr_err *err);

#endif

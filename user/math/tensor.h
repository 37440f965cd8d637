/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Named, typed arrays: what a model saves into a profile and loads from one. A set either owns its bytes (built for
 * saving) or borrows them from the profile's memory, which then has to live as long as the models.
 */
#ifndef FOSR_MATH_TENSOR_H
#define FOSR_MATH_TENSOR_H

#include "base/err.h"
#include "base/vec.h"

enum fosr_dtype { /* the value is the element's size in bytes */
	FOSR_U8 = 1,
	FOSR_U16 = 2,
	FOSR_U32 = 4,
	FOSR_U64 = 8,
};

#define FOSR_TENSOR_NAME 48
#define FOSR_TENSOR_DIMS 3

struct fosr_tensor {
	char name[FOSR_TENSOR_NAME]; /* "stage.what": steps.context */
	enum fosr_dtype dtype;
	__u32 ndim; /* 1..FOSR_TENSOR_DIMS */
	__u64 shape[FOSR_TENSOR_DIMS];
	const void *data; /* aligned to its dtype, host order is little endian */
	void *owned; /* data again, when the set has to free it */
};

struct fosr_tensors {
	FOSR_VEC(struct fosr_tensor) list;
};

__u64 fosr_tensor_count(const struct fosr_tensor *t);

const struct fosr_tensor *fosr_tensors_find(const struct fosr_tensors *set, const char *name);

/*
 * Appends a copy of data under `prefix.name`: 0, -EINVAL (name too long or there already) or -ENOMEM. cols 0 makes a
 * vector of rows, else a matrix rows x cols.
 */
int fosr_tensors_add(struct fosr_tensors *set, const char *prefix, const char *name, enum fosr_dtype dtype, __u64 rows,
	__u64 cols, const void *data, struct fosr_err *err);

/*
 * The data of `prefix.name`, checked: dtype as asked, cols as asked (0: a vector), rows equal to *rows, or put there
 * when *rows is UINT64_MAX. NULL, with the reason in err, when it does not fit.
 */
const void *fosr_tensors_get(const struct fosr_tensors *set, const char *prefix, const char *name,
	enum fosr_dtype dtype, __u64 *rows, __u64 cols, struct fosr_err *err);

void fosr_tensors_free(struct fosr_tensors *set);

#endif

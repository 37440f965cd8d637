// SPDX-License-Identifier: GPL-3.0-or-later
#include "math/tensor.h"

#include <stdio.h>

__u64 fosr_tensor_count(const struct fosr_tensor *t)
{
	__u64 n = 1;

	for (__u32 i = 0; i < t->ndim; i++)
		n *= t->shape[i];
	return n;
}

const struct fosr_tensor *fosr_tensors_find(const struct fosr_tensors *set, const char *name)
{
	for (size_t i = 0; i < set->list.n; i++)
		if (!strcmp(set->list.v[i].name, name))
			return &set->list.v[i];
	return NULL;
}

int fosr_tensors_add(struct fosr_tensors *set, const char *prefix, const char *name, enum fosr_dtype dtype, __u64 rows,
	__u64 cols, const void *data, struct fosr_err *err)
{
	size_t bytes = rows * (cols ? cols : 1) * dtype;
	char full[FOSR_TENSOR_NAME];
	struct fosr_tensor *t;

	if ((size_t)snprintf(full, sizeof(full), "%s.%s", prefix, name) >= sizeof(full))
		return fosr_err(err, -EINVAL, "tensor name %s.%s is longer than %zu", prefix, name, sizeof(full) - 1);
	if (fosr_tensors_find(set, full))
		return fosr_err(err, -EINVAL, "tensor %s is there twice", full);
	t = fosr_vec_push(&set->list);
	if (!t || !(t->owned = malloc(bytes ? bytes : 1)))
		return fosr_err(err, -ENOMEM, "out of memory for tensor %s (%zu bytes)", full, bytes);
	memcpy(t->name, full, sizeof(full));
	if (bytes)
		memcpy(t->owned, data, bytes);
	t->data = t->owned;
	t->dtype = dtype;
	t->ndim = cols ? 2 : 1;
	t->shape[0] = rows;
	t->shape[1] = cols;
	return 0;
}

const void *fosr_tensors_get(const struct fosr_tensors *set, const char *prefix, const char *name,
	enum fosr_dtype dtype, __u64 *rows, __u64 cols, struct fosr_err *err)
{
	char full[FOSR_TENSOR_NAME], want[24] = "any";
	const struct fosr_tensor *t;

	snprintf(full, sizeof(full), "%s.%s", prefix, name);
	t = fosr_tensors_find(set, full);
	if (!t) {
		fosr_err(err, -EINVAL, "tensor %s is missing", full);
		return NULL;
	}
	if (t->dtype != dtype || t->ndim != (cols ? 2 : 1) || (cols && t->shape[1] != cols) ||
		(*rows != UINT64_MAX && t->shape[0] != *rows)) {
		if (*rows != UINT64_MAX)
			snprintf(want, sizeof(want), "%llu", *rows);
		fosr_err(err, -EINVAL, "tensor %s: found U%d[%llu%s%.0llu], expected U%d[%s%s%.0llu]", full,
			t->dtype * 8, t->shape[0], t->ndim > 1 ? "," : "", t->ndim > 1 ? t->shape[1] : 0, dtype * 8,
			want, cols ? "," : "", cols);
		return NULL;
	}
	*rows = t->shape[0];
	return t->data;
}

void fosr_tensors_free(struct fosr_tensors *set)
{
	for (size_t i = 0; i < set->list.n; i++)
		free(set->list.v[i].owned);
	fosr_vec_free(&set->list);
}

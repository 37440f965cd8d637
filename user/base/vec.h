/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Growable array: FOSR_VEC(T) is a struct type; a zeroed one is empty. Memory grows with what was pushed, by doubling.
 * fosr_vec_push() gives a pointer to the new, zeroed last element, or NULL when memory is out.
 */
#ifndef FOSR_BASE_VEC_H
#define FOSR_BASE_VEC_H

#include <stdlib.h>
#include <string.h>

#include "base/types.h"

#define FOSR_VEC(T) \
	struct { \
		T *v; \
		size_t n, cap; \
	}

static inline int fosr_vec_grow_raw(void **v, size_t *cap, size_t need, size_t elem, bool zero)
{
	size_t c = *cap ? *cap : 16;
	void *p;

	if (need <= *cap)
		return 0;
	while (c < need)
		c *= 2;
	if (c > SIZE_MAX / 2 / elem)
		return -ENOMEM;
	p = realloc(*v, c * elem);
	if (!p)
		return -ENOMEM;
	if (zero)
		memset((char *)p + *cap * elem, 0, (c - *cap) * elem);
	*v = p;
	*cap = c;
	return 0;
}

/* Room for `need` elements in all, zeroed: 0 or -ENOMEM. */
#define fosr_vec_reserve(vec, need) fosr_vec_grow_raw((void **)&(vec)->v, &(vec)->cap, (need), sizeof(*(vec)->v), true)

/* The same, not zeroed: of a large one, room that is not used yet is no memory yet. */
#define fosr_vec_reserve_bare(vec, need) \
	fosr_vec_grow_raw((void **)&(vec)->v, &(vec)->cap, (need), sizeof(*(vec)->v), false)

#define fosr_vec_push(vec) \
	(fosr_vec_reserve((vec), (vec)->n + 1) \
			? NULL \
			: (memset(&(vec)->v[(vec)->n], 0, sizeof(*(vec)->v)), &(vec)->v[(vec)->n++]))

#define fosr_vec_free(vec) \
	do { \
		free((vec)->v); \
		(vec)->v = NULL; \
		(vec)->n = (vec)->cap = 0; \
	} while (0)

#endif

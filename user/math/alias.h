/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Alias tables (Walker; built as Vose, IEEE Trans. Softw. Eng. 17, 1991) in integers: a category in one draw, with
 * probabilities exact to 2^-32 / n, the same on every machine.
 */
#ifndef FOSR_MATH_ALIAS_H
#define FOSR_MATH_ALIAS_H

#include "base/rng.h"

struct fosr_alias {
	__u32 keep; /* take this slot's own index when the second draw is below, or when keep is UINT32_MAX */
	__u32 other;
};

/*
 * t[0..n-1] from weights w[0..n-1]; their sum must be > 0 and below 2^63 / n. Returns 0, -EINVAL or -ENOMEM.
 */
int fosr_alias_build(struct fosr_alias *t, const __u64 *w, __u32 n);

static inline __u32 fosr_alias_draw(const struct fosr_alias *t, __u32 n, struct fosr_rng *r)
{
	__u32 i;

	if (n == 1)
		return t->keep == UINT32_MAX ? 0 : t->other;
	i = fosr_rng_below(r, n);
	return t[i].keep == UINT32_MAX || fosr_rng_u32(r) < t[i].keep ? i : t[i].other;
}

#endif

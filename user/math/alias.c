// SPDX-License-Identifier: GPL-3.0-or-later
#include "math/alias.h"

#include <stdlib.h>

int fosr_alias_build(struct fosr_alias *t, const __u64 *w, __u32 n)
{
	__u32 small_n = 0, large_n = 0;
	unsigned __int128 *scaled; /* weight * n: the slot's share is scaled / sum */
	__u32 *small, *large;
	__u64 sum = 0;

	for (__u32 i = 0; i < n; i++)
		if (__builtin_add_overflow(sum, w[i], &sum))
			return -EINVAL;
	if (!n || !sum || sum > INT64_MAX / n)
		return -EINVAL;
	scaled = malloc(n * (sizeof(*scaled) + 2 * sizeof(*small)));
	if (!scaled)
		return -ENOMEM;
	small = (__u32 *)(scaled + n);
	large = small + n;
	for (__u32 i = 0; i < n; i++) {
		scaled[i] = (unsigned __int128)w[i] * n;
		if (scaled[i] < sum)
			small[small_n++] = i;
		else
			large[large_n++] = i;
	}
	while (small_n && large_n) {
		__u32 s = small[--small_n], l = large[large_n - 1];

		t[s] = (struct fosr_alias){.keep = (__u32)((scaled[s] << 32) / sum), .other = l};
		scaled[l] -= sum - scaled[s];
		if (scaled[l] < sum) {
			large_n--;
			small[small_n++] = l;
		}
	}
	/* In exact arithmetic the two lists empty together but for slots that are full. */
	while (large_n)
		t[large[--large_n]] = (struct fosr_alias){.keep = UINT32_MAX};
	while (small_n)
		t[small[--small_n]] = (struct fosr_alias){.keep = UINT32_MAX};
	free(scaled);
	return 0;
}

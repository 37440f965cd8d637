// SPDX-License-Identifier: GPL-3.0-or-later
#include "craft/header.h"

#define DONT_FRAGMENT 0x4000

void fosr_ip4_put(__u8 *ip, const struct fosr_flow *f, __u8 dir, __u32 total_len, __u16 id)
{
	__u32 words[5] = {
		0x45000000 | total_len,
		(__u32)id << 16 | (fosr_stack(&f->end[dir])->df ? DONT_FRAGMENT : 0),
		(__u32)f->end[dir].ttl << 24 | (__u32)f->l4 << 16,
		fosr_get32(f->end[dir].addr.b),
		fosr_get32(f->end[!dir].addr.b),
	};
	__u64 sum = 0;

	for (int i = 0; i < 5; i++)
		sum += words[i];
	words[2] |= fosr_csum_finish(sum);
	for (int i = 0; i < 5; i++)
		fosr_put32(ip + 4 * i, words[i]);
}

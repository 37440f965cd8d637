// SPDX-License-Identifier: GPL-3.0-or-later
#include <string.h>

#include "craft/header.h"

void fosr_ip6_put(__u8 *ip, const struct fosr_flow *f, __u8 dir, __u32 len)
{
	fosr_put32(ip, 0x60000000);
	fosr_put32(ip + 4, len << 16 | (__u32)f->l4 << 8 | f->end[dir].ttl);
	memcpy(ip + 8, f->end[dir].addr.b, 16);
	memcpy(ip + 24, f->end[!dir].addr.b, 16);
}

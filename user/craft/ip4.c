// SPDX-License-Identifier: GPL-3.0-or-later
#include <string.h>

#include <fosr/csum.h>

#include "craft/header.h"

#define DONT_FRAGMENT 0x4000

void fosr_ip4_put(__u8 *ip, const struct fosr_flow *f, __u8 dir, __u32 total_len, __u16 id)
{
	ip[0] = 0x45;
	ip[1] = 0;
	fosr_put16(ip + 2, (__u16)total_len);
	fosr_put16(ip + 4, id);
	fosr_put16(ip + 6, DONT_FRAGMENT);
	ip[8] = f->end[dir].ttl;
	ip[9] = f->l4;
	fosr_put16(ip + 10, 0);
	memcpy(ip + 12, f->end[dir].addr.b, 4);
	memcpy(ip + 16, f->end[!dir].addr.b, 4);
	fosr_put16(ip + 10, fosr_csum_finish(fosr_csum_words(0, ip, FOSR_CRAFT_IP4 / 2)));
}

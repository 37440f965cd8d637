// SPDX-License-Identifier: GPL-3.0-or-later
#include "craft/header.h"

void fosr_udp_put(__u8 *udp, const struct fosr_flow *f, const struct fosr_step *s, __u64 payload_sum)
{
	__u32 len = FOSR_CRAFT_UDP + s->len, ports = (__u32)f->end[s->dir].port << 16 | f->end[!s->dir].port;
	__u64 sum = payload_sum + fosr_pseudo(f, s->dir, len);

	fosr_put32(udp, ports);
	fosr_put32(udp + 4, len << 16 | fosr_csum_finish_udp(sum + ports + len));
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include <fosr/csum.h>

#include "craft/header.h"

void fosr_udp_put(__u8 *udp, const struct fosr_flow *f, const struct fosr_step *s)
{
	__u32 len = FOSR_CRAFT_UDP + s->len;
	__u64 sum = fosr_csum_pseudo4(f->end[s->dir].addr.b, f->end[!s->dir].addr.b, f->l4, len);

	fosr_put16(udp, f->end[s->dir].port);
	fosr_put16(udp + 2, f->end[!s->dir].port);
	fosr_put16(udp + 4, (__u16)len);
	fosr_put16(udp + 6, 0);
	fosr_put16(udp + 6, fosr_csum_finish_udp(fosr_csum_add(sum, udp, len)));
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include <string.h>

#include <fosr/parse.h>

#include "craft/header.h"

void fosr_eth_put(__u8 *eth, const struct fosr_flow *f, __u8 dir)
{
	const struct fosr_end *from = &f->end[dir], *to = &f->end[!dir];
	__u16 type = fosr_flow_is_ip6(f) ? FOSR_ETH_IP6 : FOSR_ETH_IP4;

	memcpy(eth, to->mac, 6);
	memcpy(eth + 6, from->mac, 6);
	if (f->vlan) {
		fosr_put16(eth + 12, FOSR_ETH_8021Q);
		fosr_put16(eth + 14, f->vlan);
		eth += FOSR_CRAFT_VLAN;
	}
	fosr_put16(eth + 12, type);
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include <string.h>

#include <fosr/parse.h>

#include "craft/header.h"

void fosr_eth_put(__u8 *eth, const struct fosr_flow *f, __u8 dir)
{
	memcpy(eth, f->end[!dir].mac, 6);
	memcpy(eth + 6, f->end[dir].mac, 6);
	fosr_put16(eth + 12, FOSR_ETH_IP4);
}

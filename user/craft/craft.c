// SPDX-License-Identifier: GPL-3.0-or-later
#include "craft/craft.h"

#include <linux/in.h>

#include "base/mix.h"
#include "base/rng.h"
#include "craft/header.h"

void fosr_conn_begin(struct fosr_conn *conn, const struct fosr_craft *c, const struct fosr_flow *f)
{
	struct fosr_rng r = fosr_rng(c->key, f->id, FOSR_STAGE_CRAFT, 0);

	for (int d = 0; d < 2; d++) {
		__u32 ids = fosr_rng_u32(&r);

		conn->isn[d] = fosr_rng_u32(&r);
		conn->next[d] = conn->isn[d];
		conn->ip_id[d] = (__u16)ids;
	}
	conn->payload = fosr_rng_u64(&r);
}

__u32 fosr_craft_packet(const struct fosr_craft *c, const struct fosr_flow *f, struct fosr_conn *conn,
	const struct fosr_step *s, __u32 index, __u8 *frame)
{
	__u8 *ip = frame + FOSR_CRAFT_ETH, *l4 = ip + FOSR_CRAFT_IP4;
	__u32 l4_len = f->l4 == IPPROTO_TCP ? fosr_tcp_len(s) : FOSR_CRAFT_UDP;
	__u32 total = FOSR_CRAFT_IP4 + l4_len + s->len;

	if (s->len)
		c->payload->fill(l4 + l4_len, s->len, fosr_mix64(conn->payload + index));
	if (f->l4 == IPPROTO_TCP)
		fosr_tcp_put(l4, f, conn, s, c->mtu);
	else
		fosr_udp_put(l4, f, s);
	fosr_ip4_put(ip, f, s->dir, total, conn->ip_id[s->dir]++);
	fosr_eth_put(frame, f, s->dir);
	return FOSR_CRAFT_ETH + total;
}

void fosr_craft_skip(const struct fosr_flow *f, struct fosr_conn *conn, const struct fosr_step *s)
{
	conn->ip_id[s->dir]++;
	if (f->l4 == IPPROTO_TCP)
		fosr_tcp_skip(conn, s);
}

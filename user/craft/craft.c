// SPDX-License-Identifier: GPL-3.0-or-later
#include "craft/craft.h"

#include <linux/in.h>
#include <string.h>

#include <fosr/csum.h>

#include "base/mix.h"
#include "base/rng.h"
#include "craft/header.h"

/* Timestamps of a host show another time to each of its peers (RFC 7323 5.4), the same in all flows with it. */
static __u32 clock_of(const struct fosr_craft *c, const struct fosr_flow *f, int dir)
{
	return (__u32)fosr_mix64(c->key ^ fosr_mix64((__u64)f->end[dir].host << 16 | f->end[!dir].host));
}

void fosr_conn_begin(struct fosr_conn *conn, const struct fosr_craft *c, const struct fosr_flow *f)
{
	struct fosr_rng r = fosr_rng(c->key, f->id, FOSR_STAGE_CRAFT, 0);

	for (int d = 0; d < 2; d++) {
		__u32 ids = fosr_rng_u32(&r);

		conn->isn[d] = fosr_rng_u32(&r);
		conn->next[d] = conn->acked[!d] = conn->isn[d];
		conn->ip_id[d] = (__u16)ids;
		if (f->l4 == IPPROTO_TCP) {
			conn->first[d] = fosr_tcp_first_window(f, (__u8)d, c->mtu);
			conn->clock[d] = clock_of(c, f, d);
		}
	}
	conn->payload = fosr_rng_u64(&r);
}

/* Never 0 where packets are counted: a header that is compressed or fingerprinted would take that for none. */
static __u16 id_take(struct fosr_conn *conn, const struct fosr_flow *f, const struct fosr_step *s)
{
	const struct fosr_stack *stack = fosr_stack(&f->end[s->dir]);
	__u16 id = conn->ip_id[s->dir]++;

	if (stack->zero_synack_id && s->dir == FOSR_BWD && s->flags & FOSR_TCP_SYN)
		return 0;
	if (stack->random_id)
		id = (__u16)fosr_mix64(conn->payload + id);
	return id ? id : 1;
}

/* A datagram is a message; a responder's answers the oldest that waits. */
static void said_datagram(struct fosr_conn *conn, const struct fosr_step *s, struct fosr_said *said)
{
	__u32 asked = conn->said[FOSR_FWD].turns;

	if (s->dir == FOSR_FWD) {
		said->answers = conn->said[FOSR_BWD].turns ? conn->said[FOSR_BWD].turns - 1 : FOSR_SAID_NOTHING;
		said->before = conn->said[FOSR_BWD].len;
		conn->asked[said->turn % FOSR_CRAFT_ASKED] = s->len;
		if (asked + 1 - conn->answered > FOSR_CRAFT_ASKED)
			conn->answered++;
	} else if (conn->answered < asked) {
		said->answers = conn->answered++;
		said->before = conn->asked[said->answers % FOSR_CRAFT_ASKED];
	}
}

static void said_take(struct fosr_conn *conn, const struct fosr_flow *f, const struct fosr_step *s, __u64 time_ns,
	__u32 message, struct fosr_said *said)
{
	bool udp = f->l4 == IPPROTO_UDP;

	*said = (struct fosr_said){.turn = conn->said[s->dir].turns, .answers = FOSR_SAID_NOTHING};
	if (udp) {
		said_datagram(conn, s, said);
		message = s->len;
	}
	if (udp || fosr_conn_begins(conn, f, s)) {
		conn->said[s->dir].turns++;
		conn->said[s->dir].len = message;
		if (!said->turn) {
			conn->said[s->dir].first = message;
			conn->said[s->dir].opening = s->len;
		}
		conn->said[s->dir].off = 0;
		conn->said[s->dir].time_ns = time_ns;
	} else {
		said->turn--;
	}
	if (!udp && conn->said[!s->dir].turns) {
		said->answers = conn->said[!s->dir].turns - 1;
		said->before = conn->said[!s->dir].len;
	}
	said->time_ns = conn->said[s->dir].time_ns;
	said->len = conn->said[s->dir].len;
	said->off = conn->said[s->dir].off;
	for (int d = 0; d < 2; d++) {
		said->first[d] = conn->said[d].first;
		said->opening[d] = conn->said[d].opening;
	}
	conn->said[s->dir].off += s->len;
}

void fosr_conn_take(struct fosr_conn *conn, const struct fosr_flow *f, const struct fosr_step *s, __u64 time_ns,
	__u32 message, struct fosr_numbers *out)
{
	*out = (struct fosr_numbers){.ip_id = id_take(conn, f, s)};
	if (f->l4 == IPPROTO_TCP)
		fosr_tcp_take(conn, f, s, time_ns, out);
	if (s->len || f->l4 == IPPROTO_UDP)
		said_take(conn, f, s, time_ns, message, &out->said);
}

/* A kept payload as far as it fits, and the rest as any other. Returns the partial sum of all. */
static __u64 payload_put(const struct fosr_craft *c, const struct fosr_payload_at *at, __u8 *p)
{
	const struct fosr_step *s = at->step;
	__u32 from, n;

	if (!s->payload || s->payload > c->kept.n)
		return c->payload->fill(at, p, s->len);
	from = s->payload > 1 ? c->kept.end[s->payload - 2] : 0;
	n = (__u32)fosr_min_u64(c->kept.end[s->payload - 1] - from, s->len);
	memcpy(p, c->kept.bytes + from, n);
	if (n < s->len)
		c->payload->fill(at, p + n, s->len - n);
	return fosr_csum_add(0, p, s->len);
}

__u32 fosr_craft_packet(const struct fosr_craft *c, const struct fosr_flow *f, const struct fosr_conn *conn,
	const struct fosr_step *s, const struct fosr_numbers *n, __u32 index, __u8 *frame)
{
	__u8 *ip = frame + FOSR_CRAFT_ETH + (f->vlan ? FOSR_CRAFT_VLAN : 0);
	__u8 *l4 = ip + (fosr_flow_is_ip6(f) ? FOSR_CRAFT_IP6 : FOSR_CRAFT_IP4);
	__u32 len = fosr_craft_len(f, s), segment = (__u32)(frame + len - l4);
	__u64 sum = 0;

	if (s->len)
		sum = payload_put(c,
			&(struct fosr_payload_at){.craft = c,
				.flow = f,
				.step = s,
				.numbers = n,
				.flow_seed = conn->payload,
				.seed = fosr_mix64(conn->payload + index)},
			frame + len - s->len);
	if (f->l4 == IPPROTO_TCP)
		fosr_tcp_put(l4, segment, f, s, n, c->mtu, sum);
	else
		fosr_udp_put(l4, f, s, sum);
	if (fosr_flow_is_ip6(f))
		fosr_ip6_put(ip, f, s->dir, segment);
	else
		fosr_ip4_put(ip, f, s->dir, FOSR_CRAFT_IP4 + segment, n->ip_id);
	fosr_eth_put(frame, f, s->dir);
	return len;
}

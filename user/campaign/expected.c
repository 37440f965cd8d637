// SPDX-License-Identifier: GPL-3.0-or-later
#include "campaign/expected.h"

#include <stdlib.h>
#include <string.h>

#include <fosr/tag.h>

#include "base/intr.h"
#include "base/mix.h"

__u64 fosr_expected_hash(const struct fosr_expected *x, const __u8 *frame, __u32 len)
{
	__u64 words[(FOSR_CRAFT_ETH + FOSR_MTU_MAX + 7) / 8 + 1];
	__u32 n = len / 8 + 1;

	if (len > FOSR_CRAFT_ETH + FOSR_MTU_MAX)
		return 0;
	/* The length stands in the last byte: what is padded differs from what is not. */
	words[n - 1] = 0;
	memcpy(words, frame, len);
	words[n - 1] ^= (__u64)len << 48;
	return fosr_siphash(&x->c->secret, words, n);
}

static __u64 ends_key(const __u8 a[4], __u16 a_port, const __u8 b[4], __u16 b_port, __u8 l4)
{
	__u64 x = (__u64)fosr_get32(a) << 16 | a_port, y = (__u64)fosr_get32(b) << 16 | b_port;

	if (x > y)
		return ends_key(b, b_port, a, a_port, l4);
	return fosr_mix64(fosr_mix64(x << 8 | l4) + y);
}

bool fosr_expected_ends(
	const struct fosr_expected *x, const __u8 a[4], __u16 a_port, const __u8 b[4], __u16 b_port, __u8 l4)
{
	return fosr_u64map_get(&x->by_ends, ends_key(a, a_port, b, b_port, l4));
}

static int flow_get(struct fosr_expected *x, const struct fosr_flow *f, __u32 *index)
{
	const __u32 *known = fosr_u64map_get(&x->by_flow, f->id);
	struct fosr_expected_flow *flow;
	int ret;

	if (known) {
		*index = *known;
		return 0;
	}
	flow = fosr_vec_push(&x->flows);
	if (!flow)
		return -ENOMEM;
	flow->id = f->id;
	flow->port = f->end[FOSR_FWD].port;
	*index = (__u32)x->flows.n - 1;
	ret = fosr_u64map_put(&x->by_flow, f->id, *index);
	if (ret)
		return ret;
	return fosr_u64map_put(&x->by_ends,
		ends_key(f->end[0].addr.b, f->end[0].port, f->end[1].addr.b, f->end[1].port, f->l4), *index);
}

static int add(struct fosr_expected *x, const struct fosr_planned *p, const __u8 *frame, __u32 len)
{
	struct fosr_expected_packet *e = fosr_vec_push(&x->packets);
	__u32 flow, index, *known, *step;
	int ret = e ? flow_get(x, &p->live->flow, &flow) : -ENOMEM;

	if (ret)
		return ret;
	index = (__u32)x->packets.n - 1;
	step = fosr_vec_push(&x->flows.v[flow].packet);
	if (!step)
		return -ENOMEM;
	*step = index;
	x->flows.v[flow].steps++;
	*e = (struct fosr_expected_packet){
		.hash = fosr_expected_hash(x, frame, len),
		.time_ns = p->time_ns,
		.flow = flow,
		.step = p->packet->index,
	};
	if (x->c->taint == FOSR_TAINT_OPTION)
		return 0;
	known = fosr_u64map_get(&x->by_hash, e->hash);
	if (known)
		e->same = *known + 1;
	return fosr_u64map_put(&x->by_hash, e->hash, index);
}

int fosr_expected_open(struct fosr_expected *x, const struct fosr_campaign *c, struct fosr_err *err)
{
	__u8 frame[FOSR_CRAFT_ETH + FOSR_MTU_MAX];
	struct fosr_planned p;
	int ret;

	*x = (struct fosr_expected){.c = c};
	ret = fosr_plan_open(&x->plan, c, NULL, err);
	while (!ret && (ret = fosr_plan_next(x->plan, &p, err)) > 0) {
		ret = add(x, &p, frame, fosr_plan_craft(x->plan, p.packet, frame));
		if (ret)
			fosr_err(err, ret, "out of memory for the plan, after %zu packets", x->packets.n);
		else if (fosr_interrupted())
			ret = fosr_err(err, -EINTR, "interrupted");
		else if (x->packets.n == UINT32_MAX - 1)
			ret = fosr_err(err, -E2BIG, "more than %u packets are planned: verify a shorter campaign",
				UINT32_MAX - 1);
	}
	if (ret)
		fosr_expected_free(x);
	return ret;
}

void fosr_expected_free(struct fosr_expected *x)
{
	for (size_t i = 0; i < x->flows.n; i++)
		fosr_vec_free(&x->flows.v[i].packet);
	fosr_vec_free(&x->flows);
	fosr_vec_free(&x->packets);
	fosr_u64map_free(&x->by_flow);
	fosr_u64map_free(&x->by_hash);
	fosr_u64map_free(&x->by_ends);
	fosr_plan_free(x->plan);
}

struct fosr_expected_packet *fosr_expected_step(const struct fosr_expected *x, __u64 flow, __u32 step)
{
	const __u32 *index = fosr_u64map_get(&x->by_flow, flow);
	const struct fosr_expected_flow *f = index ? &x->flows.v[*index] : NULL;

	return f && step < f->packet.n ? &x->packets.v[f->packet.v[step]] : NULL;
}

struct fosr_expected_packet *fosr_expected_bytes(const struct fosr_expected *x, const __u8 *frame, __u32 len)
{
	const __u32 *index = fosr_u64map_get(&x->by_hash, fosr_expected_hash(x, frame, len));
	struct fosr_expected_packet *best = NULL;

	/* The list runs from the last to the first. */
	for (__u32 i = index ? *index + 1 : 0; i; i = x->packets.v[i - 1].same)
		if (!best || x->packets.v[i - 1].seen <= best->seen)
			best = &x->packets.v[i - 1];
	return best;
}

__u32 fosr_expected_make(const struct fosr_expected *x, __u64 flow, __u32 step, __u8 *frame)
{
	const __u32 *index = fosr_u64map_get(&x->by_flow, flow);

	return index ? fosr_plan_remake(x->plan, flow, x->flows.v[*index].port, step, frame) : 0;
}

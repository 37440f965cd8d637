// SPDX-License-Identifier: GPL-3.0-or-later
#include "campaign/expected.h"

#include <stdlib.h>
#include <string.h>

#include <fosr/tag.h>

#include "base/intr.h"
#include "base/mix.h"

/* Ends of settled flows that are remembered: one per so many packets of the window, and never fewer than these. */
#define GONE_SHARE 16
#define GONE_LEAST 1024
/* A settled flow's list of slots is kept for the next one unless it was longer than this. */
#define KEEP_SLOTS 16

__u64 fosr_expected_hash(const struct fosr_expected *x, const __u8 *frame, __u32 len)
{
	__u64 words[(FOSR_CRAFT_FRAME_MAX + 7) / 8 + 1];
	__u32 n = len / 8 + 1;

	if (len > FOSR_CRAFT_FRAME_MAX)
		return 0;
	/* The length stands in the last byte: what is padded differs from what is not. */
	words[n - 1] = 0;
	memcpy(words, frame, len);
	words[n - 1] ^= (__u64)len << 48;
	return fosr_siphash(&x->c->secret, words, n);
}

static __u64 end_key(const __u8 addr[16], __u16 port)
{
	__u64 w[2];

	memcpy(w, addr, sizeof(w));
	return fosr_mix64(fosr_mix64(w[0] + port) + w[1]);
}

static __u64 ends_key(const __u8 a[16], __u16 a_port, const __u8 b[16], __u16 b_port, __u8 l4)
{
	return fosr_mix64(end_key(a, a_port) + end_key(b, b_port) + l4);
}

static __u64 key_of(const struct fosr_expected_flow *f)
{
	return ends_key(f->addr[0].b, f->port[0], f->addr[1].b, f->port[1], f->l4);
}

enum fosr_expected_ends fosr_expected_ends(
	const struct fosr_expected *x, const __u8 a[16], __u16 a_port, const __u8 b[16], __u16 b_port, __u8 l4)
{
	__u64 key = ends_key(a, a_port, b, b_port, l4);

	if (fosr_u64map_get(&x->by_ends, key))
		return FOSR_ENDS_HELD;
	return fosr_u64map_get(&x->gone.now, key) || fosr_u64map_get(&x->gone.before, key) ? FOSR_ENDS_SETTLED
											   : FOSR_ENDS_NONE;
}

/* Settled flows may have had the same ends one after the other: by_ends counts them. */
static int ends_add(struct fosr_expected *x, const struct fosr_expected_flow *f)
{
	__u64 key = key_of(f);
	__u32 *n = fosr_u64map_get(&x->by_ends, key);

	if (!n)
		return fosr_u64map_put(&x->by_ends, key, 1);
	++*n;
	return 0;
}

static int ends_settle(struct fosr_expected *x, const struct fosr_expected_flow *f)
{
	__u64 key = key_of(f);
	__u32 *n = fosr_u64map_get(&x->by_ends, key);

	if (n && !--*n)
		fosr_u64map_del(&x->by_ends, key);
	if (x->gone.now.n >= x->gone.most) {
		fosr_u64map_free(&x->gone.before);
		x->gone.before = x->gone.now;
		x->gone.now = (struct fosr_u64map){0};
	}
	return fosr_u64map_put(&x->gone.now, key, 1);
}

static int flow_new(struct fosr_expected *x, const struct fosr_flow *f, __u32 *index)
{
	struct fosr_expected_flow *flow;

	if (x->unused.n) {
		*index = x->unused.v[--x->unused.n];
	} else {
		if (!fosr_vec_push(&x->flows) || fosr_vec_reserve(&x->unused, x->flows.cap))
			return -ENOMEM;
		*index = (__u32)x->flows.n - 1;
	}
	flow = &x->flows.v[*index];
	flow->id = f->id;
	flow->start_ns = f->start_ns;
	flow->l4 = f->l4;
	for (int d = 0; d < 2; d++) {
		flow->addr[d] = f->end[d].addr;
		flow->port[d] = f->end[d].port;
	}
	x->flows_planned++;
	return fosr_u64map_put(&x->by_flow, f->id, *index) || ends_add(x, flow) ? -ENOMEM : 0;
}

static int flow_settle(struct fosr_expected *x, __u32 index, struct fosr_err *err)
{
	struct fosr_expected_flow *f = &x->flows.v[index];
	int ret = x->ops.flow(x->ops.arg, f, index, err);

	if (!ret && ends_settle(x, f))
		ret = fosr_err(err, -ENOMEM, "out of memory");
	fosr_u64map_del(&x->by_flow, f->id);
	if (f->slot.cap > KEEP_SLOTS)
		fosr_vec_free(&f->slot);
	f->slot.n = 0;
	*f = (struct fosr_expected_flow){.slot = {.v = f->slot.v, .cap = f->slot.cap}};
	x->unused.v[x->unused.n++] = index;
	return ret;
}

static int settle_one(struct fosr_expected *x, struct fosr_err *err)
{
	__u32 slot = (__u32)(x->tail % x->window), *last;
	const struct fosr_expected_packet *e = &x->ring[slot];
	struct fosr_expected_flow *f = &x->flows.v[e->flow];
	int ret = x->ops.packet(x->ops.arg, e, slot, err);

	if (ret)
		return ret;
	last = x->c->taint == FOSR_TAINT_OPTION ? NULL : fosr_u64map_get(&x->by_hash, e->hash);
	if (last && *last == slot)
		fosr_u64map_del(&x->by_hash, e->hash);
	x->settled_ns = e->time_ns;
	x->tail++;
	f->first++;
	f->held--;
	return !f->held && (f->ended || x->done) ? flow_settle(x, e->flow, err) : 0;
}

/* The list of slots is a queue: what was taken from its front goes when it is most of it. */
static int flow_hold(struct fosr_expected_flow *f, __u32 slot)
{
	__u32 *place;

	if (f->first > 16 && f->first > f->held) {
		memmove(f->slot.v, f->slot.v + f->first, f->held * sizeof(*f->slot.v));
		f->first = 0;
		f->slot.n = f->held;
	}
	place = fosr_vec_push(&f->slot);
	if (!place)
		return -ENOMEM;
	*place = slot;
	f->held++;
	f->planned++;
	return 0;
}

static int hash_add(struct fosr_expected *x, struct fosr_expected_packet *e, __u32 slot)
{
	const __u32 *known;

	if (x->c->taint == FOSR_TAINT_OPTION)
		return 0;
	known = fosr_u64map_get(&x->by_hash, e->hash);
	if (known)
		e->back = (slot + x->window - *known) % x->window;
	return fosr_u64map_put(&x->by_hash, e->hash, slot);
}

static int add(struct fosr_expected *x, const struct fosr_planned *p)
{
	__u8 frame[FOSR_CRAFT_FRAME_MAX];
	const __u32 *known = fosr_u64map_get(&x->by_flow, p->live->flow.id);
	__u32 slot = (__u32)(x->head % x->window), flow = known ? *known : 0;
	struct fosr_expected_packet *e = &x->ring[slot];
	int ret = known ? 0 : flow_new(x, &p->live->flow, &flow);

	if (ret)
		return ret;
	*e = (struct fosr_expected_packet){
		.hash = fosr_expected_hash(x, frame, fosr_plan_craft(x->plan, p->packet, frame)),
		.time_ns = p->time_ns,
		.flow = flow,
		.step = p->packet->index,
		.dir = p->packet->step.dir,
	};
	ret = flow_hold(&x->flows.v[flow], slot);
	if (ret)
		return ret;
	x->flows.v[flow].ended = p->last;
	x->head++;
	return hash_add(x, e, slot);
}

/* One more packet of the plan; without room the first one held is settled. */
static int more(struct fosr_expected *x, struct fosr_err *err)
{
	struct fosr_planned p;
	int ret = 0;

	if (x->head - x->tail == x->window)
		ret = settle_one(x, err);
	if (ret)
		return ret;
	ret = fosr_plan_next(x->plan, &p, err);
	if (ret <= 0) {
		x->done = !ret;
		return ret;
	}
	ret = add(x, &p);
	if (ret)
		return fosr_err(err, ret, "out of memory for the plan, after %llu packets", x->head);
	return fosr_interrupted() ? fosr_err(err, -EINTR, "interrupted") : 0;
}

static int fill_to(struct fosr_expected *x, __u64 head, struct fosr_err *err)
{
	int ret = 0;

	while (!ret && !x->done && x->head < head)
		ret = more(x, err);
	return ret;
}

int fosr_expected_open(struct fosr_expected *x, const struct fosr_campaign *c, __u32 window,
	const struct fosr_expected_ops *ops, struct fosr_err *err)
{
	int ret = 0;

	*x = (struct fosr_expected){.c = c, .window = window, .ops = *ops};
	x->gone.most = fosr_max_u64(window / GONE_SHARE, GONE_LEAST);
	x->ring = calloc(window, sizeof(*x->ring));
	x->length = calloc(FOSR_EXPECTED_LENGTHS, sizeof(*x->length));
	if (!x->ring || !x->length)
		ret = fosr_err(err, -ENOMEM, "out of memory for a window of %u packets", window);
	for (int i = 0; !ret && i < FOSR_EXPECTED_LENGTHS; i++)
		x->length[i].flow = UINT64_MAX;
	if (!ret)
		ret = fosr_plan_open(&x->plan, c, NULL, err);
	if (!ret)
		ret = fill_to(x, window / 2, err);
	if (ret)
		fosr_expected_free(x);
	return ret;
}

/* Which packet of the plan it is. */
static __u64 number_of(const struct fosr_expected *x, const struct fosr_expected_packet *e)
{
	__u32 tail = (__u32)(x->tail % x->window);

	return x->tail + (fosr_expected_slot(x, e) + x->window - tail) % x->window;
}

int fosr_expected_around(struct fosr_expected *x, const struct fosr_expected_packet *e, struct fosr_err *err)
{
	return x->done ? 0 : fill_to(x, number_of(x, e) + x->window / 2, err);
}

int fosr_expected_until(struct fosr_expected *x, __u64 time_ns, struct fosr_err *err)
{
	int ret = 0;

	while (!ret && !x->done && (!x->head || x->ring[(x->head - 1) % x->window].time_ns <= time_ns))
		ret = more(x, err);
	return ret;
}

int fosr_expected_end(struct fosr_expected *x, struct fosr_err *err)
{
	int ret = fill_to(x, UINT64_MAX, err);

	while (!ret && x->tail < x->head)
		ret = settle_one(x, err);
	/* What the campaign's end cut off, and had been settled before. */
	for (__u32 i = 0; i < x->flows.n && !ret; i++)
		if (x->flows.v[i].id)
			ret = flow_settle(x, i, err);
	return ret;
}

void fosr_expected_free(struct fosr_expected *x)
{
	for (size_t i = 0; i < x->flows.n; i++)
		fosr_vec_free(&x->flows.v[i].slot);
	fosr_vec_free(&x->flows);
	fosr_vec_free(&x->unused);
	free(x->ring);
	free(x->length);
	fosr_u64map_free(&x->by_flow);
	fosr_u64map_free(&x->by_hash);
	fosr_u64map_free(&x->by_ends);
	fosr_u64map_free(&x->gone.now);
	fosr_u64map_free(&x->gone.before);
	fosr_plan_free(x->plan);
	*x = (struct fosr_expected){0};
}

static struct fosr_expected_packet *held(
	const struct fosr_expected *x, __u64 flow, __u32 step, enum fosr_expected_fate *fate)
{
	const __u32 *index = fosr_u64map_get(&x->by_flow, flow);
	const struct fosr_expected_flow *f = index ? &x->flows.v[*index] : NULL;

	*fate = FOSR_EXPECTED_NOT;
	if (!f || step >= f->planned)
		return NULL;
	if (step < f->planned - f->held) {
		*fate = FOSR_EXPECTED_SETTLED;
		return NULL;
	}
	*fate = FOSR_EXPECTED_HELD;
	return &x->ring[f->slot.v[f->first + step - (f->planned - f->held)]];
}

/* Was the whole flow over before the window's beginning? Then its packets come one after the other, all too late. */
static bool flow_over(struct fosr_expected *x, __u64 flow, __u32 *steps)
{
	struct fosr_expected_length *l = &x->length[fosr_mix64(flow) % FOSR_EXPECTED_LENGTHS];

	if (!x->tail || (flow >> FOSR_FLOW_INDEX_BITS) > x->settled_ns / FOSR_WINDOW_NS ||
		fosr_u64map_get(&x->by_flow, flow))
		return false;
	if (l->flow != flow) {
		l->flow = flow;
		l->steps = fosr_plan_steps(x->plan, flow, &l->last_ns);
	}
	*steps = l->steps;
	return !l->steps || l->last_ns <= x->settled_ns;
}

int fosr_expected_step(struct fosr_expected *x, __u64 flow, __u32 step, struct fosr_expected_packet **e,
	enum fosr_expected_fate *fate, struct fosr_err *err)
{
	__u64 time_ns;
	__u32 steps;
	int ret;

	*e = held(x, flow, step, fate);
	if (*fate != FOSR_EXPECTED_NOT || (x->done && !x->tail))
		return 0;
	if (flow_over(x, flow, &steps)) {
		*fate = step < steps ? FOSR_EXPECTED_SETTLED : FOSR_EXPECTED_NOT;
		return 0;
	}
	if (!fosr_plan_when(x->plan, flow, step, &time_ns))
		return 0;
	if (x->tail && time_ns <= x->settled_ns) {
		*fate = FOSR_EXPECTED_SETTLED;
		return 0;
	}
	ret = fosr_expected_until(x, time_ns, err);
	*e = held(x, flow, step, fate);
	return ret;
}

struct fosr_expected_packet *fosr_expected_bytes(const struct fosr_expected *x, const __u8 *frame, __u32 len)
{
	const __u32 *slot = fosr_u64map_get(&x->by_hash, fosr_expected_hash(x, frame, len));

	return slot ? &x->ring[*slot] : NULL;
}

struct fosr_expected_packet *fosr_expected_before(const struct fosr_expected *x, const struct fosr_expected_packet *e)
{
	__u64 number = number_of(x, e);

	if (!e->back || number - x->tail < e->back)
		return NULL;
	return &x->ring[(number - e->back) % x->window];
}

__u32 fosr_expected_make(const struct fosr_expected *x, const struct fosr_expected_packet *e, __u8 *frame)
{
	const struct fosr_expected_flow *f = &x->flows.v[e->flow];

	return fosr_plan_remake(x->plan, f->id, f->port[FOSR_FWD], e->step, frame);
}

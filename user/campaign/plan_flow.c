// SPDX-License-Identifier: GPL-3.0-or-later
/* Single flows of a plan: their starts, their slots, their walk from step to step. */
#include <stdlib.h>

#include "base/mix.h"
#include "campaign/plan_priv.h"

struct fosr_arrivals fosr_window(const struct fosr_plan *p, __u64 window)
{
	return (struct fosr_arrivals){
		.rng = fosr_rng(p->c->craft.key, window, FOSR_STAGE_ARRIVALS, 0),
		.window = window,
		.scale_q32 = p->c->scale_q32,
		.offset_ns = fosr_campaign_offset_ns(p->c, window * FOSR_WINDOW_NS),
	};
}

static void window_begin(struct fosr_plan *p, __u64 window)
{
	p->arrivals = fosr_window(p, window);
	p->index = 0;
}

void fosr_arrivals_begin(struct fosr_plan *p)
{
	window_begin(p, p->c->start_ns / FOSR_WINDOW_NS);
	fosr_arrivals_advance(p);
}

void fosr_arrivals_advance(struct fosr_plan *p)
{
	const struct fosr_model *m = &p->c->profile->model[FOSR_ARRIVALS];

	for (;;) {
		if (m->ops->next_start(m, &p->arrivals)) {
			p->index++;
			if (p->arrivals.start_ns < p->c->start_ns)
				continue;
			p->more = p->arrivals.start_ns < p->end_ns;
			return;
		}
		if ((p->arrivals.window + 1) * FOSR_WINDOW_NS >= p->end_ns) {
			p->more = false;
			return;
		}
		window_begin(p, p->arrivals.window + 1);
	}
}

__s64 fosr_plan_flow_new(struct fosr_plan *p)
{
	struct fosr_live_flow **chunk;
	size_t slot = p->due.n;

	if (p->free_slot.n)
		return p->free_slot.v[--p->free_slot.n];
	if (slot / FOSR_LIVE_CHUNK == p->chunk.n) {
		if (fosr_vec_reserve(&p->free_slot, slot + FOSR_LIVE_CHUNK))
			return -1;
		chunk = fosr_vec_push(&p->chunk);
		if (!chunk)
			return -1;
		*chunk = calloc(FOSR_LIVE_CHUNK, sizeof(**chunk));
		if (!*chunk) {
			p->chunk.n--;
			return -1;
		}
	}
	return fosr_vec_push(&p->due) ? (__s64)slot : -1;
}

void fosr_plan_flow_free(struct fosr_plan *p, __u32 slot)
{
	fosr_live_at(p, slot)->flow.id = 0;
	p->due.v[slot] = FOSR_NEVER;
	p->free_slot.v[p->free_slot.n++] = slot;
}

/* All flows between two hosts fall into the same shard: who shares a pair of addresses shares its ports. */
static bool in_shard(const struct fosr_plan *p, const struct fosr_flow *f)
{
	__u64 x = 0;

	if (!p->o.shards)
		return true;
	for (int d = 0; d < 2; d++) {
		__u64 w[2];

		memcpy(w, f->end[d].addr.b, sizeof(w));
		x += fosr_mix64(fosr_mix64(w[0]) + w[1]);
	}
	return fosr_mix64(x) % p->o.shards == p->o.shard;
}

/* The walk's next step, no longer than the MTU allows: true if it was. An answer does not come before its time: the
 * opener's link is where packets are seen. */
static bool draw_step(const struct fosr_plan *p, const struct fosr_flow *f, struct fosr_walk *w, struct fosr_step *s)
{
	const struct fosr_model *m = &p->c->profile->model[FOSR_STEPS];
	struct fosr_rng r = fosr_rng(p->c->craft.key, f->id, FOSR_STAGE_STEP, w->step);
	__u32 room = fosr_craft_room(&p->c->craft, f);
	bool asked = w->step && fosr_action_dir(w->last[0]) == FOSR_FWD, cut;

	m->ops->next_step(m, &r, w, s);
	if (asked && s->dir == FOSR_BWD)
		s->gap_ns = fosr_max_u64(s->gap_ns, f->rtt_ns);
	cut = s->len > room;
	if (cut)
		s->len = (__u16)room;
	return cut;
}

static void draw(const struct fosr_plan *p, struct fosr_live_flow *l)
{
	struct fosr_ahead *a = &l->ahead;
	__u8 first = a->first;

	if (!a->n) {
		l->cut = draw_step(p, &l->flow, &l->walk, &l->next);
		return;
	}
	l->next = a->drawn[first].step;
	l->walk = a->drawn[first].walk;
	l->cut = a->drawn[first].cut;
	a->first = (first + 1) % FOSR_AHEAD;
	a->n--;
}

/* The i-th step after the one that is due, w being the walk before it and after it: kept as long as there is room. */
static void draw_ahead(
	const struct fosr_plan *p, struct fosr_live_flow *l, __u32 i, struct fosr_walk *w, struct fosr_step *s)
{
	struct fosr_ahead *a = &l->ahead;
	__u32 at = (a->first + i) % FOSR_AHEAD;

	if (i >= FOSR_AHEAD) {
		draw_step(p, &l->flow, w, s);
		return;
	}
	if (i >= a->n) {
		a->drawn[at].cut = draw_step(p, &l->flow, w, &a->drawn[at].step);
		a->drawn[at].walk = *w;
		a->n++;
	}
	*s = a->drawn[at].step;
	*w = a->drawn[at].walk;
}

/* Longer messages are none that a grammar needs to know the end of: another one follows. */
#define MESSAGE_MOST (1u << 30)

/* Payload from the step that is due until the other end sends some: the flow is walked ahead. */
static __u32 message_len(const struct fosr_plan *p, struct fosr_live_flow *l)
{
	struct fosr_walk w = l->walk;
	__u32 len = l->next.len;
	struct fosr_step s;

	for (__u32 i = 0; fosr_walk_more(&w) && len < MESSAGE_MOST; i++) {
		draw_ahead(p, l, i, &w, &s);
		if (s.len && s.dir != l->next.dir)
			break;
		len += s.len;
	}
	return len;
}

bool fosr_plan_flow_begin(const struct fosr_plan *p, struct fosr_live_flow *l, __u64 id, __u64 start_ns)
{
	struct fosr_rng r = fosr_rng(p->c->craft.key, id, FOSR_STAGE_FLOW, 0);
	__u64 local_ns = fosr_local_ns(start_ns, fosr_campaign_offset_ns(p->c, start_ns));

	*l = (struct fosr_live_flow){.flow = {.id = id, .start_ns = start_ns}};
	if (!fosr_flow_draw(p->c->profile->model, &r, fosr_binding_limits(p->binding), local_ns, &l->flow))
		return false;
	fosr_binding_bind(p->binding, &l->flow);
	l->wanted = !in_shard(p, &l->flow) ? 0 : p->o.want ? p->o.want(p->o.arg, &l->flow) : 1;
	if (!l->wanted && !p->c->packets)
		return false;
	fosr_walk_begin(&l->walk, &l->flow);
	if (!fosr_walk_more(&l->walk))
		return false;
	fosr_conn_begin(&l->conn, &p->c->craft, &l->flow);
	draw(p, l);
	return true;
}

void fosr_plan_flow_take(const struct fosr_plan *p, struct fosr_live_flow *l, __u64 time_ns, struct fosr_packet *out)
{
	const struct fosr_step *s = &l->next;
	__u32 message = 0;

	l->last_ns = time_ns;
	l->packets[s->dir]++;
	l->payload[s->dir] += s->len;
	l->frame[s->dir] += fosr_craft_len(&l->flow, s);
	out->index = l->walk.step - 1;
	out->step = *s;
	if (p->c->craft.payload->messages && fosr_conn_begins(&l->conn, &l->flow, s))
		message = message_len(p, l);
	fosr_conn_take(&l->conn, &l->flow, s, time_ns, message, &out->numbers);
}

/* A gap has up to 62 bits: what is past the end of time stays there, in order. */
__u64 fosr_plan_flow_next(const struct fosr_plan *p, struct fosr_live_flow *l, __u64 time_ns)
{
	draw(p, l);
	return time_ns + fosr_min_u64(l->next.gap_ns, FOSR_NEVER - 1 - time_ns);
}

bool fosr_again_begin(const struct fosr_plan *p, struct fosr_again *a, __u64 id, __u64 start_ns, __u16 port)
{
	if (!fosr_plan_flow_begin(p, &a->live, id, start_ns))
		return false;
	a->live.flow.end[FOSR_FWD].port = port;
	a->time_ns = start_ns;
	a->steps = 0;
	return true;
}

bool fosr_again_step(const struct fosr_plan *p, struct fosr_again *a)
{
	if (a->steps) {
		if (!fosr_walk_more(&a->live.walk))
			return false;
		a->time_ns = fosr_plan_flow_next(p, &a->live, a->time_ns);
	}
	if (p->c->cut && a->time_ns >= p->end_ns)
		return false;
	fosr_plan_flow_take(p, &a->live, a->time_ns, &a->packet);
	a->steps++;
	return true;
}

__u32 fosr_again_craft(const struct fosr_plan *p, const struct fosr_again *a, __u8 *frame)
{
	return fosr_craft_packet(&p->c->craft, &a->live.flow, &a->live.conn, &a->packet.step, &a->packet.numbers,
		a->packet.index, frame);
}

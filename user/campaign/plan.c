// SPDX-License-Identifier: GPL-3.0-or-later
#include "campaign/plan.h"

#include <stdlib.h>

#include "base/fixed.h"
#include "campaign/bind.h"
#include "timeline/timeline.h"

/* Live flows come in chunks that never move, so that a pointer to one stays good. */
#define CHUNK 256

struct fosr_plan {
	const struct fosr_campaign *c;
	struct fosr_binding *binding;
	bool (*want)(void *arg, const struct fosr_flow *f);
	void *arg;
	struct fosr_timeline timeline;
	FOSR_VEC(struct fosr_live_flow *) chunk;
	FOSR_VEC(__u32) free_slot;
	size_t slots; /* ever used */
	struct fosr_arrivals arrivals;
	__u64 end_ns; /* flows start before */
	__u32 index; /* of the next flow in the window */
	bool more; /* arrivals.start_ns is the next start */
	bool pending; /* the packet given last is still the timeline's first */
	struct fosr_plan_stats stats;
};

static struct fosr_live_flow *live_at(const struct fosr_plan *p, __u32 slot)
{
	return &p->chunk.v[slot / CHUNK][slot % CHUNK];
}

static struct fosr_live_flow *live_new(struct fosr_plan *p)
{
	struct fosr_live_flow *l;
	__u32 slot;

	if (p->free_slot.n) {
		slot = p->free_slot.v[--p->free_slot.n];
	} else {
		slot = (__u32)p->slots;
		if (slot / CHUNK == p->chunk.n) {
			struct fosr_live_flow **chunk = fosr_vec_push(&p->chunk);

			if (!chunk || fosr_vec_reserve(&p->free_slot, p->slots + CHUNK))
				return NULL;
			*chunk = calloc(CHUNK, sizeof(**chunk));
			if (!*chunk) {
				p->chunk.n--;
				return NULL;
			}
		}
		p->slots++;
	}
	l = live_at(p, slot);
	*l = (struct fosr_live_flow){.slot = slot};
	return l;
}

static void live_free(struct fosr_plan *p, struct fosr_live_flow *l)
{
	l->flow.id = 0;
	p->free_slot.v[p->free_slot.n++] = l->slot;
}

static void window_begin(struct fosr_plan *p, __u64 window)
{
	p->arrivals = (struct fosr_arrivals){
		.rng = fosr_rng(p->c->craft.key, window, FOSR_STAGE_ARRIVALS, 0),
		.window = window,
		.scale_q32 = p->c->scale_q32,
		.offset_ns = fosr_campaign_offset_ns(p->c, window * FOSR_WINDOW_NS),
	};
	p->index = 0;
}

/* Moves to the next start within the campaign: p->more tells if there is one. */
static void arrivals_advance(struct fosr_plan *p)
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

/* The step that is due next: drawn from the model, cut at the MTU. */
static void step_draw(struct fosr_plan *p, struct fosr_live_flow *l)
{
	const struct fosr_model *m = &p->c->profile->model[FOSR_STEPS];
	struct fosr_rng r = fosr_rng(p->c->craft.key, l->flow.id, FOSR_STAGE_STEP, l->walk.step);
	__u32 room = fosr_craft_room(&p->c->craft, l->flow.l4);

	l->index = l->walk.step;
	m->ops->next_step(m, &r, &l->walk, &l->next);
	if (l->next.len > room) {
		l->next.len = (__u16)room;
		p->stats.clamped++;
	}
}

/* Draws and binds flow `id` that starts at start_ns, and its first step. False: nothing to send. */
static bool flow_begin(struct fosr_plan *p, struct fosr_live_flow *l, __u64 id, __u64 start_ns)
{
	struct fosr_rng r = fosr_rng(p->c->craft.key, id, FOSR_STAGE_FLOW, 0);
	__u64 local_ns = fosr_local_ns(start_ns, fosr_campaign_offset_ns(p->c, start_ns));

	l->flow = (struct fosr_flow){.id = id, .start_ns = start_ns};
	if (!fosr_flow_draw(p->c->profile->model, &r, fosr_binding_limits(p->binding), local_ns, &l->flow))
		return false;
	fosr_binding_bind(p->binding, &l->flow);
	l->wanted = !p->want || p->want(p->arg, &l->flow);
	fosr_walk_begin(&l->walk, &l->flow);
	return fosr_walk_more(&l->walk);
}

static int admit(struct fosr_plan *p, struct fosr_err *err)
{
	__u64 id = fosr_flow_id(p->arrivals.window, p->index - 1), start = p->arrivals.start_ns;
	struct fosr_live_flow *l = live_new(p);
	int ret;

	if (!l)
		return fosr_err(err, -ENOMEM, "out of memory for %zu live flows", p->slots);
	arrivals_advance(p);
	if (!flow_begin(p, l, id, start) || (!l->wanted && !p->c->packets)) {
		live_free(p, l);
		return 0;
	}
	l->seen.l4 = l->flow.l4;
	fosr_conn_begin(&l->conn, &p->c->craft, &l->flow);
	step_draw(p, l);
	l->next.gap_ns = 0;
	p->stats.flows += l->wanted;
	ret = fosr_timeline_push(&p->timeline, (struct fosr_due){.time_ns = start, .id = id, .slot = l->slot});
	p->stats.live_most = fosr_max_u64(p->stats.live_most, p->timeline.heap.n);
	return ret ? fosr_err(err, ret, "out of memory for %zu live flows", p->slots) : 0;
}

/* Takes the packet given last off: its flow's next step, or the flow's end. */
static void settle(struct fosr_plan *p)
{
	const struct fosr_due *due = fosr_timeline_first(&p->timeline);
	struct fosr_live_flow *l = live_at(p, due->slot);

	if (!fosr_walk_more(&l->walk)) {
		fosr_timeline_pop(&p->timeline);
		live_free(p, l);
		return;
	}
	step_draw(p, l);
	/* A gap has up to 62 bits: what is past the end of time stays there, in order. */
	fosr_timeline_move_first(&p->timeline, due->time_ns + fosr_min_u64(l->next.gap_ns, UINT64_MAX - due->time_ns));
}

static bool over(const struct fosr_plan *p, __u64 time_ns)
{
	return (p->c->packets && p->stats.packets >= p->c->packets) || (p->c->cut && time_ns >= p->end_ns);
}

int fosr_plan_next(struct fosr_plan *p, struct fosr_planned *out, struct fosr_err *err)
{
	for (;;) {
		const struct fosr_due *due;
		struct fosr_live_flow *l;

		if (p->pending)
			settle(p);
		p->pending = false;
		due = fosr_timeline_first(&p->timeline);
		while (p->more && (!due || p->arrivals.start_ns <= due->time_ns)) {
			int ret = admit(p, err);

			if (ret)
				return ret;
			due = fosr_timeline_first(&p->timeline);
		}
		if (!due || over(p, due->time_ns))
			return 0;
		l = live_at(p, due->slot);
		p->pending = true;
		p->stats.packets++;
		if (!l->wanted)
			continue;
		*out = (struct fosr_planned){
			.time_ns = due->time_ns,
			.live = l,
			.step = l->next,
			.index = l->index,
			.last = !fosr_walk_more(&l->walk),
		};
		l->last_ns = due->time_ns;
		fosr_track_feed(&l->seen, l->next.dir, l->next.flags);
		l->packets[l->next.dir]++;
		l->payload[l->next.dir] += l->next.len;
		return 1;
	}
}

__u32 fosr_plan_craft(struct fosr_plan *p, const struct fosr_planned *packet, __u8 *frame)
{
	struct fosr_live_flow *l = packet->live;
	__u32 len = fosr_craft_packet(&p->c->craft, &l->flow, &l->conn, &packet->step, packet->index, frame);

	l->frame[packet->step.dir] += len;
	return len;
}

void fosr_plan_skip(const struct fosr_planned *packet)
{
	fosr_craft_skip(&packet->live->flow, &packet->live->conn, &packet->step);
}

/* Only flows that start in the window up to `index` are drawn; starts are cheap. */
static bool find_start(const struct fosr_plan *p, __u64 flow_id, __u64 *start_ns)
{
	const struct fosr_model *m = &p->c->profile->model[FOSR_ARRIVALS];
	__u64 window = flow_id >> FOSR_FLOW_INDEX_BITS;
	__u32 index = flow_id & ((1u << FOSR_FLOW_INDEX_BITS) - 1);
	struct fosr_arrivals a = {
		.rng = fosr_rng(p->c->craft.key, window, FOSR_STAGE_ARRIVALS, 0),
		.window = window,
		.scale_q32 = p->c->scale_q32,
		.offset_ns = fosr_campaign_offset_ns(p->c, window * FOSR_WINDOW_NS),
	};

	/* A window beyond the campaign's years would overflow below. */
	if (window > UINT64_MAX / 2 / FOSR_WINDOW_NS)
		return false;
	for (__u32 i = 0; i <= index; i++)
		if (!m->ops->next_start(m, &a))
			return false;
	*start_ns = a.start_ns;
	return a.start_ns >= p->c->start_ns && a.start_ns < p->end_ns;
}

__u32 fosr_plan_packet(struct fosr_plan *p, __u64 flow_id, __u32 index, __u8 *frame)
{
	struct fosr_live_flow l = {0};
	__u64 time_ns, clamped = p->stats.clamped;
	__u32 len = 0;

	if (!find_start(p, flow_id, &time_ns) || !flow_begin(p, &l, flow_id, time_ns))
		return 0;
	fosr_conn_begin(&l.conn, &p->c->craft, &l.flow);
	while (fosr_walk_more(&l.walk) && l.walk.step <= index) {
		step_draw(p, &l);
		if (l.index)
			time_ns += fosr_min_u64(l.next.gap_ns, UINT64_MAX - time_ns);
		len = fosr_craft_packet(&p->c->craft, &l.flow, &l.conn, &l.next, l.index, frame);
	}
	p->stats.clamped = clamped; /* it was counted, or will be, where the packet stands in the plan */
	return l.index == index && !(p->c->cut && time_ns >= p->end_ns) ? len : 0;
}

const struct fosr_live_flow *fosr_plan_unfinished(const struct fosr_plan *p, size_t *cursor)
{
	while (*cursor < p->slots) {
		const struct fosr_live_flow *l = live_at(p, (__u32)(*cursor)++);
		bool ended =
			p->pending && !fosr_walk_more(&l->walk) && l->slot == fosr_timeline_first(&p->timeline)->slot;

		if (l->flow.id && l->wanted && l->packets[0] + l->packets[1] && !ended)
			return l;
	}
	return NULL;
}

struct fosr_plan_stats fosr_plan_stats(const struct fosr_plan *p)
{
	return p->stats;
}

const char *fosr_plan_left_out(const struct fosr_plan *p)
{
	return fosr_binding_left_out(p->binding);
}

int fosr_plan_open(struct fosr_plan **out, const struct fosr_campaign *c,
	bool (*want)(void *arg, const struct fosr_flow *f), void *arg, struct fosr_err *err)
{
	struct fosr_plan *p = calloc(1, sizeof(*p));
	int ret;

	if (!p)
		return fosr_err(err, -ENOMEM, "out of memory");
	p->c = c;
	p->want = want;
	p->arg = arg;
	p->end_ns = c->duration_ns ? c->start_ns + c->duration_ns : UINT64_MAX / 2;
	ret = fosr_binding_open(&p->binding, c, err);
	if (ret) {
		free(p);
		return ret;
	}
	window_begin(p, c->start_ns / FOSR_WINDOW_NS);
	arrivals_advance(p);
	*out = p;
	return 0;
}

void fosr_plan_free(struct fosr_plan *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->chunk.n; i++)
		free(p->chunk.v[i]);
	fosr_vec_free(&p->chunk);
	fosr_vec_free(&p->free_slot);
	fosr_timeline_free(&p->timeline);
	fosr_binding_free(p->binding);
	free(p);
}

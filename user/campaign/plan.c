// SPDX-License-Identifier: GPL-3.0-or-later
#include "campaign/plan.h"

#include <stdlib.h>

#include "campaign/plan_priv.h"

/* A first guess at a slice's length; it adapts. */
#define FIRST_WIDTH_NS FOSR_NS_PER_S

const struct fosr_packet *fosr_plan_packet(const struct fosr_plan *p, const struct fosr_due *due)
{
	return &p->maker[due->packet >> FOSR_PACKET_BITS].packet.v[due->packet & ((1u << FOSR_PACKET_BITS) - 1)];
}

const struct fosr_live_flow *fosr_plan_flow(const struct fosr_plan *p, const struct fosr_packet *packet)
{
	return fosr_live_at(p, packet->slot);
}

__u32 fosr_plan_craft(const struct fosr_plan *p, const struct fosr_packet *packet, __u8 *frame)
{
	const struct fosr_live_flow *l = fosr_live_at(p, packet->slot);

	return fosr_craft_packet(
		&p->c->craft, &l->flow, &l->conn, &packet->step, &packet->numbers, packet->index, frame);
}

/* Flows whose last packet the caller has had. */
static void free_ended(struct fosr_plan *p)
{
	for (size_t i = 0; i < p->ended.n; i++) {
		fosr_lease_drop(&p->leases, p->ended.v[i]);
		fosr_plan_flow_free(p, p->ended.v[i]);
	}
	p->ended.n = 0;
}

/* A packet that was walked to, but is beyond the campaign's limit of packets: its flow has not sent it. */
static void take_back(struct fosr_plan *p, const struct fosr_due *due)
{
	const struct fosr_packet *packet = fosr_plan_packet(p, due);

	fosr_live_at(p, packet->slot)->packets[packet->step.dir]--;
}

static void stop_after(struct fosr_plan *p, size_t n)
{
	for (size_t i = n; i < p->sorted.n; i++)
		take_back(p, &p->sorted.v[i]);
	for (unsigned int w = 0; w < fosr_pool_workers(p->pool); w++) {
		const struct fosr_maker *mk = &p->maker[w];

		for (size_t i = 0; i < mk->due.n; i++)
			if (mk->due.v[i].time_ns >= p->to_ns)
				take_back(p, &mk->due.v[i]);
	}
	p->sorted.n = n;
	p->done = true;
}

/* What the slice brings to the sums; flows that end in it are marked. */
static int account(struct fosr_plan *p, struct fosr_err *err)
{
	if (p->c->packets && p->counted + p->sorted.n >= p->c->packets)
		stop_after(p, p->c->packets - p->counted);
	p->counted += p->sorted.n;
	for (size_t i = 0; i < p->sorted.n; i++) {
		const struct fosr_due *due = &p->sorted.v[i];
		bool wanted = due->flags & FOSR_DUE_WANTED;

		if (due->flags & FOSR_DUE_FIRST) {
			p->stats.flows += wanted;
			p->stats.ports_moved += wanted && fosr_live_at(p, fosr_plan_packet(p, due)->slot)->moved;
			p->stats.live_most = fosr_max_u64(p->stats.live_most, ++p->alive);
		}
		p->stats.packets += wanted;
		p->stats.clamped += wanted && due->flags & FOSR_DUE_CUT;
		if (due->flags & FOSR_DUE_LAST) {
			__u32 *slot = fosr_vec_push(&p->ended);

			if (!slot)
				return fosr_err(err, -ENOMEM, "out of memory");
			*slot = fosr_plan_packet(p, due)->slot;
			p->alive--;
		}
	}
	return 0;
}

int fosr_plan_slice(struct fosr_plan *p, struct fosr_slice *out, struct fosr_err *err)
{
	int ret = 0;

	do {
		free_ended(p);
		p->sorted.n = 0;
		if (p->done)
			return 0;
		ret = fosr_slice_make(p, err);
		if (!ret)
			ret = account(p, err);
	} while (!ret && !p->sorted.n);
	*out = (struct fosr_slice){.due = p->sorted.v, .n = p->sorted.n};
	return ret ? ret : 1;
}

int fosr_plan_next(struct fosr_plan *p, struct fosr_planned *out, struct fosr_err *err)
{
	for (;;) {
		const struct fosr_due *due;

		if (p->given == p->left) {
			struct fosr_slice slice;
			int ret = fosr_plan_slice(p, &slice, err);

			if (ret <= 0)
				return ret;
			p->given = 0;
			p->left = slice.n;
		}
		due = &p->sorted.v[p->given++];
		if (!(due->flags & FOSR_DUE_WANTED))
			continue;
		out->time_ns = due->time_ns;
		out->packet = fosr_plan_packet(p, due);
		out->live = fosr_live_at(p, out->packet->slot);
		out->last = due->flags & FOSR_DUE_LAST;
		return 1;
	}
}

/* Only starts of the flow's own window up to its own are drawn. */
static bool find_start(struct fosr_plan *p, __u64 flow_id, __u64 *start_ns)
{
	const struct fosr_model *m = &p->c->profile->model[FOSR_ARRIVALS];
	__u64 window = flow_id >> FOSR_FLOW_INDEX_BITS;
	__u32 index = flow_id & ((1u << FOSR_FLOW_INDEX_BITS) - 1);
	struct fosr_starts *s = &p->starts;

	/* A window beyond the campaign's years would overflow below. */
	if (window > UINT64_MAX / 2 / FOSR_WINDOW_NS)
		return false;
	if (!s->begun || s->window != window) {
		s->begun = true;
		s->window = window;
		s->at = fosr_window(p, window);
		s->ns.n = 0;
	}
	while (s->ns.n <= index) {
		if (fosr_vec_reserve(&s->ns, s->ns.n + 1) || !m->ops->next_start(m, &s->at))
			return false;
		s->ns.v[s->ns.n++] = s->at.start_ns;
	}
	*start_ns = s->ns.v[index];
	return *start_ns >= p->c->start_ns && *start_ns < p->end_ns;
}

/* Walks a flow anew up to a step, in p->again. */
static bool walk_to(struct fosr_plan *p, __u64 flow_id, __u16 port, __u32 index)
{
	struct fosr_again *a = &p->again;
	__u64 start_ns;

	if (index == UINT32_MAX || !find_start(p, flow_id, &start_ns) ||
		!fosr_again_begin(p, a, flow_id, start_ns, port))
		return false;
	while (a->steps <= index)
		if (!fosr_again_step(p, a))
			return false;
	return true;
}

__u32 fosr_plan_remake(struct fosr_plan *p, __u64 flow_id, __u16 port, __u32 index, __u8 *frame)
{
	return walk_to(p, flow_id, port, index) ? fosr_again_craft(p, &p->again, frame) : 0;
}

/* Ports decide no times. */
bool fosr_plan_when(struct fosr_plan *p, __u64 flow_id, __u32 index, __u64 *time_ns)
{
	if (!walk_to(p, flow_id, 0, index))
		return false;
	*time_ns = p->again.time_ns;
	return true;
}

__u32 fosr_plan_steps(struct fosr_plan *p, __u64 flow_id, __u64 *last_ns)
{
	struct fosr_again *a = &p->again;
	__u64 start_ns;

	if (!find_start(p, flow_id, &start_ns) || !fosr_again_begin(p, a, flow_id, start_ns, 0))
		return 0;
	*last_ns = start_ns;
	while (fosr_again_step(p, a))
		*last_ns = a->time_ns;
	return a->steps;
}

static int by_id(const void *a, const void *b, void *plan)
{
	__u64 x = fosr_live_at(plan, *(const __u32 *)a)->flow.id, y = fosr_live_at(plan, *(const __u32 *)b)->flow.id;

	return (x > y) - (x < y);
}

/* Slots of flows that were begun and cut off, in order of their ids. What a slot's number is depends on workers. */
static int list_unfinished(struct fosr_plan *p)
{
	p->unfinished.n = 0;
	for (__u32 slot = 0; slot < p->due.n; slot++) {
		const struct fosr_live_flow *l = fosr_live_at(p, slot);
		__u32 *entry;

		if (!l->flow.id || !l->wanted || !(l->packets[0] + l->packets[1]))
			continue;
		entry = fosr_vec_push(&p->unfinished);
		if (!entry)
			return -ENOMEM;
		*entry = slot;
	}
	if (p->unfinished.n)
		qsort_r(p->unfinished.v, p->unfinished.n, sizeof(*p->unfinished.v), by_id, p);
	return 0;
}

int fosr_plan_unfinished(struct fosr_plan *p, size_t *cursor, const struct fosr_live_flow **out, struct fosr_err *err)
{
	if (!*cursor && list_unfinished(p))
		return fosr_err(err, -ENOMEM, "out of memory for flows that were cut off");
	while (*cursor < p->unfinished.n) {
		const struct fosr_live_flow *l = fosr_live_at(p, p->unfinished.v[(*cursor)++]);
		__u32 steps = l->packets[0] + l->packets[1];
		struct fosr_again *a = &p->again;

		if (!fosr_again_begin(p, a, l->flow.id, l->flow.start_ns, l->flow.end[FOSR_FWD].port))
			continue;
		while (a->steps < steps && fosr_again_step(p, a))
			;
		*out = &a->live;
		return 1;
	}
	return 0;
}

struct fosr_plan_stats fosr_plan_stats(const struct fosr_plan *p)
{
	return p->stats;
}

const char *fosr_plan_left_out(const struct fosr_plan *p)
{
	return fosr_binding_left_out(p->binding);
}

static const struct fosr_flow *flow_in(const void *plan, __u32 slot)
{
	return &fosr_live_at(plan, slot)->flow;
}

int fosr_plan_open(
	struct fosr_plan **out, const struct fosr_campaign *c, const struct fosr_plan_opts *opts, struct fosr_err *err)
{
	struct fosr_plan *p = calloc(1, sizeof(*p));
	int ret;

	if (!p)
		return fosr_err(err, -ENOMEM, "out of memory");
	p->c = c;
	if (opts)
		p->o = *opts;
	p->end_ns = c->duration_ns ? c->start_ns + c->duration_ns : UINT64_MAX / 2;
	p->width_ns = FIRST_WIDTH_NS;
	p->leases.flow = flow_in;
	p->leases.arg = p;
	ret = fosr_binding_open(&p->binding, c, err);
	p->pool = p->o.pool;
	if (!ret && !p->pool) {
		ret = fosr_pool_open(&p->own_pool, 1, err);
		p->pool = p->own_pool;
	}
	if (!ret && !(p->maker = calloc(fosr_pool_workers(p->pool), sizeof(*p->maker))))
		ret = fosr_err(err, -ENOMEM, "out of memory");
	if (!ret && fosr_slice_reserve(p))
		ret = fosr_err(err, -ENOMEM, "out of memory for slices of packets");
	if (ret) {
		fosr_plan_free(p);
		return ret;
	}
	for (unsigned int w = 0; w < fosr_pool_workers(p->pool); w++)
		p->maker[w].next_ns = FOSR_NEVER;
	fosr_arrivals_begin(p);
	*out = p;
	return 0;
}

void fosr_plan_free(struct fosr_plan *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->chunk.n; i++)
		free(p->chunk.v[i]);
	for (unsigned int w = 0; p->maker && w < fosr_pool_workers(p->pool); w++) {
		fosr_vec_free(&p->maker[w].packet);
		fosr_vec_free(&p->maker[w].due);
	}
	free(p->maker);
	fosr_vec_free(&p->chunk);
	fosr_vec_free(&p->due);
	fosr_vec_free(&p->free_slot);
	fosr_vec_free(&p->ended);
	fosr_vec_free(&p->unfinished);
	fosr_vec_free(&p->starts.ns);
	fosr_vec_free(&p->born);
	fosr_vec_free(&p->sorted);
	fosr_vec_free(&p->temp);
	fosr_leases_free(&p->leases);
	fosr_binding_free(p->binding);
	fosr_pool_close(p->own_pool);
	free(p);
}

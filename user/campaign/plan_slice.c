// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Making a slice. Flows that start in it are drawn, their clients get ports that are free, all flows that have a step
 * in it are walked to its end, and the packets are put in order. Everything but the starts and the ports is done by all
 * workers, flow by flow: what a flow does depends on no other. A worker that finds too many packets moves the end of
 * the slice nearer; what others have walked beyond it waits for the next slice.
 */
#include <stdlib.h>

#include "campaign/plan_priv.h"
#include "flow/pair.h"

/* Samples of times by which a slice is divided. */
#define SAMPLES 256
/* A slice may be so many times as full as it was meant to be before it is made shorter. */
#define OVERFULL 2
#define DRAW_GRAIN 64
#define SORT_GRAIN 64

static __u64 target(const struct fosr_plan *p)
{
	return p->o.slice_packets ? p->o.slice_packets : FOSR_SLICE_PACKETS;
}

/* Packets that a worker may find before the slice is made shorter. */
static size_t share(const struct fosr_plan *p)
{
	return OVERFULL * target(p) / fosr_pool_workers(p->pool) + 1;
}

int fosr_slice_reserve(struct fosr_plan *p)
{
	int ret = fosr_vec_reserve(&p->sorted, OVERFULL * target(p));

	if (!ret)
		ret = fosr_vec_reserve(&p->temp, OVERFULL * target(p));
	for (unsigned int w = 0; w < fosr_pool_workers(p->pool) && !ret; w++) {
		ret = fosr_vec_reserve(&p->maker[w].packet, 2 * share(p));
		if (!ret)
			ret = fosr_vec_reserve(&p->maker[w].due, 2 * share(p));
	}
	return ret;
}

static int by_time(const void *a, const void *b)
{
	__u64 x = *(const __u64 *)a, y = *(const __u64 *)b;

	return (x > y) - (x < y);
}

/* About the n-th of the times of v before `to`, by a sample. */
static __u64 nth_time(const struct fosr_due *v, size_t all, __u64 to, size_t n)
{
	__u64 t[SAMPLES];
	size_t got = 0, step = all / SAMPLES + 1;

	for (size_t i = 0; i < all; i += step)
		if (v[i].time_ns < to)
			t[got++] = v[i].time_ns;
	if (!got)
		return to;
	qsort(t, got, sizeof(*t), by_time);
	return t[fosr_min_u64(n / step, got - 1)];
}

static void end_nearer(struct fosr_plan *p, __u64 to)
{
	__u64 now = atomic_load_explicit(&p->to_ns, memory_order_relaxed);

	while (to < now && to > p->from_ns &&
		!atomic_compare_exchange_weak_explicit(&p->to_ns, &now, to, memory_order_relaxed, memory_order_relaxed))
		;
}

static bool emit(struct fosr_plan *p, struct fosr_maker *mk, __u32 slot, struct fosr_live_flow *l, __u64 time_ns)
{
	size_t n = mk->due.n;
	struct fosr_packet *packet;

	if (n >> FOSR_PACKET_BITS || fosr_vec_reserve(&mk->due, n + 1) || fosr_vec_reserve(&mk->packet, n + 1))
		return false;
	packet = &mk->packet.v[n];
	mk->due.v[n] = (struct fosr_due){
		.time_ns = time_ns,
		.packet = fosr_packet_number(p, mk, n),
		.len = (__u16)fosr_craft_len(&l->flow, &l->next),
		.flags = (__u8)((l->walk.step == 1 ? FOSR_DUE_FIRST : 0) |
			(fosr_walk_more(&l->walk) ? 0 : FOSR_DUE_LAST) | (l->wanted ? FOSR_DUE_WANTED : 0) |
			(l->cut ? FOSR_DUE_CUT : 0) | (fosr_flow_is_ip6(&l->flow) ? FOSR_DUE_IP6 : 0)),
	};
	fosr_plan_flow_take(p, l, time_ns, packet);
	packet->slot = slot;
	mk->due.n = mk->packet.n = n + 1;
	return true;
}

static __u64 slice_end(const struct fosr_plan *p)
{
	return atomic_load_explicit(&p->to_ns, memory_order_relaxed);
}

/* Walks the flow up to `until`, or, if that is 0, to the end of the slice. */
static void walk(struct fosr_plan *p, struct fosr_maker *mk, __u32 slot, __u64 until)
{
	struct fosr_live_flow *l = fosr_live_at(p, slot);
	__u64 due = p->due.v[slot];

	while (due < (until ? until : slice_end(p))) {
		if (!emit(p, mk, slot, l, due)) {
			mk->no_memory = true;
			break;
		}
		due = fosr_walk_more(&l->walk) ? fosr_plan_flow_next(p, l, due) : FOSR_NEVER;
		if (mk->due.n >= mk->most) {
			end_nearer(p, nth_time(mk->due.v, mk->due.n, slice_end(p), mk->due.n / 2));
			mk->most = mk->due.n + mk->due.n / 2;
		}
	}
	p->due.v[slot] = due;
}

static void walk_task(void *arg, unsigned int worker, size_t i)
{
	struct fosr_plan *p = arg;
	struct fosr_maker *mk = &p->maker[worker];
	size_t end = fosr_min_u64((i + 1) * p->grain, p->due.n);
	__u64 next = mk->next_ns;

	for (size_t slot = i * p->grain; slot < end; slot++) {
		if (p->due.v[slot] < slice_end(p))
			walk(p, mk, (__u32)slot, 0);
		next = fosr_min_u64(next, p->due.v[slot]);
	}
	mk->next_ns = next;
}

static void draw_task(void *arg, unsigned int worker, size_t i)
{
	struct fosr_plan *p = arg;
	size_t end = fosr_min_u64((i + 1) * DRAW_GRAIN, p->born.n);

	for (size_t k = i * DRAW_GRAIN; k < end; k++) {
		struct fosr_birth *b = &p->born.v[k];

		b->dropped = !fosr_plan_flow_begin(p, fosr_live_at(p, b->slot), b->id, b->start_ns);
	}
}

/* Did the slot's flow send its last packet before that time? It is walked so far, to know. */
static bool ended_before(struct fosr_plan *p, __u32 slot, __u64 time_ns)
{
	walk(p, &p->maker[0], slot, time_ns);
	return p->due.v[slot] == FOSR_NEVER && fosr_live_at(p, slot)->last_ns < time_ns;
}

static int no_port(const struct fosr_plan *p, const struct fosr_flow *f, struct fosr_err *err)
{
	const struct fosr_host *host = p->c->network->hosts.v;

	return fosr_err(err, -EADDRNOTAVAIL,
		"%s has no port left for another flow to port %u of %s: add hosts or addresses to the network, or "
		"lower the rate (-f)",
		host[f->end[FOSR_FWD].host].name, f->end[FOSR_BWD].port,
		f->end[FOSR_BWD].host == FOSR_HOST_GROUP ? "a group" : host[f->end[FOSR_BWD].host].name);
}

/* The first of its ports whose 5-tuple no flow alive has. */
static int lease(struct fosr_plan *p, __u32 slot, struct fosr_err *err)
{
	struct fosr_flow *f = &fosr_live_at(p, slot)->flow;
	__s64 holder;
	__u32 nth = 0;

	while ((holder = fosr_lease_holder(&p->leases, f)) >= 0) {
		if (ended_before(p, (__u32)holder, f->start_ns)) {
			fosr_lease_drop(&p->leases, (__u32)holder);
			break;
		}
		fosr_live_at(p, slot)->moved = true;
		f->end[FOSR_FWD].port = fosr_binding_port(p->binding, f, ++nth);
		if (!f->end[FOSR_FWD].port)
			return no_port(p, f, err);
	}
	return fosr_lease_take(&p->leases, slot) ? fosr_err(err, -ENOMEM, "out of memory for %zu flows", p->due.n) : 0;
}

/* Flows that start before the slice's end, which comes nearer when they are too many. */
static int admit(struct fosr_plan *p, struct fosr_err *err)
{
	size_t most = target(p);
	int ret = 0;

	p->born.n = 0;
	for (; p->more && p->arrivals.start_ns < p->to_ns; fosr_arrivals_advance(p)) {
		struct fosr_birth *b;
		__s64 slot;

		if (p->born.n >= most && p->arrivals.start_ns > p->born.v[p->born.n - 1].start_ns) {
			end_nearer(p, p->arrivals.start_ns);
			break;
		}
		b = fosr_vec_push(&p->born);
		slot = b ? fosr_plan_flow_new(p) : -1;
		if (slot < 0)
			return fosr_err(err, -ENOMEM, "out of memory for %zu flows", p->due.n);
		*b = (struct fosr_birth){.id = fosr_flow_id(p->arrivals.window, p->index - 1),
			.start_ns = p->arrivals.start_ns,
			.slot = (__u32)slot};
	}
	fosr_pool_run(p->pool, draw_task, p, (p->born.n + DRAW_GRAIN - 1) / DRAW_GRAIN);
	for (size_t i = 0; i < p->born.n && !ret; i++) {
		const struct fosr_birth *b = &p->born.v[i];

		p->due.v[b->slot] = b->start_ns;
		if (b->dropped)
			fosr_plan_flow_free(p, b->slot);
		else if (fosr_live_at(p, b->slot)->wanted)
			ret = lease(p, b->slot, err);
	}
	return ret;
}

/* What was walked beyond the last slice moves to the front; the earliest of it, or FOSR_NEVER. */
static __u64 keep(struct fosr_plan *p, struct fosr_maker *mk, __u64 from)
{
	__u64 first = FOSR_NEVER;
	size_t n = 0;

	for (size_t i = 0; i < mk->due.n; i++) {
		if (mk->due.v[i].time_ns < from)
			continue;
		first = fosr_min_u64(first, mk->due.v[i].time_ns);
		mk->packet.v[n] = mk->packet.v[i];
		mk->due.v[n] = mk->due.v[i];
		mk->due.v[n].packet = fosr_packet_number(p, mk, n);
		n++;
	}
	mk->due.n = mk->packet.n = n;
	return first;
}

/* Where the slice begins and, if nothing hinders, ends. False: there is nothing more. */
static bool begin(struct fosr_plan *p)
{
	unsigned int workers = fosr_pool_workers(p->pool);
	__u64 before = p->to_ns, from = p->more ? p->arrivals.start_ns : FOSR_NEVER, to;

	for (unsigned int w = 0; w < workers; w++) {
		struct fosr_maker *mk = &p->maker[w];

		from = fosr_min_u64(from, keep(p, mk, before));
		from = fosr_min_u64(from, mk->next_ns);
		mk->next_ns = FOSR_NEVER;
	}
	if (from == FOSR_NEVER || (p->c->cut && from >= p->end_ns))
		return false;
	to = from + fosr_min_u64(p->width_ns, FOSR_NEVER - from);
	if (p->c->cut)
		to = fosr_min_u64(to, p->end_ns);
	for (unsigned int w = 0; w < workers; w++) {
		struct fosr_maker *mk = &p->maker[w];

		if (mk->due.n > share(p))
			to = fosr_max_u64(fosr_min_u64(to, nth_time(mk->due.v, mk->due.n, to, share(p))), from + 1);
		mk->most = mk->due.n + share(p);
	}
	p->from_ns = from;
	p->to_ns = to;
	return true;
}

static void count_task(void *arg, unsigned int worker, size_t i)
{
	struct fosr_plan *p = arg;
	struct fosr_maker *mk = &p->maker[i];

	memset(mk->place, 0, sizeof(mk->place));
	for (size_t k = 0; k < mk->due.n; k++)
		if (mk->due.v[k].time_ns < p->to_ns)
			mk->place[fosr_order_bucket(&p->order, mk->due.v[k].time_ns)]++;
}

static void spread_task(void *arg, unsigned int worker, size_t i)
{
	struct fosr_plan *p = arg;
	struct fosr_maker *mk = &p->maker[i];

	for (size_t k = 0; k < mk->due.n; k++)
		if (mk->due.v[k].time_ns < p->to_ns)
			p->sorted.v[mk->place[fosr_order_bucket(&p->order, mk->due.v[k].time_ns)]++] = mk->due.v[k];
}

/* The order of packets that are due at the same time. It can be seen in the frames, so that shards can be joined. */
static bool before(const void *arg, const struct fosr_due *a, const struct fosr_due *b)
{
	const struct fosr_plan *p = arg;
	const struct fosr_packet *x = fosr_plan_packet(p, a), *y = fosr_plan_packet(p, b);
	const struct fosr_flow *f = &fosr_live_at(p, x->slot)->flow, *g = &fosr_live_at(p, y->slot)->flow;
	struct fosr_pair a_pair, b_pair;
	int cmp;

	if (x->slot == y->slot)
		return x->index < y->index;
	a_pair = fosr_pair(&f->end[0].addr, &f->end[1].addr);
	b_pair = fosr_pair(&g->end[0].addr, &g->end[1].addr);
	cmp = fosr_pair_cmp(&a_pair, &b_pair);
	return cmp ? cmp < 0 : f->id < g->id;
}

static void sort_task(void *arg, unsigned int worker, size_t i)
{
	struct fosr_plan *p = arg;

	for (size_t b = i * SORT_GRAIN; b < (i + 1) * SORT_GRAIN; b++) {
		size_t first = p->bucket[b];

		fosr_order_sort(p->sorted.v + first, p->bucket[b + 1] - first, p->temp.v + first, before, p);
	}
}

static int put_in_order(struct fosr_plan *p, struct fosr_err *err)
{
	unsigned int workers = fosr_pool_workers(p->pool);
	__u32 n = 0;

	p->order = fosr_order(p->from_ns, p->to_ns);
	fosr_pool_run(p->pool, count_task, p, workers);
	for (size_t b = 0; b < FOSR_ORDER_BUCKETS; b++) {
		p->bucket[b] = n;
		for (unsigned int w = 0; w < workers; w++) {
			__u32 here = p->maker[w].place[b];

			p->maker[w].place[b] = n;
			n += here;
		}
	}
	p->bucket[FOSR_ORDER_BUCKETS] = n;
	if (fosr_vec_reserve(&p->sorted, n + 1) || fosr_vec_reserve(&p->temp, n + 1))
		return fosr_err(err, -ENOMEM, "out of memory for %u packets", n);
	p->sorted.n = n;
	fosr_pool_run(p->pool, spread_task, p, workers);
	fosr_pool_run(p->pool, sort_task, p, FOSR_ORDER_BUCKETS / SORT_GRAIN);
	return 0;
}

/* The next slice is as long as this one would have been with the right number of packets, within limits. */
static void adapt(struct fosr_plan *p)
{
	__u64 width = p->to_ns - p->from_ns, want = target(p), n = fosr_max_u64(p->sorted.n, want / 8 + 1);
	unsigned __int128 next = (unsigned __int128)width * want / n;

	p->width_ns = next > UINT64_MAX / 4 ? UINT64_MAX / 4 : fosr_max_u64((__u64)next, 1);
}

int fosr_slice_make(struct fosr_plan *p, struct fosr_err *err)
{
	unsigned int workers = fosr_pool_workers(p->pool);
	int ret;

	p->sorted.n = 0;
	if (!begin(p)) {
		p->done = true;
		return 0;
	}
	ret = admit(p, err);
	if (ret)
		return ret;
	p->grain = fosr_min_u64(fosr_max_u64(p->due.n / (workers * 16), 1), FOSR_LIVE_CHUNK);
	fosr_pool_run(p->pool, walk_task, p, (p->due.n + p->grain - 1) / p->grain);
	for (unsigned int w = 0; w < workers; w++)
		if (p->maker[w].no_memory)
			return fosr_err(err, -ENOMEM, "out of memory for the packets of %zu flows", p->due.n);
	ret = put_in_order(p, err);
	adapt(p);
	return ret;
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "play/exchange.h"

#include <fosr/parse.h>

#define COMPACT 1024 /* entries of the queue that are done with, before it is moved down */

__u32 fosr_exchange_find(const struct fosr_exchange *x, __u64 id)
{
	const __u32 *slot = fosr_u64map_get(&x->by_id, id);

	return slot ? *slot : FOSR_EXCHANGE_NONE;
}

static int flow_new(struct fosr_exchange *x, __u64 id, __u32 *slot)
{
	if (x->unused.n) {
		*slot = x->unused.v[--x->unused.n];
	} else {
		if (!fosr_vec_push(&x->flow) || fosr_vec_reserve(&x->unused, x->flow.n))
			return -ENOMEM;
		*slot = (__u32)x->flow.n - 1;
	}
	x->flow.v[*slot] = (struct fosr_exchange_flow){.id = id, .next_timer = FOSR_EXCHANGE_NONE};
	return fosr_u64map_put(&x->by_id, id, *slot);
}

/* Index of the step's word, counted from base's. */
static __u32 word_of(const struct fosr_exchange_flow *f, __u32 step)
{
	return step / 64 - f->base / 64;
}

static bool is_done(const struct fosr_exchange_flow *f, __u32 step)
{
	__u32 w;

	if (step < f->base)
		return true;
	w = word_of(f, step);
	if (w > f->words)
		return false;
	return (w ? f->more[w - 1] : f->first) >> step % 64 & 1;
}

static int set_done(struct fosr_exchange_flow *f, __u32 step)
{
	__u32 w = word_of(f, step), words;
	__u64 *more;

	if (w > f->words) {
		words = w + w / 2 + 4;
		more = realloc(f->more, words * sizeof(*more));
		if (!more)
			return -ENOMEM;
		memset(more + f->words, 0, (words - f->words) * sizeof(*more));
		f->more = more;
		f->words = words;
	}
	*(w ? &f->more[w - 1] : &f->first) |= 1ULL << step % 64;
	return 0;
}

/* Moves base behind what is done; the words in front of it go. */
static void advance(struct fosr_exchange_flow *f)
{
	while (f->base < f->next) {
		__u32 at = f->base % 64, room = 64 - at;
		__u64 open = ~(f->first >> at);
		__u32 run = open ? (__u32)__builtin_ctzll(open) : 64;

		run = run < room ? run : room;
		run = run < f->next - f->base ? run : f->next - f->base;
		if (!run)
			return;
		f->base += run;
		if (f->base % 64)
			continue;
		f->first = f->words ? f->more[0] : 0;
		if (f->words) {
			memmove(f->more, f->more + 1, (f->words - 1) * sizeof(*f->more));
			f->more[f->words - 1] = 0;
		}
	}
}

int fosr_exchange_pass(struct fosr_exchange_flow *f, __u8 dir)
{
	int ret = 0;

	if (!f->dev[!dir])
		ret = set_done(f, f->next);
	else if (!is_done(f, f->next))
		f->lack[dir]++;
	f->next++;
	advance(f);
	return ret;
}

static void begin(
	struct fosr_exchange *x, struct fosr_exchange_flow *f, const struct fosr_flow *flow, const __u8 dev[2])
{
	f->start_ns = flow->start_ns;
	f->addr[FOSR_FWD] = flow->end[FOSR_FWD].ip4;
	f->addr[FOSR_BWD] = flow->end[FOSR_BWD].ip4;
	f->port = flow->end[FOSR_FWD].port;
	memcpy(f->dev, dev, sizeof(f->dev));
	f->state |= FOSR_EXCHANGE_BEGUN;
	x->last_id = flow->id;
}

/* The flow's slot, by way of the plan's, which is the same as long as the flow lives. */
static int slot_of(struct fosr_exchange *x, const struct fosr_planned *p, __u32 *slot)
{
	__u32 at = p->packet->slot, hint;
	__u64 id = p->live->flow.id;
	int ret = 0;

	while (x->by_plan.n <= at)
		if (!fosr_vec_push(&x->by_plan))
			return -ENOMEM;
	hint = x->by_plan.v[at];
	if (hint && x->flow.v[hint - 1].id == id) {
		*slot = hint - 1;
		return 0;
	}
	*slot = fosr_exchange_find(x, id);
	if (*slot == FOSR_EXCHANGE_NONE)
		ret = flow_new(x, id, slot);
	x->by_plan.v[at] = *slot + 1;
	return ret;
}

static int end(struct fosr_exchange *x, __u32 slot, __u64 now_ns)
{
	struct fosr_exchange_end *e = fosr_vec_push(&x->ended);

	if (!e)
		return -ENOMEM;
	*e = (struct fosr_exchange_end){.end_ns = x->flow.v[slot].last_ns, .when_ns = now_ns, .slot = slot};
	x->flow.v[slot].state |= FOSR_EXCHANGE_ENDED;
	return 0;
}

int fosr_exchange_due(
	struct fosr_exchange *x, const struct fosr_planned *p, const __u8 dev[2], __u64 now_ns, __u32 *slot)
{
	struct fosr_exchange_flow *f;
	int ret = slot_of(x, p, slot);

	if (ret)
		return ret;
	f = &x->flow.v[*slot];
	if (!(f->state & FOSR_EXCHANGE_BEGUN))
		begin(x, f, &p->live->flow, dev);
	f->due++;
	f->steps[p->packet->step.dir]++;
	f->last_ns = p->time_ns;
	x->position_ns = p->time_ns;
	return p->last ? end(x, *slot, now_ns) : 0;
}

/* A flow's two ends may be ports of one address. */
static __u8 direction(const struct fosr_exchange_flow *f, const struct fosr_exchange_in *in)
{
	if (in->src != f->addr[FOSR_FWD])
		return FOSR_BWD;
	if (f->addr[FOSR_FWD] != f->addr[FOSR_BWD])
		return FOSR_FWD;
	return in->sport == f->port ? FOSR_FWD : FOSR_BWD;
}

int fosr_exchange_arrive(struct fosr_exchange *x, const struct fosr_exchange_in *in, __u32 *slot)
{
	struct fosr_exchange_flow *f;
	int ret;

	*slot = fosr_exchange_find(x, in->flow);
	if (*slot == FOSR_EXCHANGE_NONE && in->flow > x->last_id) {
		ret = flow_new(x, in->flow, slot);
		if (ret)
			return ret;
	}
	f = *slot == FOSR_EXCHANGE_NONE ? NULL : &x->flow.v[*slot];
	if (!f || is_done(f, in->step) || in->step - f->base > FOSR_EXCHANGE_AHEAD_MAX) {
		(*(in->copy ? &x->copies : &x->repeated))++;
		return FOSR_ARRIVAL_AGAIN;
	}
	ret = set_done(f, in->step);
	if (ret)
		return ret;
	x->unique++;
	if (in->step < f->next) {
		f->lack[direction(f, in)]--;
		advance(f);
	}
	return FOSR_ARRIVAL_NEW;
}

__u64 fosr_exchange_lacking(const struct fosr_exchange_flow *f)
{
	__u64 bits = 0;

	for (__u32 i = 0; i < 64 && f->base + i < f->next; i++)
		bits |= (__u64)!is_done(f, f->base + i) << i;
	return bits;
}

int fosr_exchange_end_all(struct fosr_exchange *x, __u64 now_ns)
{
	int ret = 0;

	/* All of them at the same instant, behind every other: their order here is no order of time. */
	for (__u32 s = 0; s < x->flow.n && !ret; s++)
		if ((x->flow.v[s].state & (FOSR_EXCHANGE_BEGUN | FOSR_EXCHANGE_ENDED)) == FOSR_EXCHANGE_BEGUN) {
			x->flow.v[s].last_ns = UINT64_MAX - 1;
			ret = end(x, s, now_ns);
		}
	x->position_ns = UINT64_MAX;
	return ret;
}

bool fosr_exchange_settled(const struct fosr_exchange_flow *f)
{
	return f->state & FOSR_EXCHANGE_GIVEN_UP || (f->state & FOSR_EXCHANGE_ENDED && f->base == f->due);
}

__u64 fosr_exchange_clear_to(struct fosr_exchange *x)
{
	while (x->clear < x->ended.n && fosr_exchange_settled(&x->flow.v[x->ended.v[x->clear].slot]))
		x->clear++;
	return x->clear < x->ended.n ? x->ended.v[x->clear].end_ns : x->position_ns;
}

static void forget(struct fosr_exchange *x, __u32 slot)
{
	struct fosr_exchange_flow *f = &x->flow.v[slot];

	fosr_u64map_del(&x->by_id, f->id);
	free(f->more);
	free(f->again);
	*f = (struct fosr_exchange_flow){0};
	x->unused.v[x->unused.n++] = slot;
}

void fosr_exchange_forget(struct fosr_exchange *x,
	bool (*may)(void *arg, const struct fosr_exchange_flow *f, const struct fosr_exchange_end *end), void *arg)
{
	while (x->head < x->ended.n) {
		const struct fosr_exchange_end *e = &x->ended.v[x->head];

		if (!may(arg, &x->flow.v[e->slot], e))
			break;
		forget(x, e->slot);
		x->head++;
		x->clear = x->clear > x->head ? x->clear : x->head;
	}
	if (x->head > COMPACT && x->head * 2 > x->ended.n) {
		memmove(x->ended.v, x->ended.v + x->head, (x->ended.n - x->head) * sizeof(*x->ended.v));
		x->ended.n -= x->head;
		x->clear -= x->head;
		x->head = 0;
	}
}

void fosr_exchange_free(struct fosr_exchange *x)
{
	for (size_t i = 0; i < x->flow.n; i++) {
		free(x->flow.v[i].more);
		free(x->flow.v[i].again);
	}
	fosr_u64map_free(&x->by_id);
	fosr_vec_free(&x->flow);
	fosr_vec_free(&x->unused);
	fosr_vec_free(&x->by_plan);
	fosr_vec_free(&x->ended);
}

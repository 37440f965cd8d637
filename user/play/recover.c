// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Steps that wait for the other end, steps that did not come, steps that are sent again. The receiver asks, as it knows
 * the plan: a step that was due a while ago and is not there is asked for, at growing intervals, until it comes or its
 * flow is given up. Where both ends are played here, what lacks is sent again without a question.
 */
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "play/inject_priv.h"

#define WAIT_MIN_NS 20000000ULL /* before a step is asked for; and at least four round trips */
#define WAIT_MAX_NS FOSR_NS_PER_S
#define RESEND_MAX 65536 /* steps in the queue; who is not served asks again */
#define RESEND_BUDGET 256 /* of one look */
#define LINGER_NS (30 * FOSR_NS_PER_S) /* a flow is remembered for an injector that does not say how far it is */
#define FAST_LINGER_NS (10 * FOSR_NS_PER_S) /* for what comes late */

void fosr_recover_open(struct inject *in)
{
	for (size_t i = 0; i < FOSR_WHEEL_TICKS; i++)
		in->recover.bucket[i] = FOSR_EXCHANGE_NONE;
	in->recover.tick = fosr_now_mono() / FOSR_WHEEL_TICK_NS;
}

void fosr_recover_close(struct inject *in)
{
	for (size_t i = 0; i < FOSR_RESEND_WALKERS; i++)
		free(in->recover.walker[i]);
	fosr_vec_free(&in->recover.ready);
	fosr_vec_free(&in->recover.resend);
	fosr_vec_free(&in->recover.wanted);
}

static bool both_local(const struct fosr_exchange_flow *f)
{
	return f->dev[0] && f->dev[1];
}

/* The address of the end that is not played here. */
static __u32 remote_addr(const struct fosr_exchange_flow *f)
{
	return f->dev[0] ? f->addr[FOSR_BWD] : f->addr[FOSR_FWD];
}

static const struct fosr_peer *peer_of(const struct inject *in, const struct fosr_exchange_flow *f)
{
	return both_local(f) ? NULL : fosr_peers_of(&in->peers, remote_addr(f));
}

static __u64 wait_of(const struct inject *in, const struct fosr_exchange_flow *f)
{
	const struct fosr_peer *p = peer_of(in, f);
	__u64 wait = p && p->delay_ns < WAIT_MAX_NS / 4 ? fosr_max_u64(4 * p->delay_ns, WAIT_MIN_NS) : WAIT_MIN_NS;

	return fosr_min_u64(wait << (f->tries < 6 ? f->tries : 6), WAIT_MAX_NS);
}

static void set_timer(struct inject *in, __u32 slot, __u64 now)
{
	struct fosr_exchange_flow *f = &in->exchange.flow.v[slot];
	__u32 *bucket;

	if (f->state & FOSR_EXCHANGE_TIMER)
		return;
	bucket = &in->recover.bucket[(now + wait_of(in, f)) / FOSR_WHEEL_TICK_NS % FOSR_WHEEL_TICKS];
	f->state |= FOSR_EXCHANGE_TIMER;
	f->asked = f->base;
	f->next_timer = *bucket;
	*bucket = slot;
	in->recover.timers++;
}

/* Of a step that was just passed. */
static void watch(struct inject *in, __u32 slot)
{
	struct fosr_exchange_flow *f = &in->exchange.flow.v[slot];
	__u64 now;

	if (!in->recover.on || !fosr_exchange_lacks(f) || f->state & FOSR_EXCHANGE_TIMER)
		return;
	now = fosr_now_mono();
	f->tries = 0;
	f->stalled_ns = now;
	set_timer(in, slot, now);
}

static int make_ready(struct inject *in, __u32 slot)
{
	struct fosr_exchange_flow *f = &in->exchange.flow.v[slot];
	__u32 *entry;

	if (f->state & FOSR_EXCHANGE_READY)
		return 0;
	entry = fosr_vec_push(&in->recover.ready);
	if (!entry)
		return -ENOMEM;
	*entry = slot;
	f->state |= FOSR_EXCHANGE_READY;
	return 0;
}

static void hold(struct inject *in, struct fosr_exchange_flow *f)
{
	if (!(f->state & FOSR_EXCHANGE_HELD))
		in->recover.held++;
	f->state |= FOSR_EXCHANGE_HELD;
}

static void let_go(struct inject *in, struct fosr_exchange_flow *f)
{
	if (f->state & FOSR_EXCHANGE_HELD)
		in->recover.held--;
	f->state &= (__u8)~FOSR_EXCHANGE_HELD;
}

static int no_memory(struct fosr_err *err)
{
	return fosr_err(err, -ENOMEM, "out of memory for the flows that wait");
}

static int send_planned(struct inject *in, const struct fosr_planned *p, __u64 due, struct fosr_err *err)
{
	size_t dev = (p->live->wanted >> 16 * p->packet->step.dir & 0xffff) - 1;
	__u8 *frame = fosr_inject_lend(in, dev, err);

	if (!frame)
		return err->code;
	fosr_inject_give(in, dev, &(struct fosr_resend){p->live->flow.id, p->packet->index}, 0, frame,
		fosr_plan_craft(in->plan, p->packet, frame), due);
	in->result->sent++;
	return 0;
}

/* a stands behind that step of the flow, from wherever it was: false when the flow has no such step. */
static bool walk_to(struct inject *in, struct fosr_again *a, const struct fosr_exchange_flow *f, __u32 step)
{
	if ((a->live.flow.id != f->id || !a->steps || a->steps > step + 1) &&
		!fosr_again_begin(in->plan, a, f->id, f->start_ns, f->port))
		return false;
	while (a->steps <= step)
		if (!fosr_again_step(in->plan, a))
			return false;
	return true;
}

/* Of a flow that was given up: what lacks, and what is not sent, is told with its name. */
static struct fosr_lost_flow *lost_of(struct inject *in, const struct fosr_exchange_flow *f)
{
	return f->asked < in->result->lost.n ? &in->result->lost.v[f->asked] : NULL;
}

/* The next step of a flow that was given up is due: passed, so that the account is right, and not sent. */
static int pass_over(struct inject *in, struct fosr_exchange_flow *f, __u8 dir)
{
	struct fosr_lost_flow *lost = lost_of(in, f);
	int ret = fosr_exchange_pass(f, dir);

	if (!lost)
		return ret;
	lost->missing = f->lack[0] + f->lack[1];
	lost->unsent += !!f->dev[dir];
	return ret;
}

static int give_up(struct inject *in, __u32 slot)
{
	struct fosr_exchange_flow *f = &in->exchange.flow.v[slot];
	struct fosr_again a = {0};
	struct fosr_lost_flow *lost;
	int ret = 0;

	f->state |= FOSR_EXCHANGE_GIVEN_UP;
	f->asked = UINT32_MAX;
	let_go(in, f);
	in->result->lost_flows++;
	lost = in->result->lost.n < FOSR_LOST_FLOWS_MAX ? fosr_vec_push(&in->result->lost) : NULL;
	if (lost) {
		f->asked = (__u32)in->result->lost.n - 1;
		*lost = (struct fosr_lost_flow){
			.id = f->id, .missing = f->lack[0] + f->lack[1], .addr = remote_addr(f)};
	}
	while (!ret && f->next < f->due && walk_to(in, &a, f, f->next))
		ret = pass_over(in, f, a.packet.step.dir);
	return ret;
}

int fosr_recover_step(struct inject *in, const struct fosr_planned *p, __u64 due, struct fosr_err *err)
{
	const __u8 dev[2] = {(__u8)p->live->wanted, (__u8)(p->live->wanted >> 16)};
	__u8 dir = p->packet->step.dir;
	struct fosr_exchange_flow *f;
	__u32 slot;

	in->result->expected += !!dev[!dir];
	in->result->planned += !!dev[dir];
	if (fosr_exchange_due(&in->exchange, p, dev, due || !p->last ? due : fosr_now_mono(), &slot))
		return no_memory(err);
	f = &in->exchange.flow.v[slot];
	if (in->recover.since_ns || f->state & FOSR_EXCHANGE_HELD)
		return 0;
	if (f->state & FOSR_EXCHANGE_GIVEN_UP)
		return pass_over(in, f, dir) ? no_memory(err) : 0;
	if (in->recover.on && !fosr_exchange_may(f, dir)) {
		hold(in, f);
		return 0;
	}
	if (fosr_exchange_pass(f, dir))
		return no_memory(err);
	watch(in, slot);
	return dev[dir] ? send_planned(in, p, due, err) : 0;
}

int fosr_recover_arrived(struct inject *in, const struct fosr_exchange_in *arrival)
{
	const struct fosr_exchange_flow *f;
	__u32 slot;
	int ret = fosr_exchange_arrive(&in->exchange, arrival, &slot);

	if (ret != FOSR_ARRIVAL_NEW)
		return ret < 0 ? ret : 0;
	f = &in->exchange.flow.v[slot];
	if (f->state & FOSR_EXCHANGE_GIVEN_UP && lost_of(in, f))
		lost_of(in, f)->missing = f->lack[0] + f->lack[1];
	if (!(f->state & FOSR_EXCHANGE_HELD) || (f->lack[0] && f->lack[1]))
		return 0;
	return make_ready(in, slot);
}

int fosr_recover_asked(struct inject *in, const struct fosr_ask *ask)
{
	for (__u32 i = 0; i < 64 && in->recover.resend.n - in->recover.resend_head < RESEND_MAX; i++) {
		struct fosr_resend *r;

		if (!(ask->bits >> i & 1) || ask->base > UINT32_MAX - i)
			continue;
		r = fosr_vec_push(&in->recover.resend);
		if (!r)
			return -ENOMEM;
		*r = (struct fosr_resend){ask->flow, ask->base + i};
	}
	return 0;
}

static int send_again(struct inject *in, size_t dev, const struct fosr_again *a, __u8 flags, struct fosr_err *err)
{
	__u8 *frame = fosr_inject_lend(in, dev, err);

	if (!frame)
		return err->code;
	fosr_inject_give(in, dev, &(struct fosr_resend){a->live.flow.id, a->packet.index}, flags, frame,
		fosr_again_craft(in->plan, a, frame), 0);
	return 0;
}

static void count_withheld(struct inject *in, __u64 time_ns)
{
	__u64 due = fosr_inject_due(in, time_ns), now = fosr_now_mono();

	in->result->sent++;
	in->result->withheld++;
	if (due)
		fosr_histo_add(&in->result->waited, now > due ? now - due : 0);
}

/* What of a flow that is held may be sent by now. */
static int play_on(struct inject *in, __u32 slot, struct fosr_err *err)
{
	struct fosr_exchange_flow *f = &in->exchange.flow.v[slot];
	struct fosr_again *a;
	int ret = 0;

	if (!f->again)
		f->again = calloc(1, sizeof(*f->again));
	a = f->again;
	if (!a)
		return no_memory(err);
	while (!ret && f->next < f->due) {
		bool copy;
		__u8 dir;

		if (!walk_to(in, a, f, f->next))
			return fosr_err(err, -EPROTO, "flow %llu has no step %u: the plan cannot be walked again",
				f->id, f->next);
		dir = a->packet.step.dir;
		if (!fosr_exchange_may(f, dir))
			return 0;
		if (fosr_exchange_pass(f, dir))
			return no_memory(err);
		watch(in, slot);
		if (!f->dev[dir])
			continue;
		copy = f->state & FOSR_EXCHANGE_COPIES && a->time_ns < in->recover.copies_to_ns;
		ret = send_again(in, f->dev[dir] - 1U, a, copy ? FOSR_TAG_F_RETRANS : 0, err);
		count_withheld(in, a->time_ns);
		f = &in->exchange.flow.v[slot];
	}
	let_go(in, f);
	return ret;
}

static int play_ready(struct inject *in, struct fosr_err *err)
{
	struct fosr_recover *r = &in->recover;
	int ret = 0;

	while (!ret && r->ready_head < r->ready.n) {
		__u32 slot = r->ready.v[r->ready_head++];
		struct fosr_exchange_flow *f = &in->exchange.flow.v[slot];

		f->state &= (__u8)~FOSR_EXCHANGE_READY;
		if (f->state & FOSR_EXCHANGE_HELD)
			ret = play_on(in, slot, err);
	}
	if (r->ready_head == r->ready.n)
		r->ready_head = r->ready.n = 0;
	return ret;
}

static int resend(struct inject *in, const struct fosr_resend *r, struct fosr_err *err)
{
	struct fosr_again **a = &in->recover.walker[fosr_mix64(r->flow) % FOSR_RESEND_WALKERS];
	__u32 slot = fosr_exchange_find(&in->exchange, r->flow);
	const struct fosr_exchange_flow *f;
	__u8 dev;

	if (slot == FOSR_EXCHANGE_NONE)
		return 0;
	f = &in->exchange.flow.v[slot];
	if (!(f->state & FOSR_EXCHANGE_BEGUN) || r->step >= f->next)
		return 0;
	if (!*a)
		*a = calloc(1, sizeof(**a));
	if (!*a)
		return no_memory(err);
	if (!walk_to(in, *a, f, r->step))
		return 0;
	dev = f->dev[(*a)->packet.step.dir];
	if (!dev)
		return 0;
	in->result->resent++;
	return send_again(in, dev - 1U, *a, FOSR_TAG_F_RETRANS, err);
}

static int resend_some(struct inject *in, struct fosr_err *err)
{
	struct fosr_recover *r = &in->recover;
	int ret = 0;

	for (int i = 0; i < RESEND_BUDGET && !ret && r->resend_head < r->resend.n; i++) {
		const struct fosr_resend step = r->resend.v[r->resend_head++];

		ret = resend(in, &step, err);
	}
	if (r->resend_head == r->resend.n)
		r->resend_head = r->resend.n = 0;
	return ret;
}

/* Both ends here: sent again; else asked for. */
static int want_again(struct inject *in, const struct fosr_exchange_flow *f)
{
	const struct fosr_ask ask = {.flow = f->id, .base = f->base, .bits = fosr_exchange_lacking(f)};
	struct fosr_wanted *w;

	if (both_local(f))
		return fosr_recover_asked(in, &ask);
	if (!fosr_peers_of(&in->peers, remote_addr(f)))
		return 0;
	w = fosr_vec_push(&in->recover.wanted);
	if (!w)
		return -ENOMEM;
	*w = (struct fosr_wanted){.to = remote_addr(f),
		.self = f->dev[0] ? f->addr[FOSR_FWD] : f->addr[FOSR_BWD],
		.dev = (f->dev[0] ? f->dev[0] : f->dev[1]) - 1U,
		.ask = ask};
	return 0;
}

/* The timer of a flow has run down. */
static int look_at(struct inject *in, __u32 slot, __u64 now)
{
	struct fosr_exchange_flow *f = &in->exchange.flow.v[slot];
	int ret = 0;

	f->state &= (__u8)~FOSR_EXCHANGE_TIMER;
	if (f->state & FOSR_EXCHANGE_GIVEN_UP || !fosr_exchange_lacks(f))
		return 0;
	if (f->base != f->asked) {
		f->tries = 0;
		f->stalled_ns = now;
	} else if (now - f->stalled_ns > in->o->give_up_ns) {
		return give_up(in, slot);
	} else {
		ret = want_again(in, f);
		f->tries += f->tries < UINT8_MAX;
	}
	set_timer(in, slot, now);
	return ret;
}

static int turn_wheel(struct inject *in, __u64 now)
{
	struct fosr_recover *r = &in->recover;
	__u64 to = now / FOSR_WHEEL_TICK_NS;
	int ret = 0;

	if (to - r->tick > FOSR_WHEEL_TICKS)
		r->tick = to - FOSR_WHEEL_TICKS;
	while (r->tick < to && !ret) {
		__u32 *bucket = &r->bucket[++r->tick % FOSR_WHEEL_TICKS], slot = *bucket;

		*bucket = FOSR_EXCHANGE_NONE;
		while (slot != FOSR_EXCHANGE_NONE && !ret) {
			__u32 next = in->exchange.flow.v[slot].next_timer;

			r->timers--;
			ret = look_at(in, slot, now);
			slot = next;
		}
	}
	return ret;
}

struct forget {
	const struct inject *in;
	__u64 now;
};

static bool may_forget(void *arg, const struct fosr_exchange_flow *f, const struct fosr_exchange_end *e)
{
	const struct forget *fg = arg;
	const struct fosr_peer *p;

	if (!fg->in->recover.on)
		return fosr_exchange_settled(f) || e->when_ns + FAST_LINGER_NS < fg->now;
	if (!fosr_exchange_settled(f) || f->state & (FOSR_EXCHANGE_READY | FOSR_EXCHANGE_TIMER))
		return false;
	if (both_local(f) || !fosr_peers_remote(&fg->in->peers, remote_addr(f)))
		return true;
	p = peer_of(fg->in, f);
	return (p && p->clear_ns > e->end_ns) || e->when_ns + LINGER_NS < fg->now;
}

static int tend(struct inject *in, __u64 now, struct fosr_err *err)
{
	int ret = turn_wheel(in, now) ? no_memory(err) : 0;

	if (!ret)
		ret = play_ready(in, err);
	if (!ret)
		ret = resend_some(in, err);
	if (!ret)
		ret = fosr_dialogue_tend(in, now, err);
	return ret;
}

int fosr_recover_tend(struct inject *in, __u64 now, struct fosr_err *err)
{
	int ret = 0;

	if (in->recover.tending)
		return 0;
	in->recover.tending = true;
	if (in->recover.on)
		ret = tend(in, now, err);
	fosr_exchange_clear_to(&in->exchange);
	fosr_exchange_forget(&in->exchange, may_forget, &(struct forget){in, now});
	in->recover.tending = false;
	return ret;
}

/* Done with at both ends, as far as those know: not played again. */
static void skip(struct inject *in, struct fosr_exchange_flow *f)
{
	__u32 own = 0, others = 0;

	for (int dir = 0; dir < 2; dir++) {
		own += f->dev[dir] ? f->steps[dir] : 0;
		others += f->dev[!dir] ? f->steps[dir] : 0;
	}
	in->result->skipped += own;
	in->result->planned -= own;
	in->result->expected -= others;
	f->base = f->next = f->due;
	f->lack[0] = f->lack[1] = 0;
}

/* The campaign time up to which a flow's other end has it from a predecessor of ours; 0: there was none. */
static __u64 resumed_to(const struct inject *in, const struct fosr_exchange_flow *f)
{
	const struct fosr_peer *p = peer_of(in, f);
	__u64 least = 0;

	if (!both_local(f))
		return p ? p->resumes_ns : 0;
	for (size_t i = 0; i < in->peers.peer.n; i++) {
		p = &in->peers.peer.v[i];
		if (p->sure && !p->gone && p->resumes_ns && (!least || p->resumes_ns < least))
			least = p->resumes_ns;
	}
	return least;
}

int fosr_recover_release(struct inject *in, struct fosr_err *err)
{
	for (__u32 s = 0; s < in->exchange.flow.n; s++) {
		struct fosr_exchange_flow *f = &in->exchange.flow.v[s];
		__u64 to;

		if (!(f->state & FOSR_EXCHANGE_BEGUN) || f->next == f->due)
			continue;
		to = resumed_to(in, f);
		if (f->state & FOSR_EXCHANGE_ENDED && f->last_ns < to) {
			skip(in, f);
			continue;
		}
		f->state |= to ? FOSR_EXCHANGE_COPIES : 0;
		hold(in, f);
		if (make_ready(in, s))
			return no_memory(err);
	}
	return fosr_recover_tend(in, fosr_now_mono(), err);
}

bool fosr_recover_busy(struct inject *in)
{
	return fosr_exchange_clear_to(&in->exchange) != UINT64_MAX || in->recover.ready.n || in->recover.resend.n;
}

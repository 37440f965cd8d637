// SPDX-License-Identifier: GPL-3.0-or-later
/* Sending on time, and receiving in between. */
#include <poll.h>
#include <string.h>

#include <fosr/tag.h>

#include "base/intr.h"
#include "base/time.h"
#include "play/inject_priv.h"

/*
 * A sleeping thread wakes late, how late depends on the machine: the last stretch before a packet's time is spun, as
 * long as recent wake-ups were late, within these bounds. Not where the kernel does the waiting.
 */
#define SPIN_MIN_NS 80000ULL
#define SPIN_MAX_NS 800000ULL
#define NAP_MIN_NS 200000ULL
#define NAP_TIMERS_NS FOSR_WHEEL_TICK_NS /* the longest nap while something lacks */
#define NAP_PEERS_NS 20000000ULL /* while there are others to talk to */
#define LOOK_EVERY 64 /* frames given between two looks at what came in */
#define STUCK_NS (2 * FOSR_NS_PER_S) /* an interface that takes no frame for so long is given up */
#define GUARDS_NS FOSR_NS_PER_S /* between two looks at the guards, which ask the kernel more */
#define LOOK_NS 200000000ULL /* between two looks at the links */
#define GRACE_NS (2 * FOSR_NS_PER_S) /* for what is still on its way at the end */
#define FINISH_STEP_NS 10000000ULL /* between two looks at what is still missing */
#define HELD_MAX 4096 /* flows that wait for their other ends, before those behind them are begun */

static void record(struct inject *in, const __u8 *frame, __u32 len, __u64 when)
{
	if (in->record)
		fosr_recording_put(in->record, frame, len, when + in->wall);
}

void fosr_inject_sent(void *arg, size_t dev, const __u8 *frame, __u32 len, __u64 when)
{
	struct fosr_pkt pkt;

	if (fosr_parse_eth(frame, frame + len, &pkt) == FOSR_PARSE_OK && pkt.tag_off &&
		fosr_tag_flags(frame, frame + len, &pkt) & FOSR_TAG_F_CONTROL)
		return;
	record(arg, frame, len, when);
}

/* Of a flow: where it came from, and whether it says that it was sent before. */
static int arrived_step(
	struct inject *in, const struct fosr_xsk_frame *f, const struct fosr_pkt *pkt, const struct fosr_tag *tag)
{
	const __u8 *ports = fosr_at(f->data, f->data + f->len, pkt->l4_off, 4);

	if (f->data[0] & 1)
		return 0; /* to a group: nobody expects it */
	if (tag->campaign != in->c->id ||
		fosr_local_plays(&in->local, fosr_local_ip4(&in->local, pkt->ip_version, pkt->dst)) < 0) {
		in->result->foreign++;
		return 0;
	}
	if (fosr_rx_stamp(f))
		fosr_punctual_arrived(&in->punctual, tag->flow, tag->step, fosr_rx_stamp(f));
	return fosr_recover_arrived(in,
		&(struct fosr_exchange_in){.flow = tag->flow,
			.step = tag->step,
			.src = fosr_local_ip4(&in->local, pkt->ip_version, pkt->src),
			.sport = ports ? fosr_get16(ports) : 0,
			.copy = tag->flags & FOSR_TAG_F_RETRANS});
}

/* The guard has checked the tag; what is left to see is whose it is. */
static int arrived(void *arg, size_t dev, const struct fosr_xsk_frame *f)
{
	struct inject *in = arg;
	struct fosr_tag tag;
	struct fosr_pkt pkt;
	__u64 mac;

	if (fosr_parse_eth(f->data, f->data + f->len, &pkt) != FOSR_PARSE_OK ||
		fosr_tag_decode(f->data, f->data + f->len, &pkt, &tag, &mac)) {
		in->result->foreign++;
		return 0;
	}
	if (tag.flags & FOSR_TAG_F_CONTROL)
		return in->recover.on ? fosr_dialogue_arrived(in, dev, &tag, &pkt, f) : 0;
	if (in->record) {
		__u64 when = fosr_rx_stamp(f);

		record(in, f->data, f->len, when ? when : fosr_now_mono());
	}
	return arrived_step(in, f, &pkt, &tag);
}

static int receive(struct inject *in, struct fosr_err *err)
{
	int ret = fosr_rx_receive(&in->rx, arrived, in);

	in->given = 0;
	return ret ? fosr_err(err, ret, "out of memory for what came in") : 0;
}

/* A link that is down may come up again: what is lost until then is sent again, by `reliable`. */
static int link_down(struct inject *in, __u64 now, struct fosr_err *err)
{
	if (!in->recover.on || err->code != -ENETDOWN)
		return err->code;
	if (!in->down_since) {
		in->down_since = now;
		fosr_log_warn(in->o->log, "%s; waiting for it", err->text);
	}
	if (now - in->down_since > in->o->give_up_ns)
		return err->code;
	*err = (struct fosr_err){0};
	return 0;
}

static int look_at_links(struct inject *in, __u64 now, struct fosr_err *err)
{
	for (size_t d = 0; d < in->local.devs; d++)
		if (fosr_local_link(in->local.dev[d].name, err)) {
			if (!link_down(in, now, err))
				return 0;
			return fosr_err_prefix(err, "stopped after %llu packets", in->engine.stats.sent);
		}
	in->down_since = 0;
	return 0;
}

/* A campaign that nobody hides from the kernel any more is not played on. */
static int look_at_guards(struct inject *in, __u64 now, struct fosr_err *err)
{
	int ret;

	if (in->down_since || now - in->looked_at_guards < GUARDS_NS)
		return 0;
	in->looked_at_guards = now;
	ret = fosr_rx_guards(&in->rx, err);
	return ret ? fosr_err_prefix(err, "stopped after %llu packets", in->engine.stats.sent) : 0;
}

static int push(struct inject *in, struct fosr_err *err)
{
	return in->engine.ops->push(&in->engine, err) ? link_down(in, fosr_now_mono(), err) : 0;
}

/* Things that are not looked at for every packet. */
static int look_around(struct inject *in, __u64 now, struct fosr_err *err)
{
	if (fosr_interrupted())
		return fosr_err(err, -EINTR, "interrupted after %llu packets", in->engine.stats.sent);
	if (now - in->looked < LOOK_NS)
		return 0;
	in->looked = now;
	if (in->o->progress)
		in->o->progress(in->o->arg, in->result->sent, now > in->anchor ? now - in->anchor : 0);
	if (look_at_links(in, now, err) || look_at_guards(in, now, err))
		return err->code;
	return fosr_rotation_tend(in, now, err);
}

/* What came in, and what follows from it. */
static int serve(struct inject *in, __u64 now, struct fosr_err *err)
{
	int ret = receive(in, err);

	if (!ret)
		ret = look_around(in, now, err);
	if (!ret)
		ret = fosr_recover_tend(in, now, err);
	return ret;
}

/* Sleeps, unless a frame comes in, and learns how late one wakes up. */
static void nap(struct inject *in, __u64 sleep, __u64 now)
{
	const struct timespec ts = {(time_t)(sleep / FOSR_NS_PER_S), (long)(sleep % FOSR_NS_PER_S)};
	__u64 late;

	if (ppoll(in->rx.poll.v, in->rx.guarded ? in->rx.poll.n : 0, &ts, NULL))
		return;
	late = fosr_now_mono() - now - sleep;
	if (late * 5 / 4 > in->spin)
		in->spin = fosr_min_u64(late * 5 / 4, SPIN_MAX_NS);
	else
		in->spin = fosr_max_u64(in->spin - in->spin / 64, SPIN_MIN_NS);
}

/* How long to sleep while there are `left` ns to wait; 0: spin. */
static __u64 nap_length(const struct inject *in, __u64 left)
{
	__u64 most = !in->recover.on ? LOOK_NS : in->recover.timers ? NAP_TIMERS_NS : NAP_PEERS_NS;

	if (in->ahead)
		return fosr_min_u64(fosr_max_u64(left, NAP_MIN_NS), most);
	return left > in->spin ? fosr_min_u64(left - in->spin, most) : 0;
}

int fosr_inject_wait(struct inject *in, __u64 due, struct fosr_err *err)
{
	bool soon = in->given++ < LOOK_EVERY;
	__u64 now, sleep;
	int ret = 0;

	due -= fosr_min_u64(in->ahead, due);
	/* As fast as it goes: the clock, too, is not looked at for every packet. */
	if (!due && soon)
		return 0;
	now = fosr_now_mono();
	if (now >= due && soon)
		return 0;
	for (;;) {
		ret = now < due ? push(in, err) : 0;
		if (!ret)
			ret = serve(in, now, err);
		now = fosr_now_mono();
		if (ret || now >= due)
			return ret;
		sleep = nap_length(in, due - now);
		if (sleep) {
			ret = push(in, err);
			if (ret)
				return ret;
			nap(in, sleep, now);
		}
		now = fosr_now_mono();
	}
}

__u8 *fosr_inject_lend(struct inject *in, size_t dev, struct fosr_err *err)
{
	__u8 *frame = in->engine.ops->lend(&in->engine, dev);
	__u64 deadline = 0, now;

	while (!frame) {
		if (push(in, err))
			return NULL;
		frame = in->engine.ops->lend(&in->engine, dev);
		if (frame)
			break;
		now = fosr_now_mono();
		if (receive(in, err) || look_around(in, now, err))
			return NULL;
		deadline = deadline && !in->down_since ? deadline : now + STUCK_NS;
		if (now > deadline) {
			fosr_err(err, -ETIMEDOUT, "%s takes no more frames: stopped after %llu packets",
				in->local.dev[dev].name, in->engine.stats.sent);
			return NULL;
		}
	}
	return frame;
}

void fosr_inject_give(
	struct inject *in, size_t dev, const struct fosr_resend *step, __u8 flags, __u8 *frame, __u32 len, __u64 due)
{
	const struct fosr_tag tag = {
		.flow = step->flow, .step = step->step, .flags = flags, .key_id = fosr_rotation_key_id(in, due)};

	frame = fosr_campaign_taint(in->c, &tag, frame, &len);
	in->engine.ops->send(&in->engine, dev, frame, len, due);
}

__u64 fosr_inject_due(const struct inject *in, __u64 time_ns)
{
	__u64 offset = time_ns - in->c->start_ns, speed = in->o->speed_q16;

	if (speed == FOSR_ENGINE_MAX)
		return 0;
	return in->anchor + (speed ? (__u64)(((unsigned __int128)offset << 16) / speed) : offset);
}

/* Reads of the plan what is in the past, if that is asked for, and then plays what was read. */
static int catch_up(struct inject *in, __u64 time_ns, struct fosr_err *err)
{
	if (!in->recover.since_ns || time_ns < in->recover.since_ns)
		return 0;
	in->recover.since_ns = 0;
	return fosr_recover_release(in, err);
}

static int play_step(struct inject *in, const struct fosr_planned *p, struct fosr_err *err)
{
	__u64 due = fosr_inject_due(in, p->time_ns);
	int ret = catch_up(in, p->time_ns, err);

	in->last_due = due;
	if (p->live->wanted >> 16 * !p->packet->step.dir & 0xffff)
		fosr_punctual_planned(&in->punctual, p->live->flow.id, p->packet->index, due);
	/*
	 * Without answers to wait for, only what is sent has to be waited for. While the plan is only read nothing is,
	 * but what comes in is received, and others are talked to.
	 */
	if (!ret && (in->recover.on || p->live->wanted >> 16 * p->packet->step.dir & 0xffff))
		ret = fosr_inject_wait(in, in->recover.since_ns ? 0 : due, err);
	while (!ret && in->recover.held >= HELD_MAX && !in->recover.since_ns)
		ret = fosr_inject_wait(in, fosr_now_mono() + FINISH_STEP_NS / 100, err);
	return ret ? ret : fosr_recover_step(in, p, due, err);
}

int fosr_inject_play(struct inject *in, struct fosr_err *err)
{
	struct fosr_planned p;
	int ret;

	while ((ret = fosr_plan_next(in->plan, &p, err)) > 0) {
		ret = play_step(in, &p, err);
		if (ret)
			return ret;
	}
	if (!ret && fosr_exchange_end_all(&in->exchange, fosr_now_mono()))
		ret = fosr_err(err, -ENOMEM, "out of memory");
	if (!ret)
		ret = catch_up(in, UINT64_MAX, err);
	return ret ? ret : push(in, err);
}

__u64 fosr_inject_undelivered(const struct inject *in)
{
	__u64 sum = 0;

	for (size_t d = 0; d < in->local.devs; d++) {
		__u32 counted = fosr_local_sent(&in->local.dev[d]) - in->counted[d];

		if (in->engine.stats.by_dev[d] < UINT32_MAX && counted < in->engine.stats.by_dev[d])
			sum += in->engine.stats.by_dev[d] - counted;
	}
	return sum;
}

/*
 * What the kernel has not transmitted yet, and what the others have not sent yet: their part of the plan may go on long
 * after ours is over. `reliable` knows when that is over; `fast` waits a little.
 */
static bool is_over(struct inject *in, __u64 deadline)
{
	__u64 now = fosr_now_mono();
	bool pending = in->engine.ops->pending(&in->engine);

	if (in->recover.on) {
		if (pending || fosr_recover_busy(in))
			return false;
		in->state = FOSR_INJECTOR_FINISHED;
		return fosr_dialogue_over(in, now);
	}
	pending |= !in->o->unguarded && in->exchange.unique < in->result->expected;
	return (!pending && !fosr_inject_undelivered(in)) || now >= deadline;
}

int fosr_inject_finish(struct inject *in, struct fosr_err *err)
{
	__u64 deadline = fosr_max_u64(fosr_now_mono(), in->last_due) + GRACE_NS;
	int ret;

	do {
		ret = push(in, err);
		if (!ret)
			ret = fosr_inject_wait(in, fosr_now_mono() + in->ahead + FINISH_STEP_NS, err);
	} while (!ret && !is_over(in, deadline));
	return ret || !in->recover.on ? ret : fosr_dialogue_end(in, err);
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "campaign/inject.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include <fosr/tag.h>

#include "base/intr.h"
#include "base/time.h"
#include "campaign/arrived.h"
#include "campaign/engine.h"
#include "campaign/local.h"
#include "sink/format.h"
#include "xdp/guard.h"

#define LEAD_NS 100000000ULL /* between "now" and the first packet: time to get everything ready */
/*
 * A sleeping thread wakes late, how late depends on the machine: the last stretch before a packet's time is spun, as
 * long as recent wake-ups were late, within these bounds. Not where the kernel does the waiting.
 */
#define SPIN_MIN_NS 80000ULL
#define SPIN_MAX_NS 800000ULL
#define NAP_MIN_NS 200000ULL
#define SLICE_PACKETS 1024 /* planned in one go: a fraction of a millisecond */
#define LOOK_EVERY 64 /* frames given between two looks at what came in */
#define STUCK_NS (2 * FOSR_NS_PER_S) /* an interface that takes no frame for so long is given up */
#define LOOK_NS 200000000ULL /* between two looks at the links */
#define SNAP 128 /* of a frame that nobody records, the headers up to its tag are enough */
#define GRACE_NS (2 * FOSR_NS_PER_S) /* for what is still on its way at the end */
#define FINISH_STEP_NS 10000000ULL /* between two looks at what is still missing */

struct inject {
	const struct fosr_campaign *c;
	const struct fosr_inject_opts *o;
	struct fosr_inject_result *result;
	struct fosr_local local;
	bool known[FOSR_LOCAL_DEVS]; /* the guard there has this campaign's key */
	struct fosr_rx rx;
	struct fosr_engine engine;
	__u32 counted[FOSR_LOCAL_DEVS]; /* by the interface, before the campaign */
	struct fosr_plan *plan;
	struct fosr_writer *record;
	struct fosr_arrived arrived;
	__u64 anchor; /* CLOCK_MONOTONIC at the campaign's start */
	__u64 wall; /* CLOCK_REALTIME less CLOCK_MONOTONIC, read once: a clock that is set does not move the plan */
	__u64 spin; /* how long before a packet's time to wake up */
	__u64 last_due; /* of the plan so far, whoever sends it: CLOCK_MONOTONIC */
	__u64 looked; /* at the links */
	__u32 given; /* frames since the last look at what came in */
};

/* The interfaces that play a flow's ends, for the plan to keep: 1 + index of the opener's, and of the responder's. */
static __u32 want(void *arg, const struct fosr_flow *f)
{
	const struct inject *in = arg;

	return (__u32)(fosr_local_dev(&in->local, &f->end[0]) + 1) |
		(__u32)(fosr_local_dev(&in->local, &f->end[1]) + 1) << 16;
}

/* The interface that plays that end, or -1. */
static int dev_of(const struct fosr_live_flow *l, __u8 dir)
{
	return (int)(l->wanted >> 16 * dir & 0xffff) - 1;
}

static int teach_guards(struct inject *in, struct fosr_err *err)
{
	int ret = 0;

	for (size_t d = 0; d < in->local.devs && !ret && !in->o->unguarded; d++) {
		ret = fosr_guard_add_campaign(in->local.dev[d].name, in->c->id, 0, &in->c->secret, err);
		in->known[d] = !ret;
	}
	return ret;
}

/* A write error is told when the file is finished. */
static void record(struct inject *in, const __u8 *frame, __u32 len, __u64 when)
{
	if (in->record)
		fosr_format_write(&fosr_format_pcap, in->record, frame, len, when + in->wall, NULL, 0);
}

static void sent(void *arg, size_t dev, const __u8 *frame, __u32 len, __u64 when)
{
	record(arg, frame, len, when);
}

/* The guard has checked the tag; what is left to see is whose it is. */
static int arrived(void *arg, size_t dev, const struct fosr_xsk_frame *f)
{
	struct fosr_end to = {.addr.family = 4};
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
		return 0;
	if (in->record) {
		__u64 when = fosr_rx_stamp(f);

		record(in, f->data, f->len, when ? when : fosr_now_mono());
	}
	if (f->data[0] & 1)
		return 0; /* to a group: nobody expects it */
	memcpy(to.addr.b, pkt.dst, 4);
	if (tag.campaign != in->c->id || fosr_local_dev(&in->local, &to) < 0) {
		in->result->foreign++;
		return 0;
	}
	return fosr_arrived_step(&in->arrived, tag.flow, tag.step);
}

static int receive(struct inject *in, struct fosr_err *err)
{
	int ret = fosr_rx_receive(&in->rx, arrived, in);

	in->given = 0;
	return ret ? fosr_err(err, ret, "out of memory for what came in") : 0;
}

/* Things that are not looked at for every packet. */
static int look_around(struct inject *in, __u64 now, struct fosr_err *err)
{
	int ret = 0;

	if (fosr_interrupted())
		return fosr_err(err, -EINTR, "interrupted after %llu packets", in->engine.stats.sent);
	if (now - in->looked < LOOK_NS)
		return 0;
	in->looked = now;
	for (size_t d = 0; d < in->local.devs && !ret; d++)
		ret = fosr_local_link(in->local.dev[d].name, err);
	if (ret)
		return fosr_err_prefix(err, "stopped after %llu packets", in->engine.stats.sent);
	fosr_arrived_expire(&in->arrived, now);
	if (in->o->progress)
		in->o->progress(in->o->arg, in->engine.stats.sent, now > in->anchor ? now - in->anchor : 0);
	return 0;
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
	if (in->engine.ops->ahead_ns)
		return fosr_min_u64(fosr_max_u64(left, NAP_MIN_NS), LOOK_NS);
	return left > in->spin ? fosr_min_u64(left - in->spin, LOOK_NS) : 0;
}

/* Receives until the engine may be given what is due then: asleep while it is far, spinning when it is near. */
static int wait_until(struct inject *in, __u64 due, struct fosr_err *err)
{
	__u64 now = fosr_now_mono(), sleep;
	int ret = 0;

	due -= fosr_min_u64(in->engine.ops->ahead_ns, due);
	if (now >= due && in->given++ < LOOK_EVERY)
		return 0;
	for (;;) {
		ret = now < due ? in->engine.ops->push(&in->engine, err) : 0;
		if (!ret)
			ret = receive(in, err);
		now = fosr_now_mono();
		if (!ret)
			ret = look_around(in, now, err);
		if (ret || now >= due)
			return ret;
		sleep = nap_length(in, due - now);
		if (sleep)
			nap(in, sleep, now);
		now = fosr_now_mono();
	}
}

static __u8 *lend(struct inject *in, size_t d, struct fosr_err *err)
{
	__u8 *frame = in->engine.ops->lend(&in->engine, d);
	__u64 deadline = 0, now;

	while (!frame) {
		if (in->engine.ops->push(&in->engine, err))
			return NULL;
		frame = in->engine.ops->lend(&in->engine, d);
		if (frame)
			break;
		now = fosr_now_mono();
		if (receive(in, err) || look_around(in, now, err))
			return NULL;
		deadline = deadline ? deadline : now + STUCK_NS;
		if (now > deadline) {
			fosr_err(err, -ETIMEDOUT, "%s takes no more frames: stopped after %llu packets",
				in->local.dev[d].name, in->engine.stats.sent);
			return NULL;
		}
	}
	return frame;
}

static int send_step(struct inject *in, const struct fosr_planned *p, int d, __u64 due, struct fosr_err *err)
{
	__u8 *lent = lend(in, (size_t)d, err), *frame;
	__u32 len;

	if (!lent)
		return err->code;
	len = fosr_plan_craft(in->plan, p->packet, lent);
	frame = fosr_campaign_taint(in->c, p->live->flow.id, p->packet->index, 0, lent, &len);
	in->engine.ops->send(&in->engine, (size_t)d, frame, len, due);
	return 0;
}

/* When a packet of the plan is to leave, CLOCK_MONOTONIC; 0: at once. */
static __u64 due_of(const struct inject *in, __u64 time_ns)
{
	__u64 offset = time_ns - in->c->start_ns, speed = in->o->speed_q16;

	if (speed == FOSR_ENGINE_MAX)
		return 0;
	return in->anchor + (speed ? (__u64)(((unsigned __int128)offset << 16) / speed) : offset);
}

static int play(struct inject *in, struct fosr_err *err)
{
	struct fosr_planned p;
	int ret;

	while ((ret = fosr_plan_next(in->plan, &p, err)) > 0) {
		__u64 due = due_of(in, p.time_ns);
		__u8 dir = p.packet->step.dir;
		int from = dev_of(p.live, dir);

		in->result->expected += dev_of(p.live, !dir) >= 0;
		in->result->planned += from >= 0;
		in->last_due = due;
		if (p.last && fosr_arrived_end(&in->arrived, p.live->flow.id, due ? due : fosr_now_mono()))
			return fosr_err(err, -ENOMEM, "out of memory");
		if (from < 0)
			continue;
		ret = wait_until(in, due, err);
		if (!ret)
			ret = send_step(in, &p, from, due, err);
		if (ret)
			return ret;
	}
	return ret < 0 ? ret : in->engine.ops->push(&in->engine, err);
}

/* Frames that the engines have sent and the interfaces do not count. Other traffic may hide some; none is made up. */
static __u64 undelivered(const struct inject *in)
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
 * after ours is over.
 */
static int finish(struct inject *in, struct fosr_err *err)
{
	__u64 deadline = fosr_max_u64(fosr_now_mono(), in->last_due) + GRACE_NS;
	bool pending;
	int ret = 0;

	do {
		pending = !in->o->unguarded && in->arrived.unique < in->result->expected;
		ret = in->engine.ops->push(&in->engine, err);
		pending |= in->engine.ops->pending(&in->engine) || undelivered(in);
		if (!ret)
			ret = wait_until(in, fosr_now_mono() + in->engine.ops->ahead_ns + FINISH_STEP_NS, err);
	} while (!ret && pending && fosr_now_mono() < deadline);
	return ret;
}

static int open_all(struct inject *in, struct fosr_err *err)
{
	const struct fosr_inject_opts *o = in->o;
	__u64 now;
	int ret;

	ret = fosr_local_open(&in->local, in->c, o->devs, o->devs_n, o->hosts, o->hosts_n, err);
	if (!ret)
		ret = fosr_plan_open(&in->plan, in->c,
			&(struct fosr_plan_opts){.want = want, .arg = in, .slice_packets = SLICE_PACKETS}, err);
	if (!ret)
		ret = teach_guards(in, err);
	if (!ret && (!o->unguarded || o->engine != FOSR_ENGINE_LIVE))
		ret = fosr_rx_open(&in->rx, &in->local,
			&(struct fosr_rx_opts){
				.mtu = in->c->craft.mtu,
				.guarded = !o->unguarded,
				.settings = {.epoch = (__u32)fosr_now_mono(),
					.stamp = o->outfile || o->speed_q16 != FOSR_ENGINE_MAX,
					.snap = o->outfile ? 0 : SNAP},
			},
			o->log, err);
	if (!ret) {
		in->engine = (struct fosr_engine){
			.local = &in->local, .rx = &in->rx, .c = in->c, .speed_q16 = o->speed_q16, .arg = in};
		ret = fosr_engine_open(&in->engine, o->engine, err);
		in->engine.sent = o->outfile ? sent : NULL;
		for (size_t d = 0; d < in->local.devs; d++)
			in->counted[d] = fosr_local_sent(&in->local.dev[d]);
	}
	if (!ret && o->outfile)
		ret = fosr_writer_open(&in->record, o->outfile, FOSR_WRITER_AUTO, o->log, err);
	if (!ret && in->record)
		ret = fosr_format_pcap.begin(in->record, &(struct fosr_format_about){0});
	/* Timers of ordinary threads are 50 µs lazy by default. Best effort. */
	prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
	now = fosr_now_mono();
	in->wall = fosr_now_real() - now;
	in->anchor = o->start_ns ? o->start_ns - in->wall : now + LEAD_NS;
	in->result->started_ns = in->anchor + in->wall;
	in->result->hosts = in->local.by_addr.n;
	return ret;
}

static void close_devs(struct inject *in)
{
	fosr_engine_close(&in->engine);
	in->result->rx_dropped = fosr_rx_dropped(&in->rx);
	fosr_rx_close(&in->rx);
	for (size_t d = 0; d < in->local.devs; d++)
		if (in->known[d])
			fosr_guard_del_campaign(in->local.dev[d].name, in->c->id, 0, NULL);
}

static void sum_up(struct inject *in)
{
	const struct fosr_engine_stats *s = &in->engine.stats;
	struct fosr_inject_result *r = in->result;

	r->sent = s->sent;
	r->late = s->late;
	r->lateness = s->lateness;
	r->sending_ns = s->last_ns > in->anchor ? s->last_ns - in->anchor : 0;
	r->received = in->arrived.unique;
	r->repeated = in->arrived.repeated;
	r->undelivered = s->sent ? undelivered(in) : 0;
	r->engine = in->engine.ops ? in->engine.ops->name : "none";
	memcpy(r->why, in->engine.why, sizeof(r->why));
}

static int close_record(struct inject *in, int ret, struct fosr_err *err)
{
	struct fosr_err inner = {0};

	if (!in->record)
		return ret;
	if (!ret)
		return fosr_writer_finish(in->record, NULL, err);
	if (fosr_writer_keep(in->record, in->result->kept, sizeof(in->result->kept), &inner))
		in->result->kept[0] = 0;
	return ret;
}

int fosr_inject(const struct fosr_campaign *c, const struct fosr_inject_opts *o, struct fosr_inject_result *result,
	struct fosr_err *err)
{
	struct inject in = {.c = c, .o = o, .result = result, .spin = SPIN_MIN_NS};
	int ret;

	*result = (struct fosr_inject_result){0};
	ret = open_all(&in, err);
	if (!ret)
		ret = wait_until(&in, in.anchor, err);
	if (!ret)
		ret = play(&in, err);
	if (!ret)
		ret = finish(&in, err);
	sum_up(&in);
	close_devs(&in);
	ret = close_record(&in, ret, err);
	fosr_plan_free(in.plan);
	fosr_arrived_free(&in.arrived);
	fosr_local_free(&in.local);
	return ret;
}

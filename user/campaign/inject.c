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
#include "campaign/local.h"
#include "sink/format.h"
#include "sink/xsk.h"
#include "xdp/guard.h"

#define LEAD_NS 100000000ULL /* between "now" and the first packet: time to get everything ready */
/*
 * A sleeping thread wakes late, how late depends on the machine: the last stretch before a packet's time is spun, as
 * long as recent wake-ups were late, within these bounds.
 */
#define SPIN_MIN_NS 80000ULL
#define SPIN_MAX_NS 800000ULL
#define BATCH 32 /* packets queued before the kernel is asked to transmit */
#define SLICE_PACKETS 256 /* planned in one go: a fraction of a millisecond */
#define STUCK_NS (2 * FOSR_NS_PER_S) /* an interface that takes no frame for so long is given up */
#define LOOK_NS 200000000ULL /* between two looks at the links */
#define GRACE_NS (2 * FOSR_NS_PER_S) /* for what is still on its way at the end */
#define FINISH_STEP_NS 10000000ULL /* between two looks at what is still missing */

struct inject {
	const struct fosr_campaign *c;
	const struct fosr_inject_opts *o;
	struct fosr_inject_result *result;
	struct fosr_local local;
	struct fosr_xsk *xsk[FOSR_LOCAL_DEVS];
	bool known[FOSR_LOCAL_DEVS]; /* the guard there has this campaign's key */
	struct fosr_plan *plan;
	struct fosr_writer *record;
	struct fosr_arrived arrived;
	__u64 anchor; /* CLOCK_MONOTONIC at the campaign's start */
	__u64 wall; /* CLOCK_REALTIME less CLOCK_MONOTONIC, read once: a clock that is set does not move the plan */
	__u64 spin; /* how long before a packet's time to wake up */
	__u64 last_due; /* of the plan so far, whoever sends it: CLOCK_MONOTONIC */
	__u64 looked; /* at the links */
	__u64 due[BATCH]; /* times of the packets queued since the last kick */
	__u32 queued;
};

static bool want(void *arg, const struct fosr_flow *f)
{
	const struct inject *in = arg;

	return fosr_local_dev(&in->local, &f->end[0]) >= 0 || fosr_local_dev(&in->local, &f->end[1]) >= 0;
}

static int dev_open(struct inject *in, size_t d, struct fosr_err *err)
{
	const char *name = in->local.dev[d].name;
	int ret = 0;

	if (in->local.dev[d].queues > 1)
		fosr_log_warn(in->o->log,
			"%s has %u receive queues, of which only the first is served: what arrives on the others is "
			"lost; ethtool -L %s combined 1",
			name, in->local.dev[d].queues, name);
	if (!in->o->unguarded) {
		ret = fosr_guard_add_campaign(name, in->c->id, 0, &in->c->secret, err);
		if (ret)
			return ret;
		in->known[d] = true;
	}
	ret = fosr_xsk_open(&in->xsk[d], name, 0, err);
	if (!ret && !in->o->unguarded)
		ret = fosr_guard_set_xsk(name, 0, fosr_xsk_fd(in->xsk[d]), err);
	return ret;
}

static void record(struct inject *in, const __u8 *frame, __u32 len)
{
	/* A write error is told when the file is finished. */
	if (in->record)
		fosr_format_write(&fosr_format_pcap, in->record, frame, len, fosr_now_mono() + in->wall, NULL, 0);
}

/* The guard has checked the tag; what is left to see is whose it is. */
static int arrived(struct inject *in, const struct fosr_xsk_frame *f)
{
	struct fosr_end to = {.addr.family = 4};
	struct fosr_tag tag;
	struct fosr_pkt pkt;
	__u64 mac;

	record(in, f->data, f->len);
	if (fosr_parse_eth(f->data, f->data + f->len, &pkt) != FOSR_PARSE_OK ||
		fosr_tag_decode(f->data, f->data + f->len, &pkt, &tag, &mac)) {
		in->result->foreign++;
		return 0;
	}
	memcpy(to.addr.b, pkt.dst, 4);
	if (tag.campaign != in->c->id || fosr_local_dev(&in->local, &to) < 0) {
		in->result->foreign++;
		return 0;
	}
	return fosr_arrived_step(&in->arrived, tag.flow, tag.step);
}

static int receive(struct inject *in, struct fosr_err *err)
{
	struct fosr_xsk_frame frames[FOSR_XSK_BATCH];
	int ret = 0;

	for (size_t d = 0; d < in->local.devs && !in->o->unguarded; d++) {
		__u32 n = fosr_xsk_receive(in->xsk[d], frames);

		for (__u32 i = 0; i < n && !ret; i++)
			ret = arrived(in, &frames[i]);
		fosr_xsk_release(in->xsk[d]);
	}
	return ret ? fosr_err(err, ret, "out of memory for what came in") : 0;
}

/*
 * Hands what is queued to the kernel, and notes how late it is then. (What the kernel does with it in the same call, on
 * a veth pair all the way to the receiver, is not the sender's lateness.)
 */
static int kick(struct inject *in, struct fosr_err *err)
{
	__u64 now = fosr_now_mono();

	for (size_t d = 0; d < in->local.devs; d++) {
		int ret = fosr_xsk_pending(in->xsk[d]) ? fosr_xsk_kick(in->xsk[d]) : 0;

		if (ret)
			return fosr_err(err, ret, "%s: cannot transmit: %s, after %llu packets", in->local.dev[d].name,
				ret == -ENETDOWN ? "the link went down" : strerror(-ret), in->result->sent);
	}
	for (__u32 i = 0; i < in->queued; i++) {
		__u64 late = now > in->due[i] ? now - in->due[i] : 0;

		fosr_histo_add(&in->result->lateness, late);
		in->result->late += late > FOSR_INJECT_LATE_NS;
	}
	if (in->queued)
		in->result->sending_ns = now > in->anchor ? now - in->anchor : 0;
	in->result->sent += in->queued;
	in->queued = 0;
	return 0;
}

/* Things that are not looked at for every packet. */
static int look_around(struct inject *in, __u64 now, struct fosr_err *err)
{
	int ret = 0;

	if (fosr_interrupted())
		return fosr_err(err, -EINTR, "interrupted after %llu packets", in->result->sent);
	if (now - in->looked < LOOK_NS)
		return 0;
	in->looked = now;
	for (size_t d = 0; d < in->local.devs && !ret; d++)
		ret = fosr_local_link(in->local.dev[d].name, err);
	if (ret)
		return fosr_err_prefix(err, "stopped after %llu packets", in->result->sent);
	fosr_arrived_expire(&in->arrived, now);
	if (in->o->progress)
		in->o->progress(in->o->arg, in->result->sent, now > in->anchor ? now - in->anchor : 0);
	return 0;
}

/* Sleeps, unless a frame comes in, and learns how late one wakes up. */
static void nap(struct inject *in, struct pollfd *fds, __u64 sleep, __u64 now)
{
	const struct timespec ts = {(time_t)(sleep / FOSR_NS_PER_S), (long)(sleep % FOSR_NS_PER_S)};
	__u64 late;

	if (ppoll(fds, in->o->unguarded ? 0 : in->local.devs, &ts, NULL))
		return;
	late = fosr_now_mono() - now - sleep;
	if (late * 5 / 4 > in->spin)
		in->spin = fosr_min_u64(late * 5 / 4, SPIN_MAX_NS);
	else
		in->spin = fosr_max_u64(in->spin - in->spin / 64, SPIN_MIN_NS);
}

/* Receives until the time has come: asleep while it is far, spinning when it is near. */
static int wait_until(struct inject *in, __u64 due, struct fosr_err *err)
{
	struct pollfd fds[FOSR_LOCAL_DEVS];
	__u64 now = fosr_now_mono();
	int ret;

	if (now < due && in->queued) {
		ret = kick(in, err);
		if (ret)
			return ret;
	}
	for (size_t d = 0; d < in->local.devs; d++)
		fds[d] = (struct pollfd){.fd = fosr_xsk_fd(in->xsk[d]), .events = POLLIN};
	for (;;) {
		ret = receive(in, err);
		now = fosr_now_mono();
		if (!ret)
			ret = look_around(in, now, err);
		if (ret || now >= due)
			return ret;
		if (due - now > in->spin)
			nap(in, fds, fosr_min_u64(due - now - in->spin, LOOK_NS), now);
	}
}

static __u8 *lend(struct inject *in, size_t d, struct fosr_err *err)
{
	__u64 deadline = fosr_now_mono() + STUCK_NS;
	__u8 *frame;

	while (!(frame = fosr_xsk_lend(in->xsk[d]))) {
		if (kick(in, err) || receive(in, err) || look_around(in, fosr_now_mono(), err))
			return NULL;
		if (fosr_now_mono() > deadline) {
			fosr_err(err, -ETIMEDOUT, "%s takes no more frames: stopped after %llu packets",
				in->local.dev[d].name, in->result->sent);
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
	record(in, frame, len);
	fosr_xsk_send(in->xsk[d], frame, len);
	in->due[in->queued++] = due;
	return in->queued == BATCH ? kick(in, err) : 0;
}

static int play(struct inject *in, struct fosr_err *err)
{
	struct fosr_planned p;
	int ret;

	while ((ret = fosr_plan_next(in->plan, &p, err)) > 0) {
		__u64 due = p.time_ns - in->c->start_ns + in->anchor;
		__u8 dir = p.packet->step.dir;
		int from = fosr_local_dev(&in->local, &p.live->flow.end[dir]);

		in->result->expected += fosr_local_dev(&in->local, &p.live->flow.end[!dir]) >= 0;
		in->result->planned += from >= 0;
		in->last_due = due;
		if (p.last && fosr_arrived_end(&in->arrived, p.live->flow.id, due))
			return fosr_err(err, -ENOMEM, "out of memory");
		if (from < 0)
			continue;
		ret = wait_until(in, due, err);
		if (!ret)
			ret = send_step(in, &p, from, due, err);
		if (ret)
			return ret;
	}
	return ret < 0 ? ret : kick(in, err);
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
		ret = kick(in, err);
		for (size_t d = 0; d < in->local.devs; d++)
			pending |= fosr_xsk_pending(in->xsk[d]) > 0;
		if (!ret)
			ret = wait_until(in, fosr_now_mono() + FINISH_STEP_NS, err);
	} while (!ret && pending && fosr_now_mono() < deadline);
	return ret;
}

static int open_all(struct inject *in, struct fosr_err *err)
{
	const struct fosr_inject_opts *o = in->o;
	__u64 now;
	int ret;

	if (in->c->craft.mtu + FOSR_CRAFT_ETH > FOSR_XSK_FRAME_MAX)
		return fosr_err(err, -EMSGSIZE, "--mtu %u: AF_XDP frames hold at most %d bytes here", in->c->craft.mtu,
			FOSR_XSK_FRAME_MAX);
	ret = fosr_local_open(&in->local, in->c, o->devs, o->devs_n, o->hosts, o->hosts_n, err);
	if (!ret)
		ret = fosr_plan_open(&in->plan, in->c,
			&(struct fosr_plan_opts){.want = want, .arg = in, .slice_packets = SLICE_PACKETS}, err);
	for (size_t d = 0; d < in->local.devs && !ret; d++)
		ret = dev_open(in, d, err);
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
	for (size_t d = 0; d < in->local.devs; d++) {
		struct fosr_xsk_stats stats;

		if (in->xsk[d] && !fosr_xsk_stats(in->xsk[d], &stats))
			in->result->rx_dropped += stats.rx_dropped;
		/* Closing the socket empties its slot in the guard's map, which drops again from then on. */
		fosr_xsk_close(in->xsk[d]);
		if (in->known[d])
			fosr_guard_del_campaign(in->local.dev[d].name, in->c->id, 0, NULL);
	}
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
		ret = play(&in, err);
	if (!ret)
		ret = finish(&in, err);
	result->received = in.arrived.unique;
	result->repeated = in.arrived.repeated;
	close_devs(&in);
	ret = close_record(&in, ret, err);
	fosr_plan_free(in.plan);
	fosr_arrived_free(&in.arrived);
	fosr_local_free(&in.local);
	return ret;
}

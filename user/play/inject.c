// SPDX-License-Identifier: GPL-3.0-or-later
#include "play/inject.h"

#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/time.h"
#include "play/inject_priv.h"

#define SLICE_PACKETS 1024 /* planned in one go: a fraction of a millisecond */
#define SNAP 128 /* of a frame that nobody records, the headers up to its tag are enough */
#define SPIN_NS 80000ULL /* at first */

/* The interfaces that play a flow's ends, for the plan to keep: 1 + index of the opener's, and of the responder's. */
static __u32 want(void *arg, const struct fosr_flow *f)
{
	const struct inject *in = arg;

	return (__u32)(fosr_local_dev(&in->local, &f->end[0]) + 1) |
		(__u32)(fosr_local_dev(&in->local, &f->end[1]) + 1) << 16;
}

static int open_engine(struct inject *in, struct fosr_err *err)
{
	const struct fosr_inject_opts *o = in->o;
	int ret;

	in->engine = (struct fosr_engine){
		.local = &in->local, .rx = &in->rx, .c = in->c, .speed_q16 = o->speed_q16, .arg = in};
	ret = fosr_engine_open(&in->engine, o->engine, err);
	in->engine.sent = o->outfile ? fosr_inject_sent : NULL;
	for (size_t d = 0; d < in->local.devs; d++)
		in->counted[d] = fosr_local_sent(&in->local.dev[d]);
	/* Whether a packet is to be withheld is known when its time has come, no sooner. */
	in->ahead = ret || in->recover.on ? 0 : in->engine.ops->ahead_ns;
	return ret;
}

static int open_all(struct inject *in, struct fosr_err *err)
{
	const struct fosr_inject_opts *o = in->o;
	int ret;

	in->key = in->c->control;
	in->recover.on = o->algo == FOSR_RELIABLE;
	ret = fosr_common_open(&in->common, NULL, err);
	if (!ret)
		ret = fosr_local_open(&in->local, in->c, o->devs, o->devs_n, o->hosts, o->hosts_n, err);
	if (!ret)
		ret = fosr_plan_open(&in->plan, in->c,
			&(struct fosr_plan_opts){.want = want, .arg = in, .slice_packets = SLICE_PACKETS}, err);
	if (!ret && (!o->unguarded || o->engine != FOSR_ENGINE_LIVE))
		ret = fosr_rx_open(&in->rx, &in->local,
			&(struct fosr_rx_opts){
				.mtu = in->c->craft.mtu,
				.guarded = !o->unguarded,
				.xsk = {.rx_ring = o->rx_ring, .busy_poll_us = o->busy_poll_us},
				.settings = {.epoch = (__u32)fosr_now_mono(),
					.stamp = o->outfile || o->speed_q16 != FOSR_ENGINE_MAX,
					.snap = o->outfile ? 0 : SNAP,
					.campaign = in->c->id,
					.control = in->key.id},
			},
			o->log, err);
	if (!ret)
		ret = fosr_rotation_open(in, err);
	if (!ret)
		ret = open_engine(in, err);
	if (!ret && o->outfile)
		ret = fosr_recording_open(&in->record,
			&(struct fosr_recording_opts){.path = o->outfile,
				.format = o->format,
				.ring = o->record_ring,
				.untaint = o->untaint ? in->c->taint : FOSR_TAINT_NONE,
				.log = o->log},
			err);
	/* Timers of ordinary threads are 50 µs lazy by default. Best effort. */
	prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
	in->wall = fosr_now_real() - fosr_now_mono();
	in->result->hosts = in->local.by_addr.n;
	fosr_recover_open(in);
	if (!ret && o->speed_q16 != FOSR_ENGINE_MAX && fosr_punctual_open(&in->punctual))
		ret = fosr_err(err, -ENOMEM, "out of memory");
	return ret ? ret : fosr_dialogue_open(in, err);
}

static void close_devs(struct inject *in)
{
	fosr_engine_close(&in->engine);
	in->result->rx_dropped = fosr_rx_dropped(&in->rx);
	in->result->rx_ring = in->rx.ring;
	fosr_rx_close(&in->rx);
	fosr_rotation_close(in);
}

static void sum_up(struct inject *in)
{
	const struct fosr_engine_stats *s = &in->engine.stats;
	struct fosr_inject_result *r = in->result;

	r->started_ns = in->anchor + in->wall;
	r->late = s->late;
	r->lateness = s->lateness;
	r->arrival = in->punctual.late;
	r->early = in->punctual.early;
	r->sending_ns = s->last_ns > in->anchor ? s->last_ns - in->anchor : 0;
	r->received = in->exchange.unique;
	r->repeated = in->exchange.repeated;
	r->copies = in->exchange.copies;
	r->undelivered = s->sent ? fosr_inject_undelivered(in) : 0;
	fosr_dialogue_report(in);
	r->engine = in->engine.ops ? in->engine.ops->name : "none";
	memcpy(r->why, in->engine.why, sizeof(r->why));
}

static int close_record(struct inject *in, int ret, struct fosr_err *err)
{
	struct fosr_err inner = {0};
	int written;

	if (!in->record)
		return ret;
	written = fosr_recording_close(in->record, !ret, &in->result->recording, ret ? &inner : err);
	return ret ? ret : written;
}

int fosr_inject(const struct fosr_campaign *c, const struct fosr_inject_opts *o, struct fosr_inject_result *result,
	struct fosr_err *err)
{
	struct inject in = {.c = c, .o = o, .result = result, .spin = SPIN_NS};
	int ret;

	*result = (struct fosr_inject_result){0};
	ret = open_all(&in, err);
	if (!ret)
		ret = fosr_dialogue_begin(&in, err);
	if (!ret)
		ret = fosr_inject_wait(&in, in.anchor, err);
	if (!ret)
		ret = fosr_inject_play(&in, err);
	if (!ret)
		ret = fosr_inject_finish(&in, err);
	sum_up(&in);
	close_devs(&in);
	ret = close_record(&in, ret, err);
	fosr_plan_free(in.plan);
	fosr_recover_close(&in);
	fosr_punctual_close(&in.punctual);
	fosr_exchange_free(&in.exchange);
	fosr_peers_free(&in.peers);
	fosr_vec_free(&in.self);
	fosr_local_free(&in.local);
	return ret;
}

void fosr_inject_release(struct fosr_inject_result *result)
{
	fosr_vec_free(&result->lost);
	fosr_vec_free(&result->met);
}

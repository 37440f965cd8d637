// SPDX-License-Identifier: GPL-3.0-or-later
#include "play/capture.h"

#include <fosr/tag.h>

#include "base/intr.h"
#include "base/time.h"
#include "play/rx.h"
#include "xdp/guard.h"

#define GUARDS_NS FOSR_NS_PER_S /* between two looks at the guards */
#define NAP_MS 50 /* between two looks at limits and links while nothing comes in */
#define SPIN_ROUNDS 1000 /* without a frame, before sleeping */
#define LOOK_EVERY 256 /* rounds between those looks while something does */

struct capture {
	const struct fosr_capture_opts *o;
	struct fosr_capture_result *result;
	struct fosr_local local;
	struct fosr_rx rx;
	struct fosr_recording *recording;
	size_t known; /* so many guards may have been taught the campaign */
	__u64 looked; /* at the guards: CLOCK_MONOTONIC */
	__u64 wall; /* CLOCK_REALTIME less CLOCK_MONOTONIC, read once */
	__u64 end; /* CLOCK_MONOTONIC; UINT64_MAX: none */
};

/* Who records does not know what time of the campaign it is: all keys that there are. */
static int teach_one(const struct fosr_campaign *c, const char *name, struct fosr_err *err)
{
	int ret = fosr_guard_add_campaign(name, c->control.id, 0, &c->control.secret, err);

	for (int k = 0; k < (c->keys ? FOSR_CAMPAIGN_KEYS : 1) && !ret; k++)
		ret = fosr_guard_add_campaign(name, c->id, (__u8)k, fosr_campaign_key(c, (__u8)k), err);
	return ret;
}

/* The sockets are bound: nobody else who plays or records here has taught them anything. */
static int teach(struct capture *c, struct fosr_err *err)
{
	int ret = 0;

	while (c->o->c && c->known < c->local.devs && !ret)
		ret = teach_one(c->o->c, c->local.dev[c->known++].name, err);
	return ret;
}

static void forget(struct capture *c)
{
	while (c->known) {
		const char *name = c->local.dev[--c->known].name;

		fosr_guard_forget(name, c->o->c->id, NULL);
		fosr_guard_forget(name, c->o->c->control.id, NULL);
	}
}

static __u32 power_of_two(__u32 n)
{
	__u32 p = FOSR_CAPTURE_RING_MIN;

	while (p < n)
		p *= 2;
	return p;
}

/* Frames of every length that the interfaces take come whole. */
static int open_rx(struct capture *c, struct fosr_err *err)
{
	struct fosr_rx_opts o = {.guarded = true,
		.xsk = {.rx_ring = power_of_two(c->o->ring)},
		.settings = {.stamp = 1, .epoch = (__u32)fosr_now_mono()}};

	if (c->o->c) {
		o.settings.campaign = c->o->c->id;
		o.settings.control = c->o->c->control.id;
	}
	for (size_t d = 0; d < c->local.devs; d++)
		o.mtu = c->local.dev[d].mtu > o.mtu ? c->local.dev[d].mtu : o.mtu;
	if (fosr_craft_frame_max(o.mtu) > FOSR_XSK_FRAME_MAX)
		return fosr_err(err, -EMSGSIZE,
			"an MTU of %u: frames of up to %d bytes can be recorded; lower it (ip link)", o.mtu,
			FOSR_XSK_FRAME_MAX);
	return fosr_rx_open(&c->rx, &c->local, &o, c->o->recording.log, err);
}

static int open_all(struct capture *c, struct fosr_err *err)
{
	struct fosr_recording_opts recording = c->o->recording;
	int ret = fosr_local_open_devs(&c->local, c->o->devs, c->o->devs_n, err);

	if (!ret)
		ret = open_rx(c, err);
	if (!ret)
		ret = teach(c, err);
	if (ret)
		return ret;
	c->result->queues = c->rx.socket.n;
	c->result->ring = c->rx.ring;
	/* One queue is in order; and there is nothing else to do than to write. */
	if (c->rx.socket.n == 1)
		recording.ring = 0;
	c->wall = fosr_now_real() - fosr_now_mono();
	c->end = c->o->duration_ns ? fosr_now_mono() + c->o->duration_ns : UINT64_MAX;
	return fosr_recording_open(&c->recording, &recording, err);
}

static bool is_control(const struct fosr_xsk_frame *f)
{
	const __u8 *end = f->data + f->len;
	struct fosr_pkt pkt;

	return fosr_parse_eth(f->data, end, &pkt) == FOSR_PARSE_OK && pkt.tag_off &&
		fosr_tag_flags(f->data, end, &pkt) & FOSR_TAG_F_CONTROL;
}

static bool is_full(const struct capture *c)
{
	return c->o->frames && c->result->received - c->result->control >= c->o->frames;
}

static int take(void *arg, size_t dev, const struct fosr_xsk_frame *f)
{
	struct capture *c = arg;
	__u64 when;

	if (is_full(c))
		return 0;
	c->result->received++;
	c->result->bytes += f->len;
	if (is_control(f)) {
		c->result->control++;
		return 0;
	}
	when = fosr_rx_stamp(f);
	fosr_recording_put(c->recording, f->data, f->len, (when ? when : fosr_now_mono()) + c->wall);
	return 0;
}

/* Now and then: without its guard an interface has nothing to give, and its kernel takes everything. */
static int look_at_guards(struct capture *c, __u64 now, struct fosr_err *err)
{
	int ret;

	if (now - c->looked < GUARDS_NS)
		return 0;
	c->looked = now;
	ret = fosr_rx_guards(&c->rx, err);
	return ret ? fosr_err_prefix(err, "stopped after %llu frames", c->result->received) : 0;
}

static int run(struct capture *c, struct fosr_err *err)
{
	__u64 round = 0, before = 0, idle_rounds = SPIN_ROUNDS;

	while (!is_full(c)) {
		bool idle = c->result->received == before;

		if (idle_rounds > SPIN_ROUNDS || round++ % LOOK_EVERY == 0) {
			if (fosr_interrupted())
				return c->end == UINT64_MAX && !c->o->frames
					? 0
					: fosr_err(err, -EINTR, "interrupted after %llu frames", c->result->received);
			if (fosr_now_mono() >= c->end)
				return 0;
			if (look_at_guards(c, fosr_now_mono(), err))
				return err->code;
			if (c->o->progress)
				c->o->progress(c->o->arg, c->result->received);
		}
		idle_rounds = idle ? idle_rounds + 1 : 0;
		/* Waking up costs whoever hands the frames over more than they do. */
		if (idle_rounds > SPIN_ROUNDS)
			poll(c->rx.poll.v, c->rx.poll.n, NAP_MS);
		before = c->result->received;
		fosr_rx_receive(&c->rx, take, c);
	}
	return 0;
}

/* What had come in when the end was reached. */
static void drain(struct capture *c)
{
	__u64 before, most = (__u64)c->result->ring * c->result->queues + c->result->received;

	do {
		before = c->result->received;
		fosr_rx_receive(&c->rx, take, c);
	} while (c->result->received > before && c->result->received < most);
}

static int close_recording(struct capture *c, int ret, struct fosr_err *err)
{
	struct fosr_err inner = {0};
	int written;

	if (!c->recording)
		return ret;
	written = fosr_recording_close(c->recording, !ret, &c->result->recording, ret ? &inner : err);
	return ret ? ret : written;
}

int fosr_capture(const struct fosr_capture_opts *o, struct fosr_capture_result *result, struct fosr_err *err)
{
	struct capture c = {.o = o, .result = result};
	int ret;

	*result = (struct fosr_capture_result){0};
	ret = open_all(&c, err);
	if (!ret)
		ret = run(&c, err);
	if (c.recording)
		drain(&c);
	result->rx_dropped = fosr_rx_dropped(&c.rx);
	fosr_rx_close(&c.rx);
	ret = close_recording(&c, ret, err);
	forget(&c);
	fosr_local_free(&c.local);
	return ret;
}

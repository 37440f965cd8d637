// SPDX-License-Identifier: GPL-3.0-or-later
#include "campaign/capture.h"

#include <fosr/tag.h>

#include "base/intr.h"
#include "base/time.h"
#include "campaign/rx.h"
#include "xdp/guard.h"

#define NAP_MS 50 /* between two looks at limits and links while nothing comes in */
#define SPIN_ROUNDS 1000 /* without a frame, before sleeping */
#define LOOK_EVERY 256 /* rounds between those looks while something does */

struct capture {
	const struct fosr_capture_opts *o;
	struct fosr_capture_result *result;
	struct fosr_local local;
	struct fosr_rx rx;
	struct fosr_recording *recording;
	size_t known; /* so many guards were taught the campaign */
	__u64 wall; /* CLOCK_REALTIME less CLOCK_MONOTONIC, read once */
	__u64 end; /* CLOCK_MONOTONIC; UINT64_MAX: none */
};

static int teach(struct capture *c, struct fosr_err *err)
{
	int ret = 0;

	for (; c->o->c && c->known < c->local.devs && !ret; c->known += !ret)
		ret = fosr_guard_add_campaign(c->local.dev[c->known].name, c->o->c->id, 0, &c->o->c->secret, err);
	return ret;
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

	for (size_t d = 0; d < c->local.devs; d++)
		o.mtu = c->local.dev[d].mtu > o.mtu ? c->local.dev[d].mtu : o.mtu;
	if (o.mtu + FOSR_CRAFT_ETH > FOSR_XSK_FRAME_MAX)
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
		ret = teach(c, err);
	if (!ret)
		ret = open_rx(c, err);
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
	while (c.known)
		fosr_guard_del_campaign(c.local.dev[--c.known].name, o->c->id, 0, NULL);
	fosr_local_free(&c.local);
	return ret;
}

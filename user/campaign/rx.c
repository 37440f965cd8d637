// SPDX-License-Identifier: GPL-3.0-or-later
#include "campaign/rx.h"

#include "xdp/guard.h"

static int add_queue(struct fosr_rx *rx, size_t dev, __u32 queue, struct fosr_err *err)
{
	struct fosr_rx_socket *s = fosr_vec_push(&rx->socket);
	struct pollfd *poll = fosr_vec_push(&rx->poll);
	const char *name = rx->local->dev[dev].name;
	int ret;

	if (!s || !poll)
		return fosr_err(err, -ENOMEM, "out of memory");
	s->dev = (__u32)dev;
	ret = fosr_xsk_open(&s->xsk, name, queue, &rx->xsk, err);
	if (ret)
		return ret;
	*poll = (struct pollfd){.fd = fosr_xsk_fd(s->xsk), .events = POLLIN};
	return rx->guarded ? fosr_guard_set_xsk(name, queue, fosr_xsk_fd(s->xsk), err) : 0;
}

int fosr_rx_open(struct fosr_rx *rx, const struct fosr_local *local, const struct fosr_rx_opts *o,
	const struct fosr_log *log, struct fosr_err *err)
{
	int ret = 0;

	*rx = (struct fosr_rx){.local = local,
		.guarded = o->guarded,
		.xsk = {.frame_max = o->mtu + FOSR_CRAFT_ETH, .rx_ring = o->ring, .busy_poll_us = o->busy_poll_us}};
	if (rx->xsk.frame_max > FOSR_XSK_FRAME_MAX)
		return fosr_err(err, -EMSGSIZE, "--mtu %u: AF_XDP frames hold at most %d bytes here", o->mtu,
			FOSR_XSK_FRAME_MAX);
	for (size_t d = 0; d < local->devs && !ret; d++) {
		__u32 queues = local->dev[d].queues ? local->dev[d].queues : 1;

		if (queues > FOSR_QUEUES_MAX) {
			fosr_log_warn(log,
				"%s has %u receive queues, of which the first %d are served: what arrives on the others is "
				"lost; ethtool -L %s combined %d",
				local->dev[d].name, queues, FOSR_QUEUES_MAX, local->dev[d].name, FOSR_QUEUES_MAX);
			queues = FOSR_QUEUES_MAX;
		}
		rx->first[d] = rx->socket.n;
		if (o->guarded)
			ret = fosr_guard_set(local->dev[d].name, &o->settings, err);
		for (__u32 q = 0; q < queues && !ret; q++)
			ret = add_queue(rx, d, q, err);
	}
	return ret;
}

int fosr_rx_receive(struct fosr_rx *rx, int (*fn)(void *arg, size_t dev, const struct fosr_xsk_frame *frame), void *arg)
{
	struct fosr_xsk_frame frames[FOSR_XSK_BATCH];
	int ret = 0;

	for (size_t s = 0; s < rx->socket.n && rx->guarded && !ret; s++) {
		struct fosr_xsk *xsk = rx->socket.v[s].xsk;
		__u32 n = fosr_xsk_receive(xsk, frames);

		for (__u32 i = 0; i < n && !ret; i++)
			ret = fn(arg, rx->socket.v[s].dev, &frames[i]);
		fosr_xsk_release(xsk);
	}
	return ret;
}

/* Each driver puts metadata in front of all frames or of none. */
__u64 fosr_rx_stamp(const struct fosr_xsk_frame *frame)
{
	struct fosr_stamp s;

	memcpy(&s, frame->data - sizeof(s), sizeof(s));
	return s.magic == FOSR_STAMP_MAGIC ? s.mono_ns : 0;
}

__u64 fosr_rx_dropped(const struct fosr_rx *rx)
{
	struct fosr_xsk_stats stats;
	__u64 sum = 0;

	for (size_t s = 0; s < rx->socket.n; s++)
		if (rx->socket.v[s].xsk && !fosr_xsk_stats(rx->socket.v[s].xsk, &stats))
			sum += stats.rx_dropped;
	return sum;
}

void fosr_rx_close(struct fosr_rx *rx)
{
	for (size_t s = 0; s < rx->socket.n; s++)
		fosr_xsk_close(rx->socket.v[s].xsk);
	fosr_vec_free(&rx->socket);
	fosr_vec_free(&rx->poll);
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "play/rx.h"

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
	rx->ring = rx->ring ? (__u32)fosr_min_u64(rx->ring, fosr_xsk_rx_ring(s->xsk)) : fosr_xsk_rx_ring(s->xsk);
	*poll = (struct pollfd){.fd = fosr_xsk_fd(s->xsk), .events = POLLIN};
	return 0;
}

/* The sockets are bound, so nobody else plays on this interface: what one that was killed has taught the guard goes. */
static int ask_guard(struct fosr_rx *rx, size_t dev, const struct fosr_settings *settings, struct fosr_err *err)
{
	const char *name = rx->local->dev[dev].name;
	struct fosr_settings before;
	struct fosr_device_prog prog = {0};
	int ret = fosr_guard_set(name, settings, &before, err);

	if (!ret)
		ret = fosr_device_prog(rx->local->dev[dev].ifindex, &prog, err);
	rx->guard[dev].runs = prog.id;
	if (!ret)
		ret = fosr_guard_prog(name, &rx->guard[dev].prog, err);
	if (!ret && before.campaign)
		ret = fosr_guard_forget(name, before.campaign, err);
	if (!ret && before.control && before.control != before.campaign)
		ret = fosr_guard_forget(name, before.control, err);
	for (size_t s = rx->first[dev]; s < rx->socket.n && !ret; s++)
		ret = fosr_guard_set_xsk(name, (__u32)(s - rx->first[dev]), fosr_xsk_fd(rx->socket.v[s].xsk), err);
	return ret;
}

int fosr_rx_open(struct fosr_rx *rx, const struct fosr_local *local, const struct fosr_rx_opts *o,
	const struct fosr_log *log, struct fosr_err *err)
{
	int ret = 0;

	*rx = (struct fosr_rx){.local = local, .guarded = o->guarded, .xsk = o->xsk};
	rx->xsk.frame_max = fosr_craft_frame_max(o->mtu);
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
		for (__u32 q = 0; q < queues && !ret; q++)
			ret = add_queue(rx, d, q, err);
		if (!ret && o->guarded)
			ret = ask_guard(rx, d, &o->settings, err);
	}
	if (!ret && rx->ring < (o->xsk.rx_ring ? o->xsk.rx_ring : FOSR_XSK_RX_RING))
		fosr_log_warn(log,
			"receive rings hold %u frames, for want of memory that may be locked: what comes in faster is lost; "
			"ulimit -l unlimited",
			rx->ring);
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

static int lost(const char *name, struct fosr_err *err)
{
	return fosr_err(err, -ENOENT,
		"%s has lost the guard: whatever comes in now, its kernel answers; attach it and start again", name);
}

/* Another program runs: a dispatcher with other programs beside the guard, maybe just being made, or a stranger. */
static int look_closer(struct fosr_rx_guard *g, const char *name, __u32 runs, struct fosr_err *err)
{
	__u32 prog;
	int ret = fosr_guard_prog(name, &prog, err);

	if (ret)
		return ret;
	if (prog == g->prog)
		g->runs = runs;
	else if (prog || !runs || g->missed)
		return lost(name, err);
	g->missed = !prog;
	return 0;
}

int fosr_rx_guards(struct fosr_rx *rx, struct fosr_err *err)
{
	int ret = 0;

	for (size_t d = 0; d < rx->local->devs && rx->guarded && !ret; d++) {
		const struct fosr_local_dev *dev = &rx->local->dev[d];
		struct fosr_device_prog prog = {0};

		ret = fosr_device_prog(dev->ifindex, &prog, err);
		if (!ret && prog.id != rx->guard[d].runs)
			ret = look_closer(&rx->guard[d], dev->name, prog.id, err);
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

// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/time.h"
#include "play/engine.h"
#include "sink/live.h"

/* Enough for a millisecond at any rate there is; packets are made so long before they are due, or as the ring has room.
 */
#define SLOTS 4096
#define AHEAD_NS 5000000
#define TAKE 128

static int open_live(struct fosr_engine *e, struct fosr_err *err)
{
	struct fosr_live_opts o = {
		.frame_max = fosr_craft_frame_max(e->c->craft.mtu), .slots = SLOTS, .batch = FOSR_LIVE_BATCH_FAST};
	struct fosr_live *l;
	int ret;

	if (o.frame_max > FOSR_LIVE_FRAME_MAX)
		return fosr_err(err, -EMSGSIZE, "--mtu %u: live frames hold at most %d bytes", e->c->craft.mtu,
			FOSR_LIVE_FRAME_MAX);
	ret = fosr_live_open(&l, &o, err);
	e->priv = ret ? NULL : l;
	return ret;
}

static __u8 *lend(struct fosr_engine *e, size_t dev)
{
	return fosr_live_lend(e->priv);
}

static void give(struct fosr_engine *e, size_t dev, __u8 *frame, __u32 len, __u64 due)
{
	fosr_live_send(e->priv, frame, len, e->local->dev[dev].ifindex, due);
}

static size_t dev_of(const struct fosr_engine *e, __u32 ifindex)
{
	size_t d = 0;

	while (d + 1 < e->local->devs && e->local->dev[d].ifindex != ifindex)
		d++;
	return d;
}

static int push(struct fosr_engine *e, struct fosr_err *err)
{
	struct fosr_live_sent sent[TAKE];
	__u32 n;

	fosr_live_flush(e->priv);
	while ((n = fosr_live_take(e->priv, sent, TAKE)))
		for (__u32 i = 0; i < n; i++)
			fosr_engine_note(e, dev_of(e, sent[i].ifindex), sent[i].frame, sent[i].len, sent[i].due_ns,
				sent[i].sent_ns);
	return fosr_live_error(e->priv, err);
}

static bool pending(const struct fosr_engine *e)
{
	return fosr_live_pending(e->priv);
}

static void close_live(struct fosr_engine *e)
{
	fosr_live_close(e->priv);
}

const struct fosr_engine_ops fosr_engine_live = {
	.name = "live",
	.ahead_ns = AHEAD_NS,
	.open = open_live,
	.lend = lend,
	.send = give,
	.push = push,
	.pending = pending,
	.close = close_live,
};

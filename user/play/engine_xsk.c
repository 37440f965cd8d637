// SPDX-License-Identifier: GPL-3.0-or-later
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "play/engine.h"

/* Frames given since the last push. */
struct xsk_engine {
	struct given {
		const __u8 *frame;
		size_t dev;
		__u32 len;
		__u64 due;
	} given[FOSR_ENGINE_BATCH];
	__u32 n;
};

static struct fosr_xsk *socket_of(const struct fosr_engine *e, size_t dev)
{
	return e->rx->socket.v[e->rx->first[dev]].xsk;
}

static int open_xsk(struct fosr_engine *e, struct fosr_err *err)
{
	e->priv = calloc(1, sizeof(struct xsk_engine));
	return e->priv ? 0 : fosr_err(err, -ENOMEM, "out of memory");
}

static __u8 *lend(struct fosr_engine *e, size_t dev)
{
	const struct xsk_engine *x = e->priv;

	return x->n == FOSR_ENGINE_BATCH ? NULL : fosr_xsk_lend(socket_of(e, dev));
}

static void give(struct fosr_engine *e, size_t dev, __u8 *frame, __u32 len, __u64 due)
{
	struct xsk_engine *x = e->priv;

	fosr_xsk_send(socket_of(e, dev), frame, len);
	x->given[x->n++] = (struct given){.frame = frame, .dev = dev, .len = len, .due = due};
}

/*
 * Lateness is that of the hand-over. (What the kernel does with a frame in the same call, on a veth pair all the way to
 * the receiver, is not the sender's lateness.)
 */
static int push(struct fosr_engine *e, struct fosr_err *err)
{
	struct xsk_engine *x = e->priv;
	__u64 now = fosr_now_mono();

	for (__u32 i = 0; i < x->n; i++)
		fosr_engine_note(e, x->given[i].dev, x->given[i].frame, x->given[i].len, x->given[i].due, now);
	x->n = 0;
	for (size_t d = 0; d < e->local->devs; d++) {
		struct fosr_xsk *xsk = socket_of(e, d);
		int ret = fosr_xsk_pending(xsk) ? fosr_xsk_kick(xsk) : 0;

		if (ret)
			return fosr_err(err, ret, "%s: cannot transmit: %s, after %llu packets", e->local->dev[d].name,
				ret == -ENETDOWN ? "the link went down" : strerror(-ret), e->stats.sent);
	}
	return 0;
}

static bool pending(const struct fosr_engine *e)
{
	for (size_t d = 0; d < e->local->devs; d++)
		if (fosr_xsk_pending(socket_of(e, d)))
			return true;
	return false;
}

static void close_xsk(struct fosr_engine *e)
{
	free(e->priv);
}

const struct fosr_engine_ops fosr_engine_xsk = {
	.name = "xsk",
	.open = open_xsk,
	.lend = lend,
	.send = give,
	.push = push,
	.pending = pending,
	.close = close_xsk,
};

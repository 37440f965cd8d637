// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Which engine: measured, with frames that are tagged and addressed to nobody. A driver that copies nothing is best;
 * then it depends on what the campaign needs: live frames are many times faster and take a whole processor.
 */
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "play/control.h"
#include "play/engine.h"
#include "campaign/plan.h"

#define FRAMES 128 /* sent to measure an engine, in each of so many */
#define ROUNDS 4 /* of which the best counts: others had to wait for a processor */
#define MESSAGE 16
#define WAIT_NS (FOSR_NS_PER_S / 2) /* for them to have left */
#define TRIAL 4096 /* packets of the plan that tell its rate */
#define SHARE 10 /* xsk is enough for this fraction of what it was measured to do */

static int processors(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) ? 1 : CPU_COUNT(&set);
}

static bool all_zero_copy(const struct fosr_engine *e)
{
	for (size_t s = 0; s < e->rx->socket.n; s++)
		if (!fosr_xsk_zero_copy(e->rx->socket.v[s].xsk))
			return false;
	return e->rx->socket.n;
}

static __u8 *frame_put(const struct fosr_engine *e, size_t dev, __u8 *frame, __u32 *len)
{
	static const __u8 nobody[6] = FOSR_BLIND_MAC;
	const struct fosr_common key = {.id = e->c->id, .secret = e->c->secret};
	struct fosr_control_ends ends;

	memset(&ends, 0, sizeof(ends));
	memcpy(ends.src_mac, e->local->dev[dev].mac, 6);
	memcpy(ends.dst_mac, nobody, 6);
	memset(frame + FOSR_CONTROL_HEAD, 0, MESSAGE);
	return fosr_control_frame(&key, &ends, frame, MESSAGE, len);
}

/* n frames, until the kernel has sent them. */
static int send_frames(struct fosr_engine *e, size_t dev, __u32 n, __u64 deadline, struct fosr_err *err)
{
	bool more = true;
	int ret = 0;

	while (more && !ret && fosr_now_mono() < deadline) {
		__u8 *frame = n ? e->ops->lend(e, dev) : NULL;
		__u32 len;

		if (frame) {
			frame = frame_put(e, dev, frame, &len);
			e->ops->send(e, dev, frame, len, 0);
			n--;
		} else {
			ret = e->ops->push(e, err);
		}
		more = n || e->ops->pending(e);
	}
	return ret;
}

/* Has the interface counted so many more frames, in time? */
static bool have_left(const struct fosr_engine *e, size_t dev, __u32 before, __u32 n, __u64 deadline)
{
	while (fosr_local_sent(&e->local->dev[dev]) - before < n)
		if (fosr_now_mono() > deadline)
			return false;
	return true;
}

/* Frames per second that leave dev, by its own counter; 0 when not all of them do. The first one waits for the engine.
 */
static __u64 measure(struct fosr_engine *e, size_t dev, struct fosr_err *err)
{
	__u32 before = fosr_local_sent(&e->local->dev[dev]);
	__u64 best = UINT64_MAX, deadline = fosr_now_mono() + WAIT_NS;

	if (send_frames(e, dev, 1, deadline, err))
		return 0;
	for (int i = 0; i < ROUNDS; i++) {
		__u64 begin = fosr_now_mono();

		if (send_frames(e, dev, FRAMES, deadline, err))
			return 0;
		best = fosr_min_u64(best, fosr_now_mono() - begin);
	}
	if (!have_left(e, dev, before, ROUNDS * FRAMES + 1, deadline))
		return 0;
	return FRAMES * FOSR_NS_PER_S / fosr_max_u64(best, 1);
}

/* Of the slowest interface. What was sent does not count as the campaign's. */
static int measure_all(struct fosr_engine *e, __u64 *rate, const char **dev, struct fosr_err *err)
{
	*rate = UINT64_MAX;
	for (size_t d = 0; d < e->local->devs && *rate; d++) {
		__u64 r = measure(e, d, err);

		if (err->code)
			return err->code;
		if (r < *rate) {
			*rate = r;
			*dev = e->local->dev[d].name;
		}
	}
	e->stats = (struct fosr_engine_stats){0};
	return 0;
}

/* Packets per second that the beginning of the campaign has for this machine to send. */
static int needed(const struct fosr_engine *e, __u64 *rate, struct fosr_err *err)
{
	struct fosr_planned p;
	struct fosr_plan *plan;
	__u64 n = 0, first = 0, last = 0;
	int ret = fosr_plan_open(&plan, e->c, NULL, err);

	if (ret)
		return ret;
	for (__u32 i = 0; i < TRIAL && (ret = fosr_plan_next(plan, &p, err)) > 0; i++) {
		first = i ? first : p.time_ns;
		last = p.time_ns;
		n += fosr_local_dev(e->local, &p.live->flow.end[p.packet->step.dir]) >= 0;
	}
	fosr_plan_free(plan);
	*rate = n * FOSR_NS_PER_S / fosr_max_u64(last - first, 1);
	if (e->speed_q16)
		*rate = (__u64)((unsigned __int128)*rate * e->speed_q16 >> 16);
	return ret < 0 ? ret : 0;
}

static int choose(struct fosr_engine *e, const struct fosr_engine_ops *ops, const char *fmt, ...) FOSR_PRINTF(3, 4);

static int choose(struct fosr_engine *e, const struct fosr_engine_ops *ops, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e->why, sizeof(e->why), fmt, ap);
	va_end(ap);
	e->ops = ops;
	return 0;
}

static const char *need_text(__u64 need, char text[64])
{
	if (need == UINT64_MAX)
		snprintf(text, 64, "the campaign is played as fast as it goes");
	else
		snprintf(text, 64, "the campaign begins with %llu", need);
	return text;
}

/* Live frames, if they leave, and leave faster than xsk's. */
static int try_live(struct fosr_engine *e, __u64 xsk_rate, __u64 need, struct fosr_err *err)
{
	struct fosr_err why = {0};
	const char *dev = "";
	char text[64];
	__u64 rate = 0;
	int ret;

	e->ops = &fosr_engine_live;
	ret = e->ops->open(e, &why);
	if (ret)
		return choose(e, &fosr_engine_xsk, "live frames are not to be had: %s", why.text);
	ret = measure_all(e, &rate, &dev, &why);
	if (!ret && rate > xsk_rate)
		return choose(e, &fosr_engine_live, "measured %llu packets/s, AF_XDP %llu; %s", rate, xsk_rate,
			need_text(need, text));
	fosr_engine_close(e);
	if (ret)
		return choose(e, &fosr_engine_xsk, "live frames fail: %s", why.text);
	if (!rate)
		return choose(e, &fosr_engine_xsk,
			"live frames do not leave %s: a veth pair delivers them when its other end has an XDP program or "
			"GRO (ethtool -K ... gro on)",
			dev);
	return choose(e, &fosr_engine_xsk, "measured %llu packets/s, live frames %llu", xsk_rate, rate);
}

int fosr_engine_choose(struct fosr_engine *e, struct fosr_err *err)
{
	const char *dev = "";
	__u64 rate, need;
	char text[64];
	int ret;

	if (all_zero_copy(e)) {
		choose(e, &fosr_engine_xsk, "the driver sends without copying");
		return e->ops->open(e, err);
	}
	need = UINT64_MAX;
	ret = e->speed_q16 == FOSR_ENGINE_MAX ? 0 : needed(e, &need, err);
	if (ret)
		return ret;
	e->ops = &fosr_engine_xsk;
	ret = e->ops->open(e, err);
	if (!ret)
		ret = measure_all(e, &rate, &dev, err);
	if (ret)
		return ret;
	if (need <= rate / SHARE)
		return choose(e, &fosr_engine_xsk, "measured %llu packets/s; %s", rate, need_text(need, text));
	if (processors() < 2)
		return choose(e, &fosr_engine_xsk, "live frames would take this machine's only processor");
	fosr_engine_close(e);
	ret = try_live(e, rate, need, err);
	return ret || e->priv ? ret : e->ops->open(e, err);
}

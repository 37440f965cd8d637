// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Keys of the tags change with campaign time. A guard knows three of them, so that machines whose clocks differ by less
 * than a period understand each other, and what is late by less than that still arrives.
 */
#include "base/time.h"
#include "play/inject_priv.h"
#include "xdp/guard.h"

#define PERIOD_MIN_NS FOSR_NS_PER_S /* wall time: injectors look around a few times a second */

/* Wall time that so much campaign time takes. */
static __u64 wall_of(const struct inject *in, __u64 ns)
{
	__u64 speed = in->o->speed_q16;

	return speed ? (__u64)(((unsigned __int128)ns << 16) / speed) : ns;
}

static __u64 period_of(const struct inject *in, __u64 mono)
{
	__u64 offset = in->anchor && mono > in->anchor ? mono - in->anchor : 0, speed = in->o->speed_q16;

	if (speed)
		offset = (__u64)((unsigned __int128)offset * speed >> 16);
	return offset / in->c->rotate_ns;
}

static int speed_check(const struct inject *in, struct fosr_err *err)
{
	if (!in->c->rotate_ns)
		return 0;
	if (in->o->speed_q16 == FOSR_ENGINE_MAX)
		return fosr_err(
			err, -EINVAL, "--rotate follows the clock, which --speed max does not: leave one of them out");
	if (wall_of(in, in->c->rotate_ns) < PERIOD_MIN_NS)
		return fosr_err(
			err, -EINVAL, "--rotate: each key has to last for a second or more, at the speed of --speed");
	return 0;
}

static int add(struct inject *in, size_t d, __u64 period, struct fosr_err *err)
{
	__u8 id = (__u8)period;

	return fosr_guard_add_campaign(in->local.dev[d].name, in->c->id, id, fosr_campaign_key(in->c, id), err);
}

static void forget(struct inject *in, size_t d, __u64 period)
{
	fosr_guard_del_campaign(in->local.dev[d].name, in->c->id, (__u8)period, NULL);
}

int fosr_rotation_open(struct inject *in, struct fosr_err *err)
{
	int ret = speed_check(in, err);

	in->rotation.to = in->c->rotate_ns ? 2 : 1;
	for (size_t d = 0; d < in->local.devs && !ret && !in->o->unguarded; d++) {
		in->known[d] = true;
		for (__u64 p = 0; p < in->rotation.to && !ret; p++)
			ret = add(in, d, p, err);
		if (!ret && in->recover.on)
			ret = fosr_guard_add_campaign(in->local.dev[d].name, in->common.id, 0, &in->common.secret, err);
		if (!ret && in->recover.on && in->key.id != in->c->id)
			ret = fosr_guard_add_campaign(in->local.dev[d].name, in->key.id, 0, &in->key.secret, err);
	}
	return ret;
}

int fosr_rotation_tend(struct inject *in, __u64 now, struct fosr_err *err)
{
	struct fosr_rotation *r = &in->rotation;
	__u64 from, to;
	int ret = 0;

	if (!in->c->rotate_ns || !in->anchor || now < r->until)
		return 0;
	r->period = period_of(in, now);
	r->until = in->anchor + wall_of(in, (r->period + 1) * in->c->rotate_ns);
	from = r->period - !!r->period;
	to = r->period + 2;
	for (size_t d = 0; d < in->local.devs && !ret; d++) {
		/* First, for the same key ids come again. */
		for (__u64 p = r->from; p < r->to && p < from && in->known[d]; p++)
			forget(in, d, p);
		for (__u64 p = fosr_max_u64(from, r->to); p < to && in->known[d] && !ret; p++)
			ret = add(in, d, p, err);
	}
	r->from = from;
	r->to = to;
	return ret;
}

__u8 fosr_rotation_key_id(const struct inject *in, __u64 due)
{
	if (!in->c->rotate_ns)
		return 0;
	return (__u8)fosr_max_u64(due ? period_of(in, due) : 0, in->rotation.period);
}

void fosr_rotation_close(struct inject *in)
{
	for (size_t d = 0; d < in->local.devs; d++) {
		const char *name = in->local.dev[d].name;

		if (in->known[d])
			fosr_guard_forget(name, in->c->id, NULL);
		if (in->known[d] && in->key.id != in->c->id)
			fosr_guard_forget(name, in->key.id, NULL);
	}
}

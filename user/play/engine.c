// SPDX-License-Identifier: GPL-3.0-or-later
#include "play/engine.h"

const char *const fosr_engine_name[] = {
	[FOSR_ENGINE_AUTO] = "auto",
	[FOSR_ENGINE_LIVE] = "live",
	[FOSR_ENGINE_XSK] = "xsk",
	NULL,
};

void fosr_engine_note(struct fosr_engine *e, size_t dev, const __u8 *frame, __u32 len, __u64 due, __u64 when)
{
	__u64 late = when > due ? when - due : 0;

	if (due) {
		fosr_histo_add(&e->stats.lateness, late);
		e->stats.late += late > FOSR_ENGINE_LATE_NS;
	}
	e->stats.sent++;
	e->stats.by_dev[dev]++;
	e->stats.last_ns = when;
	if (e->sent)
		e->sent(e->arg, dev, frame, len, when);
}

int fosr_engine_open(struct fosr_engine *e, enum fosr_engine_kind kind, struct fosr_err *err)
{
	if (kind == FOSR_ENGINE_AUTO)
		return fosr_engine_choose(e, err);
	e->ops = kind == FOSR_ENGINE_LIVE ? &fosr_engine_live : &fosr_engine_xsk;
	return e->ops->open(e, err);
}

void fosr_engine_close(struct fosr_engine *e)
{
	if (e->priv)
		e->ops->close(e);
	e->priv = NULL;
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "profile/census.h"

#include <string.h>

#include "base/fixed.h"

#define KEY 0x63656e737573ULL
#define DAYS 7
#define EVERY 60 /* one window of so many is looked at: one every five minutes */
#define WINDOWS (DAYS * 86400ULL / (FOSR_WINDOW_NS / FOSR_NS_PER_S) / EVERY)

static void count(const struct fosr_profile *p, __u64 id, __u64 local_ns, struct fosr_census *c)
{
	struct fosr_rng r = fosr_rng(KEY, id, FOSR_STAGE_FLOW, 0);
	struct fosr_flow f = {.id = id, .start_ns = local_ns};

	if (!p->model[FOSR_FLOWS].ops->draw_flow(&p->model[FOSR_FLOWS], &r, NULL, local_ns, &f))
		return;
	c->n[f.service][f.roles]++;
	c->flows++;
}

/* The rate at which the windows that are looked at have so many flows, as far as a window can have them. */
static __u64 scale_of(const struct fosr_model *arrivals, __u32 flows)
{
	unsigned __int128 week_q16 = (unsigned __int128)arrivals->ops->per_day_q16(arrivals) * DAYS;
	__u64 busiest_q32 = arrivals->ops->busiest_q32(arrivals);
	unsigned __int128 scale, most;

	if (!week_q16 || !busiest_q32)
		return FOSR_Q32;
	scale = ((unsigned __int128)flows * EVERY << 48) / week_q16;
	most = ((unsigned __int128)FOSR_WINDOW_FLOWS_MAX << 64) / busiest_q32;
	return (__u64)(scale < most ? scale : most);
}

void fosr_census_take(const struct fosr_profile *p, __u32 flows, struct fosr_census *c)
{
	const struct fosr_model *arrivals = &p->model[FOSR_ARRIVALS];
	__u64 scale = scale_of(arrivals, flows), id = 0;

	memset(c, 0, sizeof(*c));
	for (__u64 w = 0; w < WINDOWS && id < 2ULL * flows; w++) {
		struct fosr_arrivals a = {
			.rng = fosr_rng(KEY, w, FOSR_STAGE_ARRIVALS, 0), .window = w * EVERY, .scale_q32 = scale};

		while (id < 2ULL * flows && arrivals->ops->next_start(arrivals, &a))
			count(p, id++, a.start_ns, c);
	}
	/* One that hardly knows when flows start knows what they are all the same. */
	for (; id < flows / 2; id++)
		count(p, id, id % WINDOWS * EVERY * FOSR_WINDOW_NS, c);
}

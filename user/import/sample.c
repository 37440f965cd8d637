// SPDX-License-Identifier: GPL-3.0-or-later
#include "import/sample.h"

#define KEY 0x696d706f7274ULL
#define HOUR_NS (3600 * FOSR_NS_PER_S)

bool fosr_import_sample(
	const struct fosr_profile *p, __u16 service, __u32 i, struct fosr_dataset *d, struct fosr_sample *s)
{
	const struct fosr_model *steps = &p->model[FOSR_STEPS];
	__u16 pairs[FOSR_SERVICES_MAX] = {0};
	struct fosr_flow_limits limits = {.pairs = pairs};
	struct fosr_rng r = fosr_rng(KEY + service, i, FOSR_STAGE_FLOW, 0);
	struct fosr_walk w;
	__u32 n = 0, all;

	*s = (struct fosr_sample){0};
	pairs[service] = UINT16_MAX;
	if (!fosr_flow_draw(p->model, &r, &limits, i % 168 * HOUR_NS, &s->flow))
		return false;
	all = s->flow.packets[0] + s->flow.packets[1];
	r = fosr_rng(KEY + service, i, FOSR_STAGE_STEP, 0);
	for (fosr_walk_begin(&w, &s->flow); fosr_walk_more(&w) && n < FOSR_SAMPLE_PACKETS; n++) {
		struct fosr_step step = {0}, *kept;

		steps->ops->next_step(steps, &r, &w, &step);
		s->bytes[step.dir] += step.len;
		s->duration_ns += n ? step.gap_ns : 0;
		kept = d ? fosr_vec_push(&d->steps) : NULL;
		if (d && !kept)
			return false;
		if (d)
			*kept = step;
	}
	s->whole = n == all;
	if (!s->whole && n) {
		s->bytes[0] = (__u64)((double)s->bytes[0] * all / n);
		s->bytes[1] = (__u64)((double)s->bytes[1] * all / n);
		s->duration_ns = (__u64)((double)s->duration_ns * all / n);
	}
	return n > 0;
}

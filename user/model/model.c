// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/model.h"

#include <string.h>

#include "model/families.h"

const char *const fosr_model_stage_name[FOSR_MODEL_STAGES] = {
	[FOSR_ARRIVALS] = "arrivals",
	[FOSR_FLOWS] = "flows",
	[FOSR_STEPS] = "steps",
};

static const struct fosr_model_ops *const families[] = {
	&fosr_model_hist,
	&fosr_model_bn,
	&fosr_model_markov,
	&fosr_model_tadam,
};

const struct fosr_model_ops *fosr_model_family(size_t i)
{
	return i < FOSR_ARRAY_SIZE(families) ? families[i] : NULL;
}

const struct fosr_model_ops *fosr_model_find(const char *name, enum fosr_model_stage stage)
{
	for (size_t i = 0; i < FOSR_ARRAY_SIZE(families); i++)
		if (!strcmp(families[i]->name, name) && families[i]->serves[stage])
			return families[i];
	return NULL;
}

void fosr_flow_settle(struct fosr_flow *f)
{
	__u32 least[2];
	bool may_bwd;

	fosr_end_state_least(f->end_state, f->l4, least, &may_bwd);
	for (int d = 0; d < 2; d++)
		if (f->packets[d] < least[d])
			f->packets[d] = least[d];
	if (!may_bwd)
		f->packets[FOSR_BWD] = 0;
}

bool fosr_flow_draw(const struct fosr_model models[FOSR_MODEL_STAGES], struct fosr_rng *r,
	const struct fosr_flow_limits *limits, __u64 local_ns, struct fosr_flow *f)
{
	const struct fosr_model *flows = &models[FOSR_FLOWS], *steps = &models[FOSR_STEPS];

	if (!flows->ops->draw_flow(flows, r, limits, local_ns, f))
		return false;
	if (steps->ops->settle)
		steps->ops->settle(steps, f);
	return true;
}

void fosr_walk_begin(struct fosr_walk *w, const struct fosr_flow *f)
{
	*w = (struct fosr_walk){
		.left = {f->packets[0], f->packets[1]},
		.last = {FOSR_ACTION_START, FOSR_ACTION_START},
		.service = f->service,
		.l4 = f->l4,
		.end_state = f->end_state,
		.bytes_class = {f->bytes_class[0], f->bytes_class[1]},
		.duration_class = f->duration_class,
		.track = {.l4 = f->l4},
	};
}

void fosr_walk_take(struct fosr_walk *w, const struct fosr_step *s)
{
	w->left[s->dir]--;
	w->step++;
	w->spoken |= s->len ? 1 << s->dir : 0;
	w->last[1] = w->last[0];
	w->last[0] = fosr_action(s->dir, s->flags, s->len);
	fosr_track_feed(&w->track, s->dir, s->flags);
}

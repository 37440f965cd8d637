// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/score.h"

#include <math.h>

void fosr_score_walk(struct fosr_walk *w, const struct fosr_dataset *d, const struct fosr_sample_flow *f)
{
	struct fosr_flow flow = {
		.packets = {f->packets[0], f->packets[1]},
		.service = f->service,
		.l4 = f->l4,
		.end_state = f->end_state,
		.bytes_class = {fosr_bytes_class(f->bytes[0]), fosr_bytes_class(f->bytes[1])},
	};
	__u64 ns = 0;

	for (__u32 k = 1; k < f->packets[0] + f->packets[1]; k++)
		ns += d->steps.v[f->first + k].gap_ns;
	flow.duration_class = fosr_duration_class(ns);
	fosr_walk_begin(w, &flow);
}

double fosr_score_mass(
	const struct fosr_quant *gap, const struct fosr_quant *size, const struct fosr_step *s, bool first)
{
	double mass = s->len ? fosr_quant_mass(size, s->len) : 1;

	return first ? mass : mass * fosr_quant_mass(gap, s->gap_ns);
}

double fosr_score_floor(const struct fosr_step *s, bool first)
{
	double mass = (s->len ? fosr_log_uniform(s->len) : 1) / 1024;

	return first ? mass : mass * fosr_log_uniform(s->gap_ns);
}

void fosr_score_add(struct fosr_score *score, double mass, const struct fosr_step *s, bool first)
{
	score->bits -= log2((1 - FOSR_SCORE_FLOOR) * mass + FOSR_SCORE_FLOOR * fosr_score_floor(s, first));
	score->items++;
}

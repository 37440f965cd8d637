// SPDX-License-Identifier: GPL-3.0-or-later
/* Rows of what the wire shows: broken rules, load. */
#include <math.h>

#include "fidelity/metric.h"
#include "fidelity/rows_priv.h"

static void rules_of_round(struct fosr_rows *r, __u32 round)
{
	const __u8 *w = fosr_weights(r, FOSR_UNIT_WIRE, 1, round);
	double packets = 0, broken = 0, flows = 0, any = 0, each[FOSR_RULES] = {0};

	for (size_t i = 0; i < r->v->wire[1].n; i++) {
		const struct fosr_wire_flow *f = r->v->wire[1].v[i];

		packets += (double)w[i] * f->packets;
		broken += (double)w[i] * f->broken;
		flows += w[i];
		any += f->rules ? w[i] : 0;
		for (int rule = 0; rule < FOSR_RULES; rule++)
			each[rule] += f->rules & 1u << rule ? w[i] : 0;
	}
	if (packets <= 0)
		return;
	fosr_row_set(r, FOSR_ROW_RULES_PACKETS, round, broken / packets);
	fosr_row_set(r, FOSR_ROW_RULES_FLOWS, round, any / flows);
	for (__u32 rule = 0; rule < FOSR_RULES; rule++)
		fosr_row_set(r, FOSR_ROW_RULE + rule, round, each[rule] / flows);
}

void fosr_rows_wire(struct fosr_rows *r)
{
	for (__u32 round = 0; round <= r->rounds; round++)
		rules_of_round(r, round);
}

void fosr_energy_add(struct fosr_energy *e, const struct fosr_chunk *c, double weight)
{
	e->packets += weight * c->packets;
	for (__u32 j = 0; c->bins >> (j + 1); j++) {
		e->energy[j] += weight * c->energy[j];
		e->details[j] += weight * (c->bins >> (j + 1));
	}
}

void fosr_energy_mean(const struct fosr_energy *e, double mean[FOSR_SERIES_SCALES])
{
	for (int j = 0; j < FOSR_SERIES_SCALES; j++)
		mean[j] = e->details[j] > 0 ? e->energy[j] / e->details[j] : -1;
}

/* Returns packets. */
static double energies(const struct fosr_rows *r, int side, __u32 round, double mean[FOSR_SERIES_SCALES])
{
	const __u8 *w = fosr_weights(r, FOSR_UNIT_CHUNK, side, round);
	struct fosr_energy e;

	memset(&e, 0, sizeof(e));
	for (size_t i = 0; i < r->v->chunk[side].n; i++)
		fosr_energy_add(&e, r->v->chunk[side].v[i], w[i]);
	fosr_energy_mean(&e, mean);
	return e.packets;
}

void fosr_rows_load(struct fosr_rows *r)
{
	for (__u32 round = 0; round <= r->rounds; round++) {
		double mean[2][FOSR_SERIES_SCALES], hurst[2];
		bool some = true;

		for (int side = 0; side < 2; side++)
			some &= energies(r, side, round, mean[side]) > 0;
		if (!some)
			continue;
		/* A side of short captures has no coarse scales; nothing is said of those. */
		for (int j = 0; j < FOSR_SERIES_SCALES; j++)
			if (mean[0][j] < 0 || mean[1][j] < 0)
				mean[0][j] = mean[1][j] = 0;
		for (int side = 0; side < 2; side++)
			hurst[side] = fosr_hurst(fosr_energy_slope(mean[side], FOSR_SERIES_SCALES));
		fosr_row_set(r, FOSR_ROW_WAVELET, round, fosr_total_variation(mean[0], mean[1], FOSR_SERIES_SCALES));
		fosr_row_set(r, FOSR_ROW_HURST, round, fabs(hurst[0] - hurst[1]));
	}
}

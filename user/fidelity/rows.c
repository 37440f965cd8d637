// SPDX-License-Identifier: GPL-3.0-or-later
#include "fidelity/rows.h"

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "fidelity/rows_priv.h"

static const char *const binned_name[FOSR_MARGINAL_KINDS] = {
	[FOSR_B_DIRECTION] = "direction",
	[FOSR_B_FLAGS] = "TCP flags",
	[FOSR_B_SIZE] = "size",
	[FOSR_B_GAP] = "gap",
	[FOSR_B_TTL] = "TTL",
	[FOSR_B_WINDOW] = "window",
	[FOSR_B_SERVICE] = "service",
	[FOSR_B_END_STATE] = "end state",
};

static const char *const sampled_name[FOSR_SAMPLED] = {
	[FOSR_S_SIZE] = "size",
	[FOSR_S_GAP] = "gap",
	[FOSR_S_PACKETS] = "packets",
	[FOSR_S_BYTES] = "bytes",
	[FOSR_S_DURATION] = "duration",
};

static const struct fosr_row_def others[] = {
	{"dependence", "flow features", "correlations (PCD)", FOSR_KIND_DISTANCE, 0.10},
	{"dependence", "flow features", "contingency (CMD)", FOSR_KIND_DISTANCE, 0.10},
	{"dependence", "flag bigrams", "Jensen-Shannon", FOSR_KIND_DISTANCE, 0.05},
	{"dependence", "direction, size, gap", "Jensen-Shannon", FOSR_KIND_DISTANCE, 0.10},
	{"dependence", "gap", "lag-1 autocorrelation", FOSR_KIND_DISTANCE, 0.10},
	{"dependence", "size", "lag-1 autocorrelation", FOSR_KIND_DISTANCE, 0.10},
	{"coverage", "flow features", "density (k = 5)", FOSR_KIND_LIKE, 0.20},
	{"coverage", "flow features", "coverage (k = 5)", FOSR_KIND_LEAST, 0.10},
	{"coverage", "packet sequences", "exact copies", FOSR_KIND_COPIES, 0.01},
	{"rules", "any rule", "packets that break it", FOSR_KIND_SHARE, 0.001},
	{"rules", "any rule", "flows that break it", FOSR_KIND_SHARE, 0.005},
};

struct fosr_row_def fosr_row_def(enum fosr_row row)
{
	static const char *const histogram[] = {"Jensen-Shannon", "total variation", "Hellinger"};
	static const double histogram_near[] = {0.05, 0.15, 0.20};
	__u32 i = row;

	if (i < FOSR_ROW_SAMPLES)
		return (struct fosr_row_def){
			"marginals", binned_name[i / 3], histogram[i % 3], FOSR_KIND_DISTANCE, histogram_near[i % 3]};
	if (i < FOSR_ROW_PCD)
		return (struct fosr_row_def){"quantities", sampled_name[(i - FOSR_ROW_SAMPLES) / 2],
			i % 2 ? "Kolmogorov-Smirnov" : "earth mover", FOSR_KIND_DISTANCE, 0.15};
	if (i < FOSR_ROW_RULE)
		return others[i - FOSR_ROW_PCD];
	if (i < FOSR_ROW_WAVELET)
		return (struct fosr_row_def){
			"rules", fosr_rule_name[i - FOSR_ROW_RULE], "flows that break it", FOSR_KIND_SHARE, 0.005};
	if (row == FOSR_ROW_WAVELET)
		return (struct fosr_row_def){"load", "packets/s", "wavelet energy by scale", FOSR_KIND_DISTANCE, 0.15};
	if (row == FOSR_ROW_HURST)
		return (struct fosr_row_def){"load", "packets/s", "Hurst exponent", FOSR_KIND_DISTANCE, 0.10};
	return (struct fosr_row_def){
		"real or synthetic", "first 20 packets", "forest's accuracy", FOSR_KIND_CHANCE, 0.05};
}

_Static_assert(FOSR_ROW_SAMPLES % 2 == 0, "earth mover's rows are even");
_Static_assert(FOSR_ROW_PCD + FOSR_ARRAY_SIZE(others) == FOSR_ROW_RULE, "a definition for each row");

void fosr_view_free(struct fosr_view *v)
{
	for (int side = 0; side < 2; side++) {
		fosr_vec_free(&v->flow[side]);
		fosr_vec_free(&v->wire[side]);
		fosr_vec_free(&v->chunk[side]);
	}
}

double fosr_log_of(double x)
{
	return log2(1 + x);
}

/* As many units as there are, drawn with replacement; how often each. */
static void draw(__u8 *weight, size_t n, struct fosr_rng *r)
{
	for (size_t i = 0; i < n; i++) {
		__u8 *w = &weight[fosr_rng_below(r, (__u32)n)];

		*w = *w < UINT8_MAX ? *w + 1 : *w;
	}
}

static int draw_all(struct fosr_rows *r, __u64 seed)
{
	for (int unit = 0; unit < FOSR_UNITS; unit++)
		for (int side = 0; side < 2; side++) {
			size_t n = r->n[unit][side];
			__u8 *w = calloc(r->rounds + 1, n + 1);

			r->weight[unit][side] = w;
			if (!w)
				return -ENOMEM;
			memset(w, 1, n);
			for (__u32 round = 1; round <= r->rounds; round++) {
				struct fosr_rng g =
					fosr_rng(seed, round, FOSR_STAGE_REPORT, (__u32)(16 + unit * 2 + side));

				draw(w + round * n, n, &g);
			}
		}
	return 0;
}

int fosr_rows_evaluate(const struct fosr_view *v, __u32 rounds, __u64 seed, double *value)
{
	struct fosr_rows r = {.v = v, .rounds = rounds, .value = value};
	int ret;

	for (size_t i = 0; i < (size_t)FOSR_ROWS * (rounds + 1); i++)
		value[i] = NAN;
	for (int side = 0; side < 2; side++) {
		r.n[FOSR_UNIT_FLOW][side] = v->flow[side].n;
		r.n[FOSR_UNIT_WIRE][side] = v->wire[side].n;
		r.n[FOSR_UNIT_CHUNK][side] = v->chunk[side].n;
	}
	ret = draw_all(&r, seed);
	if (!ret)
		ret = fosr_rows_binned(&r);
	if (!ret)
		ret = fosr_rows_sampled(&r);
	if (!ret)
		ret = fosr_rows_dependence(&r);
	if (!ret)
		ret = fosr_rows_coverage(&r);
	if (!ret) {
		fosr_rows_wire(&r);
		fosr_rows_load(&r);
	}
	for (int unit = 0; unit < FOSR_UNITS; unit++)
		for (int side = 0; side < 2; side++)
			free(r.weight[unit][side]);
	return ret;
}

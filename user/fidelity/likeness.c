// SPDX-License-Identifier: GPL-3.0-or-later
#include <math.h>
#include <stdlib.h>

#include "fidelity/compare.h"

#define OFF_TIMES 3 /* so many times "near" is still "off" */

const char *const fosr_likeness_words[FOSR_LIKENESSES] = {
	[FOSR_LIKE_NONE] = "too few flows to tell",
	[FOSR_LIKE_CLOSE] = "as close as two real captures are",
	[FOSR_LIKE_NEAR] = "near",
	[FOSR_LIKE_OFF] = "off",
	[FOSR_LIKE_FAR] = "far off",
	[FOSR_LIKE_COPIED] = "copied from the real captures",
};

/* How far x is from the best there is. */
static double badness(enum fosr_row_kind kind, double x, double floor)
{
	switch (kind) {
	case FOSR_KIND_LEAST:
		return x < 1 ? 1 - x : 0;
	case FOSR_KIND_LIKE:
		return fabs(x - (isnan(floor) ? 1 : floor));
	case FOSR_KIND_CHANCE:
		return x > 0.5 ? x - 0.5 : 0;
	default:
		return x;
	}
}

static double least(double a, double b)
{
	return b < a ? b : a;
}

enum fosr_likeness fosr_likeness_of(const struct fosr_row_def *def, const struct fosr_compare_row *row)
{
	double value = badness(def->kind, row->value, row->floor), best = value, floor = 0;
	bool known = !isnan(row->floor);

	if (isnan(row->value))
		return FOSR_LIKE_NONE;
	if (!isnan(row->low) && row->low <= row->floor && row->floor <= row->high)
		best = badness(def->kind, row->floor, row->floor);
	if (!isnan(row->low))
		best = least(best,
			least(badness(def->kind, row->low, row->floor), badness(def->kind, row->high, row->floor)));
	if (known)
		floor = badness(def->kind, row->floor, row->floor);
	if (known && best <= floor)
		return FOSR_LIKE_CLOSE;
	if (def->kind == FOSR_KIND_COPIES && value > floor + def->near)
		return FOSR_LIKE_COPIED;
	if (value <= floor + def->near)
		return FOSR_LIKE_NEAR;
	return value <= floor + OFF_TIMES * def->near ? FOSR_LIKE_OFF : FOSR_LIKE_FAR;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Never below 0; never above 1 what is a share, an accuracy or a distance of histograms. */
static void clamp(struct fosr_compare_row *row, enum fosr_row which, enum fosr_row_kind kind)
{
	bool share = which < FOSR_ROW_SAMPLES || (kind != FOSR_KIND_DISTANCE && kind != FOSR_KIND_LIKE);

	row->low = row->low > 0 ? row->low : 0;
	if (share && row->high > 1)
		row->high = 1;
}

/*
 * Resampled distances are larger than the distance itself, by what resampling adds. So their spread is taken, and put
 * around the value.
 */
void fosr_compare_judge(struct fosr_compare_row *row, enum fosr_row which, double *round, __u32 rounds)
{
	struct fosr_row_def def = fosr_row_def(which);
	double middle;
	__u32 n = 0;

	row->value = round[0];
	row->low = row->high = NAN;
	for (__u32 i = 1; i <= rounds; i++)
		if (!isnan(round[i]))
			round[n++] = round[i];
	if (n >= 20 && !isnan(row->value)) {
		qsort(round, n, sizeof(*round), by_value);
		middle = round[n / 2];
		row->low = row->value + (round[n / 40] - middle);
		row->high = row->value + (round[n - 1 - n / 40] - middle);
		clamp(row, which, def.kind);
	}
	row->verdict = fosr_likeness_of(&def, row);
}

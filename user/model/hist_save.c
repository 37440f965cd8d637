// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * From rates and variances to the tensors of hist. Variances are put on a grid of an eighth of an octave, so that hours
 * that are alike share a table.
 */
#include <math.h>
#include <stdlib.h>

#include "model/hist_priv.h"

#define GRID_STEPS 8 /* per octave */
#define STEPS_MAX 500 /* of series and continued fractions; they need far less */

const __u32 fosr_hist_level_windows[FOSR_HIST_LEVELS] = {1, 12, 180};

/*
 * The regularized upper incomplete gamma function Q(a, x) (DLMF 8.2.4): its series (8.7.1) for small x, else Lentz's
 * form of the continued fraction 8.9.2.
 */
static double gamma_q(double a, double x)
{
	double scale, sum, term, b, c, d;
	int sign;

	if (x <= 0)
		return 1;
	scale = exp(a * log(x) - x - lgamma_r(a, &sign));
	if (x < a + 1) {
		sum = term = 1 / a;
		for (int i = 1; i < STEPS_MAX && term > sum * 1e-17; i++) {
			term *= x / (a + i);
			sum += term;
		}
		return 1 - scale * sum;
	}
	b = x + 1 - a;
	c = 1e300;
	d = sum = 1 / b;
	for (int i = 1; i < STEPS_MAX; i++) {
		double an = -i * (i - a), delta;

		b += 2;
		d = 1 / (an * d + b);
		c = b + an / c;
		delta = d * c;
		sum *= delta;
		if (fabs(delta - 1) < 1e-16)
			break;
	}
	return scale * sum;
}

/* The x of a Gamma distribution (shape k, scale 1) that is exceeded with probability p; not below `low`. */
static double exceeded(double k, double p, double low)
{
	double high = low > 0 ? 2 * low : k + 1, mid;

	while (gamma_q(k, high) > p)
		high *= 2;
	for (int i = 0; i < 80 && high - low > high * 1e-15; i++) {
		mid = (low + high) / 2;
		if (gamma_q(k, mid) > p)
			low = mid;
		else
			high = mid;
	}
	return high;
}

/* What rounding has left of the mean goes into the atoms of least weight, from the top. */
static void settle_mean(__u32 atom_q16[FOSR_HIST_ATOMS])
{
	__s64 left = (__s64)FOSR_HIST_WEIGHTS << 16;
	__u32 last = FOSR_HIST_ATOMS - 1;

	for (__u32 i = 0; i < FOSR_HIST_ATOMS; i++)
		left -= (__s64)atom_q16[i] * fosr_hist_weight(i / FOSR_HIST_SLICES);
	for (__u32 e = 0; e < FOSR_HIST_OCTAVES; e++) {
		__s64 weight = fosr_hist_weight(e), all = left / (weight * FOSR_HIST_SLICES);

		for (__u32 i = 0; i < FOSR_HIST_SLICES; i++) {
			__u32 *a = &atom_q16[e * FOSR_HIST_SLICES + i];
			__s64 by = all < -(__s64)*a ? -(__s64)*a : all;

			*a = (__u32)(*a + by);
			left -= by * weight;
		}
	}
	for (__u32 i = last; left && i > last - 2 * FOSR_HIST_SLICES; i--) {
		__s64 by = left < -(__s64)atom_q16[i] ? -(__s64)atom_q16[i] : left;

		atom_q16[i] = (__u32)(atom_q16[i] + by);
		left -= by;
	}
}

void fosr_hist_gamma(double variance, __u32 atom_q16[FOSR_HIST_ATOMS])
{
	/* mean_above: the part of the mean that lies above x, Q(k + 1, x). */
	double k = 1 / variance, x = 0, mean_above = 1, p = 1;

	/* From the bulk, which is exceeded for certain, to the tail. */
	for (__u32 e = 0; e < FOSR_HIST_OCTAVES; e++) {
		double step = (double)fosr_hist_weight(e) / FOSR_HIST_WEIGHTS;

		for (__u32 i = FOSR_HIST_SLICES; i-- > 0;) {
			bool end = e == FOSR_HIST_OCTAVES - 1 && !i;
			double upper = end ? 0 : exceeded(k, p - step, x), above = end ? 0 : gamma_q(k + 1, upper);

			atom_q16[e * FOSR_HIST_SLICES + i] = (__u32)((mean_above - above) / step * 65536 + 0.5);
			x = upper;
			mean_above = above;
			p -= step;
		}
	}
	settle_mean(atom_q16);
}

double fosr_hist_variance(const __u32 atom_q16[FOSR_HIST_ATOMS])
{
	double squares = 0;

	for (__u32 i = 0; i < FOSR_HIST_ATOMS; i++)
		squares += (double)atom_q16[i] / 65536 * ((double)atom_q16[i] / 65536) *
			fosr_hist_weight(i / FOSR_HIST_SLICES) / FOSR_HIST_WEIGHTS;
	return squares - 1;
}

static int rates_check(const struct fosr_hist *h, struct fosr_err *err)
{
	bool any = false;

	for (int b = 0; b < FOSR_WEEK_BINS; b++) {
		if (h->rate_q32[b] > FOSR_HIST_RATE_MAX_Q32)
			return fosr_err(err, -EINVAL, "%llu flows in a window of 5 s, the limit is %llu",
				h->rate_q32[b] >> 32, FOSR_HIST_RATE_MAX_Q32 >> 32);
		any |= h->rate_q32[b];
	}
	return any ? 0 : fosr_err(err, -EINVAL, "a rate of no flow at all: none would ever start");
}

static int grid_of(double variance)
{
	if (variance < FOSR_HIST_SPREAD_MIN)
		return INT32_MIN;
	return (int)lround(log2(fmin(variance, FOSR_HIST_SPREAD_MAX)) * GRID_STEPS);
}

int fosr_hist_save(const char *prefix, const struct fosr_hist *h, struct fosr_tensors *out, struct fosr_err *err)
{
	int grid[FOSR_HIST_TABLES_MAX], ret = rates_check(h, err);
	__u8 spread[FOSR_HIST_LEVELS * 24];
	__u32 *factor, tables = 0;

	for (int i = 0; i < FOSR_HIST_LEVELS * 24 && !ret; i++) {
		double variance = h->spread[i / 24][i % 24];
		int g = grid_of(variance);
		__u32 t = 0;

		if (!(variance >= 0))
			return fosr_err(err, -EINVAL, "a spread of %g, expected 0 or more", variance);
		while (t < tables && grid[t] != g)
			t++;
		if (t == tables && g != INT32_MIN)
			grid[tables++] = g;
		spread[i] = g == INT32_MIN ? FOSR_HIST_NONE : (__u8)(t + 1);
	}
	factor = ret ? NULL : calloc(tables + 1, FOSR_HIST_ATOMS * sizeof(*factor));
	if (!factor)
		return ret ? ret : fosr_err(err, -ENOMEM, "out of memory for the tables of %s", prefix);
	for (__u32 t = 0; t < tables; t++)
		fosr_hist_gamma(exp2((double)grid[t] / GRID_STEPS), factor + (size_t)t * FOSR_HIST_ATOMS);
	ret = fosr_tensors_add(out, prefix, "rate_q32", FOSR_U64, FOSR_WEEK_BINS, 0, h->rate_q32, err);
	if (!ret)
		ret = fosr_tensors_add(out, prefix, "spread", FOSR_U8, FOSR_HIST_LEVELS, 24, spread, err);
	if (!ret)
		ret = fosr_tensors_add(out, prefix, "factor_q16", FOSR_U32, tables, FOSR_HIST_ATOMS, factor, err);
	free(factor);
	return ret;
}

// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The likelihood of flow starts under hist, as a density per second of time: of a window's n starts it is the chance of
 * n times n! / t^n. Given the factors of quarter and minute, counts are negative binomial; the factors are integrated
 * out over the atoms of their tables, put together in pairs of eight.
 */
#include <math.h>

#include "model/hist_count.h"
#include "model/hist_priv.h"

#define NODES (2 * FOSR_HIST_OCTAVES)
#define MINUTES 15
#define WINDOWS 12

/* A factor as few values with probabilities. */
struct nodes {
	int n;
	double value[NODES], log_p[NODES];
	double variance;
};

struct minute {
	int n;
	struct fosr_hist_cell cell[WINDOWS];
};

struct quarter {
	__u64 number;
	int n;
	struct minute minute[MINUTES];
};

static void nodes_make(struct nodes *x, const struct fosr_hist_tables *h, int level, __u32 hour)
{
	__u8 table = h->spread[level * 24 + hour];
	const __u32 *atom = h->factor_q16 + (table - (__u64)(table != FOSR_HIST_NONE)) * FOSR_HIST_ATOMS;

	*x = (struct nodes){.n = 1, .value = {1}};
	if (table == FOSR_HIST_NONE)
		return;
	x->n = NODES;
	x->variance = fosr_hist_variance(atom);
	for (int i = 0; i < NODES; i++) {
		double sum = 0;

		for (int k = 0; k < FOSR_HIST_SLICES / 2; k++)
			sum += atom[i * FOSR_HIST_SLICES / 2 + k];
		x->value[i] = sum / (FOSR_HIST_SLICES / 2) / 65536;
		x->log_p[i] = log((double)fosr_hist_weight((__u32)i / 2) * (FOSR_HIST_SLICES / 2) / FOSR_HIST_WEIGHTS);
	}
}

/* log(exp(a) + exp(b)) */
static double log_add(double a, double b)
{
	double high = fmax(a, b);

	return high == -INFINITY ? high : high + log1p(exp(fmin(a, b) - high));
}

/* Of n starts at given places in a window where `mean` are expected. */
static double window_log(const struct fosr_hist_cell *c, double mean, double variance)
{
	double t = (double)c->watched_ns / (double)FOSR_NS_PER_S, k = 1 / variance, n = c->n;
	int sign;

	mean *= (double)c->watched_ns / (double)FOSR_WINDOW_NS;
	if (mean <= 0)
		return c->n ? -INFINITY : 0;
	if (variance <= 0)
		return n * log(mean / t) - mean;
	if (!c->n)
		return -k * log1p(mean * variance);
	return lgamma_r(n + k, &sign) - lgamma_r(k, &sign) - k * log1p(mean * variance) +
		n * log(mean / (mean + k) / t);
}

static double minute_log(
	const struct minute *m, const struct fosr_hist_tables *h, double by, const struct nodes *x, double variance)
{
	double all = -INFINITY;

	for (int i = 0; i < x->n; i++) {
		double sum = x->log_p[i];

		for (int w = 0; w < m->n; w++)
			sum += window_log(&m->cell[w],
				(double)h->rate_q32[m->cell[w].bin] / 4294967296.0 * by * x->value[i], variance);
		all = log_add(all, sum);
	}
	return all;
}

static double quarter_log(const struct quarter *q, const struct fosr_hist_tables *h)
{
	__u32 hour = fosr_hist_hour(q->minute[0].cell[0].bin);
	struct nodes level[FOSR_HIST_LEVELS];
	double all = -INFINITY;

	if (!q->n)
		return 0;
	for (int i = 0; i < FOSR_HIST_LEVELS; i++)
		nodes_make(&level[i], h, i, hour);
	for (int i = 0; i < level[2].n; i++) {
		double sum = level[2].log_p[i];

		for (int m = 0; m < q->n; m++)
			sum += minute_log(&q->minute[m], h, level[2].value[i], &level[1], level[0].variance);
		all = log_add(all, sum);
	}
	return all;
}

static void quarter_add(struct quarter *q, const struct fosr_hist_cell *c)
{
	struct minute *m = q->n ? &q->minute[q->n - 1] : NULL;

	if (!m || m->cell[0].window / WINDOWS != c->window / WINDOWS)
		m = &q->minute[q->n++];
	m->cell[m->n++] = *c;
}

int fosr_hist_score(
	const struct fosr_model *m, const struct fosr_dataset *d, struct fosr_score *s, struct fosr_err *err)
{
	struct fosr_hist_counter counter = {.d = d};
	struct fosr_hist_cell c;
	struct quarter q = {0};
	double sum = 0;
	int ret;

	*s = (struct fosr_score){0};
	while ((ret = fosr_hist_count(&counter, &c)) > 0) {
		__u64 number = c.window / (MINUTES * WINDOWS);

		if (c.first || number != q.number) {
			sum += quarter_log(&q, m->priv);
			q = (struct quarter){.number = number};
		}
		quarter_add(&q, &c);
		s->items += c.n;
	}
	sum += quarter_log(&q, m->priv);
	s->bits = -sum / log(2);
	return ret ? fosr_err(err, ret, "out of memory while scoring arrivals") : 0;
}

// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Learning hist. First the spread, by factorial moments: two flows of one window come with (1 + v0) times the
 * probability of two flows of neighbouring windows of one minute, those with (1 + v1) times that of two flows of
 * neighbouring minutes, and so on up to quarters of one hour. As each ratio is taken within the same hours of the same
 * captures, it does not matter how their rates differ. Then the rates, from the whole down: hour of the day, its
 * quarters, week and weekend, weekday; each is drawn towards the one above with the weight of as much time as chance
 * and bursts need to be worth a look.
 */
#include <math.h>
#include <stdlib.h>

#include "base/fixed.h"
#include "model/hist_count.h"
#include "model/hist_priv.h"

#define WINDOW_S 5.0
#define DAY_S 86400.0
/* What no evidence of spread weighs: pairs of flows; and blocks of the level above. */
#define PAIRS_PRIOR 50.0
#define BLOCKS_PRIOR 4.0
/* Days that the spread of an hour leans on the whole day with. */
#define SPREAD_PRIOR_DAYS 4.0
/* Seconds that an hour leans on the whole day with, at least. */
#define HOUR_PRIOR_S 600.0
/* Days that the weekend leans on the week with, and a weekday on others of its kind. */
#define KIND_PRIOR_DAYS 1.0
#define WEEKDAY_PRIOR_DAYS 2.0
/* How much (relative variance) hours, quarters of an hour, kinds of days and weekdays may well differ. */
#define HOUR_VARIES 1.0
#define QUARTER_VARIES 0.05
#define KIND_VARIES 0.25
#define WEEKDAY_VARIES 0.1

/* Levels of blocks: window, minute, quarter, hour. */
enum { BLOCKS = FOSR_HIST_LEVELS + 1 };

/* A block on its way: sums over its parts of n, n^2, m and m^2, where n are flows and m windows. */
struct block {
	__u64 number;
	double n, n2, m, m2;
	double pairs, pairs_of; /* inside its parts, summed up: pairs of flows, of windows */
};

struct ratio {
	double same, other; /* pairs within and across parts, as many as if both had been looked for equally often */
	double blocks;
};

struct learned {
	struct block block[BLOCKS];
	struct ratio ratio[FOSR_HIST_LEVELS][24];
	__u32 hour; /* of the day, of the window at hand */
	double n[FOSR_WEEK_BINS], s[FOSR_WEEK_BINS]; /* flows, seconds watched */
	double all_n, all_s;
};

static const __u32 block_windows[BLOCKS] = {1, 12, 180, 720};

/* Ends the block of a level: what it says of the spread of its parts, and what it adds to the block above. */
static void block_end(struct learned *l, int level)
{
	struct block *b = &l->block[level], *up = b + 1;
	double across = b->n * b->n - b->n2, across_of = b->m * b->m - b->m2;

	if (level && across_of > 0 && b->pairs_of > 0) {
		struct ratio *r = &l->ratio[level - 1][l->hour];
		double weight = across_of * b->pairs_of / (across_of + b->pairs_of);

		r->same += weight * b->pairs / b->pairs_of;
		r->other += weight * across / across_of;
		r->blocks++;
	}
	if (level < BLOCKS - 1) {
		up->n += b->n;
		up->n2 += b->n * b->n;
		up->m += b->m;
		up->m2 += b->m * b->m;
		up->pairs += level ? across : b->n * (b->n - 1);
		up->pairs_of += level ? across_of : b->m;
	}
	*b = (struct block){.number = b->number};
}

/* A block ends with those that it is made of. */
static void blocks_end(struct learned *l, int level)
{
	for (int k = 0; k <= level; k++)
		block_end(l, k);
}

/* Only windows that were watched from end to end tell of spread. */
static void window_add(struct learned *l, const struct fosr_hist_cell *c)
{
	int level = BLOCKS - 1;

	while (level > 0 && c->window / block_windows[level] == l->block[level].number)
		level--;
	blocks_end(l, level);
	for (int k = 0; k < BLOCKS; k++)
		l->block[k].number = c->window / block_windows[k];
	l->hour = fosr_hist_hour(c->bin);
	if (c->watched_ns < FOSR_WINDOW_NS)
		return;
	l->block[0].n = c->n;
	l->block[0].n2 = 0;
	l->block[0].m = 1;
}

/* A moment's rate says nothing of a day: it is taken to be a window's. */
static void sums_set(struct learned *l)
{
	int seen = FOSR_WEEK_BINS;

	for (int b = FOSR_WEEK_BINS; b-- > 0;) {
		l->all_n += l->n[b];
		l->all_s += l->s[b];
		seen = l->n[b] > 0 ? b : seen;
	}
	if (seen < FOSR_WEEK_BINS && l->all_s < WINDOW_S) {
		l->s[seen] += WINDOW_S - l->all_s;
		l->all_s = WINDOW_S;
	}
}

static int count(struct learned *l, const struct fosr_dataset *d)
{
	struct fosr_hist_counter counter = {.d = d};
	struct fosr_hist_cell c;
	int ret;

	while ((ret = fosr_hist_count(&counter, &c)) > 0) {
		if (c.first)
			blocks_end(l, BLOCKS - 1);
		window_add(l, &c);
		l->n[c.bin] += c.n;
		l->s[c.bin] += (double)c.watched_ns / (double)FOSR_NS_PER_S;
	}
	blocks_end(l, BLOCKS - 1);
	sums_set(l);
	return ret;
}

/* (same + prior) / (other + prior) - 1, where the prior knows the ratio `known` already. */
static double spread_of(const struct ratio *r, double prior, double known)
{
	double v = (r->same + prior * known) / (r->other + prior) - 1;

	return fmax(0, fmin(v, FOSR_HIST_SPREAD_MAX));
}

/* All hours together are drawn towards no spread, each hour then towards all. */
static void fit_spread(const struct learned *l, double all[FOSR_HIST_LEVELS], double spread[FOSR_HIST_LEVELS][24])
{
	for (int level = 0; level < FOSR_HIST_LEVELS; level++) {
		struct ratio sum = {0};
		double prior;

		for (int h = 0; h < 24; h++) {
			sum.same += l->ratio[level][h].same;
			sum.other += l->ratio[level][h].other;
			sum.blocks += l->ratio[level][h].blocks;
		}
		prior = PAIRS_PRIOR + (sum.blocks > 0 ? sum.other * BLOCKS_PRIOR / sum.blocks : 0);
		all[level] = spread_of(&sum, prior, 1);
		prior = PAIRS_PRIOR + sum.other / 24 * SPREAD_PRIOR_DAYS / (l->all_s / DAY_S);
		for (int h = 0; h < 24; h++)
			spread[level][h] = spread_of(&l->ratio[level][h], prior, 1 + all[level]);
	}
}

/* A sum over bins, and what the level above expects of the same bins. */
struct share {
	double n, expected;
};

/* Of some bins of some days, against rate (flows per second by bin). */
static struct share share_of(
	const struct learned *l, const double rate[FOSR_WEEK_BINS], int day_from, int day_to, int bin_from, int bin_to)
{
	struct share x = {0};

	for (int d = day_from; d < day_to; d++)
		for (int b = d * FOSR_DAY_BINS + bin_from; b < d * FOSR_DAY_BINS + bin_to; b++) {
			x.n += l->n[b];
			x.expected += rate[b] * l->s[b];
		}
	return x;
}

/* By what a rate is to be multiplied: as observed, drawn towards 1 with the weight of `prior` expected flows. */
static double factor(struct share x, double prior)
{
	return x.expected + prior > 0 ? (x.n + prior) / (x.expected + prior) : 1;
}

static void multiply(double rate[FOSR_WEEK_BINS], int day_from, int day_to, int bin_from, int bin_to, double by)
{
	for (int d = day_from; d < day_to; d++)
		for (int b = d * FOSR_DAY_BINS + bin_from; b < d * FOSR_DAY_BINS + bin_to; b++)
			rate[b] *= by;
}

/* Refines the rates of some days by parts of the day: `width` bins each, which all had one rate in those days. */
static void refine_day(
	const struct learned *l, double rate[FOSR_WEEK_BINS], int day_from, int day_to, int width, double prior_s)
{
	for (int b = 0; b < FOSR_DAY_BINS; b += width) {
		double above = rate[day_from * FOSR_DAY_BINS + b];

		multiply(rate, day_from, day_to, b, b + width,
			factor(share_of(l, rate, day_from, day_to, b, b + width), above * prior_s));
	}
}

/* The same for days as wholes. */
static void refine_days(
	const struct learned *l, double rate[FOSR_WEEK_BINS], int day_from, int day_to, double prior_days)
{
	double mean = l->all_n / l->all_s;

	multiply(rate, day_from, day_to, 0, FOSR_DAY_BINS,
		factor(share_of(l, rate, day_from, day_to, 0, FOSR_DAY_BINS), mean * DAY_S * prior_days));
}

/*
 * What the rates of captures differ by, as seconds: their relative variance times their length, both weighted by time.
 * Excerpts of this and that say little about the hours that they come from.
 */
static double captures_noise_s(const struct fosr_dataset *d)
{
	double n = 0, s = 0, pairs = 0, s2 = 0, own_s = 0, most_s = 0;

	for (size_t i = 0; i < d->watched.n; i++) {
		const struct fosr_watched *w = &d->watched.v[i];
		double own = (double)(w->end - w->first);

		own_s += (double)(w->to_ns - w->from_ns) / (double)FOSR_NS_PER_S;
		if (i + 1 < d->watched.n && w[1].first == w->first && w[1].end == w->end)
			continue;
		own_s = fmax(own_s, WINDOW_S);
		n += own;
		pairs += (own * own - own) / own_s;
		s += own_s;
		s2 += own_s * own_s;
		most_s = fmax(most_s, own_s);
		own_s = 0;
	}
	/* One capture has nothing to differ from. */
	return s > most_s && n > 0 ? fmax(0, pairs * s / (n * n) - 1) * s2 / s : 0;
}

/* Flows per second by bin. noise_s: how long one has to watch until a rate's relative variance by chance is 1. */
static void fit_rates(const struct learned *l, double noise_s, double rate[FOSR_WEEK_BINS])
{
	double mean = l->all_n / l->all_s;

	for (int b = 0; b < FOSR_WEEK_BINS; b++)
		rate[b] = mean;
	refine_day(l, rate, 0, 7, 4, fmax(HOUR_PRIOR_S, noise_s / HOUR_VARIES));
	refine_day(l, rate, 0, 7, 1, noise_s / QUARTER_VARIES);
	for (int end = 0; end < 2; end++) {
		int from = end ? 5 : 0, to = end ? 7 : 5;

		refine_days(l, rate, from, to, KIND_PRIOR_DAYS);
		refine_day(l, rate, from, to, 4, KIND_PRIOR_DAYS * 3600 + noise_s / KIND_VARIES);
		for (int d = from; d < to; d++) {
			refine_days(l, rate, d, d + 1, WEEKDAY_PRIOR_DAYS);
			refine_day(l, rate, d, d + 1, 4, WEEKDAY_PRIOR_DAYS * 3600 + noise_s / WEEKDAY_VARIES);
		}
	}
}

/* As hist.c has it: laid on top of each other, networks have less spread; thinned, they have the same. */
static void spread_scale(struct fosr_hist *h, double scale)
{
	for (int hour = 0; hour < 24 && scale > 1; hour++) {
		double above = 0;

		for (int level = FOSR_HIST_LEVELS; level-- > 0;) {
			double *v = &h->spread[level][hour], own = *v;

			*v = own * (1 + above) / (scale + above);
			above = (1 + above) * (1 + own) - 1;
		}
	}
}

/* Per window in Q32; with a mean that was asked for, the week has that. */
static void rates_set(struct fosr_hist *h, const double rate[FOSR_WEEK_BINS], __u64 flows_per_day)
{
	double sum = 0, scale = WINDOW_S;

	for (int b = 0; b < FOSR_WEEK_BINS; b++)
		sum += rate[b];
	if (flows_per_day)
		scale = (double)flows_per_day / DAY_S * FOSR_WEEK_BINS / sum * WINDOW_S;
	for (int b = 0; b < FOSR_WEEK_BINS; b++) {
		double x = rate[b] * scale * (double)FOSR_Q32 + 0.5;

		h->rate_q32[b] = x < (double)FOSR_HIST_RATE_MAX_Q32 ? (__u64)x : FOSR_HIST_RATE_MAX_Q32;
	}
}

int fosr_hist_fit(const char *prefix, const struct fosr_dataset *d, struct fosr_tensors *out, struct fosr_err *err)
{
	struct learned *l = calloc(1, sizeof(*l));
	double rate[FOSR_WEEK_BINS], all[FOSR_HIST_LEVELS], noise_s;
	struct fosr_hist h;
	int ret = l ? count(l, d) : -ENOMEM;

	if (ret)
		ret = fosr_err(err, ret, "out of memory while learning arrivals");
	else if (!(l->all_n > 0))
		ret = fosr_err(err, -EINVAL, "no flow starts within the time that the captures watched");
	if (!ret) {
		fit_spread(l, all, h.spread);
		noise_s = l->all_s / l->all_n + captures_noise_s(d);
		for (int level = 0; level < FOSR_HIST_LEVELS; level++)
			noise_s += all[level] * WINDOW_S * fosr_hist_level_windows[level];
		fit_rates(l, noise_s, rate);
		rates_set(&h, rate, d->flows_per_day);
		spread_scale(&h, (double)d->flows_per_day / DAY_S / (l->all_n / l->all_s));
		ret = fosr_hist_save(prefix, &h, out, err);
	}
	free(l);
	return ret;
}

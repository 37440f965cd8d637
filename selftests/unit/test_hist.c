// SPDX-License-Identifier: GPL-3.0-or-later
/* Arrivals: tables of factors, rates and spread that are learned back from what they generated, scores. */
#include <math.h>
#include <string.h>

#include "base/fixed.h"
#include "model/families.h"
#include "model/hist_priv.h"
#include "tap.h"

#define MONDAY_NS (1736121600 * FOSR_NS_PER_S) /* 2025-01-06 */
#define MONDAY (MONDAY_NS / FOSR_WINDOW_NS)
#define DAY 17280
#define WEEK (7 * DAY)

struct loaded {
	struct fosr_tensors set;
	struct fosr_model m;
};

static const struct fosr_model_ops *const ops = &fosr_model_hist;

static int load_set(struct loaded *l, struct fosr_err *err)
{
	*err = (struct fosr_err){0};
	l->m = (struct fosr_model){.ops = ops, .prefix = "arrivals"};
	return ops->load(&l->m, &l->set, NULL, err);
}

static void unload(struct loaded *l)
{
	ops->release(&l->m);
	fosr_tensors_free(&l->set);
}

static struct loaded loaded_of(const struct fosr_hist *h)
{
	struct loaded l = {0};
	struct fosr_err err = {0};

	ok(!fosr_hist_save("arrivals", h, &l.set, &err) && !load_set(&l, &err), "saved and loaded %s", err.text);
	return l;
}

static struct loaded learned_from(const struct fosr_dataset *d)
{
	struct loaded l = {0};
	struct fosr_err err = {0};

	ok(!ops->fit("arrivals", d, &l.set, &err) && !load_set(&l, &err), "learned and loaded %s", err.text);
	return l;
}

static const struct fosr_hist_tables *tables(const struct loaded *l)
{
	return l->m.priv;
}

static double spread(const struct loaded *l, int level, int hour)
{
	__u8 t = tables(l)->spread[level * 24 + hour];

	return t ? fosr_hist_variance(tables(l)->factor_q16 + (t - 1) * FOSR_HIST_ATOMS) : 0;
}

static double rate(const struct loaded *l, int bin)
{
	return (double)tables(l)->rate_q32[bin] / (double)FOSR_Q32;
}

/* The same rate by day and at night, another by day; half of both at the weekend. */
static struct fosr_hist office_hours(double night, double day, double v0, double v1, double v2)
{
	struct fosr_hist h = {0};

	for (int b = 0; b < FOSR_WEEK_BINS; b++) {
		int hour = b % FOSR_DAY_BINS / 4;

		h.rate_q32[b] = (__u64)((hour >= 8 && hour < 18 ? day : night) * (double)FOSR_Q32);
		h.rate_q32[b] >>= b >= 5 * FOSR_DAY_BINS;
	}
	for (int hour = 0; hour < 24; hour++) {
		h.spread[0][hour] = v0;
		h.spread[1][hour] = v1;
		h.spread[2][hour] = v2;
	}
	return h;
}

static __u32 starts(const struct loaded *l, __u64 window, __u64 scale_q32, __s64 offset_ns, struct fosr_dataset *d)
{
	struct fosr_arrivals a = {.rng = fosr_rng(77, window, FOSR_STAGE_ARRIVALS, 0),
		.window = window,
		.scale_q32 = scale_q32,
		.offset_ns = offset_ns};
	__u32 n = 0;

	for (; ops->next_start(&l->m, &a); n++)
		if (d) {
			struct fosr_sample_flow *f = fosr_vec_push(&d->flows);

			f->start_ns = a.start_ns;
		}
	return n;
}

/* A capture of so many windows of what l generates; free with fosr_dataset_free(). */
static void capture(struct fosr_dataset *d, const struct loaded *l, __u64 first, __u64 windows)
{
	struct fosr_watched *w = fosr_vec_push(&d->watched);

	*w = (struct fosr_watched){
		.from_ns = first * FOSR_WINDOW_NS, .to_ns = (first + windows) * FOSR_WINDOW_NS, .first = d->flows.n};
	for (__u64 i = 0; i < windows; i++)
		starts(l, first + i, FOSR_Q32, 0, d);
	w->end = d->flows.n;
}

static void test_tables(void)
{
	bool mean = true, all = true;
	double worst = 0;
	__u32 atom[FOSR_HIST_ATOMS];
	__u64 hits[FOSR_HIST_ATOMS] = {0};

	for (double v = FOSR_HIST_SPREAD_MIN; v <= FOSR_HIST_SPREAD_MAX; v *= 2) {
		__u64 sum = 0;

		fosr_hist_gamma(v, atom);
		for (__u32 i = 0; i < FOSR_HIST_ATOMS; i++)
			sum += (__u64)atom[i] * fosr_hist_weight(i / FOSR_HIST_SLICES);
		mean &= sum == (__u64)FOSR_HIST_WEIGHTS << 16;
		worst = fmax(worst, fabs(fosr_hist_variance(atom) / v - 1));
	}
	ok(mean, "tables of Gamma distributions have a mean of 1, to the last bit");
	ok(worst < 0.02, "and their variance, to %.2f %%", 100 * worst);
	/* Exponential distribution: what is exceeded with probability p is -ln p. */
	fosr_hist_gamma(1, atom);
	ok(fabs(atom[8 * FOSR_HIST_SLICES] / 65536.0 - log(512 / (1 + 0.5 / 16))) < 0.01 &&
			fabs(atom[FOSR_HIST_SLICES - 1] / 65536.0 - 1 / 64.0) < 0.001,
		"of variance 1 it is the exponential distribution");
	for (__u64 i = 0; i < FOSR_HIST_WEIGHTS; i++)
		hits[fosr_hist_atom((__u32)(i << 13))]++;
	for (__u32 i = 0; i < FOSR_HIST_ATOMS; i++)
		all &= hits[i] == fosr_hist_weight(i / FOSR_HIST_SLICES);
	ok(all, "each atom is drawn as often as its weight says");
}

/* Variance over mean of counts of `windows` windows side by side, within blocks of a quarter: what is spread there. */
struct counted {
	double mean, dispersion[2]; /* of 1 and of 12 windows */
};

static struct counted counted_of(const struct loaded *l, __u64 first, __u64 windows, __u64 scale_q32)
{
	double n[2] = {0}, sum[2] = {0}, squares[2] = {0}, minute = 0;

	for (__u64 i = 0; i < windows; i++) {
		double x = starts(l, first + i, scale_q32, 0, NULL);

		sum[0] += x;
		squares[0] += x * x;
		n[0]++;
		minute += x;
		if (i % 12 < 11)
			continue;
		sum[1] += minute;
		squares[1] += minute * minute;
		n[1]++;
		minute = 0;
	}
	return (struct counted){.mean = sum[0] / n[0],
		.dispersion = {(squares[0] - sum[0] * sum[0] / n[0]) / sum[0],
			(squares[1] - sum[1] * sum[1] / n[1]) / sum[1]}};
}

/* What the model says that it should be, in bins of one rate. */
static double expected(double mean, const double v[3], int windows)
{
	double excess = v[2] * windows + (1 + v[2]) * v[1] * windows + (1 + v[2]) * (1 + v[1]) * v[0];

	return 1 + mean * excess;
}

static bool near(double x, double y, double by)
{
	return fabs(x / y - 1) < by;
}

static void test_dispersion(void)
{
	struct fosr_hist h = office_hours(2, 2, 1, 0.5, 0.25);
	struct loaded l;
	struct counted c;
	double v[3];

	for (int b = 5 * FOSR_DAY_BINS; b < FOSR_WEEK_BINS; b++)
		h.rate_q32[b] = 2 * FOSR_Q32;
	l = loaded_of(&h);
	for (int k = 0; k < 3; k++)
		v[k] = spread(&l, k, 0);
	ok(near(v[0], 1, 0.03) && near(v[1], 0.5, 0.03) && near(v[2], 0.25, 0.03), "spread is what was saved");
	c = counted_of(&l, MONDAY, 2 * WEEK, FOSR_Q32);
	ok(near(c.mean, 2, 0.03), "in two weeks a window has %.3f starts, 2 expected", c.mean);
	ok(near(c.dispersion[0], expected(2, v, 1), 0.1) && near(c.dispersion[1], expected(2, v, 12), 0.1),
		"variance/mean is %.2f in 5 s, %.2f in a minute; %.2f and %.2f expected", c.dispersion[0],
		c.dispersion[1], expected(2, v, 1), expected(2, v, 12));
	for (__u64 scale = 3; scale < 30; scale += 17) {
		struct counted s = counted_of(&l, MONDAY, WEEK, scale << 31);

		ok(near(s.mean, 2 * (double)scale / 2, 0.03) && near(s.dispersion[0], expected(2, v, 1), 0.1) &&
				near(s.dispersion[1], expected(2, v, 12), 0.1),
			"%.1f times the rate: %.2f starts, variance/mean stays: %.2f and %.2f", (double)scale / 2,
			s.mean, s.dispersion[0], s.dispersion[1]);
	}
	c = counted_of(&l, MONDAY, WEEK, FOSR_Q32 / 4);
	ok(near(c.mean, 0.5, 0.03) && near(c.dispersion[0], expected(0.5, v, 1), 0.1) &&
			near(c.dispersion[1], expected(0.5, v, 12), 0.1),
		"a quarter of the rate: as if thinned: %.2f and %.2f", c.dispersion[0], c.dispersion[1]);
	unload(&l);
	h = office_hours(2, 2, 0, 0, 0);
	l = loaded_of(&h);
	c = counted_of(&l, MONDAY, 5 * DAY, FOSR_Q32);
	ok(!tables(&l)->tables && near(c.dispersion[0], 1, 0.03) && near(c.dispersion[1], 1, 0.1),
		"without spread it is Poisson: %.3f, %.3f", c.dispersion[0], c.dispersion[1]);
	unload(&l);
}

static void test_learned(void)
{
	struct fosr_hist h = office_hours(0.4, 2, 1.5, 0.6, 0.3);
	struct loaded made = loaded_of(&h), l;
	struct fosr_dataset d = {0};
	struct counted a, b;
	double worst = 0, days = 0, weekend = 0, tuesday = 0;

	for (int hour = 0; hour < 4; hour++)
		h.spread[0][hour] = 0;
	capture(&d, &made, MONDAY, 3 * WEEK);
	l = learned_from(&d);
	for (int bin = 0; bin < FOSR_WEEK_BINS; bin++) {
		worst = fmax(worst, fabs(log(rate(&l, bin) / rate(&made, bin))));
		days += rate(&l, bin) * FOSR_HIST_BIN_WINDOWS;
	}
	ok(worst < log(1.6), "three weeks: no quarter of an hour is off by more than a factor of %.2f", exp(worst));
	ok(near(days * 3, (double)d.flows.n, 0.02), "%zu flows, %.0f expected of the model", d.flows.n, days * 3);
	for (int q = 32; q < 72; q++) {
		weekend += (rate(&l, 5 * 96 + q) + rate(&l, 6 * 96 + q)) / 80;
		tuesday += rate(&l, 96 + q) / 40;
	}
	ok(near(weekend, 1, 0.2) && near(tuesday, 2, 0.15), "the weekend is quieter: %.2f against %.2f per window",
		weekend, tuesday);
	for (int k = 0; k < 3; k++)
		ok(near(spread(&l, k, 12), h.spread[k][12], 0.25), "level %d: spread %.3f of %.3f", k,
			spread(&l, k, 12), h.spread[k][12]);
	a = counted_of(&made, MONDAY + 5 * WEEK + 8 * 720, 7200, FOSR_Q32);
	b = counted_of(&l, MONDAY + 5 * WEEK + 8 * 720, 7200, FOSR_Q32);
	ok(near(b.dispersion[0], a.dispersion[0], 0.2) && near(b.dispersion[1], a.dispersion[1], 0.2),
		"variance/mean by day, learned and true: %.2f, %.2f in 5 s; %.2f, %.2f in a minute", b.dispersion[0],
		a.dispersion[0], b.dispersion[1], a.dispersion[1]);
	unload(&l);
	d.flows_per_day = 1000000;
	l = learned_from(&d);
	ok(ops->per_day_q16(&l.m) + 65536 > d.flows_per_day << 16 &&
			ops->per_day_q16(&l.m) < (d.flows_per_day << 16) + 65536,
		"with a mean that was asked for: %.3f flows a day in the mean of a week",
		(double)ops->per_day_q16(&l.m) / 65536);
	unload(&l);
	unload(&made);
	fosr_dataset_free(&d);
}

/* Bursts at night only. */
static void test_hours(void)
{
	struct fosr_hist h = office_hours(2, 2, 0, 0, 0);
	struct loaded made, l;
	struct fosr_dataset d = {0};

	for (int hour = 0; hour < 6; hour++)
		h.spread[0][hour] = 4;
	made = loaded_of(&h);
	capture(&d, &made, MONDAY, 2 * WEEK);
	l = learned_from(&d);
	ok(spread(&l, 0, 3) > 2.5 && spread(&l, 0, 15) < 0.5 && spread(&l, 1, 3) < 0.2,
		"spread is learned by hour: %.2f at night, %.2f by day", spread(&l, 0, 3), spread(&l, 0, 15));
	unload(&l);
	unload(&made);
	fosr_dataset_free(&d);
}

static void test_little(void)
{
	struct fosr_hist h = office_hours(3, 3, 0, 0, 0);
	struct loaded made = loaded_of(&h), l;
	struct fosr_dataset d = {0};
	double low = INFINITY, high = 0, own;

	capture(&d, &made, MONDAY + 5 * DAY + 9 * 720, 120);
	own = (double)d.flows.n / 120;
	l = learned_from(&d);
	for (int b = 0; b < FOSR_WEEK_BINS; b++) {
		low = fmin(low, rate(&l, b));
		high = fmax(high, rate(&l, b));
	}
	ok(near(low, own, 0.001) && near(high, own, 0.001),
		"ten minutes of a Saturday: their rate all week, %.2f to %.2f per window of %.2f", low, high, own);
	ok(spread(&l, 0, 9) < 0.2 && !spread(&l, 2, 9), "no spread to speak of in Poisson counts: %.3f",
		spread(&l, 0, 9));
	unload(&l);
	fosr_dataset_free(&d);
	/* A Friday and a Saturday, of which the second has nothing: both kinds of days move, neither by all. */
	capture(&d, &made, MONDAY + 4 * DAY, DAY);
	capture(&d, &made, MONDAY + 5 * DAY, DAY);
	d.flows.n = d.watched.v[1].end = d.watched.v[1].first;
	l = learned_from(&d);
	ok(rate(&l, 5 * 96) > 0.2 && rate(&l, 5 * 96) < 1.2 && rate(&l, 96) > 1.5,
		"one day of each kind: drawn towards each other: %.2f, %.2f", rate(&l, 96), rate(&l, 5 * 96));
	unload(&l);
	fosr_dataset_free(&d);
	/* One instant. */
	*fosr_vec_push(&d.flows) = (struct fosr_sample_flow){.start_ns = MONDAY_NS + 7};
	*fosr_vec_push(&d.watched) = (struct fosr_watched){.from_ns = MONDAY_NS + 7, .to_ns = MONDAY_NS + 7, .end = 1};
	l = learned_from(&d);
	ok(near(rate(&l, 300), 1, 1e-6), "an instant counts as a window");
	unload(&l);
	fosr_dataset_free(&d);
	unload(&made);
}

/* Captures of different rates: that is no spread within any of them, and no reason to trust their hours. */
static void test_excerpts(void)
{
	struct fosr_hist slow = office_hours(0.2, 0.2, 0, 0, 0), fast = office_hours(10, 10, 0, 0, 0);
	struct loaded a = loaded_of(&slow), b = loaded_of(&fast), l;
	struct fosr_dataset d = {0};

	for (int i = 0; i < 40; i++)
		capture(&d, i % 2 ? &a : &b, MONDAY + (__u64)i * 360, 120);
	l = learned_from(&d);
	ok(spread(&l, 0, 12) < 0.05 && spread(&l, 1, 12) < 0.05, "excerpts of different rates: no spread");
	unload(&l);
	unload(&a);
	unload(&b);
	fosr_dataset_free(&d);
}

static void test_zero_bins(void)
{
	struct fosr_hist h = office_hours(0, 1, 1, 1, 1);
	struct loaded l = loaded_of(&h);
	__u64 scale = fosr_muldiv(40000ULL << 16, FOSR_Q32, ops->per_day_q16(&l.m)), n = 0, night = 0;

	/* The mean of quarters is known to sqrt((1 + spread) / quarters); here to some 7 %. */
	for (__u64 w = 0; w < 4 * WEEK; w++) {
		__u32 k = starts(&l, MONDAY + w, scale, 0, NULL);

		n += k;
		night += w % DAY < 8 * 720 ? k : 0;
	}
	ok(!night && near((double)n, 28 * 40000, 0.2), "nights without flows: %.0f a day of 40000, 0 at night",
		(double)n / 28);
	n = 0;
	for (__u64 w = 0; w < WEEK; w++)
		n += starts(&l, MONDAY + w, fosr_muldiv(1 << 16, FOSR_Q32, ops->per_day_q16(&l.m)), 0, NULL);
	ok(n < 30, "one flow a day: %llu in a week", n);
	unload(&l);
}

/* The bin is the local one. */
static void test_offset(void)
{
	struct fosr_hist h = office_hours(0, 5, 0, 0, 0);
	struct loaded l = loaded_of(&h);
	__s64 hour = 3600 * (__s64)FOSR_NS_PER_S;
	__u64 at7 = 0, at7_east = 0, sunday = 0;

	for (__u64 w = 0; w < 720; w++) {
		at7 += starts(&l, MONDAY + 7 * 720 + w, FOSR_Q32, 0, NULL);
		at7_east += starts(&l, MONDAY + 7 * 720 + w, FOSR_Q32, hour, NULL);
		sunday += starts(&l, MONDAY + 3 * 720 + w, FOSR_Q32, -10 * hour, NULL);
	}
	ok(!at7 && at7_east > 3000, "an hour further east the day begins an hour earlier");
	ok(sunday > 1500 && sunday < 2100, "far in the west it is still Sunday: %llu", sunday);
	unload(&l);
}

static double score(const struct loaded *l, const struct fosr_dataset *d, __u64 *items)
{
	struct fosr_score s = {0};
	struct fosr_err err = {0};
	int ret = ops->score(&l->m, d, &s, &err);

	if (items)
		*items = s.items;
	return ret ? NAN : s.bits;
}

static void test_score(void)
{
	struct fosr_hist bursty = office_hours(1, 1, 2, 1, 0.5), plain = office_hours(1, 1, 0, 0, 0);
	struct loaded b = loaded_of(&bursty), p = loaded_of(&plain), l;
	struct fosr_dataset train = {0}, held = {0}, poisson = {0};
	double x, want, n;
	__u64 items;

	capture(&train, &b, MONDAY, DAY);
	capture(&held, &b, MONDAY + DAY, 4 * 720);
	capture(&poisson, &p, MONDAY, 720);
	x = score(&p, &poisson, &items);
	n = (double)poisson.flows.n;
	/* The density of a Poisson process: rate^n exp(-rate t), here 0.2 per second for an hour. */
	want = (720 - n * log(0.2)) / log(2);
	ok(items == poisson.flows.n && fabs(x - want) < 1e-6 * want, "Poisson: %.3f bits of %.3f", x, want);
	l = learned_from(&train);
	n = (double)held.flows.n;
	ok(score(&l, &held, NULL) / n < score(&p, &held, NULL) / n - 0.1 &&
			score(&l, &held, NULL) / n < score(&b, &held, NULL) / n + 0.1,
		"bursts that were not learned from: %.3f bits a flow learned, %.3f true, %.3f Poisson",
		score(&l, &held, NULL) / n, score(&b, &held, NULL) / n, score(&p, &held, NULL) / n);
	ok(score(&p, &poisson, NULL) < score(&b, &poisson, NULL), "without bursts, Poisson foretells better");
	unload(&l);
	unload(&b);
	unload(&p);
	fosr_dataset_free(&train);
	fosr_dataset_free(&held);
	fosr_dataset_free(&poisson);
}

/* Changes one value of the tensors of a good model, loads, and changes it back. */
static void refused(struct loaded *l, const char *tensor, size_t offset, __u8 value, const char *words)
{
	__u8 *byte = (__u8 *)fosr_tensors_find(&l->set, tensor)->data + offset, before = *byte;
	struct fosr_err err;

	ops->release(&l->m);
	*byte = value;
	ok(load_set(l, &err) == -EINVAL && strstr(err.text, words), "refused: %s", err.text);
	*byte = before;
	ops->release(&l->m);
	load_set(l, &err);
}

static void test_hostile(void)
{
	struct fosr_hist h = office_hours(1, 1, 1, 0, 0);
	struct loaded l = loaded_of(&h);
	struct fosr_tensors out = {0};
	struct fosr_err err = {0};

	refused(&l, "arrivals.rate_q32", 15, 0xff, "the limit is 8388608");
	refused(&l, "arrivals.spread", 71, 2, "there are 1 tables");
	refused(&l, "arrivals.factor_q16", 4, 0xee, "a mean of 1");
	unload(&l);
	h.spread[1][3] = NAN;
	ok(fosr_hist_save("arrivals", &h, &out, &err) == -EINVAL, "not saved: %s", err.text);
	h.spread[1][3] = -1;
	ok(fosr_hist_save("arrivals", &h, &out, &err) == -EINVAL, "not saved: %s", err.text);
	h = (struct fosr_hist){0};
	ok(fosr_hist_save("arrivals", &h, &out, &err) == -EINVAL && strstr(err.text, "no flow"), "not saved: %s",
		err.text);
	h.rate_q32[9] = FOSR_HIST_RATE_MAX_Q32 + 1;
	ok(fosr_hist_save("arrivals", &h, &out, &err) == -EINVAL, "not saved: %s", err.text);
	fosr_tensors_free(&out);
}

int main(void)
{
	test_tables();
	test_dispersion();
	test_learned();
	test_hours();
	test_little();
	test_excerpts();
	test_zero_bins();
	test_offset();
	test_score();
	test_hostile();
	return done();
}

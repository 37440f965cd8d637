// SPDX-License-Identifier: GPL-3.0-or-later
#include <math.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "fidelity/metric.h"
#include "fidelity/page.h"
#include "fidelity/plot.h"

#define POINTS 240 /* of a distribution function */

enum { HEAT_SIZES = FOSR_SIZE_BINS / 2, HEAT_GAPS = FOSR_GAP_BINS / 2 };

/* At log2(1 + n): of counts, of bytes, of microseconds. */
static const struct fosr_tick counts[] = {{1, "1"}, {3.459, "10"}, {6.658, "100"}, {9.967, "1k"}, {13.288, "10k"},
	{16.610, "100k"}, {19.932, "1M"}, {0, NULL}};
static const struct fosr_tick bytes[] = {{0, "0"}, {3.459, "10"}, {6.658, "100"}, {9.967, "1 kB"}, {13.288, "10 kB"},
	{16.610, "100 kB"}, {19.932, "1 MB"}, {23.253, "10 MB"}, {26.575, "100 MB"}, {29.897, "1 GB"}, {0, NULL}};
static const struct fosr_tick times[] = {{1, "1 µs"}, {6.658, "0.1 ms"}, {13.288, "10 ms"}, {19.932, "1 s"},
	{25.838, "1 min"}, {31.745, "1 h"}, {0, NULL}};
static const struct fosr_tick sizes[] = {{0, "0"}, {500, "500"}, {1000, "1000"}, {1460, "1460"}, {0, NULL}};
static const struct fosr_tick shares[] = {
	{0, "0"}, {0.25, "25 %"}, {0.5, "50 %"}, {0.75, "75 %"}, {1, "100 %"}, {0, NULL}};

static const struct {
	const char *caption, *title;
	const struct fosr_tick *ticks;
} plot_of[FOSR_SAMPLED] = {
	[FOSR_S_SIZE] = {"Payload sizes", "payload of a packet, bytes", sizes},
	[FOSR_S_GAP] = {"Gaps", "time since the flow's packet before", times},
	[FOSR_S_PACKETS] = {"Packets of a flow", "packets", counts},
	[FOSR_S_BYTES] = {"Bytes of a flow", "payload bytes, both ways", bytes},
	[FOSR_S_DURATION] = {"Durations", "first to last packet of a flow", times},
};

struct values {
	FOSR_VEC(double) list;
};

static int add(void *arg, double value)
{
	struct values *v = arg;
	double *place = fosr_vec_push(&v->list);

	if (!place)
		return -ENOMEM;
	*place = value;
	return 0;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int values_of(const struct fosr_side *s, enum fosr_sampled q, struct values *v)
{
	int ret = 0;

	for (size_t i = 0; i < s->flows.n && !ret; i++)
		ret = fosr_sampled_values(q, &s->flows.v[i], add, v);
	if (!ret && v->list.n)
		qsort(v->list.v, v->list.n, sizeof(v->list.v[0]), by_value);
	return ret;
}

/* Steps: to the right, then up. */
static void draw_distribution(
	FILE *f, int side, const struct values *v, const struct fosr_axis *x, const struct fosr_axis *y)
{
	size_t n = v->list.n, points = n < POINTS ? n : POINTS;

	fprintf(f, "<path class=\"%s line\" d=\"M%.1f %.1f", fosr_side_class[side], fosr_plot_x(x, x->low),
		fosr_plot_y(y, 0));
	for (size_t i = 1; i <= points; i++) {
		size_t at = i * n / points - 1;

		fprintf(f, "H%.1fV%.1f", fosr_plot_x(x, v->list.v[at]), fosr_plot_y(y, (double)(at + 1) / (double)n));
	}
	fprintf(f, "H%.1f\"/>\n", fosr_plot_x(x, x->high));
}

static int distribution(FILE *f, const struct fosr_compare *c, enum fosr_sampled q)
{
	struct fosr_axis x = {.ticks = plot_of[q].ticks, .title = plot_of[q].title}, y = {0, 1, shares, "share of all"};
	struct values v[2];
	int ret = 0;

	memset(v, 0, sizeof(v));
	for (int side = 0; side < 2 && !ret; side++)
		ret = values_of(&c->side[side], q, &v[side]);
	for (int side = 0; side < 2; side++)
		if (v[side].list.n)
			x.high = fmax(x.high, v[side].list.v[v[side].list.n - 1]);
	if (!ret && v[0].list.n && v[1].list.n) {
		x.high = x.high > 0 ? x.high : 1;
		fosr_plot_begin(f, plot_of[q].caption, "distribution functions of both sides", &x, &y);
		for (int side = 0; side < 2; side++)
			draw_distribution(f, side, &v[side], &x, &y);
		fosr_plot_end(f);
	}
	fosr_vec_free(&v[0].list);
	fosr_vec_free(&v[1].list);
	return ret;
}

int fosr_page_distributions(FILE *f, const struct fosr_compare *c)
{
	int ret = 0;

	for (int q = 0; q < FOSR_SAMPLED && !ret; q++)
		ret = distribution(f, c, q);
	return ret;
}

/* ---- Heat maps. */

static double fill_heat(const struct fosr_side *s, double *cell)
{
	double all = 0;

	for (size_t i = 0; i < s->flows.n; i++)
		for (__u32 k = 1; k < s->flows.v[i].kept; k++) {
			const struct fosr_step *p = &s->flows.v[i].steps[k];

			cell[fosr_size_bin(p->len) / 2 * HEAT_GAPS + fosr_gap_bin(p->gap_ns) / 2]++;
			all++;
		}
	return all;
}

/* The darkest is the fullest of both maps; a thousandth of it is just seen. */
static void draw_heat(
	FILE *f, const double *cell, double all, double most, const struct fosr_axis *x, const struct fosr_axis *y)
{
	double w = (double)FOSR_PLOT_IN_W / HEAT_GAPS, h = (double)FOSR_PLOT_IN_H / HEAT_SIZES;

	for (int s = 0; s < HEAT_SIZES; s++)
		for (int g = 0; g < HEAT_GAPS; g++) {
			double share = cell[s * HEAT_GAPS + g] / all / most,
			       dark = share > 0 ? 1 + log10(share) / 3 : 0;

			if (dark > 0.02)
				fprintf(f,
					"<rect class=\"heat\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
					"fill-opacity=\"%.2f\"/>\n",
					fosr_plot_x(x, g), fosr_plot_y(y, s + 1), w, h, dark);
		}
}

int fosr_page_heat(FILE *f, const struct fosr_compare *c)
{
	static const char *const caption[2] = {"Size and gap, real", "Size and gap, synthetic"};
	static const struct fosr_tick rows[] = {{0, "0"}, {8, "512"}, {16, "1024"}, {23, "1472"}, {0, NULL}};
	const struct fosr_axis x = {0, HEAT_GAPS, times, "time since the flow's packet before"};
	const struct fosr_axis y = {0, HEAT_SIZES, rows, "payload, bytes"};
	double *cell[2], all[2], most = 0;
	int ret = 0;

	for (int side = 0; side < 2; side++) {
		cell[side] = calloc(HEAT_SIZES * HEAT_GAPS, sizeof(*cell[side]));
		ret = ret || !cell[side] ? -ENOMEM : 0;
		all[side] = ret ? 0 : fill_heat(&c->side[side], cell[side]);
		for (int i = 0; i < HEAT_SIZES * HEAT_GAPS && all[side] > 0; i++)
			most = fmax(most, cell[side][i] / all[side]);
	}
	for (int side = 0; side < 2 && !ret && most > 0; side++) {
		fosr_plot_begin(f, caption[side], "how many packets have which size after which gap", &x, &y);
		if (all[side] > 0)
			draw_heat(f, cell[side], all[side], most, &x, &y);
		fosr_plot_end(f);
	}
	free(cell[0]);
	free(cell[1]);
	return ret;
}

/* ---- Load. */

static void draw_series(FILE *f, const struct fosr_side *s, int side)
{
	static const char *const caption[2] = {"The busiest 102 seconds, real", "The busiest 102 seconds, synthetic"};
	static const struct fosr_tick seconds[] = {
		{0, "0"}, {250, "25"}, {500, "50"}, {750, "75"}, {1000, "100"}, {0, NULL}};
	const struct fosr_axis x = {0, FOSR_SERIES_CHUNK, seconds, "seconds"};
	char top[32];
	struct fosr_tick ticks[] = {{0, "0"}, {0, top}, {0, NULL}};
	struct fosr_axis y = {0, 1, ticks, "packets in 0.1 s"};

	/* No fmax(): gcc 12 for arm64 dies of its reduction. */
	for (int i = 0; i < FOSR_SERIES_CHUNK; i++)
		if (s->busiest[i] > y.high)
			y.high = (double)s->busiest[i];
	ticks[1].at = y.high;
	snprintf(top, sizeof(top), "%.0f", y.high);
	fosr_plot_begin(f, caption[side], "packets over time", &x, &y);
	fprintf(f, "<path class=\"%s area\" d=\"M%.1f %.1f", fosr_side_class[side], fosr_plot_x(&x, 0),
		fosr_plot_y(&y, 0));
	for (int i = 0; i < FOSR_SERIES_CHUNK; i++)
		fprintf(f, "V%.1fH%.1f", fosr_plot_y(&y, (double)s->busiest[i]), fosr_plot_x(&x, i + 1));
	fprintf(f, "V%.1fZ\"/>\n", fosr_plot_y(&y, 0));
	fosr_plot_end(f);
}

/* Shares of the energy among the scales, as the row has them but of each side alone. */
static bool energy_shares(const struct fosr_side *s, double share[FOSR_SERIES_SCALES])
{
	struct fosr_energy e;
	double sum = 0;

	memset(&e, 0, sizeof(e));
	for (size_t i = 0; i < s->chunks.n; i++)
		fosr_energy_add(&e, &s->chunks.v[i], 1);
	fosr_energy_mean(&e, share);
	for (int j = 0; j < FOSR_SERIES_SCALES; j++)
		sum += share[j] > 0 ? share[j] : 0;
	for (int j = 0; j < FOSR_SERIES_SCALES; j++)
		share[j] = share[j] > 0 && sum > 0 ? share[j] / sum : 0;
	return sum > 0;
}

static void draw_energy(FILE *f, double share[2][FOSR_SERIES_SCALES])
{
	static const struct fosr_tick scales[] = {
		{0.5, "0.2 s"}, {2.5, "0.8 s"}, {4.5, "3.2 s"}, {6.5, "12.8 s"}, {8.5, "51.2 s"}, {0, NULL}};
	const struct fosr_axis x = {0, FOSR_SERIES_SCALES, scales, "scale"}, y = {0, 1, shares, "share of the energy"};

	fosr_plot_begin(f, "Wavelet energy of packets/s", "energy by scale, both sides", &x, &y);
	for (int j = 0; j < FOSR_SERIES_SCALES; j++)
		for (int side = 0; side < 2; side++) {
			double left = fosr_plot_x(&x, j + 0.1 + 0.4 * side), top = fosr_plot_y(&y, share[side][j]);

			fprintf(f, "<rect class=\"%s bar\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n",
				fosr_side_class[side], left, top, fosr_plot_x(&x, 0.4) - fosr_plot_x(&x, 0),
				fosr_plot_y(&y, 0) - top);
		}
	fosr_plot_end(f);
}

void fosr_page_load(FILE *f, const struct fosr_compare *c)
{
	double share[2][FOSR_SERIES_SCALES];
	bool some = energy_shares(&c->side[0], share[0]);

	some = energy_shares(&c->side[1], share[1]) && some;
	for (int side = 0; side < 2; side++)
		if (c->side[side].busiest_packets > 0)
			draw_series(f, &c->side[side], side);
	if (some)
		draw_energy(f, share);
}

// SPDX-License-Identifier: GPL-3.0-or-later
/* Rows that look at flows as wholes: what depends on what, who is near whom, what was copied. */
#include <math.h>
#include <stdlib.h>

#include "fidelity/metric.h"
#include "fidelity/rows_priv.h"
#include "flow/endstate.h"

#define CLASSES 16 /* of counts, bytes and durations, by powers of two or four */
#define COPY_LEAST 3 /* packets: shorter flows are alike by chance */
#define NEIGHBOURS 5
#define NEIGHBOURS_ROWS 1000 /* of each side: the work grows with the square */

enum { CATEGORIES = 7 };

void fosr_flow_features(const struct fosr_fid_flow *f, double out[FOSR_FLOW_FEATURES])
{
	double gaps = 0;

	for (__u32 k = 1; k < f->kept; k++)
		gaps += fosr_log_of((double)(f->steps[k].gap_ns / 1000));
	for (int d = 0; d < 2; d++) {
		out[d] = fosr_log_of(f->packets[d]);
		out[2 + d] = fosr_log_of((double)f->bytes[d]);
		out[4 + d] = f->packets[d] ? (double)f->bytes[d] / f->packets[d] : 0;
	}
	out[6] = fosr_log_of((double)f->duration_ns / 1000);
	out[7] = f->kept > 1 ? gaps / (f->kept - 1) : 0;
}

/* All flows of a side, one row each; one row more than needed, so that none is no special case. */
static double *features_of(const struct fosr_rows *r, int side)
{
	size_t n = r->v->flow[side].n;
	double *rows = calloc(n + 1, FOSR_FLOW_FEATURES * sizeof(*rows));

	for (size_t i = 0; rows && i < n; i++)
		fosr_flow_features(r->v->flow[side].v[i], rows + i * FOSR_FLOW_FEATURES);
	return rows;
}

static void correlations(struct fosr_rows *r, double *const rows[2])
{
	double m[2][FOSR_FLOW_FEATURES * FOSR_FLOW_FEATURES];

	for (__u32 round = 0; round <= r->rounds; round++) {
		for (int side = 0; side < 2; side++)
			fosr_correlation(rows[side], r->v->flow[side].n, FOSR_FLOW_FEATURES,
				fosr_weights(r, FOSR_UNIT_FLOW, side, round), m[side]);
		fosr_row_set(r, FOSR_ROW_PCD, round, fosr_matrix_distance(m[0], m[1], FOSR_FLOW_FEATURES));
	}
}

static __u8 octave(__u32 x)
{
	__u32 c = x ? 32 - (__u32)__builtin_clz(x) : 0;

	return (__u8)(c < CLASSES ? c : CLASSES - 1);
}

static void categories_of(const struct fosr_fid_flow *f, __u8 out[CATEGORIES])
{
	out[0] = (__u8)f->service;
	out[1] = f->end_state;
	out[2] = octave(f->packets[0]);
	out[3] = octave(f->packets[1]);
	out[4] = fosr_bytes_class(f->bytes[0]);
	out[5] = fosr_bytes_class(f->bytes[1]);
	out[6] = fosr_duration_class(f->duration_ns);
}

struct contingency {
	__u8 (*row[2])[CATEGORIES];
	double *table[2];
};

/* Total variation of the joint table of categories a and b. */
static double pair_distance(struct fosr_rows *r, struct contingency *c, int a, int b, __u32 round)
{
	size_t cells = (a ? CLASSES : FOSR_SERVICES_MAX) * (size_t)CLASSES;

	for (int side = 0; side < 2; side++) {
		const __u8 *w = fosr_weights(r, FOSR_UNIT_FLOW, side, round);

		memset(c->table[side], 0, cells * sizeof(double));
		for (size_t i = 0; i < r->v->flow[side].n; i++)
			c->table[side][c->row[side][i][a] * CLASSES + c->row[side][i][b]] += w[i];
	}
	return fosr_total_variation(c->table[0], c->table[1], cells);
}

_Static_assert(FOSR_END_STATES <= CLASSES, "an end state is a class");
_Static_assert(FOSR_SERVICES_MAX <= 256, "a service is a byte");

static int contingencies(struct fosr_rows *r)
{
	struct contingency c = {{NULL, NULL}, {NULL, NULL}};
	int ret = 0;

	for (int side = 0; side < 2; side++) {
		c.row[side] = calloc(r->v->flow[side].n + 1, sizeof(*c.row[side]));
		c.table[side] = calloc(FOSR_SERVICES_MAX * CLASSES, sizeof(double));
		ret = ret || !c.row[side] || !c.table[side] ? -ENOMEM : 0;
		for (size_t i = 0; i < r->v->flow[side].n && !ret; i++)
			categories_of(r->v->flow[side].v[i], c.row[side][i]);
	}
	for (__u32 round = 0; round <= r->rounds && !ret; round++) {
		double sum = 0;

		for (int a = 0; a < CATEGORIES; a++)
			for (int b = a + 1; b < CATEGORIES; b++)
				sum += pair_distance(r, &c, a, b, round);
		fosr_row_set(r, FOSR_ROW_CMD, round, sum / (CATEGORIES * (CATEGORIES - 1) / 2));
	}
	for (int side = 0; side < 2; side++) {
		free(c.row[side]);
		free(c.table[side]);
	}
	return ret;
}

static struct fosr_lag lag_of(const struct fosr_fid_flow *f, bool gap)
{
	struct fosr_lag l = {0};

	for (__u32 k = gap ? 2 : 1; k < f->kept; k++) {
		const struct fosr_step *s = &f->steps[k];

		if (gap)
			fosr_lag_add(&l, fosr_log_of((double)(s[-1].gap_ns / 1000)),
				fosr_log_of((double)(s->gap_ns / 1000)));
		else
			fosr_lag_add(&l, s[-1].len, s->len);
	}
	return l;
}

static int lags(struct fosr_rows *r, bool gap)
{
	struct fosr_lag *of[2];
	int ret = 0;

	for (int side = 0; side < 2; side++) {
		of[side] = calloc(r->v->flow[side].n + 1, sizeof(*of[side]));
		ret = ret || !of[side] ? -ENOMEM : 0;
		for (size_t i = 0; i < r->v->flow[side].n && !ret; i++)
			of[side][i] = lag_of(r->v->flow[side].v[i], gap);
	}
	for (__u32 round = 0; round <= r->rounds && !ret; round++) {
		struct fosr_lag sum[2];

		memset(sum, 0, sizeof(sum));
		for (int side = 0; side < 2; side++)
			for (size_t i = 0; i < r->v->flow[side].n; i++)
				fosr_lag_merge(
					&sum[side], &of[side][i], fosr_weights(r, FOSR_UNIT_FLOW, side, round)[i]);
		if (sum[0].n < 2 || sum[1].n < 2)
			continue;
		fosr_row_set(r, gap ? FOSR_ROW_LAG_GAP : FOSR_ROW_LAG_SIZE, round,
			fabs(fosr_lag_correlation(&sum[0]) - fosr_lag_correlation(&sum[1])));
	}
	free(of[0]);
	free(of[1]);
	return ret;
}

static bool both(const struct fosr_rows *r)
{
	return r->v->flow[0].n > 1 && r->v->flow[1].n > 1;
}

int fosr_rows_dependence(struct fosr_rows *r)
{
	double *rows[2];
	int ret;

	if (!both(r))
		return 0;
	rows[0] = features_of(r, 0);
	rows[1] = features_of(r, 1);
	ret = rows[0] && rows[1] ? 0 : -ENOMEM;
	if (!ret)
		correlations(r, rows);
	free(rows[0]);
	free(rows[1]);
	if (!ret)
		ret = contingencies(r);
	if (!ret)
		ret = lags(r, true);
	return ret ? ret : lags(r, false);
}

/* Every column of the real side to mean 0 and deviation 1, the other side by the same measure. */
static void standardise(double *const rows[2], const size_t n[2])
{
	for (size_t a = 0; a < FOSR_FLOW_FEATURES; a++) {
		double mean = 0, square = 0, deviation;

		for (size_t i = 0; i < n[0]; i++)
			mean += rows[0][i * FOSR_FLOW_FEATURES + a] / (double)n[0];
		for (size_t i = 0; i < n[0]; i++) {
			double x = rows[0][i * FOSR_FLOW_FEATURES + a] - mean;

			square += x * x / (double)n[0];
		}
		deviation = square > 0 ? sqrt(square) : 1;
		for (int side = 0; side < 2; side++)
			for (size_t i = 0; i < n[side]; i++)
				rows[side][i * FOSR_FLOW_FEATURES + a] =
					(rows[side][i * FOSR_FLOW_FEATURES + a] - mean) / deviation;
	}
}

/* Rows that stand for a side: m of its n, evenly spaced. */
struct spaced {
	size_t n, m;
};

static size_t place(const struct spaced *s, size_t i)
{
	return i * s->n / s->m;
}

static void thin(double *rows, const struct spaced *s)
{
	for (size_t i = 0; i < s->m; i++)
		memmove(rows + i * FOSR_FLOW_FEATURES, rows + place(s, i) * FOSR_FLOW_FEATURES,
			FOSR_FLOW_FEATURES * sizeof(*rows));
}

static double weighted_mean(const __u8 *weight, const struct spaced *s, const __u32 *count)
{
	double sum = 0, all = 0;

	for (size_t i = 0; i < s->m; i++) {
		double w = weight[place(s, i)];

		sum += w * count[i];
		all += w;
	}
	return all > 0 ? sum / all : NAN;
}

/* As many rows of both sides: coverage falls with fewer synthetic flows, whatever they are like. */
static void space(const struct fosr_rows *r, struct spaced side[2])
{
	size_t m = NEIGHBOURS_ROWS;

	for (int i = 0; i < 2; i++)
		m = r->v->flow[i].n < m ? r->v->flow[i].n : m;
	for (int i = 0; i < 2; i++)
		side[i] = (struct spaced){r->v->flow[i].n, m};
}

static int neighbours(struct fosr_rows *r, double *const rows[2])
{
	struct spaced s[2];
	__u32 *balls, *covered;
	int ret = -ENOMEM;

	space(r, s);
	for (int side = 0; side < 2; side++)
		thin(rows[side], &s[side]);
	standardise(rows, (const size_t[]){s[0].m, s[1].m});
	balls = calloc(s[1].m, sizeof(*balls));
	covered = calloc(s[0].m, sizeof(*covered));
	if (balls && covered) {
		bool known = fosr_neighbours(
			rows[0], s[0].m, rows[1], s[1].m, FOSR_FLOW_FEATURES, NEIGHBOURS, balls, covered);

		ret = 0;
		for (__u32 round = 0; known && round <= r->rounds; round++) {
			const __u8 *w[2] = {
				fosr_weights(r, FOSR_UNIT_FLOW, 0, round), fosr_weights(r, FOSR_UNIT_FLOW, 1, round)};

			fosr_row_set(r, FOSR_ROW_DENSITY, round, weighted_mean(w[1], &s[1], balls) / NEIGHBOURS);
			fosr_row_set(r, FOSR_ROW_COVERAGE, round, weighted_mean(w[0], &s[0], covered));
		}
	}
	free(balls);
	free(covered);
	return ret;
}

static int by_hash(const void *a, const void *b)
{
	__u64 x = *(const __u64 *)a, y = *(const __u64 *)b;

	return (x > y) - (x < y);
}

static int copies(struct fosr_rows *r)
{
	size_t n = r->v->flow[0].n;
	__u64 *real = calloc(n + 1, sizeof(*real));
	__u8 *copy = calloc(r->v->flow[1].n + 1, 1);
	size_t long_enough = 0;
	int ret = real && copy ? 0 : -ENOMEM;

	for (size_t i = 0; i < n && !ret; i++)
		real[i] = r->v->flow[0].v[i]->copy;
	if (!ret)
		qsort(real, n, sizeof(*real), by_hash);
	for (size_t i = 0; i < r->v->flow[1].n && !ret; i++) {
		const struct fosr_fid_flow *f = r->v->flow[1].v[i];

		if (f->kept < COPY_LEAST)
			continue;
		copy[i] = bsearch(&f->copy, real, n, sizeof(*real), by_hash) ? 2 : 1;
		long_enough++;
	}
	for (__u32 round = 0; round <= r->rounds && !ret && long_enough; round++) {
		const __u8 *w = fosr_weights(r, FOSR_UNIT_FLOW, 1, round);
		double found = 0, all = 0;

		for (size_t i = 0; i < r->v->flow[1].n; i++) {
			all += copy[i] ? w[i] : 0;
			found += copy[i] == 2 ? w[i] : 0;
		}
		fosr_row_set(r, FOSR_ROW_COPIES, round, all > 0 ? found / all : NAN);
	}
	free(real);
	free(copy);
	return ret;
}

int fosr_rows_coverage(struct fosr_rows *r)
{
	double *rows[2];
	int ret;

	if (!both(r))
		return 0;
	rows[0] = features_of(r, 0);
	rows[1] = features_of(r, 1);
	ret = rows[0] && rows[1] ? neighbours(r, rows) : -ENOMEM;
	free(rows[0]);
	free(rows[1]);
	return ret ? ret : copies(r);
}

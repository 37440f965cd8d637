// SPDX-License-Identifier: GPL-3.0-or-later
#include "import/ends.h"

#include <math.h>

#include "flow/step.h"

#define ROUNDS 20000

/* One edge: how many flows used it, and how many would if all ended in g. */
struct row {
	double used, by[FOSR_END_STATES];
};

struct fit {
	FOSR_VEC(struct row) row;
	double w[FOSR_END_STATES];
};

static bool tells(const struct fosr_ta_edge *e)
{
	return e->end || e->flags & (FOSR_TCP_SYN | FOSR_TCP_FIN | FOSR_TCP_RST);
}

static int rows(struct fit *f, const struct fosr_unfold *u, const struct fosr_ta *ta, struct fosr_paths *paths,
	const __u32 *first, double flows)
{
	for (size_t i = 0; i < ta->edge.n && f->row.n < FOSR_ENDS_EDGES; i++) {
		const struct fosr_ta_edge *e = &ta->edge.v[i];
		struct row *r;

		if (!tells(e) || first[i] == first[i + 1])
			continue;
		r = fosr_vec_push(&f->row);
		if (!r)
			return -ENOMEM;
		r->used = fmin((double)e->count / flows, 1);
		for (int g = 0; g < FOSR_END_STATES; g++)
			if (u->walked[g] > 1e-9)
				r->by[g] = 1 -
					fosr_paths_share(
						&paths[g], first[i], first[i + 1] - first[i], u->walked[g] * 1e-4) /
						u->walked[g];
	}
	return 0;
}

/* Onto the nearest weights that are not negative and sum to 1 (Wang and Carreira-Perpinan, arXiv:1309.1541). */
static void project(double w[FOSR_END_STATES], const bool may[FOSR_END_STATES])
{
	double sorted[FOSR_END_STATES] = {0}, sum = 0, shift = 0;
	int n = 0;

	for (int g = 0; g < FOSR_END_STATES; g++)
		if (may[g]) {
			int k = n++;

			for (; k && sorted[k - 1] < w[g]; k--)
				sorted[k] = sorted[k - 1];
			sorted[k] = w[g];
		}
	for (int k = 0; k < n; k++) {
		sum += sorted[k];
		if (sorted[k] + (1 - sum) / (k + 1) > 0)
			shift = (1 - sum) / (k + 1);
	}
	for (int g = 0; g < FOSR_END_STATES; g++)
		w[g] = may[g] ? fmax(w[g] + shift, 0) : 0;
}

static double off(const struct row *r, const double *w)
{
	double x = -r->used;

	for (int g = 0; g < FOSR_END_STATES; g++)
		x += r->by[g] * w[g];
	return x;
}

/* Projected gradient; the step is below the inverse of the largest eigenvalue, which is at most the sum of squares. */
static void descend(struct fit *f, const bool may[FOSR_END_STATES])
{
	double norm = 0;

	for (size_t i = 0; i < f->row.n; i++)
		for (int g = 0; g < FOSR_END_STATES; g++)
			norm += f->row.v[i].by[g] * f->row.v[i].by[g];
	for (int round = 0; round < ROUNDS && norm > 0; round++) {
		double slope[FOSR_END_STATES] = {0};

		for (size_t i = 0; i < f->row.n; i++) {
			double x = off(&f->row.v[i], f->w);

			for (int g = 0; g < FOSR_END_STATES; g++)
				slope[g] += f->row.v[i].by[g] * x;
		}
		for (int g = 0; g < FOSR_END_STATES; g++)
			f->w[g] -= slope[g] / norm;
		project(f->w, may);
	}
}

int fosr_ends_fit(struct fosr_unfold *u, const struct fosr_ta *ta, struct fosr_paths paths[FOSR_END_STATES],
	const __u32 *first, struct fosr_err *err)
{
	bool may[FOSR_END_STATES];
	struct fit f = {0};
	double flows = 0, sum = 0;
	int ret = 0;

	for (size_t i = 0; i < ta->edge.n; i++)
		flows += ta->edge.v[i].end ? (double)ta->edge.v[i].count : 0;
	if (!(flows > 0))
		return 0;
	ret = rows(&f, u, ta, paths, first, flows);
	if (ret) {
		fosr_vec_free(&f.row);
		return fosr_err(err, ret, "out of memory");
	}
	for (int g = 0; g < FOSR_END_STATES; g++) {
		may[g] = u->walked[g] > 1e-9;
		f.w[g] = u->share[g];
	}
	descend(&f, may);
	for (size_t i = 0; i < f.row.n; i++)
		sum += off(&f.row.v[i], f.w) * off(&f.row.v[i], f.w);
	u->misfit = f.row.n ? sqrt(sum / (double)f.row.n) : 0;
	u->fitted = true;
	memcpy(u->share, f.w, sizeof(f.w));
	fosr_vec_free(&f.row);
	return 0;
}

// SPDX-License-Identifier: GPL-3.0-or-later
/* Rows of a child's table matched with values of its parent's by how many observations they were made of. */
#include <math.h>

#include "import/align.h"

#define TOTAL_MAX 4000000 /* observations */
#define EXACT 4e-6
#define NO_ROW UINT32_MAX
#define ROWS_MAX 400

struct search {
	const struct fosr_bif *b;
	__u32 child, rows, outcomes;
	__u32 *count; /* [rows] observations that the parent's values stand for */
	__u32 *of_row; /* [rows] index in count, or NO_ROW */
	bool *taken; /* [rows] by index in count */
	bool *fits; /* [rows][rows] may the row have had so many observations? */
};

/* Half a unit of the sixth digit, and a little. */
static double slack(double p)
{
	return p > 0 ? 0.55 * pow(10, floor(log10(p)) - 5) : 0;
}

static bool whole(double p, double n)
{
	return fabs(p * n - rint(p * n)) <= slack(p) * n + 1e-9;
}

/* The least number of observations that all values are ratios of; 0 when there is none that tells. */
static __u32 total(const double *p, __u32 n)
{
	for (__u32 all = n; all < TOTAL_MAX; all++) {
		__u32 i = 0;
		double loosest = 0;

		while (i < n && whole(p[i], all))
			loosest = fmax(loosest, slack(p[i++]) * all);
		if (i == n)
			return loosest < 0.1 ? all : 0;
	}
	return 0;
}

static void compare(struct search *s)
{
	for (__u32 row = 0; row < s->rows; row++) {
		const double *p = fosr_bif_row(s->b, s->child, &row);

		for (__u32 k = 0; k < s->rows; k++) {
			bool *fits = &s->fits[row * s->rows + k];

			*fits = true;
			for (__u32 i = 0; i < s->outcomes && *fits; i++)
				*fits = !(p[i] > 0) || whole(p[i], s->count[k]);
		}
	}
}

static bool may(const struct search *s, __u32 row, __u32 k)
{
	return !s->taken[k] && s->fits[row * s->rows + k];
}

/* How many different numbers of observations a row may have; *k is the least of them. */
static __u32 choices(const struct search *s, __u32 row, __u32 *k)
{
	__u32 n = 0;

	for (__u32 i = s->rows; i-- > 0;) {
		if ((i + 1 < s->rows && !s->taken[i + 1] && s->count[i] == s->count[i + 1]) || !may(s, row, i))
			continue;
		if (!n++)
			*k = i;
	}
	return n;
}

/* Rows with the fewest choices first; among several choices the fewest observations. False when a row has none. */
static bool match(struct search *s)
{
	for (__u32 round = 0; round < s->rows; round++) {
		__u32 row = NO_ROW, least = UINT32_MAX, k = 0;

		for (__u32 i = 0; i < s->rows && least > 1; i++) {
			__u32 first = 0, n;

			if (s->of_row[i] != NO_ROW)
				continue;
			n = choices(s, i, &first);
			if (!n)
				return false;
			if (n < least) {
				least = n;
				row = i;
				k = first;
			}
		}
		s->of_row[row] = k;
		s->taken[k] = true;
	}
	return true;
}

static void marginal(const struct search *s, bool matched, double *p)
{
	double all = 0;

	memset(p, 0, s->outcomes * sizeof(*p));
	for (__u32 row = 0; row < s->rows; row++) {
		const double *q = fosr_bif_row(s->b, s->child, &row);
		double w = matched ? s->count[s->of_row[row]] : 1;

		for (__u32 i = 0; i < s->outcomes; i++)
			p[i] += w * q[i];
		all += w;
	}
	for (__u32 i = 0; i < s->outcomes; i++)
		p[i] /= all;
}

static int falling(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x < y) - (x > y);
}

/* How far the marginal is from the one that was written sorted. */
static double distance(const double *p, const double *written, __u32 n, double *sorted)
{
	double far = 0;

	memcpy(sorted, p, n * sizeof(*p));
	qsort(sorted, n, sizeof(*sorted), falling);
	for (__u32 i = 0; i < n; i++)
		far = fmax(far, fabs(sorted[i] - written[i]));
	return far;
}

static void tell(const struct search *s, bool right, double far, double plain, __u32 all, struct fosr_report *report)
{
	const char *child = fosr_bif_name(s->b, s->child);
	const char *root = fosr_bif_name(s->b, s->b->vars.v[s->child].parent[0]);

	if (right)
		fosr_report_add(report, FOSR_REPAIRED,
			"%s: its %u values were sorted by frequency; each row of %s tells how many of the %u observations it had, "
			"and so which value is its own: with these, %s has the marginal that bn_tcp.bifxml gives it, within "
			"%.1g (with rows that weigh the same: %.2g)",
			root, s->rows, child, all, child, far, plain);
	else
		fosr_report_add(report, FOSR_UNREPAIRED,
			"%s: its values stand under wrong labels, and the rows of %s do not tell the right ones: every row weighs "
			"the same",
			root, child);
}

static int solve(
	const struct fosr_import_dir *d, struct search *s, const double *root, double *p, struct fosr_report *report)
{
	const double *written = fosr_align_written(d, fosr_bif_name(s->b, s->child), s->outcomes);
	double *sorted = calloc(s->outcomes, sizeof(*sorted)), far = 1, plain = 1;
	__u32 all = s->rows <= ROWS_MAX ? total(root, s->rows) : 0;
	bool matched;

	if (!sorted)
		return -ENOMEM;
	for (__u32 i = 0; i < s->rows; i++) {
		s->count[i] = (__u32)rint(root[i] * all);
		s->of_row[i] = NO_ROW;
	}
	marginal(s, false, p);
	if (written)
		plain = distance(p, written, s->outcomes, sorted);
	if (all && written)
		compare(s);
	matched = all && written && match(s);
	if (matched) {
		marginal(s, true, p);
		far = distance(p, written, s->outcomes, sorted);
	}
	if (far > EXACT)
		marginal(s, false, p);
	tell(s, far <= EXACT, far, plain, all, report);
	free(sorted);
	return 0;
}

int fosr_align_marginal(const struct fosr_import_dir *d, __u32 child, double *p, struct fosr_report *report)
{
	const struct fosr_bif *b = &d->common;
	__u32 parent = b->vars.v[child].parent[0];
	struct search s = {
		.b = b, .child = child, .rows = b->vars.v[parent].outcomes, .outcomes = b->vars.v[child].outcomes};
	int ret = -ENOMEM;

	s.count = calloc(s.rows, sizeof(*s.count));
	s.of_row = calloc(s.rows, sizeof(*s.of_row));
	s.taken = calloc(s.rows, sizeof(*s.taken));
	s.fits = s.rows <= ROWS_MAX ? calloc((size_t)s.rows * s.rows, sizeof(*s.fits)) : NULL;
	if (s.count && s.of_row && s.taken && (s.fits || s.rows > ROWS_MAX))
		ret = solve(d, &s, fosr_bif_row(b, parent, NULL), p, report);
	free(s.count);
	free(s.of_row);
	free(s.taken);
	free(s.fits);
	return ret;
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "import/align.h"

#include <math.h>
#include <stdio.h>

/* Six digits are written: sums of products of them are right to about this. */
#define EXACT 4e-6

struct search {
	const struct fosr_bif *b;
	__u32 root, child, n, m; /* n, m: outcomes */
	const double *p; /* the root's table */
	const double *sorted; /* the child's marginal, falling */
	double best, own; /* distance of the best order, of the order in the file */
	__u32 order[FOSR_ALIGN_OUTCOMES], found[FOSR_ALIGN_OUTCOMES]; /* label i has the table's value order[i] */
};

static int falling(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x < y) - (x > y);
}

/* The child's marginal under an order, against the one that was written sorted. */
static double distance(const struct search *s)
{
	double have[256] = {0}, far = 0;

	for (__u32 i = 0; i < s->n; i++) {
		const double *row = fosr_bif_row(s->b, s->child, &i);

		for (__u32 k = 0; k < s->m; k++)
			have[k] += s->p[s->order[i]] * row[k];
	}
	qsort(have, s->m, sizeof(*have), falling);
	for (__u32 k = 0; k < s->m; k++)
		far = fmax(far, fabs(have[k] - s->sorted[k]));
	return far;
}

static void swap(__u32 *a, __u32 *b)
{
	__u32 t = *a;

	*a = *b;
	*b = t;
}

/* All orders of what is behind `at`; the order in the file comes first and wins when nothing is nearer. */
static void permute(struct search *s, __u32 at)
{
	double far;

	for (__u32 i = at; i < s->n; i++) {
		swap(&s->order[at], &s->order[i]);
		permute(s, at + 1);
		swap(&s->order[at], &s->order[i]);
	}
	if (at < s->n)
		return;
	far = distance(s);
	if (far < s->best) {
		s->best = far;
		memcpy(s->found, s->order, sizeof(s->found));
	}
}

const double *fosr_align_written(const struct fosr_import_dir *d, const char *name, __u32 outcomes)
{
	const struct fosr_bif *const other[] = {&d->tcp, &d->udp};

	for (size_t i = 0; i < FOSR_ARRAY_SIZE(other); i++) {
		int var = fosr_bif_find(other[i], name);
		const struct fosr_bif_var *v = var < 0 ? NULL : &other[i]->vars.v[var];
		const double *p;
		bool sorted = true;

		if (!v || v->parents || v->cells != outcomes)
			continue;
		p = fosr_bif_row(other[i], (__u32)var, NULL);
		for (__u32 k = 1; k < outcomes; k++)
			sorted &= p[k] <= p[k - 1];
		if (sorted)
			return p;
	}
	return NULL;
}

static void tell(const struct search *s, struct fosr_report *report)
{
	const char *root = fosr_bif_name(s->b, s->root), *child = fosr_bif_name(s->b, s->child);
	char was[200] = "", is[200] = "";
	size_t a = 0, b = 0;

	for (__u32 i = 0; i < s->n && a < 150 && b < 150; i++) {
		const char *label = fosr_bif_label(s->b, s->root, i);

		a += (size_t)snprintf(was + a, sizeof(was) - a, "%s%.20s %g", i ? ", " : "", label, s->p[i]);
		b += (size_t)snprintf(is + b, sizeof(is) - b, "%s%.20s %g", i ? ", " : "", label, s->p[s->found[i]]);
	}
	if (!memcmp(s->found, (const __u32[]){0, 1, 2, 3, 4, 5}, s->n * sizeof(*s->found)))
		fosr_report_add(report, FOSR_KEPT, "%s: its labels are right (the marginal of %s follows within %.1g)",
			root, child, s->own);
	else
		fosr_report_add(report, FOSR_REPAIRED,
			"%s: values sorted by frequency stood under labels sorted by name: %s; now %s. With those, %s has "
			"the marginal that bn_tcp.bifxml gives it, within %.1g; as it stood, it is off by %.2g",
			root, was, is, child, s->best, s->own);
}

void fosr_align_root(const struct fosr_import_dir *d, __u32 root, __u32 child, double p[FOSR_ALIGN_OUTCOMES],
	struct fosr_report *report)
{
	const struct fosr_bif_var *v = &d->common.vars.v[root], *c = &d->common.vars.v[child];
	struct search s = {.b = &d->common, .root = root, .child = child, .n = v->outcomes, .m = c->outcomes};

	s.p = fosr_bif_row(s.b, root, NULL);
	s.sorted = c->outcomes <= 256 ? fosr_align_written(d, fosr_bif_name(s.b, child), c->outcomes) : NULL;
	for (__u32 i = 0; i < s.n; i++)
		s.order[i] = s.found[i] = i;
	if (s.sorted) {
		s.own = distance(&s);
		s.best = s.own > EXACT ? s.own - EXACT : 0;
		permute(&s, 0);
		tell(&s, report);
	} else {
		fosr_report_add(report, FOSR_UNREPAIRED,
			"%s: nothing tells whether its values stand under the right labels; taken as they are",
			fosr_bif_name(s.b, root));
	}
	for (__u32 i = 0; i < s.n; i++)
		p[i] = s.p[s.found[i]];
}

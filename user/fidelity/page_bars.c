// SPDX-License-Identifier: GPL-3.0-or-later
/* Figures of services: how many flows each has, and which is taken for which. */
#include <math.h>
#include <netinet/in.h>

#include "fidelity/page.h"
#include "fidelity/plot.h"

#define BARS 16
#define LINE 27 /* height of a service */
#define NAME 110 /* width of the names */

static const char *l4_of(const struct fosr_service *s)
{
	return s->l4 == IPPROTO_UDP ? "udp" : "tcp";
}

static void bar(FILE *f, int side, double share, double most, int top)
{
	fprintf(f,
		"<rect class=\"%s bar\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"9\"/>"
		"<text x=\"%.1f\" y=\"%d\">%.1f %%</text>\n",
		fosr_side_class[side], NAME, top, share / most * 190, NAME + 4 + share / most * 190, top + 8,
		100 * share);
}

void fosr_page_services(FILE *f, const struct fosr_compare *c)
{
	const struct fosr_compare_scope *all = &c->scopes.v[0];
	size_t shown = c->scopes.n - 1 < BARS ? c->scopes.n - 1 : BARS;
	double most = 0;

	for (size_t i = 1; i <= shown; i++)
		for (int side = 0; side < 2; side++)
			most = fmax(most, (double)c->scopes.v[i].flows[side] / (double)all->flows[side]);
	fprintf(f,
		"<figure><figcaption>Flows by service%s</figcaption>\n"
		"<svg viewBox=\"0 0 360 %zu\" role=\"img\" aria-label=\"share of flows of each service\">\n",
		shown < c->scopes.n - 1 ? ", the most frequent in the real captures" : "", shown * LINE + 6);
	for (size_t i = 1; i <= shown && most > 0; i++) {
		const struct fosr_compare_scope *s = &c->scopes.v[i];
		const struct fosr_service *service = &c->services.list.v[s->service];
		int top = (int)(i - 1) * LINE + 2;

		fprintf(f, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s/%s</text>\n", NAME - 6, top + 14,
			service->name, l4_of(service));
		for (int side = 0; side < 2; side++)
			bar(f, side, (double)s->flows[side] / (double)all->flows[side], most, top + 11 * side);
	}
	fosr_plot_end(f);
}

static void confusion_row(FILE *f, const struct fosr_compare *c, const struct fosr_utility *u, size_t is)
{
	const struct fosr_service *s = &c->services.list.v[u->service.v[is]];
	double sum = 0;

	for (size_t k = 0; k < u->service.n; k++)
		sum += u->confusion[is * u->service.n + k];
	fprintf(f, "<tr><th scope=\"row\">%s/%s</th>", s->name, l4_of(s));
	for (size_t k = 0; k < u->service.n; k++) {
		double share = sum > 0 ? u->confusion[is * u->service.n + k] / sum : 0;

		fprintf(f, "<td class=\"%s\" style=\"--share:%.0f%%\">", k == is ? "hit" : "miss", 80 * share);
		if (share >= 0.005)
			fprintf(f, "%.0f", 100 * share);
		fputs("</td>", f);
	}
	fputs("</tr>\n", f);
}

void fosr_page_confusion(FILE *f, const struct fosr_compare *c, const struct fosr_utility *u)
{
	if (u->service.n < 2 || isnan(u->micro[FOSR_SYNTHETIC_REAL]))
		return;
	fputs("<h2>Learned from synthetic flows, tried on real ones</h2>\n"
	      "<p>Each line is a service of real flows; in a column stands, in per cent, how often they were taken for which.</p>\n"
	      "<div class=\"wide\"><table class=\"confusion\"><thead><tr><td></td>",
		f);
	for (size_t k = 0; k < u->service.n; k++)
		fprintf(f, "<th scope=\"col\"><span>%s/%s</span></th>", c->services.list.v[u->service.v[k]].name,
			l4_of(&c->services.list.v[u->service.v[k]]));
	fputs("</tr></thead><tbody>\n", f);
	for (size_t i = 0; i < u->service.n; i++)
		confusion_row(f, c, u, i);
	fputs("</tbody></table></div>\n", f);
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "fidelity/plot.h"

const char *const fosr_side_class[2] = {"real", "synthetic"};

double fosr_plot_x(const struct fosr_axis *x, double value)
{
	double share = (value - x->low) / (x->high - x->low);

	share = share < 0 ? 0 : share > 1 ? 1 : share;
	return FOSR_PLOT_LEFT + share * FOSR_PLOT_IN_W;
}

double fosr_plot_y(const struct fosr_axis *y, double value)
{
	double share = (value - y->low) / (y->high - y->low);

	share = share < 0 ? 0 : share > 1 ? 1 : share;
	return FOSR_PLOT_TOP + (1 - share) * FOSR_PLOT_IN_H;
}

static bool inside(const struct fosr_axis *a, const struct fosr_tick *t)
{
	return t->at >= a->low && t->at <= a->high;
}

static void x_axis(FILE *f, const struct fosr_axis *x)
{
	int bottom = FOSR_PLOT_TOP + FOSR_PLOT_IN_H;

	for (const struct fosr_tick *t = x->ticks; t && t->text; t++)
		if (inside(x, t))
			fprintf(f,
				"<line class=\"grid\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>"
				"<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>\n",
				fosr_plot_x(x, t->at), FOSR_PLOT_TOP, fosr_plot_x(x, t->at), bottom,
				fosr_plot_x(x, t->at), bottom + 14, t->text);
	fprintf(f, "<text class=\"title\" x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>\n",
		FOSR_PLOT_LEFT + FOSR_PLOT_IN_W / 2, FOSR_PLOT_H - 4, x->title);
}

static void y_axis(FILE *f, const struct fosr_axis *y)
{
	int middle = FOSR_PLOT_TOP + FOSR_PLOT_IN_H / 2;

	for (const struct fosr_tick *t = y->ticks; t && t->text; t++)
		if (inside(y, t))
			fprintf(f,
				"<line class=\"grid\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/>"
				"<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
				FOSR_PLOT_LEFT, fosr_plot_y(y, t->at), FOSR_PLOT_LEFT + FOSR_PLOT_IN_W,
				fosr_plot_y(y, t->at), FOSR_PLOT_LEFT - 4, fosr_plot_y(y, t->at) + 4, t->text);
	fprintf(f,
		"<text class=\"title\" x=\"10\" y=\"%d\" text-anchor=\"middle\" transform=\"rotate(-90 10 %d)\">%s</text>\n",
		middle, middle, y->title);
}

void fosr_plot_begin(
	FILE *f, const char *caption, const char *label, const struct fosr_axis *x, const struct fosr_axis *y)
{
	fprintf(f,
		"<figure><figcaption>%s</figcaption>\n"
		"<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">\n",
		caption, FOSR_PLOT_W, FOSR_PLOT_H, label);
	x_axis(f, x);
	y_axis(f, y);
	fprintf(f, "<rect class=\"frame\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n", FOSR_PLOT_LEFT,
		FOSR_PLOT_TOP, FOSR_PLOT_IN_W, FOSR_PLOT_IN_H);
}

void fosr_plot_end(FILE *f)
{
	fputs("</svg></figure>\n", f);
}

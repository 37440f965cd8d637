/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Axes of small SVG plots. Colours are classes of the page's style sheet. */
#ifndef FOSR_FIDELITY_PLOT_H
#define FOSR_FIDELITY_PLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* The plotting area inside the picture. */
enum {
	FOSR_PLOT_W = 360,
	FOSR_PLOT_H = 220,
	FOSR_PLOT_LEFT = 46,
	FOSR_PLOT_TOP = 8,
	FOSR_PLOT_IN_W = 296,
	FOSR_PLOT_IN_H = 174
};

struct fosr_tick {
	double at;
	const char *text;
};

struct fosr_axis {
	double low, high; /* high above low */
	const struct fosr_tick *ticks; /* those outside are left out; text NULL ends them */
	const char *title;
};

/* A figure with its caption, the picture's frame, ticks and titles; to be ended. label: what a screen reader says. */
void fosr_plot_begin(
	FILE *f, const char *caption, const char *label, const struct fosr_axis *x, const struct fosr_axis *y);
void fosr_plot_end(FILE *f);

/* Into the picture; y grows upwards. */
double fosr_plot_x(const struct fosr_axis *x, double value);
double fosr_plot_y(const struct fosr_axis *y, double value);

extern const char *const fosr_side_class[2]; /* "real", "synthetic" */

#endif

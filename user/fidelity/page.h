/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The comparison as one HTML page that needs nothing else: no network, no script; its plots are SVG. */
#ifndef FOSR_FIDELITY_PAGE_H
#define FOSR_FIDELITY_PAGE_H

#include <stdio.h>

#include "fidelity/told.h"

/* u: NULL without forests. 0 or -ENOMEM; what the stream says of its own (ferror) is the caller's to look at. */
int fosr_page(FILE *f, const struct fosr_compare *c, const struct fosr_compare_opts *o, const struct fosr_utility *u);

/* Inside: a figure each. */
int fosr_page_distributions(FILE *f, const struct fosr_compare *c);
int fosr_page_heat(FILE *f, const struct fosr_compare *c);
void fosr_page_load(FILE *f, const struct fosr_compare *c);
void fosr_page_services(FILE *f, const struct fosr_compare *c);
void fosr_page_confusion(FILE *f, const struct fosr_compare *c, const struct fosr_utility *u);

#endif

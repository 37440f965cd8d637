/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of an import share: from what was read to the models of a profile. */
#ifndef FOSR_IMPORT_BUILD_H
#define FOSR_IMPORT_BUILD_H

#include "import/flows.h"
#include "import/import.h"
#include "model/automaton.h"
#include "profile/profile.h"

struct fosr_import_build {
	const struct fosr_import_opts *o;
	struct fosr_report *report;
	struct fosr_import_dir dir;
	struct fosr_import_flows flows; /* service i of it is ... */
	struct fosr_services services; /* service i of the profile, once excluded ones are gone */
	struct fosr_automata automata;
	double excluded; /* share of flows */
	double per_day;
};

/* steps.c: automata for every service of b->flows that has one, here or in the fallback; the others are excluded. */
int fosr_import_steps(struct fosr_import_build *b, struct fosr_err *err);

/*
 * fallback.c: automata of each service of b->flows whose bit in `want` is set, out of b->o->fallback; clears the bit of
 * those that it has.
 */
int fosr_import_fallback(struct fosr_import_build *b, bool *want, struct fosr_err *err);

/* arrivals.c: the histogram, or the constant rate of v0.1. */
int fosr_import_arrivals(struct fosr_import_build *b, struct fosr_tensors *out, struct fosr_err *err);

/*
 * flows_net.c: b->flows as a network. `sizes`: bytes and durations as flows of this profile have them; NULL at first,
 * when they are not known yet.
 */
int fosr_import_net(
	struct fosr_import_build *b, const struct fosr_profile *sizes, struct fosr_tensors *out, struct fosr_err *err);

/* hosts_yaml.c: a network file; malloc'ed. Checked by reading it. */
int fosr_import_network(struct fosr_import_build *b, char **yaml, struct fosr_err *err);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What Fos-R's model says of flows, repaired, before it is a model of this program: per service its share, role pairs,
 * ports, and packet counts. Made of the Bayesian network (flows_bn.c) or of the patterns (flows_patterns.c).
 */
#ifndef FOSR_IMPORT_FLOWS_H
#define FOSR_IMPORT_FLOWS_H

#include "flow/count.h"
#include "flow/endstate.h"
#include "flow/service.h"
#include "import/fosr_dir.h"
#include "import/report.h"

#define FOSR_IMPORT_PAIRS (FOSR_ROLES * FOSR_ROLES)
#define FOSR_IMPORT_CLASSES 3

/* How a flow's end is told by Fos-R's End Flags, which its packet counts depend on. */
enum fosr_import_end {
	FOSR_IMPORT_FIN, /* "F and not R" */
	FOSR_IMPORT_RST, /* "R" */
	FOSR_IMPORT_NEITHER, /* "not F and not R"; and UDP */
};

enum fosr_import_end fosr_import_end_of(enum fosr_end_state end, __u8 l4);

/* What a number of packets may be: categories of counts, each a distribution in pieces. */
struct fosr_import_counts {
	FOSR_VEC(struct fosr_import_piece {
		__u32 lo; /* all as probable, up to hi */
		__u32 hi;
		double weight; /* those of a category sum to 1 */
	})
	piece;
};

struct fosr_import_weight {
	__u16 state, given; /* categories */
	double weight;
};

struct fosr_import_service {
	char name[FOSR_SERVICE_NAME];
	__u8 l4;
	double share; /* of flows */
	double pair[FOSR_IMPORT_PAIRS]; /* opener * FOSR_ROLES + responder; they sum to 1 */
	FOSR_VEC(struct fosr_import_port {
		__u16 port;
		double weight;
	})
	port;
	FOSR_VEC(struct fosr_import_weight) in[FOSR_IMPORT_CLASSES]; /* categories of the responder, relative */
	double end[FOSR_END_STATES]; /* by its automaton; they sum to 1 */
	bool excluded;
};

struct fosr_import_flows {
	FOSR_VEC(struct fosr_import_service) service;
	FOSR_VEC(struct fosr_import_counts) counts[2]; /* categories, by enum fosr_dir; a protocol has its own */
	FOSR_VEC(struct fosr_import_weight) out; /* categories of the opener given the responder's; sum to 1 for each */
};

/* 0, -EINVAL when the network is not built as Fos-R's is, -ENOMEM. What is in f must be freed also after an error. */
int fosr_import_flows_bn(
	struct fosr_import_flows *f, const struct fosr_import_dir *d, struct fosr_report *report, struct fosr_err *err);
int fosr_import_flows_patterns(
	struct fosr_import_flows *f, const struct fosr_import_dir *d, struct fosr_report *report, struct fosr_err *err);

/* Of the services that are in f: packets by the networks and Gaussians. Part of fosr_import_flows_bn(). */
int fosr_import_packets_bn(
	struct fosr_import_flows *f, const struct fosr_import_dir *d, struct fosr_report *report, struct fosr_err *err);

void fosr_import_flows_free(struct fosr_import_flows *f);

/* Appends a category of counts from lo to hi. Its number, or -ENOMEM. */
int fosr_import_counts_uniform(struct fosr_import_flows *f, enum fosr_dir dir, __u32 lo, __u32 hi);

/* The same of a Gaussian, rounded to the nearest count of at least `least`. */
int fosr_import_counts_gauss(struct fosr_import_flows *f, enum fosr_dir dir, double mean, double var, __u32 least);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A Bayesian network of flows, as learned (bn_fit.c) or imported, before it is tensors of the family bn. Variables and
 * what their states mean are fixed; parents, tables and the values behind the categories of a quantity are the
 * network's.
 *
 * P(state | parents) is a row of weights. A row is mixed with the row that its last parent's removal leaves (weights
 * summed), in the ratio weight of the row : number of its states + prior (method C of Bell, Cleary, Witten, Text
 * Compression, 1990, "Witten-Bell", and a constant), and so on down to the first parent. Only full rows are kept; the
 * shorter ones are summed at load.
 */
#ifndef FOSR_MODEL_BN_NET_H
#define FOSR_MODEL_BN_NET_H

#include "base/err.h"
#include "base/vec.h"
#include "flow/service.h"
#include "math/tensor.h"

enum fosr_bn_var {
	FOSR_BN_HOUR, /* of the local day, 0..23; given, no table */
	FOSR_BN_WEEKEND, /* Saturday or Sunday, 0..1; given, no table */
	FOSR_BN_SERVICE, /* index in the vocabulary */
	FOSR_BN_L4, /* the service's, 0 TCP, 1 UDP; no table */
	FOSR_BN_ROLES, /* opener * FOSR_ROLES + responder */
	FOSR_BN_PORT, /* the responder's, a category: values in piece[] */
	FOSR_BN_END, /* enum fosr_end_state */
	FOSR_BN_PACKETS_FWD, /* a category: values in piece[] */
	FOSR_BN_PACKETS_BWD,
	FOSR_BN_BYTES_FWD, /* fosr_bytes_class() */
	FOSR_BN_BYTES_BWD,
	FOSR_BN_DURATION, /* fosr_duration_class() */
	FOSR_BN_VARS
};

extern const char *const fosr_bn_var_name[FOSR_BN_VARS];

#define FOSR_BN_PARENTS 5
#define FOSR_BN_STATES 4096 /* of a category, at most */

/* One number of a table: weight of `state` when parent i is in state given[i]. */
struct fosr_bn_cell {
	__u16 given[FOSR_BN_PARENTS];
	__u16 state;
	__u32 weight; /* flows; of a probability, at least 10^4 per row keep the mixing small. 0 is left out */
};

/* Integers lo..hi, all as likely, that a category stands for with that weight; lo == hi is an exact value. */
struct fosr_bn_piece {
	__u32 lo, hi;
	__u32 weight;
	__u16 state;
};

/*
 * Parents come from the same or an earlier tier: time; service; roles; port and end state; quantities. The first parent
 * of roles and port is the service; of all later ones, the service or L4; rows for each service (L4) of the vocabulary
 * have to be there. The service's are hour and weekend, or one of them, or none.
 */
struct fosr_bn_node {
	__u32 states;
	__u32 prior; /* flows that the shorter row weighs, beside the number of states */
	__u32 parents;
	__u8 parent[FOSR_BN_PARENTS]; /* enum fosr_bn_var, the last is dropped first */
	FOSR_VEC(struct fosr_bn_cell) cell; /* in any order; equal ones are added up */
	FOSR_VEC(struct fosr_bn_piece) piece; /* of port and packets: at least one per state; in any order */
};

struct fosr_bn_net {
	struct fosr_bn_node node[FOSR_BN_VARS];
};

/* An empty network with the states that are fixed, and the least parents: service or L4. */
void fosr_bn_net_init(struct fosr_bn_net *net, const struct fosr_services *services);

/* Appends a cell; given: one state per parent. 0 or -ENOMEM. */
int fosr_bn_net_cell(struct fosr_bn_net *net, enum fosr_bn_var v, const __u16 *given, __u16 state, __u32 weight);

/* Appends a piece, and raises the variable's number of states to hold it. 0 or -ENOMEM. */
int fosr_bn_net_piece(struct fosr_bn_net *net, enum fosr_bn_var v, __u16 state, __u32 lo, __u32 hi, __u32 weight);

/* As tensors `prefix.*`; sorts the cells and pieces. What it writes is checked as fosr_model_bn.load() checks. */
int fosr_bn_net_save(const char *prefix, struct fosr_bn_net *net, const struct fosr_services *services,
	struct fosr_tensors *out, struct fosr_err *err);

void fosr_bn_net_free(struct fosr_bn_net *net);

#endif

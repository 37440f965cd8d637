/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of learning a network: categories, structure, tables. bn_fit.c puts them together. */
#ifndef FOSR_MODEL_BN_LEARN_H
#define FOSR_MODEL_BN_LEARN_H

#include "flow/dataset.h"
#include "model/bn_net.h"

/* Flows in states: x[v][i] is what variable v is in flow i. */
struct fosr_bn_data {
	size_t n;
	__u16 *x[FOSR_BN_VARS];
};

/* Sets the net's categories of ports and packets from the data, and says what states its flows are in. 0 or -ENOMEM;
 * free data in either case. */
int fosr_bn_data_init(struct fosr_bn_data *data, struct fosr_bn_net *net, const struct fosr_dataset *d);
void fosr_bn_data_free(struct fosr_bn_data *data);

#define FOSR_BN_LEARNED (FOSR_BN_PARENTS - 1) /* parents at most, beside the first */

/*
 * Hill climbing from the least parents: of all edges that can be added, removed or reversed, the one that lowers the
 * score most, until none does; ties go to the first by number. The score is BIC in bits: -log2 likelihood + log2(n) / 2
 * per free number of the tables; a number that would be 0 is not kept, and not counted. Puts the parents in the order
 * in which they tell most. 0 or -ENOMEM.
 */
int fosr_bn_search(struct fosr_bn_net *net, const struct fosr_bn_data *data);

/* Fills the tables for the parents that the net has. 0 or -ENOMEM. */
int fosr_bn_count(struct fosr_bn_net *net, const struct fosr_bn_data *data);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Roles to hosts: which of the network's hosts open and answer a flow, by role, service and usage weight. Exact: pairs
 * that cannot be (nobody else is a client) are known beforehand, as limits for the model of flows.
 */
#ifndef FOSR_CAMPAIGN_BIND_H
#define FOSR_CAMPAIGN_BIND_H

#include "campaign/campaign.h"

struct fosr_binding;

/* arrivals decides the stride of client ports; see fosr_binding_port(). */
int fosr_binding_open(struct fosr_binding **out, const struct fosr_campaign *c, struct fosr_err *err);
void fosr_binding_free(struct fosr_binding *b);

const struct fosr_flow_limits *fosr_binding_limits(const struct fosr_binding *b);
const char *fosr_binding_left_out(const struct fosr_binding *b);

/* Fills both ends of f: addresses, MACs, TTLs, ports. service and roles are set and within the limits. */
void fosr_binding_bind(const struct fosr_binding *b, struct fosr_flow *f);

/* The nth choice of a port for the client of a bound flow, from 0 on; 0: it has no more. */
__u16 fosr_binding_port(const struct fosr_binding *b, const struct fosr_flow *f, __u32 nth);

#endif

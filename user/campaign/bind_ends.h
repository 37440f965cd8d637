/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the ends of a flow have for addresses once it is known which interfaces they are. Inside bind.c. */
#ifndef FOSR_CAMPAIGN_BIND_ENDS_H
#define FOSR_CAMPAIGN_BIND_ENDS_H

#include "campaign/campaign.h"

/* Families of addresses that an interface has, as a set of bits. */
#define FOSR_HAS_IP4 1
#define FOSR_HAS_IP6 2

static inline __u8 fosr_iface_families(const struct fosr_iface *iface)
{
	__u8 first = iface->addr.family == 6 ? FOSR_HAS_IP6 : FOSR_HAS_IP4;

	return first | (iface->addr6.family ? FOSR_HAS_IP6 : 0);
}

/*
 * Fills an end, with the address of that family, as it is seen on its own link: whole TTL, its own MAC address. Of a
 * host the stack is always the same.
 */
void fosr_end_fill(const struct fosr_campaign *c, struct fosr_end *e, __u16 host, __u16 iface, __u8 family);

/* The group that a service calls: its registered one (IANA), else everybody. The opener is filled, the port set. */
void fosr_group_fill(struct fosr_flow *f);

/* The VLAN of the link that an end is on; 0: none. */
__u16 fosr_end_vlan(const struct fosr_campaign *c, const struct fosr_end *e);

/*
 * Both ends of a unicast flow as they are seen on the link of its opener, or, where only the responder is in a subnet,
 * of the responder: what comes from elsewhere has the router's MAC address and a TTL less by the routers between. VLAN
 * and round trip time as well.
 */
void fosr_ends_meet(const struct fosr_campaign *c, struct fosr_flow *f);

#endif

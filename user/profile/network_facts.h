/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a network file comes to, counted: for people who want to know what they have written. */
#ifndef FOSR_PROFILE_NETWORK_FACTS_H
#define FOSR_PROFILE_NETWORK_FACTS_H

#include "profile/network.h"

/* Of one service. */
struct fosr_service_facts {
	size_t offer[FOSR_ROLE_GROUP]; /* hosts that offer it, by role */
	size_t clients;
	__u64 usage, most; /* of who offers it: together, and the most that one has */
	size_t top; /* who has the most */
};

struct fosr_net_facts {
	size_t hosts; /* of pools as well */
	size_t pooled;
	size_t os[FOSR_OSES], role[FOSR_ROLE_GROUP]; /* pools apart; a host has the role of its first interface */
	size_t ifaces; /* pools apart, as all that follows */
	size_t only6, both; /* interfaces with IPv6 alone, with both families */
	size_t derived; /* interfaces whose MAC address the file does not say */
	size_t nowhere; /* hosts inside that are in no subnet, although there are subnets */
	size_t derived_first, nowhere_first; /* the first such host */
	__u64 usage, most; /* of who is a client of anything: together, and the most that one has */
	size_t users, top; /* how many those are, and who has the most */
	size_t *place; /* by subnet: hosts with an address in it, of pools as well */
	struct fosr_service_facts *service; /* by service of the network */
};

/* 0 and facts to be freed, or -ENOMEM. */
int fosr_net_facts(const struct fosr_network *net, struct fosr_net_facts *f, struct fosr_err *err);
void fosr_net_facts_free(struct fosr_net_facts *f);

/* One of several has nearly all: the share of flows from which on that is hardly meant. */
#define FOSR_NEARLY_ALL_PERCENT 90
bool fosr_nearly_all(__u64 most, __u64 usage, size_t of);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which hosts of the network live on which interfaces of this machine, and whether those can play them. */
#ifndef FOSR_PLAY_LOCAL_H
#define FOSR_PLAY_LOCAL_H

#include <net/if.h>

#include "base/u64map.h"
#include "campaign/campaign.h"

#define FOSR_LOCAL_DEVS 16

struct fosr_local_dev {
	char name[IFNAMSIZ];
	__u32 ifindex;
	__u8 mac[6];
	__u32 mtu;
	__u32 queues; /* receive queues; 0: not known */
	__u32 hosts; /* addresses of the network played here */
};

struct fosr_local {
	struct fosr_local_dev dev[FOSR_LOCAL_DEVS];
	size_t devs;
	struct fosr_u64map by_addr; /* IPv4 address (host order) to index in dev */
	struct fosr_u64map by_ip6; /* hash of an IPv6 address of the network to the IPv4 address of its interface */
};

/*
 * A host is local when its address is configured on one of devs, or when hosts names it (then it lives on the first).
 * Refused, with what to do: an interface that is missing, down, too narrow for the campaign's MTU, or without the MAC
 * address that the network file gives its host; and when no host is local at all.
 */
int fosr_local_open(struct fosr_local *l, const struct fosr_campaign *c, const char *const *devs, size_t n,
	const char *const *hosts, size_t hosts_n, struct fosr_err *err);
/* The interfaces alone, with no host on them. */
int fosr_local_open_devs(struct fosr_local *l, const char *const *devs, size_t n, struct fosr_err *err);
void fosr_local_free(struct fosr_local *l);

/*
 * Injectors know interfaces by their IPv4 addresses: the one that belongs to an address in a packet, 0 if the network
 * has none; and the index of the interface that plays it, or -1.
 */
__u32 fosr_local_ip4(const struct fosr_local *l, __u8 version, const __u8 addr[16]);
int fosr_local_plays(const struct fosr_local *l, __u32 ip4);

/* Index of the interface that plays this end, or -1. */
int fosr_local_dev(const struct fosr_local *l, const struct fosr_end *e);

/* The interface's MTU; 0 or -errno with the reason. */
int fosr_local_mtu(const char *dev, __u32 *mtu, struct fosr_err *err);

/* Packets that the interface says it has sent, modulo 2^32. On a veth pair: that the other end has taken. */
__u32 fosr_local_sent(const struct fosr_local_dev *d);

/* Is the link up and running? 0, or -ENETDOWN with the reason. */
int fosr_local_link(const char *dev, struct fosr_err *err);

#endif

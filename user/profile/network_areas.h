/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A network as it is drawn: areas (a subnet with both its prefixes, what is in none, the Internet) with items in them.
 * A small network's items are its hosts; in a large one an item stands for many that are alike. A pool is one item.
 */
#ifndef FOSR_PROFILE_NETWORK_AREAS_H
#define FOSR_PROFILE_NETWORK_AREAS_H

#include "profile/network.h"

#define FOSR_AREA_ALONE 60 /* hosts of a network up to which each is drawn */
#define FOSR_AREA_FEW 4 /* hosts of an area up to which each is drawn even in a large one */
#define FOSR_AREA_ITEMS 40 /* of an area with more, hosts are told apart by their operating systems alone */

enum fosr_item_kind {
	FOSR_ITEM_SERVER,
	FOSR_ITEM_USER,
	FOSR_ITEM_INTERNET,
	FOSR_ITEM_POOL,
	FOSR_ITEM_KINDS,
};

struct fosr_item {
	enum fosr_item_kind kind;
	__u32 area;
	size_t host; /* the first one */
	size_t last; /* the last one */
	size_t hosts;
	bool grouped; /* it stands for all that are alike, even if that is one */
	size_t pool; /* index, of FOSR_ITEM_POOL */
	__u64 os; /* bit set of operating systems */
	__u64 offers[FOSR_SERVICES_MAX / 64]; /* of any of the hosts */
};

enum fosr_area_kind {
	FOSR_AREA_SUBNET,
	FOSR_AREA_LINK, /* inside, in no subnet */
	FOSR_AREA_INTERNET,
};

struct fosr_area {
	enum fosr_area_kind kind;
	__u16 place; /* of FOSR_AREA_SUBNET */
	__u16 place6; /* the IPv6 subnet of the same hosts, or FOSR_NO_PLACE */
	size_t hosts;
	size_t first, items; /* in the list of items */
};

/* A host that stands in another area, but has an interface in this one. */
struct fosr_also {
	__u32 area;
	size_t host;
};

struct fosr_areas {
	FOSR_VEC(struct fosr_area)
	area; /* subnets in the file's order, then the link, then the Internet; no empty ones of
	       * the last two */
	FOSR_VEC(struct fosr_item) item; /* by area, kind, operating system if grouped, first host */
	FOSR_VEC(struct fosr_also) also; /* in the file's order */
};

/* 0 and areas to be freed, or -ENOMEM. */
int fosr_areas_make(const struct fosr_network *net, struct fosr_areas *a, struct fosr_err *err);
void fosr_areas_free(struct fosr_areas *a);

#endif

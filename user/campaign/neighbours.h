/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which MAC addresses this machine knows: those of its interfaces, and those of its neighbours on their links. */
#ifndef FOSR_CAMPAIGN_NEIGHBOURS_H
#define FOSR_CAMPAIGN_NEIGHBOURS_H

#include <net/if.h>

#include "base/err.h"
#include "base/vec.h"
#include "flow/flow.h"

struct fosr_neighbour {
	struct fosr_addr addr;
	__u8 mac[6];
	bool own; /* configured here; else in the neighbour table */
	char dev[IFNAMSIZ];
};

struct fosr_neighbours {
	FOSR_VEC(struct fosr_neighbour) list; /* by address, own ones first */
};

/* Of these interfaces alone, or of all for n = 0. 0 and a list to be freed, or -errno. */
int fosr_neighbours_read(struct fosr_neighbours *n, const char *const *devs, size_t devs_n, struct fosr_err *err);
void fosr_neighbours_free(struct fosr_neighbours *n);

/* Who has the address, or NULL. *other: somebody on another interface has it as well, with another MAC address. */
const struct fosr_neighbour *fosr_neighbours_find(
	const struct fosr_neighbours *n, const struct fosr_addr *addr, const struct fosr_neighbour **other);

#endif

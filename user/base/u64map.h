/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Hash table from a 64-bit key to a 32-bit value: open addressing, linear probing, at most half full, tombstone-free
 * deletion (Knuth, TAOCP 6.4, algorithm R). Key 0 is allowed. A zeroed struct is an empty table.
 */
#ifndef FOSR_BASE_U64MAP_H
#define FOSR_BASE_U64MAP_H

#include "base/mix.h"
#include "base/types.h"

struct fosr_u64slot {
	__u64 key;
	__u32 val;
	__u32 used;
};

struct fosr_u64map {
	struct fosr_u64slot *slot;
	size_t n;
	size_t mask; /* slots - 1; 0 when no memory is held */
};

/* 0 or -ENOMEM. Replaces an older value. */
int fosr_u64map_put(struct fosr_u64map *m, __u64 key, __u32 val);
bool fosr_u64map_del(struct fosr_u64map *m, __u64 key);
void fosr_u64map_free(struct fosr_u64map *m);

/* Starts fetching what a get of that key will look at first. */
static inline void fosr_u64map_prefetch(const struct fosr_u64map *m, __u64 key)
{
	if (m->slot)
		__builtin_prefetch(&m->slot[fosr_mix64(key) & m->mask]);
}

/* Pointer to the value, valid until the next put or del; NULL when absent. */
static inline __u32 *fosr_u64map_get(const struct fosr_u64map *m, __u64 key)
{
	if (!m->slot)
		return NULL;
	for (size_t i = fosr_mix64(key) & m->mask; m->slot[i].used; i = (i + 1) & m->mask)
		if (m->slot[i].key == key)
			return &m->slot[i].val;
	return NULL;
}

#endif

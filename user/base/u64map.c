// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/u64map.h"

#include <stdlib.h>

#define FIRST_SLOTS 64

static void insert(struct fosr_u64map *m, __u64 key, __u32 val)
{
	size_t i = fosr_mix64(key) & m->mask;

	while (m->slot[i].used && m->slot[i].key != key)
		i = (i + 1) & m->mask;
	m->n += !m->slot[i].used;
	m->slot[i] = (struct fosr_u64slot){.key = key, .val = val, .used = 1};
}

static int grow(struct fosr_u64map *m)
{
	size_t slots = m->slot ? (m->mask + 1) * 2 : FIRST_SLOTS;
	struct fosr_u64map wide = {.mask = slots - 1};

	wide.slot = calloc(slots, sizeof(*wide.slot));
	if (!wide.slot)
		return -ENOMEM;
	for (size_t i = 0; m->slot && i <= m->mask; i++)
		if (m->slot[i].used)
			insert(&wide, m->slot[i].key, m->slot[i].val);
	free(m->slot);
	*m = wide;
	return 0;
}

int fosr_u64map_put(struct fosr_u64map *m, __u64 key, __u32 val)
{
	if (!m->slot || m->n * 2 > m->mask) {
		int err = grow(m);

		if (err)
			return err;
	}
	insert(m, key, val);
	return 0;
}

bool fosr_u64map_del(struct fosr_u64map *m, __u64 key)
{
	__u32 *val = fosr_u64map_get(m, key);
	size_t hole, i, home;

	if (!val)
		return false;
	hole = (size_t)((struct fosr_u64slot *)((char *)val - offsetof(struct fosr_u64slot, val)) - m->slot);
	for (i = (hole + 1) & m->mask; m->slot[i].used; i = (i + 1) & m->mask) {
		home = fosr_mix64(m->slot[i].key) & m->mask;
		if (((i - home) & m->mask) >= ((i - hole) & m->mask)) {
			m->slot[hole] = m->slot[i];
			hole = i;
		}
	}
	m->slot[hole].used = 0;
	m->n--;
	return true;
}

void fosr_u64map_free(struct fosr_u64map *m)
{
	free(m->slot);
	*m = (struct fosr_u64map){0};
}

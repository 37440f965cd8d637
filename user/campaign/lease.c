// SPDX-License-Identifier: GPL-3.0-or-later
#include "campaign/lease.h"

#include <stdlib.h>
#include <string.h>

#include "base/mix.h"

static __u64 end_mix(const struct fosr_end *e)
{
	__u64 w[2];

	memcpy(w, e->addr.b, sizeof(w));
	return fosr_mix64(fosr_mix64(w[0] + e->port) + w[1] + e->addr.family);
}

/* A sum, so that both directions are the same. */
static __u32 hash_of(const struct fosr_flow *f)
{
	return (__u32)(fosr_mix64(end_mix(&f->end[0]) + end_mix(&f->end[1]) + f->l4) >> 32);
}

static bool same_end(const struct fosr_end *a, const struct fosr_end *b)
{
	return a->port == b->port && a->addr.family == b->addr.family &&
		!memcmp(a->addr.b, b->addr.b, sizeof(a->addr.b));
}

static bool same_ends(const struct fosr_flow *a, const struct fosr_flow *b)
{
	return a->l4 == b->l4 &&
		((same_end(&a->end[0], &b->end[0]) && same_end(&a->end[1], &b->end[1])) ||
			(same_end(&a->end[0], &b->end[1]) && same_end(&a->end[1], &b->end[0])));
}

__s64 fosr_lease_holder(const struct fosr_leases *t, const struct fosr_flow *f)
{
	__u32 hash = hash_of(f);

	if (!t->v)
		return -1;
	for (size_t i = hash & t->mask; t->v[i].holder; i = (i + 1) & t->mask)
		if (t->v[i].hash == hash && same_ends(t->flow(t->arg, t->v[i].holder - 1), f))
			return t->v[i].holder - 1;
	return -1;
}

static void put(struct fosr_leases *t, struct fosr_lease lease)
{
	size_t i = lease.hash & t->mask;

	while (t->v[i].holder)
		i = (i + 1) & t->mask;
	t->v[i] = lease;
}

static int grow(struct fosr_leases *t)
{
	struct fosr_leases old = *t;
	size_t slots = old.v ? 2 * (old.mask + 1) : 1024;

	t->v = calloc(slots, sizeof(*t->v));
	if (!t->v) {
		t->v = old.v;
		return -ENOMEM;
	}
	t->mask = slots - 1;
	for (size_t i = 0; old.v && i <= old.mask; i++)
		if (old.v[i].holder)
			put(t, old.v[i]);
	free(old.v);
	return 0;
}

int fosr_lease_take(struct fosr_leases *t, __u32 slot)
{
	if (!t->v || (t->n + 1) * 3 > (t->mask + 1) * 2) {
		int ret = grow(t);

		if (ret)
			return ret;
	}
	put(t, (struct fosr_lease){.hash = hash_of(t->flow(t->arg, slot)), .holder = slot + 1});
	t->n++;
	return 0;
}

/* Knuth, TAOCP 6.4, algorithm R: whatever probing brought past the hole comes back into it. */
void fosr_lease_drop(struct fosr_leases *t, __u32 slot)
{
	size_t i, hole;

	if (!t->v)
		return;
	for (i = hash_of(t->flow(t->arg, slot)) & t->mask; t->v[i].holder != slot + 1; i = (i + 1) & t->mask)
		if (!t->v[i].holder)
			return;
	t->n--;
	hole = i;
	for (;;) {
		size_t home;

		i = (i + 1) & t->mask;
		if (!t->v[i].holder)
			break;
		home = t->v[i].hash & t->mask;
		if (((i - home) & t->mask) >= ((i - hole) & t->mask)) {
			t->v[hole] = t->v[i];
			hole = i;
		}
	}
	t->v[hole].holder = 0;
}

void fosr_leases_free(struct fosr_leases *t)
{
	free(t->v);
	t->v = NULL;
	t->n = t->mask = 0;
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include <string.h>

#include "base/rng.h"
#include "base/u64map.h"
#include "tap.h"

#define KEYS 700

/* The model: a flat array over a small set of keys, which are what is hard: 0, all ones, neighbours, and ones that
 * share their home slot. */
static __u64 key[KEYS];
static __u32 value[KEYS];
static bool there[KEYS];

static void keys_make(struct fosr_rng *r)
{
	__u64 found = 0;

	for (__u32 i = 0; i < KEYS; i++) {
		if (i < 100)
			key[i] = i;
		else if (i < 200)
			key[i] = UINT64_MAX - i;
		else if (i < 300)
			key[i] = fosr_rng_u64(r);
		else /* the same low 10 bits of the hash: one long run of probes at up to 1024 slots */
			while (fosr_mix64(key[i] = (1ULL << 40) + found++) & 0x3ff)
				;
	}
}

static bool agrees(const struct fosr_u64map *m, size_t n)
{
	if (m->n != n || (m->slot && m->n * 2 > m->mask + 1))
		return false;
	for (__u32 i = 0; i < KEYS; i++) {
		const __u32 *got = fosr_u64map_get(m, key[i]);

		if (!got != !there[i] || (got && *got != value[i]))
			return false;
	}
	return true;
}

static void test_random(__u32 puts_of_10)
{
	struct fosr_rng r = fosr_rng(puts_of_10, 1, FOSR_STAGE_REPORT, 0);
	struct fosr_u64map m = {0};
	size_t n = 0;
	int good = 1, deleted = 1;

	memset(there, 0, sizeof(there));
	for (int round = 0; round < 40000 && good && deleted; round++) {
		__u32 i = fosr_rng_below(&r, KEYS);

		if (fosr_rng_below(&r, 10) < puts_of_10) {
			value[i] = fosr_rng_u32(&r);
			good = !fosr_u64map_put(&m, key[i], value[i]);
			n += !there[i];
			there[i] = true;
		} else {
			deleted = fosr_u64map_del(&m, key[i]) == there[i];
			n -= there[i];
			there[i] = false;
		}
		if (round % 97 == 0)
			good &= agrees(&m, n);
	}
	ok(good && agrees(&m, n), "%u puts in 10: the table is what the model is (%zu keys at the end)", puts_of_10, n);
	ok(deleted, "del tells if the key was there");
	for (__u32 i = 0; i < KEYS; i++)
		deleted &= fosr_u64map_del(&m, key[i]) == there[i];
	memset(there, 0, sizeof(there));
	ok(deleted && agrees(&m, 0), "all taken out");
	fosr_u64map_free(&m);
	ok(!m.slot && !fosr_u64map_get(&m, key[0]), "free leaves an empty table");
}

static void test_empty(void)
{
	struct fosr_u64map m = {0};

	ok(!fosr_u64map_get(&m, 0) && !fosr_u64map_del(&m, 0), "a zeroed struct is an empty table");
	fosr_u64map_free(&m);
	ok(!fosr_u64map_put(&m, 0, 5) && *fosr_u64map_get(&m, 0) == 5 && m.n == 1, "key 0 is a key");
	*fosr_u64map_get(&m, 0) = 6;
	ok(!fosr_u64map_put(&m, 1, 1) && *fosr_u64map_get(&m, 0) == 6, "a value may be changed in place");
	ok(!fosr_u64map_put(&m, 0, 7) && *fosr_u64map_get(&m, 0) == 7 && m.n == 2, "put replaces");
	fosr_u64map_free(&m);
}

static void test_many(void)
{
	struct fosr_u64map m = {0};
	int all = 1;

	for (__u64 k = 0; k < 300000; k++)
		all &= !fosr_u64map_put(&m, k << 20, (__u32)k);
	for (__u64 k = 0; k < 300000; k++)
		all &= *fosr_u64map_get(&m, k << 20) == (__u32)k && !fosr_u64map_get(&m, k << 20 | 1);
	ok(all && m.n == 300000, "300000 keys");
	fosr_u64map_free(&m);
}

int main(void)
{
	struct fosr_rng r = fosr_rng(77, 0, FOSR_STAGE_REPORT, 0);

	keys_make(&r);
	test_empty();
	test_random(3);
	test_random(5);
	test_random(8);
	test_many();
	return done();
}

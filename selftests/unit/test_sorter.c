// SPDX-License-Identifier: GPL-3.0-or-later
#include <string.h>

#include "base/rng.h"
#include "play/sorter.h"
#include "tap.h"

#define ITEMS 10000

static struct fosr_sorted item[ITEMS];

/* Takes all there is; true if that is so many, in order. */
static bool comes_in_order(struct fosr_sorter *s, size_t n)
{
	__u64 last = 0;
	size_t got = 0;
	bool good = true;

	for (struct fosr_sorted *i; (i = fosr_sorter_take(s)); got++) {
		good &= i->time_ns >= last;
		last = i->time_ns;
	}
	return good && got == n && !s->n;
}

/* Sources that are each in order, taken from by turns of random length. */
static void test_sources(__u64 sources)
{
	struct fosr_rng r = fosr_rng(1, sources, 0, 0);
	struct fosr_sorter s = {.n = 0};
	__u64 clock[FOSR_SORTER_SEQUENCES] = {0};

	for (size_t i = 0; i < ITEMS;) {
		__u64 from = fosr_rng_u64(&r) % sources;

		for (__u64 turn = fosr_rng_u64(&r) % 30 + 1; turn && i < ITEMS; turn--, i++) {
			clock[from] += fosr_rng_u64(&r) % 100;
			item[i].time_ns = clock[from];
			fosr_sorter_add(&s, &item[i]);
		}
	}
	ok(s.n <= sources, "%llu sources make no more sequences than they are", sources);
	ok(comes_in_order(&s, ITEMS), "and come out in order, none lost");
}

static void test_equal(void)
{
	struct fosr_sorter s = {.n = 0};
	bool kept = true;

	for (size_t i = 0; i < 100; i++) {
		item[i].time_ns = 7;
		fosr_sorter_add(&s, &item[i]);
	}
	for (size_t i = 0; i < 100; i++)
		kept &= fosr_sorter_take(&s) == &item[i];
	ok(kept, "what is of one time stays in the order it came");
}

static void test_backwards(void)
{
	struct fosr_sorter s = {.n = 0};
	size_t got = 0;

	ok(!fosr_sorter_first(&s) && !fosr_sorter_take(&s), "nothing is the first of nothing");
	for (size_t i = 0; i < FOSR_SORTER_SEQUENCES; i++) {
		item[i].time_ns = 1000 - i;
		fosr_sorter_add(&s, &item[i]);
	}
	ok(comes_in_order(&s, FOSR_SORTER_SEQUENCES), "as many steps back as there are sequences are put right");
	for (size_t i = 0; i <= FOSR_SORTER_SEQUENCES; i++) {
		item[i].time_ns = 1000 - i;
		fosr_sorter_add(&s, &item[i]);
	}
	while (fosr_sorter_take(&s))
		got++;
	ok(got == FOSR_SORTER_SEQUENCES + 1, "with more of them order is lost, and nothing else");
}

int main(void)
{
	test_sources(1);
	test_sources(2);
	test_sources(7);
	test_equal();
	test_backwards();
	return done();
}

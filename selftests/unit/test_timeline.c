// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/mix.h"
#include "base/rng.h"
#include "timeline/timeline.h"
#include "tap.h"

#define MOST 3000

/* The model: the same entries in no order; the first is found by looking at all. */
static struct fosr_due held[MOST];
static size_t n;
static struct fosr_timeline line;
static struct fosr_rng rnd;

static size_t first(void)
{
	size_t best = 0;

	for (size_t i = 1; i < n; i++)
		if (held[i].time_ns < held[best].time_ns ||
			(held[i].time_ns == held[best].time_ns && held[i].id < held[best].id))
			best = i;
	return best;
}

static bool agrees(void)
{
	const struct fosr_due *due = fosr_timeline_first(&line);
	size_t i = first();

	if (!n)
		return !due;
	return due && line.heap.n == n && due->id == held[i].id && due->time_ns == held[i].time_ns &&
		due->slot == held[i].slot;
}

static bool push(__u64 id, __u64 time_ns)
{
	held[n] = (struct fosr_due){.time_ns = time_ns, .id = id, .slot = (__u32)id ^ 0x5a5a};
	return !fosr_timeline_push(&line, held[n++]);
}

static void pop(void)
{
	held[first()] = held[n - 1];
	n--;
	fosr_timeline_pop(&line);
}

/* range: how many different times there are; few of them make many ties. */
static void test_random(__u32 range, __u32 rounds)
{
	__u64 id = 1, now = 1000;
	bool good = true;

	for (__u32 i = 0; i < rounds && good; i++) {
		__u32 what = fosr_rng_below(&rnd, 10);

		if (n < MOST && (what < 4 || !n)) {
			good = push(fosr_mix64(id++), now + fosr_rng_below(&rnd, range));
		} else if (what < 8) {
			/* As a plan does: what is due comes again at the same time or later. */
			size_t at = first();

			now = held[at].time_ns;
			held[at].time_ns = now + fosr_rng_below(&rnd, range);
			fosr_timeline_move_first(&line, held[at].time_ns);
		} else {
			pop();
		}
		good &= agrees();
	}
	ok(good, "%u random steps over %u times: the first is always the least", rounds, range);
	while (n && good) {
		pop();
		good = agrees();
	}
	ok(good && !n, "and emptying it gives the rest in order");
}

static void test_ties(void)
{
	bool good = true;

	for (__u64 i = 0; i < 1000; i++)
		good &= push((i * 617) % 1000, 5);
	for (__u64 i = 0; i < 1000; i++) {
		good &= fosr_timeline_first(&line)->id == i && agrees();
		pop();
	}
	ok(good, "of a thousand at one time the lower id comes first");
}

static void test_extremes(void)
{
	ok(!fosr_timeline_first(&line), "an empty one has no first");
	push(2, UINT64_MAX);
	push(1, UINT64_MAX);
	push(UINT64_MAX, 0);
	ok(fosr_timeline_first(&line)->id == UINT64_MAX, "time comes before id");
	pop();
	ok(fosr_timeline_first(&line)->id == 1, "also at the end of time");
	fosr_timeline_move_first(&line, 0);
	ok(fosr_timeline_first(&line)->id == 1 && fosr_timeline_first(&line)->time_ns == 0,
		"moved to where it was first already");
	fosr_timeline_free(&line);
	n = 0;
	ok(!fosr_timeline_first(&line), "free leaves an empty one");
}

int main(void)
{
	rnd = fosr_rng(1, 2, FOSR_STAGE_REPORT, 0);
	test_extremes();
	test_ties();
	test_random(1, 3000);
	test_random(4, 6000);
	test_random(1000, 6000);
	test_random(UINT32_MAX, 6000);
	fosr_timeline_free(&line);
	return done();
}

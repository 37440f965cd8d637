// SPDX-License-Identifier: GPL-3.0-or-later
#include <stdatomic.h>

#include "base/pool.h"
#include "tap.h"

#define TASKS 1000

static atomic_uint done_by[FOSR_POOL_MAX], times[TASKS], others;

static void task(void *arg, unsigned int worker, size_t i)
{
	atomic_fetch_add(&done_by[worker], 1);
	atomic_fetch_add(&times[i], 1);
}

/* Ends only when another worker has begun one too: two of them do run at once. */
static void meet(void *arg, unsigned int worker, size_t i)
{
	atomic_fetch_add(&others, 1);
	while (atomic_load(&others) < 2)
		;
}

static void test_rounds(unsigned int workers)
{
	struct fosr_pool *p;
	struct fosr_err err = {0};
	bool once = true;
	unsigned int all = 0;

	for (size_t i = 0; i < TASKS; i++)
		atomic_store(&times[i], 0);
	for (size_t i = 0; i < FOSR_POOL_MAX; i++)
		atomic_store(&done_by[i], 0);
	ok(!fosr_pool_open(&p, workers, &err) && fosr_pool_workers(p) == workers, "%u workers", workers);
	for (int round = 0; round < 200; round++)
		fosr_pool_run(p, task, NULL, TASKS);
	fosr_pool_run(p, task, NULL, 0);
	for (size_t i = 0; i < TASKS; i++)
		once &= atomic_load(&times[i]) == 200;
	for (unsigned int w = 0; w < FOSR_POOL_MAX; w++)
		all += w < workers ? atomic_load(&done_by[w]) : 0;
	ok(once && all == 200 * TASKS, "200 rounds of %d tasks, each done once, by workers that exist", TASKS);
	if (workers > 1) {
		atomic_store(&others, 0);
		fosr_pool_start(p, meet, NULL, 2);
		fosr_pool_join(p);
		ok(atomic_load(&others) == 2, "two tasks that wait for each other both end");
	}
	fosr_pool_close(p);
}

int main(void)
{
	test_rounds(1);
	test_rounds(2);
	test_rounds(7);
	fosr_pool_close(NULL);
	return done();
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "campaign/arrived.h"
#include "tap.h"

#define S FOSR_NS_PER_S

/* Each step of a long flow once, in an order that jumps about; then all of them again. */
static void test_any_order(void)
{
	struct fosr_arrived a = {0};
	const __u32 n = 5000;
	int bad = 0;

	for (__u32 i = 0; i < n; i++)
		bad += fosr_arrived_step(&a, 7, (__u32)((__u64)i * 3571 % n)) != 0;
	ok(!bad && a.unique == n && !a.repeated, "5000 steps out of order: each is new");
	for (__u32 i = 0; i < n; i++)
		bad += fosr_arrived_step(&a, 7, i) != 0;
	ok(!bad && a.unique == n && a.repeated == n, "and then each is a repeat");
	ok(!fosr_arrived_step(&a, 8, 0) && a.unique == n + 1, "another flow has steps of its own");
	ok(!fosr_arrived_step(&a, 8, UINT32_MAX) && a.unique == n + 1 && a.repeated == n + 1,
		"a step that no plan has takes no memory");
	fosr_arrived_free(&a);
}

static void test_forgotten(void)
{
	struct fosr_arrived a = {0};

	fosr_arrived_step(&a, 1, 0);
	fosr_arrived_step(&a, 2, 100);
	fosr_arrived_end(&a, 1, 5 * S);
	fosr_arrived_end(&a, 2, 6 * S);
	fosr_arrived_expire(&a, 7 * S);
	ok(a.by_flow.n == 2, "a flow is kept for a while after its end");
	fosr_arrived_expire(&a, 60 * S);
	ok(!a.by_flow.n, "and then forgotten");
	fosr_arrived_step(&a, 3, 100);
	ok(a.flow.n == 2 && a.by_flow.n == 1 && a.unique == 3, "its place is taken by another, which has seen nothing");
	fosr_arrived_step(&a, 3, 100);
	ok(a.repeated == 1, "until it has");
	fosr_arrived_free(&a);
}

int main(void)
{
	test_any_order();
	test_forgotten();
	return done();
}

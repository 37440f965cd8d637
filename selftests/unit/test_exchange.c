// SPDX-License-Identifier: GPL-3.0-or-later
#include "play/exchange.h"
#include "tap.h"

#define FWD FOSR_FWD
#define BWD FOSR_BWD
#define OPENER 0x0a000001
#define RESPONDER 0x0a000002

static struct fosr_exchange x;
static const __u8 at_opener[2] = {1, 0}, both[2] = {1, 1};

/* The next step of a flow is due; its slot. */
static __u32 due(__u64 id, __u32 plan_slot, __u8 dir, bool last, __u64 time_ns, const __u8 dev[2])
{
	static struct fosr_live_flow live;
	struct fosr_packet packet = {.slot = plan_slot, .step = {.dir = dir}};
	struct fosr_planned p = {.time_ns = time_ns, .packet = &packet, .live = &live, .last = last};
	__u32 slot = 0;

	live.flow = (struct fosr_flow){.id = id, .start_ns = 5, .l4 = 6};
	live.flow.end[FWD].ip4 = OPENER;
	live.flow.end[BWD].ip4 = RESPONDER;
	live.flow.end[FWD].port = 1000;
	if (fosr_exchange_due(&x, &p, dev, time_ns, &slot))
		printf("Bail out! out of memory\n");
	return slot;
}

static int arrive(__u64 id, __u32 step, __u8 dir, bool copy)
{
	__u32 slot;

	return fosr_exchange_arrive(&x,
		&(struct fosr_exchange_in){.flow = id,
			.step = step,
			.src = dir ? RESPONDER : OPENER,
			.sport = dir ? 80 : 1000,
			.copy = copy},
		&slot);
}

static bool always(void *arg, const struct fosr_exchange_flow *f, const struct fosr_exchange_end *e)
{
	return fosr_exchange_settled(f);
}

/* Request, answer, request: the second request waits for the answer. */
static void test_cause_and_effect(void)
{
	struct fosr_exchange_flow *f;
	__u32 s = due(7, 3, FWD, false, 10, at_opener);

	f = &x.flow.v[s];
	ok(fosr_exchange_may(f, FWD) && !fosr_exchange_pass(f, FWD) && f->base == 1,
		"the first request may go at once");
	due(7, 3, BWD, false, 20, at_opener);
	ok(fosr_exchange_may(f, BWD) && !fosr_exchange_pass(f, BWD) && f->lack[BWD] == 1 && f->base == 1,
		"the answer is due, and lacks");
	due(7, 3, FWD, true, 30, at_opener);
	ok(!fosr_exchange_may(f, FWD) && f->due == 3 && f->next == 2, "the next request has to wait");
	ok(fosr_exchange_lacking(f) == 1, "step 1 is to be asked for");
	ok(fosr_exchange_clear_to(&x) == 30, "the flow has ended, and is not settled");
	ok(arrive(7, 1, BWD, false) == FOSR_ARRIVAL_NEW && !fosr_exchange_lacks(f) && fosr_exchange_may(f, FWD),
		"the answer comes");
	ok(arrive(7, 1, BWD, true) == FOSR_ARRIVAL_AGAIN && x.copies == 1 && !x.repeated,
		"a copy of it, which says so");
	ok(arrive(7, 1, BWD, false) == FOSR_ARRIVAL_AGAIN && x.copies == 1 && x.repeated == 1,
		"a repeat, which does not");
	ok(!fosr_exchange_pass(f, FWD) && fosr_exchange_settled(f) && fosr_exchange_clear_to(&x) == x.position_ns,
		"the flow is settled");
	fosr_exchange_forget(&x, always, NULL);
	ok(fosr_exchange_find(&x, 7) == FOSR_EXCHANGE_NONE && x.unused.n == 1, "and forgotten");
	ok(arrive(7, 1, BWD, false) == FOSR_ARRIVAL_AGAIN && x.unused.n == 1, "what comes later takes no memory");
}

/* The other machine is ahead: steps come before they are due here, out of order, even of flows not begun. */
static void test_early(void)
{
	struct fosr_exchange_flow *f;
	__u32 s;

	ok(arrive(9, 2, FWD, false) == FOSR_ARRIVAL_NEW && arrive(9, 0, FWD, false) == FOSR_ARRIVAL_NEW,
		"steps 2 and 0 of a flow that is not begun");
	s = due(9, 4, FWD, false, 40, (const __u8[2]){0, 1});
	f = &x.flow.v[s];
	ok(!fosr_exchange_pass(f, FWD) && f->base == 1 && !fosr_exchange_lacks(f), "step 0 is due, and there");
	due(9, 4, FWD, false, 41, f->dev);
	fosr_exchange_pass(f, FWD);
	due(9, 4, FWD, false, 42, f->dev);
	fosr_exchange_pass(f, FWD);
	ok(f->lack[FWD] == 1 && f->base == 1 && fosr_exchange_lacking(f) == 1, "step 1 lacks, step 2 is there");
	ok(arrive(9, 1, FWD, false) == FOSR_ARRIVAL_NEW && f->base == 3, "step 1 comes: all three are done");
	ok(arrive(9, UINT32_MAX, FWD, false) == FOSR_ARRIVAL_AGAIN, "a step that no plan has takes no memory");
}

/* Every step of a long flow, in an order that jumps about. */
static void test_any_order(void)
{
	const __u32 n = 5000;
	__u64 before = x.unique;
	struct fosr_exchange_flow *f;
	__u32 s = 0, bad = 0;

	for (__u32 i = 0; i < n; i++) {
		s = due(11, 5, FWD, i == n - 1, 50 + i, both);
		bad += fosr_exchange_pass(&x.flow.v[s], FWD) != 0;
	}
	f = &x.flow.v[s];
	ok(!bad && f->lack[FWD] == n && !f->base && fosr_exchange_lacking(f) == UINT64_MAX, "5000 steps lack");
	for (__u32 i = 0; i < n; i++)
		bad += arrive(11, (__u32)((__u64)i * 3571 % n), FWD, false) != FOSR_ARRIVAL_NEW;
	ok(!bad && x.unique == before + n, "each comes once");
	ok(f->base == n && !fosr_exchange_lacks(f) && fosr_exchange_settled(f), "then none lacks");
	for (__u32 i = 0; i < n; i++)
		bad += arrive(11, i, FWD, false) != FOSR_ARRIVAL_AGAIN;
	ok(!bad, "and every one more is a repeat");
}

/* Ends are forgotten in their order; what the plan cut off counts as ended last. */
static void test_ends(void)
{
	__u32 a = due(13, 6, FWD, true, 6000, at_opener), b = due(14, 7, BWD, true, 6001, at_opener);
	__u32 c = due(15, 8, BWD, false, 6002, at_opener);

	fosr_exchange_pass(&x.flow.v[a], FWD);
	fosr_exchange_pass(&x.flow.v[b], BWD);
	fosr_exchange_pass(&x.flow.v[c], BWD);
	fosr_exchange_forget(&x, always, NULL);
	ok(fosr_exchange_find(&x, 13) == FOSR_EXCHANGE_NONE && fosr_exchange_find(&x, 14) == b,
		"one is done, one lacks");
	ok(fosr_exchange_clear_to(&x) == 6001, "up to that one all is clear");
	ok(!fosr_exchange_end_all(&x, 0) && fosr_exchange_clear_to(&x) == 6001,
		"the plan's end changes nothing of that");
	x.flow.v[b].state |= FOSR_EXCHANGE_GIVEN_UP;
	fosr_exchange_forget(&x, always, NULL);
	ok(fosr_exchange_find(&x, 14) == FOSR_EXCHANGE_NONE, "given up is settled");
	ok(fosr_exchange_clear_to(&x) == UINT64_MAX - 1, "what was cut off is what is left");
	arrive(15, 0, BWD, false);
	ok(fosr_exchange_clear_to(&x) == UINT64_MAX, "until it has come");
}

int main(void)
{
	test_cause_and_effect();
	test_early();
	test_any_order();
	test_ends();
	fosr_exchange_free(&x);
	return done();
}

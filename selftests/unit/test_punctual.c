// SPDX-License-Identifier: GPL-3.0-or-later
#include "play/punctual.h"
#include "tap.h"

#define MANY (4 * FOSR_PUNCTUAL_PLACES)

int main(void)
{
	struct fosr_punctual p = {.place = NULL};

	fosr_punctual_planned(&p, 1, 1, 100);
	ok(!p.late.n, "one that is not open measures nothing");
	ok(!fosr_punctual_open(&p), "opened");
	fosr_punctual_planned(&p, 7, 1, 1000);
	fosr_punctual_arrived(&p, 7, 2, 5000);
	fosr_punctual_arrived(&p, 8, 1, 5000);
	ok(!p.late.n, "another step, or another flow, is not the packet");
	fosr_punctual_arrived(&p, 7, 1, 1500);
	ok(p.late.n == 1 && p.late.max == 500 && !p.early, "planned, then arrived: 500 ns late");
	fosr_punctual_arrived(&p, 7, 1, 9000);
	ok(p.late.n == 1, "a second arrival is not measured");
	fosr_punctual_planned(&p, 7, 2, 4000);
	ok(p.late.n == 2 && p.late.max == 1000, "arrived before the plan was read so far: 1000 ns late");
	fosr_punctual_planned(&p, 9, 1, 4000);
	fosr_punctual_arrived(&p, 9, 1, 3000);
	ok(p.late.n == 3 && p.early == 1 && p.late.max == 1000, "before its time: early, and 0 late");
	for (__u32 i = 0; i < MANY; i++)
		fosr_punctual_planned(&p, 10, i, 100);
	for (__u32 i = 0; i < MANY; i++)
		fosr_punctual_arrived(&p, 10, i, 107);
	ok(p.late.n > 3 && p.late.n <= 3 + FOSR_PUNCTUAL_PLACES && p.late.max == 1000,
		"more than there are places for: some are measured, each rightly");
	fosr_punctual_close(&p);
	return done();
}

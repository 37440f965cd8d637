// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/rng.h"
#include "campaign/lease.h"
#include "tap.h"

#define FLOWS 4000

static struct fosr_flow flows[FLOWS];
static bool has[FLOWS];

static const struct fosr_flow *flow_of(const void *arg, __u32 slot)
{
	return &flows[slot];
}

/* Few addresses and ports, so that many flows want the same. */
static void flow_fill(struct fosr_flow *f, struct fosr_rng *r)
{
	*f = (struct fosr_flow){.l4 = fosr_rng_below(r, 2) ? 6 : 17};
	for (int d = 0; d < 2; d++) {
		f->end[d].addr.family = 4;
		f->end[d].addr.b[3] = (__u8)fosr_rng_below(r, 4);
		f->end[d].port = (__u16)fosr_rng_below(r, 12);
	}
}

static bool same(const struct fosr_end *a, const struct fosr_end *b)
{
	return a->addr.b[3] == b->addr.b[3] && a->port == b->port;
}

static __s64 search(const struct fosr_flow *f)
{
	for (int i = 0; i < FLOWS; i++)
		if (has[i] && flows[i].l4 == f->l4 &&
			((same(&flows[i].end[0], &f->end[0]) && same(&flows[i].end[1], &f->end[1])) ||
				(same(&flows[i].end[0], &f->end[1]) && same(&flows[i].end[1], &f->end[0]))))
			return i;
	return -1;
}

/* Takes and drops in turns; the table says what a search through all of them says. */
static void test_model(void)
{
	struct fosr_leases t = {.flow = flow_of};
	struct fosr_rng r = fosr_rng(1, 2, FOSR_STAGE_REPORT, 0);
	__u64 taken = 0, refused = 0, dropped = 0;
	bool right = true;

	for (int i = 0; i < 20000; i++) {
		__u32 slot = fosr_rng_below(&r, FLOWS);

		if (has[slot]) {
			fosr_lease_drop(&t, slot);
			has[slot] = false;
			right &= fosr_lease_holder(&t, &flows[slot]) < 0;
			dropped++;
			continue;
		}
		flow_fill(&flows[slot], &r);
		right &= fosr_lease_holder(&t, &flows[slot]) == search(&flows[slot]);
		if (fosr_lease_holder(&t, &flows[slot]) >= 0) {
			fosr_lease_drop(&t, slot); /* it has none: nothing happens */
			refused++;
			continue;
		}
		right &= !fosr_lease_take(&t, slot);
		has[slot] = true;
		taken++;
	}
	ok(right, "%llu taken, %llu refused, %llu dropped, each as a search says", taken, refused, dropped);
	ok(taken > 1000 && refused > 1000 && dropped > 100, "and there was much of each");
	ok(t.n == taken - dropped, "as many are held as were taken and not dropped");
	fosr_leases_free(&t);
}

int main(void)
{
	test_model();
	return done();
}

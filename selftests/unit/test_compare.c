// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Metrics know a lie: flows like the real ones are as close as real captures are; a copy with its gaps shuffled, one
 * with its directions swapped, one of constant sizes, and an exact copy are each flagged by the row that is for that.
 */
#include <math.h>
#include <netinet/in.h>

#include "base/rng.h"
#include "fidelity/told.h"
#include "flow/endstate.h"
#include "tap.h"

enum { FLOWS = 240 };

static const struct fosr_compare_opts opts = {
	.limits = {.flows = 10000, .packets = 100, .seed = 1}, .rounds = 60, .forests = true};

static double uniform(struct fosr_rng *r)
{
	return (fosr_rng_u32(r) + 0.5) / 4294967296.0;
}

/* Questions and answers: an answer is large and quick, and the next question comes after a pause; each flow at its
 * pace. */
static struct fosr_step step_of(struct fosr_rng *r, __u32 k, double pace)
{
	bool answer = k % 3;
	double seconds = answer ? 0.001 * pace * (1 + uniform(r)) : 0.3 * pace * (1 + uniform(r));

	return (struct fosr_step){
		.gap_ns = k ? (__u64)(seconds * 1e6) * 1000 : 0,
		.len = (__u16)(answer ? 600 + fosr_rng_below(r, 800) : 30 + fosr_rng_below(r, 90)),
		.dir = answer ? FOSR_BWD : FOSR_FWD,
		.flags = FOSR_TCP_ACK | (answer ? 0 : FOSR_TCP_PSH),
	};
}

static void make(struct fosr_dataset *d, __u64 seed)
{
	fosr_services_add(&d->services, "http", IPPROTO_TCP, 80);
	for (__u32 i = 0; i < FLOWS; i++) {
		struct fosr_rng r = fosr_rng(seed, i, FOSR_STAGE_FLOW, 0);
		__u32 n = 6 + 3 * fosr_rng_below(&r, 5);
		double pace = 0.2 + 2 * uniform(&r) * uniform(&r);
		struct fosr_sample_flow *f = fosr_vec_push(&d->flows);

		*f = (struct fosr_sample_flow){.start_ns = i * FOSR_NS_PER_S,
			.first = (__u32)d->steps.n,
			.port = 80,
			.l4 = IPPROTO_TCP,
			.end_state = FOSR_OTH};
		for (__u32 k = 0; k < n; k++) {
			struct fosr_step *s = fosr_vec_push(&d->steps);

			*s = step_of(&r, k, pace);
		}
	}
}

/* Counts as the packets have them. */
static void recount(struct fosr_dataset *d)
{
	for (size_t i = 0; i < d->flows.n; i++) {
		struct fosr_sample_flow *f = &d->flows.v[i];
		size_t end = i + 1 < d->flows.n ? d->flows.v[i + 1].first : d->steps.n;

		memset(f->packets, 0, sizeof(f->packets));
		memset(f->bytes, 0, sizeof(f->bytes));
		for (size_t k = f->first; k < end; k++) {
			f->packets[d->steps.v[k].dir]++;
			f->bytes[d->steps.v[k].dir] += d->steps.v[k].len;
		}
	}
}

/* Each flow keeps its gaps, in another order. */
static void shuffle_gaps(struct fosr_dataset *d)
{
	for (size_t i = 0; i < d->flows.n; i++) {
		const struct fosr_sample_flow *f = &d->flows.v[i];
		struct fosr_rng r = fosr_rng(77, i, FOSR_STAGE_STEP, 0);

		for (__u32 k = f->packets[0] + f->packets[1] - 1; k > 1; k--) {
			struct fosr_step *a = &d->steps.v[f->first + k],
					 *b = &d->steps.v[f->first + 1 + fosr_rng_below(&r, k)];
			__u64 gap = a->gap_ns;

			a->gap_ns = b->gap_ns;
			b->gap_ns = gap;
		}
	}
}

static void swap_directions(struct fosr_dataset *d)
{
	for (size_t i = 0; i < d->steps.n; i++)
		d->steps.v[i].dir ^= 1;
}

static void constant_sizes(struct fosr_dataset *d)
{
	for (size_t i = 0; i < d->steps.n; i++)
		d->steps.v[i].len = 400;
}

static void nothing(struct fosr_dataset *d)
{
}

/* Two real files against flows of `seed` that were changed. */
static void compare(struct fosr_compare *c, __u64 seed, void (*change)(struct fosr_dataset *))
{
	struct fosr_dataset d[3];
	struct fosr_err err;

	memset(c, 0, sizeof(*c));
	memset(d, 0, sizeof(d));
	for (int i = 0; i < 3; i++) {
		make(&d[i], i < 2 ? (__u64)i + 1 : seed);
		recount(&d[i]);
		if (i == 2) {
			change(&d[i]);
			recount(&d[i]);
		}
		ok(!fosr_side_add(&c->side[i == 2], &opts.limits, &d[i], i == 2 ? 0 : (__u32)i), "data set %d", i);
	}
	fosr_services_add(&c->services, "http", IPPROTO_TCP, 80);
	ok(!fosr_compare_sides(c, &opts, &err), "compared");
	for (int i = 0; i < 3; i++)
		fosr_dataset_free(&d[i]);
}

static const struct fosr_compare_row *row(const struct fosr_compare *c, __u32 which)
{
	return &c->scopes.v[0].row[which];
}

static void verdict(const struct fosr_compare *c, __u32 which, enum fosr_likeness least, enum fosr_likeness most)
{
	const struct fosr_compare_row *r = row(c, which);
	struct fosr_row_def def = fosr_row_def(which);

	if (!ok(r->verdict >= least && r->verdict <= most, "%s, %s: %s to %s", def.quantity, def.measure,
		    fosr_likeness_words[least], fosr_likeness_words[most]))
		printf("# %s: %g (%g .. %g), floor %g\n", fosr_likeness_words[r->verdict], r->value, r->low, r->high,
			r->floor);
}

#define FLAGGED(c, which) verdict(c, which, FOSR_LIKE_OFF, FOSR_LIKE_COPIED)
#define FINE(c, which) verdict(c, which, FOSR_LIKE_CLOSE, FOSR_LIKE_NEAR)
#define JS(quantity) (FOSR_ROW_MARGINALS + 3 * (quantity))

static void test_honest(void)
{
	struct fosr_compare c;

	compare(&c, 3, nothing);
	for (__u32 i = 0; i < FOSR_ROWS; i++)
		if (!isnan(row(&c, i)->value)) {
			FINE(&c, i);
			ok(row(&c, i)->low <= row(&c, i)->value && row(&c, i)->value <= row(&c, i)->high,
				"the range holds the value");
		}
	ok(isnan(row(&c, JS(FOSR_B_TTL))->value) && row(&c, JS(FOSR_B_TTL))->verdict == FOSR_LIKE_NONE,
		"of TTLs nothing is known");
	ok(row(&c, FOSR_ROW_COPIES)->value == 0, "nothing is copied");
	ok(c.scopes.n == 2 && c.scopes.v[1].row[FOSR_ROW_PCD].value == row(&c, FOSR_ROW_PCD)->value,
		"the only service is the total");
	fosr_compare_free(&c);
}

static void test_shuffled(void)
{
	struct fosr_compare c;

	compare(&c, 3, shuffle_gaps);
	FINE(&c, JS(FOSR_B_GAP));
	FINE(&c, JS(FOSR_B_SIZE));
	FLAGGED(&c, FOSR_ROW_LAG_GAP);
	FLAGGED(&c, FOSR_ROW_JOINT);
	FLAGGED(&c, FOSR_ROW_TOLD);
	fosr_compare_free(&c);
}

static void test_swapped(void)
{
	struct fosr_compare c;

	compare(&c, 3, swap_directions);
	FINE(&c, JS(FOSR_B_GAP));
	FLAGGED(&c, JS(FOSR_B_DIRECTION));
	FLAGGED(&c, FOSR_ROW_TOLD);
	fosr_compare_free(&c);
}

static void test_constant(void)
{
	struct fosr_compare c;

	compare(&c, 3, constant_sizes);
	FINE(&c, JS(FOSR_B_GAP));
	FLAGGED(&c, JS(FOSR_B_SIZE));
	FLAGGED(&c, FOSR_ROW_SAMPLES + 2 * FOSR_S_SIZE);
	FLAGGED(&c, FOSR_ROW_SAMPLES + 2 * FOSR_S_SIZE + 1);
	FLAGGED(&c, FOSR_ROW_TOLD);
	fosr_compare_free(&c);
}

static void test_copied(void)
{
	struct fosr_compare c;

	compare(&c, 2, nothing);
	FINE(&c, JS(FOSR_B_SIZE));
	ok(row(&c, FOSR_ROW_COPIES)->value == 1, "every flow is a copy");
	verdict(&c, FOSR_ROW_COPIES, FOSR_LIKE_COPIED, FOSR_LIKE_COPIED);
	fosr_compare_free(&c);
}

/* Of more flows than the limit a sample is held, the same by the same seed. */
static void test_reservoir(void)
{
	const struct fosr_side_limits few = {.flows = 100, .packets = 4, .seed = 5};
	struct fosr_side side[2];
	struct fosr_dataset d;
	__u64 starts = 0;

	memset(side, 0, sizeof(side));
	memset(&d, 0, sizeof(d));
	make(&d, 9);
	recount(&d);
	ok(!fosr_side_add(&side[0], &few, &d, 0) && !fosr_side_add(&side[1], &few, &d, 0), "240 flows, 100 held");
	ok(side[0].flows.n == 100 && side[0].flows_seen == FLOWS, "so many are held");
	for (size_t i = 0; i < 100; i++) {
		starts += side[0].flows.v[i].start_ns / FOSR_NS_PER_S;
		if (side[0].flows.v[i].kept != 4 || side[0].flows.v[i].copy != side[1].flows.v[i].copy)
			break;
		if (i == 99)
			ok(1, "of four packets each, the same twice");
	}
	ok(starts / 100 > FLOWS / 2 - 30 && starts / 100 < FLOWS / 2 + 30, "from everywhere");
	fosr_side_free(&side[0]);
	fosr_side_free(&side[1]);
	fosr_dataset_free(&d);
}

int main(void)
{
	test_honest();
	test_shuffled();
	test_swapped();
	test_constant();
	test_copied();
	test_reservoir();
	return done();
}

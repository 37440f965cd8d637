/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plans taken down packet by packet, for tests that compare them. */
#ifndef SELFTESTS_UNIT_PLANKIT_H
#define SELFTESTS_UNIT_PLANKIT_H

#include "base/mix.h"
#include "base/vec.h"
#include "campaign/plan.h"
#include "tap.h"

/* One packet as the plan gave it. */
struct noted {
	__u64 time_ns, flow, start_ns;
	__u64 pair; /* of its hosts */
	__u64 hash; /* of its bytes */
	__u32 index, len;
	__u16 port; /* of the client */
	bool last;
};

struct notes {
	FOSR_VEC(struct noted) list;
	struct fosr_plan_stats stats;
};

static inline __u64 hash_of(const __u8 *p, __u32 len)
{
	__u64 h = len;

	for (__u32 i = 0; i < len; i++)
		h = fosr_mix64(h ^ p[i]) + i;
	return h;
}

static inline __u64 pair_of(const struct fosr_flow *f)
{
	return fosr_mix64(f->end[0].host) + fosr_mix64(f->end[1].host);
}

/* Opens or ends the test: without a campaign nothing can be said. */
static inline struct fosr_campaign *campaign_of(const struct fosr_campaign_spec *spec)
{
	struct fosr_campaign *c;
	struct fosr_err err = {0};

	if (fosr_campaign_open(spec, &c, &err)) {
		printf("Bail out! %s\n", err.text);
		exit(1);
	}
	return c;
}

static inline struct fosr_plan *plan_with(const struct fosr_campaign *c, const struct fosr_plan_opts *opts)
{
	struct fosr_plan *plan;
	struct fosr_err err = {0};

	if (fosr_plan_open(&plan, c, opts, &err)) {
		printf("Bail out! %s\n", err.text);
		exit(1);
	}
	return plan;
}

/* The whole plan; each frame is crafted at the end of a block of its exact size, for sanitizers. */
static inline struct notes take_down_with(const struct fosr_campaign *c, const struct fosr_plan_opts *opts)
{
	struct fosr_plan *plan = plan_with(c, opts);
	__u8 *frame = malloc(fosr_craft_frame_max(c->craft.mtu));
	struct notes notes = {0};
	struct fosr_err err = {0};
	struct fosr_planned p;

	while (fosr_plan_next(plan, &p, &err) > 0) {
		struct noted *n = fosr_vec_push(&notes.list);

		*n = (struct noted){.time_ns = p.time_ns,
			.flow = p.live->flow.id,
			.pair = pair_of(&p.live->flow),
			.start_ns = p.live->flow.start_ns,
			.index = p.packet->index,
			.port = p.live->flow.end[FOSR_FWD].port,
			.last = p.last,
			.len = fosr_plan_craft(plan, p.packet, frame)};
		n->hash = hash_of(frame, n->len);
	}
	notes.stats = fosr_plan_stats(plan);
	free(frame);
	fosr_plan_free(plan);
	return notes;
}

static inline struct fosr_plan *plan_of(
	const struct fosr_campaign *c, __u32 (*want)(void *arg, const struct fosr_flow *f), void *arg)
{
	return plan_with(c, &(struct fosr_plan_opts){.want = want, .arg = arg});
}

static inline struct notes take_down(
	const struct fosr_campaign *c, __u32 (*want)(void *arg, const struct fosr_flow *f), void *arg)
{
	return take_down_with(c, &(struct fosr_plan_opts){.want = want, .arg = arg});
}

static inline bool same_packet(const struct noted *a, const struct noted *b)
{
	return a->time_ns == b->time_ns && a->flow == b->flow && a->index == b->index && a->len == b->len &&
		a->hash == b->hash;
}

/* Are the first n packets of both the same, and are there so many? */
static inline bool same_packets(const struct notes *a, const struct notes *b, size_t n)
{
	if (a->list.n < n || b->list.n < n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!same_packet(&a->list.v[i], &b->list.v[i]))
			return false;
	return true;
}

static inline void notes_free(struct notes *n)
{
	fosr_vec_free(&n->list);
}

#endif

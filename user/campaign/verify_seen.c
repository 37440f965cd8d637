// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * What became of the planned packets: at which points each was seen, in what order, how late, and what is missing when
 * the window leaves it behind.
 */
#include <stdlib.h>
#include <string.h>

#include <fosr/abi.h>

#include "campaign/verify_priv.h"

int fosr_seen_points(struct fosr_verify *v, struct fosr_err *err)
{
	while (v->result->points.n < v->vantage.points.n) {
		struct fosr_point_state *s = &v->state[v->result->points.n];

		s->mark = calloc(v->plan.window, sizeof(*s->mark));
		if (!s->mark || !fosr_vec_push(&v->result->points))
			return fosr_err(err, -ENOMEM, "out of memory for vantage point %zu", v->vantage.points.n);
	}
	return 0;
}

void fosr_seen_free(struct fosr_verify *v)
{
	for (size_t p = 0; p < FOSR_POINTS_MAX; p++) {
		free(v->state[p].mark);
		fosr_vec_free(&v->state[p].parts);
	}
}

/* Never more flows than the window has; room for all at once, as flows come often. */
static struct fosr_flow_part *part_of(struct fosr_verify *v, __u32 point, __u32 flow)
{
	struct fosr_point_state *s = &v->state[point];

	if (flow >= s->parts.n) {
		if (fosr_vec_reserve(&s->parts, v->plan.flows.cap))
			return NULL;
		s->parts.n = v->plan.flows.cap;
	}
	return &s->parts.v[flow];
}

static __u64 seen_ns(__u64 mark)
{
	return mark >> FOSR_MARK_BITS;
}

/* Wall clock at which inject sends what is planned for that time. */
static __u64 planned_wall(const struct fosr_verify *v, __u64 time_ns)
{
	__u64 offset = time_ns - v->c->start_ns, speed = v->o->speed_q16;

	return v->anchor + (speed ? (__u64)(((unsigned __int128)offset << 16) / speed) : offset);
}

bool fosr_seen_when(const struct fosr_verify *v, __u64 *time_ns)
{
	__u64 ts = v->now.pkt->ts_ns, speed = v->o->speed_q16;

	if (!v->anchored || speed == FOSR_VERIFY_SPEED_MAX || ts < v->anchor)
		return false;
	*time_ns =
		v->c->start_ns + (speed ? (__u64)((unsigned __int128)(ts - v->anchor) * speed >> 16) : ts - v->anchor);
	return true;
}

static void on_time(struct fosr_verify *v, const struct fosr_expected_packet *e, bool first)
{
	struct fosr_verify_point *p = &v->result->points.v[v->now.point];
	struct fosr_expected_flow *f = &v->plan.flows.v[e->flow];
	__u64 ts = v->now.pkt->ts_ns, limit = v->o->max_late_ns ? v->o->max_late_ns : FOSR_VERIFY_LATE_NS, late;
	__s64 behind;

	if (v->o->speed_q16 == FOSR_VERIFY_SPEED_MAX)
		return;
	if (!v->anchored) {
		v->anchor = 0;
		v->anchor = ts - planned_wall(v, e->time_ns);
		v->anchored = true;
	}
	behind = (__s64)(ts - planned_wall(v, e->time_ns));
	late = behind < 0 ? 0 : (__u64)behind;
	p->early += behind < 0;
	fosr_histo_add(&p->lateness, late);
	if (first) {
		v->result->early += behind < 0;
		fosr_histo_add(&v->result->lateness, late);
	}
	if (late <= limit)
		return;
	f->sums.late++;
	fosr_verify_find(v, FOSR_LATE, f->id, e->step, "%llu.%06llu ms late", late / 1000000, late % 1000000);
}

static void in_order(struct fosr_verify *v, const struct fosr_expected_packet *e, struct fosr_flow_part *part)
{
	struct fosr_expected_flow *f = &v->plan.flows.v[e->flow];

	if (e->step + 1 > part->high[e->dir]) {
		part->high[e->dir] = e->step + 1;
		return;
	}
	f->sums.reordered++;
	fosr_verify_find(v, FOSR_REORDERED, f->id, e->step, "behind step %u, which the same end sends later",
		part->high[e->dir] - 1);
}

static int delay_add(struct fosr_verify *v, __u32 from, __u32 to, __u64 ns, struct fosr_err *err)
{
	if (!v->delay[from][to]) {
		struct fosr_verify_delay *d = fosr_vec_push(&v->result->delays);

		if (!d)
			return fosr_err(err, -ENOMEM, "out of memory");
		d->from = from;
		d->to = to;
		v->delay[from][to] = (__u16)v->result->delays.n;
	}
	fosr_histo_add(&v->result->delays.v[v->delay[from][to] - 1].ns, ns);
	return 0;
}

/* The way from each point that has it already, or to it, if that one's file was not in order of time. */
static int delays(struct fosr_verify *v, __u32 slot, bool *first, struct fosr_err *err)
{
	__u64 now = v->now.pkt->ts_ns;
	int ret = 0;

	*first = true;
	for (__u32 p = 0; p < v->result->points.n && !ret; p++) {
		__u64 mark = v->state[p].mark[slot];

		if (!mark || p == v->now.point)
			continue;
		*first = false;
		ret = seen_ns(mark) <= now ? delay_add(v, p, v->now.point, now - seen_ns(mark), err)
					   : delay_add(v, v->now.point, p, seen_ns(mark) - now, err);
	}
	return ret;
}

/* What was settled before the point had seen anything of the flow is missing there all the same. */
int fosr_seen_part(struct fosr_verify *v, __u32 flow, __u32 step, struct fosr_err *err)
{
	struct fosr_flow_part *part = part_of(v, v->now.point, flow);
	struct fosr_expected_flow *f = &v->plan.flows.v[flow];

	if (!part)
		return fosr_err(err, -ENOMEM, "out of memory");
	if (part->any)
		return 0;
	part->any = true;
	v->result->points.v[v->now.point].count[FOSR_MISSING] += part->unseen;
	if (!part->elsewhere)
		return 0;
	f->sums.missing += part->elsewhere;
	fosr_verify_find(v, FOSR_MISSING, f->id, step,
		"the first here of a flow of which %u packets were seen elsewhere so long before", part->elsewhere);
	v->result->count[FOSR_MISSING] += part->elsewhere - 1;
	v->result->points.v[v->now.point].count[FOSR_MISSING] += part->elsewhere - 1;
	return 0;
}

static void once_more(struct fosr_verify *v, const struct fosr_expected_packet *e, __u64 *mark, bool again)
{
	struct fosr_expected_flow *f = &v->plan.flows.v[e->flow];
	__u64 since = v->now.pkt->ts_ns - seen_ns(*mark);

	if (again || !(*mark & FOSR_MARK_ORIGINAL)) {
		v->result->retransmitted++;
		v->result->points.v[v->now.point].retransmitted++;
		f->sums.retransmitted++;
	} else {
		f->sums.repeated++;
		fosr_verify_find(v, FOSR_REPEATED, f->id, e->step, "again, %llu.%06llu ms after the first",
			since / 1000000, since % 1000000);
	}
	*mark |= again ? FOSR_MARK_AGAIN : FOSR_MARK_ORIGINAL;
}

int fosr_seen_found(struct fosr_verify *v, const struct fosr_expected_packet *e, __u8 flags, struct fosr_err *err)
{
	__u32 slot = fosr_expected_slot(&v->plan, e);
	__u64 *mark = &v->state[v->now.point].mark[slot];
	bool again = flags & FOSR_TAG_F_RETRANS, first;
	int ret = fosr_seen_part(v, e->flow, e->step, err);

	if (ret)
		return ret;
	if (*mark) {
		once_more(v, e, mark, again);
		return 0;
	}
	ret = delays(v, slot, &first, err);
	if (ret)
		return ret;
	*mark = v->now.pkt->ts_ns << FOSR_MARK_BITS | (again ? FOSR_MARK_AGAIN : FOSR_MARK_ORIGINAL);
	v->result->seen += first;
	v->plan.flows.v[e->flow].sums.seen += first;
	v->result->points.v[v->now.point].seen++;
	v->state[v->now.point].parts.v[e->flow].seen++;
	on_time(v, e, first);
	in_order(v, e, &v->state[v->now.point].parts.v[e->flow]);
	return 0;
}

const struct fosr_expected_packet *fosr_seen_which(struct fosr_verify *v, const struct fosr_expected_packet *last)
{
	const __u64 *mark = v->state[v->now.point].mark;
	const struct fosr_expected_packet *first = last, *unseen = NULL;

	for (const struct fosr_expected_packet *e = last; e; e = fosr_expected_before(&v->plan, e)) {
		first = e;
		if (!mark[fosr_expected_slot(&v->plan, e)])
			unseen = e;
	}
	return unseen ? unseen : first;
}

static void missing(struct fosr_verify *v, const struct fosr_expected_packet *e, __u32 point)
{
	struct fosr_expected_flow *f = &v->plan.flows.v[e->flow];
	__u64 since = e->time_ns - v->c->start_ns;

	f->sums.missing++;
	v->now = (struct fosr_vantage_pkt){.point = point};
	fosr_verify_find(v, FOSR_MISSING, f->id, e->step, "planned %llu.%09llu s into the campaign",
		since / FOSR_NS_PER_S, since % FOSR_NS_PER_S);
}

/* One point's share in a packet that leaves the window; anywhere: it was seen at some point. */
static int settle_at(
	struct fosr_verify *v, const struct fosr_expected_packet *e, __u32 slot, __u32 point, bool anywhere)
{
	struct fosr_flow_part *part = part_of(v, point, e->flow);
	__u64 *mark = &v->state[point].mark[slot];

	if (!part)
		return -ENOMEM;
	if (*mark) {
		bool recovered = !(*mark & FOSR_MARK_ORIGINAL);

		v->result->recovered += recovered;
		v->result->points.v[point].recovered += recovered;
		v->plan.flows.v[e->flow].sums.recovered += recovered;
		*mark = 0;
	} else if (!part->any) {
		part->unseen += !anywhere;
		part->elsewhere += anywhere;
	} else if (anywhere) {
		missing(v, e, point);
	} else {
		v->result->points.v[point].count[FOSR_MISSING]++;
	}
	return 0;
}

int fosr_seen_settle(void *arg, const struct fosr_expected_packet *e, __u32 slot, struct fosr_err *err)
{
	struct fosr_verify *v = arg;
	const struct fosr_vantage_pkt now = v->now;
	bool anywhere = false;
	int ret = 0;

	v->result->planned++;
	for (size_t p = 0; p < v->result->points.n && !anywhere; p++)
		anywhere = v->state[p].mark[slot];
	for (__u32 p = 0; p < v->result->points.n && !ret; p++)
		ret = settle_at(v, e, slot, p, anywhere);
	if (!anywhere)
		missing(v, e, FOSR_NO_POINT);
	v->now = now;
	return ret ? fosr_err(err, ret, "out of memory") : 0;
}

int fosr_seen_flow(void *arg, const struct fosr_expected_flow *f, __u32 index, struct fosr_err *err)
{
	struct fosr_verify *v = arg;
	__u32 seen[FOSR_POINTS_MAX] = {0};
	__u32 n = (__u32)v->result->points.n;

	v->result->flows_whole += f->sums.seen == f->planned && !f->sums.missing;
	for (__u32 p = 0; p < n; p++) {
		struct fosr_flow_part *part = index < v->state[p].parts.n ? &v->state[p].parts.v[index] : NULL;

		if (!part)
			continue;
		seen[p] = part->seen;
		*part = (struct fosr_flow_part){0};
	}
	return v->flows ? fosr_verify_flows_row(v->flows, f, seen, n, err) : 0;
}

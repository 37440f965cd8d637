// SPDX-License-Identifier: GPL-3.0-or-later
#include "fidelity/compare.h"

#include <math.h>
#include <stdlib.h>

#include "base/intr.h"
#include "fidelity/told.h"

static int by_time(const void *a, const void *b)
{
	__u64 x = *(const __u64 *)a, y = *(const __u64 *)b;

	return (x > y) - (x < y);
}

/* Every other file is a half; of a single one, what started before the median. */
static int halve(struct fosr_compare *c)
{
	const struct fosr_side *real = &c->side[0];
	__u64 *start;

	c->by_file = real->files > 1;
	if (c->by_file)
		return 0;
	start = calloc(real->flows.n + 1, sizeof(*start));
	if (!start)
		return -ENOMEM;
	for (size_t i = 0; i < real->flows.n; i++)
		start[i] = real->flows.v[i].start_ns;
	qsort(start, real->flows.n, sizeof(*start), by_time);
	c->cut_ns = start[real->flows.n / 2];
	free(start);
	return 0;
}

#define ADD(vec, what) \
	do { \
		__typeof__((vec)->v) place_ = fosr_vec_push(vec); \
		if (!place_) \
			return -ENOMEM; \
		*place_ = (what); \
	} while (0)

/* The flows of a side that belong to the service (-1: to any), as group `to`; half -1: all, else one half. */
static int view_side(
	const struct fosr_compare *c, const struct fosr_side *s, int service, int half, int to, struct fosr_view *v)
{
	for (size_t i = 0; i < s->flows.n; i++) {
		const struct fosr_fid_flow *f = &s->flows.v[i];

		if ((service < 0 || service == f->service) &&
			(half < 0 || half == fosr_compare_half(c, f->file, f->start_ns)))
			ADD(&v->flow[to], f);
	}
	for (size_t i = 0; i < s->wires.n; i++) {
		const struct fosr_wire_flow *f = &s->wires.v[i];

		if ((service < 0 || service == f->service) &&
			(half < 0 || half == fosr_compare_half(c, f->file, f->start_ns)))
			ADD(&v->wire[to], f);
	}
	for (size_t i = 0; i < s->chunks.n && service < 0; i++) {
		const struct fosr_chunk *k = &s->chunks.v[i];

		if (half < 0 || half == fosr_compare_half(c, k->file, k->start_ns))
			ADD(&v->chunk[to], k);
	}
	return 0;
}

static int values(
	const struct fosr_compare *c, const struct fosr_compare_opts *o, struct fosr_compare_scope *s, double *value)
{
	struct fosr_view v;
	int ret;

	memset(&v, 0, sizeof(v));
	ret = view_side(c, &c->side[0], s->service, -1, 0, &v);
	if (!ret)
		ret = view_side(c, &c->side[1], s->service, -1, 1, &v);
	if (!ret)
		ret = fosr_rows_evaluate(&v, o->rounds, o->limits.seed, value);
	fosr_view_free(&v);
	return ret;
}

/* One half of the real side against the other. */
static int floors(const struct fosr_compare *c, int service, double *floor)
{
	struct fosr_view v;
	int ret;

	memset(&v, 0, sizeof(v));
	ret = view_side(c, &c->side[0], service, 0, 0, &v);
	if (!ret)
		ret = view_side(c, &c->side[0], service, 1, 1, &v);
	if (!ret)
		ret = fosr_rows_evaluate(&v, 0, 0, floor);
	if (!ret && (v.flow[0].n < FOSR_SCOPE_LEAST || v.flow[1].n < FOSR_SCOPE_LEAST))
		for (int row = 0; row < FOSR_ROWS; row++)
			floor[row] = NAN;
	fosr_view_free(&v);
	return ret;
}

/* What is a share is compared with the share of the whole real side. */
static int shares(const struct fosr_compare *c, int service, double *floor)
{
	double *own = calloc(FOSR_ROWS, sizeof(*own));
	struct fosr_view v;
	int ret = own ? 0 : -ENOMEM;

	memset(&v, 0, sizeof(v));
	if (!ret)
		ret = view_side(c, &c->side[0], service, -1, 1, &v);
	if (!ret)
		ret = fosr_rows_evaluate(&v, 0, 0, own);
	for (__u32 row = 0; row < FOSR_ROWS && !ret; row++)
		if (fosr_row_def(row).kind == FOSR_KIND_SHARE)
			floor[row] = own[row];
	fosr_view_free(&v);
	free(own);
	return ret;
}

static void judge(struct fosr_compare_scope *s, __u32 rounds, double *value, const double *floor)
{
	for (__u32 row = 0; row < FOSR_ROWS; row++) {
		s->row[row].floor = floor[row];
		/* All flows of a service are of that service. */
		if (s->service >= 0 && row / 3 == FOSR_B_SERVICE)
			value[row * (rounds + 1)] = NAN;
		fosr_compare_judge(&s->row[row], row, value + row * (rounds + 1), rounds);
	}
}

static int fill_scope(const struct fosr_compare *c, const struct fosr_compare_opts *o, struct fosr_compare_scope *s)
{
	double *value = calloc(FOSR_ROWS, (o->rounds + 1) * sizeof(*value)), floor[FOSR_ROWS];
	int ret = value ? 0 : -ENOMEM;

	if (!ret && (s->service < 0 || (s->flows[0] >= FOSR_SCOPE_LEAST && s->flows[1] >= FOSR_SCOPE_LEAST))) {
		ret = values(c, o, s, value);
		if (!ret)
			ret = floors(c, s->service, floor);
		if (!ret)
			ret = shares(c, s->service, floor);
		if (!ret)
			judge(s, o->rounds, value, floor);
		if (!ret && o->forests)
			ret = fosr_told(c, o, s);
	}
	free(value);
	return ret;
}

static int by_flows(const void *a, const void *b)
{
	const struct fosr_compare_scope *x = a, *y = b;

	if (x->flows[0] != y->flows[0])
		return x->flows[0] < y->flows[0] ? 1 : -1;
	if (x->flows[1] != y->flows[1])
		return x->flows[1] < y->flows[1] ? 1 : -1;
	return x->service - y->service;
}

/* The total, and each service that either side has a flow of; nothing is known of their rows yet. */
static int scopes(struct fosr_compare *c)
{
	static const struct fosr_compare_row unknown = {.value = NAN, .low = NAN, .high = NAN, .floor = NAN};
	size_t kept = 1;

	if (fosr_vec_reserve(&c->scopes, c->services.list.n + 1))
		return -ENOMEM;
	c->scopes.n = c->services.list.n + 1;
	for (size_t i = 0; i < c->scopes.n; i++) {
		c->scopes.v[i] = (struct fosr_compare_scope){.service = (int)i - 1};
		for (int row = 0; row < FOSR_ROWS; row++)
			c->scopes.v[i].row[row] = unknown;
	}
	for (int side = 0; side < 2; side++)
		for (size_t i = 0; i < c->side[side].flows.n; i++) {
			c->scopes.v[0].flows[side]++;
			c->scopes.v[1 + c->side[side].flows.v[i].service].flows[side]++;
		}
	for (size_t i = 1; i < c->scopes.n; i++)
		if (c->scopes.v[i].flows[0] || c->scopes.v[i].flows[1])
			c->scopes.v[kept++] = c->scopes.v[i];
	c->scopes.n = kept;
	qsort(c->scopes.v + 1, kept - 1, sizeof(c->scopes.v[0]), by_flows);
	return 0;
}

int fosr_compare_failed(int ret, struct fosr_err *err)
{
	if (ret == -EINTR)
		return fosr_err(err, ret, "interrupted");
	return fosr_err(err, ret, "out of memory; --flows holds fewer flows");
}

int fosr_compare_sides(struct fosr_compare *c, const struct fosr_compare_opts *o, struct fosr_err *err)
{
	static const char *const name[2] = {"real", "synthetic"};
	int ret;

	for (int side = 0; side < 2; side++)
		if (!c->side[side].flows.n)
			return fosr_err(
				err, -ENODATA, "no TCP or UDP flow in the %s captures: nothing to compare", name[side]);
	ret = halve(c);
	if (!ret)
		ret = scopes(c);
	for (size_t i = 0; i < c->scopes.n && !ret; i++)
		ret = fosr_interrupted() ? -EINTR : fill_scope(c, o, &c->scopes.v[i]);
	return ret ? fosr_compare_failed(ret, err) : 0;
}

int fosr_compare_captures(struct fosr_compare *c, const struct fosr_compare_opts *o, struct fosr_err *err)
{
	struct fosr_side_progress progress = o->progress;
	int ret = 0;

	memset(c, 0, sizeof(*c));
	for (int side = 0; side < 2 && !ret; side++) {
		progress.first = side ? o->n[0] : 0;
		ret = fosr_side_read(
			&c->side[side], &o->limits, &c->services, o->captures[side], o->n[side], &progress, err);
	}
	return ret ? ret : fosr_compare_sides(c, o, err);
}

void fosr_compare_free(struct fosr_compare *c)
{
	fosr_side_free(&c->side[0]);
	fosr_side_free(&c->side[1]);
	fosr_vec_free(&c->services.list);
	fosr_vec_free(&c->scopes);
}

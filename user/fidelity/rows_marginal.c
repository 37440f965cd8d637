// SPDX-License-Identifier: GPL-3.0-or-later
#include <math.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "fidelity/metric.h"
#include "fidelity/rows_priv.h"
#include "flow/endstate.h"

#define BIN_BYTES 32 /* of payload sizes */
#define NOT_TCP 32 /* stands behind all combinations of flags */

enum { JOINT_BINS = 4 * FOSR_SIZE_CLASSES * FOSR_GAP_BINS / 2 };

static const __u32 bins_of[FOSR_BINNED] = {
	[FOSR_B_DIRECTION] = 2,
	[FOSR_B_FLAGS] = NOT_TCP + 1,
	[FOSR_B_SIZE] = FOSR_SIZE_BINS,
	[FOSR_B_GAP] = FOSR_GAP_BINS,
	[FOSR_B_TTL] = 256,
	[FOSR_B_WINDOW] = 18,
	[FOSR_B_SERVICE] = FOSR_SERVICES_MAX,
	[FOSR_B_END_STATE] = FOSR_END_STATES,
	[FOSR_B_BIGRAM] = 1024,
	[FOSR_B_JOINT] = JOINT_BINS,
};

/* How often one unit shows one bin. */
struct item {
	__u32 unit;
	__u32 count;
	__u16 bin;
	__u16 side;
};

struct items {
	FOSR_VEC(struct item) list;
	size_t first; /* of the unit at hand */
};

__u32 fosr_size_bin(__u32 len)
{
	__u32 bin = len ? 1 + (len - 1) / BIN_BYTES : 0;

	return bin < FOSR_SIZE_BINS ? bin : FOSR_SIZE_BINS - 1;
}

__u32 fosr_gap_bin(__u64 gap_ns)
{
	__u32 bin = (__u32)(2 * fosr_log_of((double)(gap_ns / 1000)));

	return bin < FOSR_GAP_BINS ? bin : FOSR_GAP_BINS - 1;
}

static int add(struct items *it, __u32 unit, int side, __u32 bin)
{
	struct item *e;

	for (size_t i = it->first; i < it->list.n; i++)
		if (it->list.v[i].bin == bin) {
			it->list.v[i].count++;
			return 0;
		}
	e = fosr_vec_push(&it->list);
	if (!e)
		return -ENOMEM;
	*e = (struct item){.unit = unit, .count = 1, .bin = (__u16)bin, .side = (__u16)side};
	return 0;
}

/* The bin of packet k of a flow, or -1 where it has none. */
static int packet_bin(enum fosr_binned q, const struct fosr_fid_flow *f, __u32 k)
{
	const struct fosr_step *s = &f->steps[k], *before = k ? s - 1 : NULL;

	switch (q) {
	case FOSR_B_DIRECTION:
		return s->dir;
	case FOSR_B_FLAGS:
		return f->l4 == IPPROTO_TCP ? s->flags & FOSR_TCP_FLAGS : NOT_TCP;
	case FOSR_B_SIZE:
		return (int)fosr_size_bin(s->len);
	case FOSR_B_GAP:
		return before ? (int)fosr_gap_bin(s->gap_ns) : -1;
	case FOSR_B_BIGRAM:
		return before && f->l4 == IPPROTO_TCP
			? (before->flags & FOSR_TCP_FLAGS) << 5 | (s->flags & FOSR_TCP_FLAGS)
			: -1;
	case FOSR_B_JOINT:
		if (!before)
			return -1;
		return (int)(((__u32)(before->dir << 1 | s->dir) * FOSR_SIZE_CLASSES + fosr_size_class(s->len)) *
				FOSR_GAP_BINS / 2 +
			fosr_gap_bin(s->gap_ns) / 2);
	default:
		return -1;
	}
}

static int add_flow(struct items *it, enum fosr_binned q, const struct fosr_fid_flow *f, __u32 unit, int side)
{
	int ret = 0;

	it->first = it->list.n;
	if (q == FOSR_B_SERVICE || q == FOSR_B_END_STATE)
		return add(it, unit, side, q == FOSR_B_SERVICE ? f->service : f->end_state);
	for (__u32 k = 0; k < f->kept && !ret; k++) {
		int bin = packet_bin(q, f, k);

		ret = bin < 0 ? 0 : add(it, unit, side, (__u32)bin);
	}
	return ret;
}

static int add_wire(struct items *it, enum fosr_binned q, const struct fosr_wire_flow *f, __u32 unit, int side)
{
	int ret = 0;

	it->first = it->list.n;
	if (q == FOSR_B_WINDOW && f->l4 != IPPROTO_TCP)
		return 0;
	for (int end = 0; end < 2 && !ret; end++) {
		__u16 window = f->window[end];
		__u32 octave = window ? 32 - (__u32)__builtin_clz(window) : 0;

		ret = f->seen[end] ? add(it, unit, side, q == FOSR_B_TTL ? f->ttl[end] : octave) : 0;
	}
	return ret;
}

static int collect(struct fosr_rows *r, enum fosr_binned q, bool of_wire, struct items *it)
{
	int ret = 0;

	for (int side = 0; side < 2; side++) {
		size_t n = of_wire ? r->v->wire[side].n : r->v->flow[side].n;

		for (size_t i = 0; i < n && !ret; i++)
			ret = of_wire ? add_wire(it, q, r->v->wire[side].v[i], (__u32)i, side)
				      : add_flow(it, q, r->v->flow[side].v[i], (__u32)i, side);
	}
	return ret;
}

static void set(struct fosr_rows *r, enum fosr_binned q, __u32 round, const double *p, const double *s)
{
	__u32 n = bins_of[q];

	if (q >= FOSR_MARGINAL_KINDS) {
		fosr_row_set(
			r, q == FOSR_B_BIGRAM ? FOSR_ROW_BIGRAM : FOSR_ROW_JOINT, round, fosr_jensen_shannon(p, s, n));
		return;
	}
	fosr_row_set(r, 3 * q, round, fosr_jensen_shannon(p, s, n));
	fosr_row_set(r, 3 * q + 1, round, fosr_total_variation(p, s, n));
	fosr_row_set(r, 3 * q + 2, round, fosr_hellinger(p, s, n));
}

static bool both_sides(const struct items *it)
{
	return it->list.n && !it->list.v[0].side && it->list.v[it->list.n - 1].side;
}

static int one(struct fosr_rows *r, enum fosr_binned q)
{
	bool of_wire = q == FOSR_B_TTL || q == FOSR_B_WINDOW;
	enum fosr_unit unit = of_wire ? FOSR_UNIT_WIRE : FOSR_UNIT_FLOW;
	double *bin = calloc(2 * (size_t)JOINT_BINS, sizeof(*bin));
	struct items it = {0};
	int ret = bin ? collect(r, q, of_wire, &it) : -ENOMEM;

	for (__u32 round = 0; round <= r->rounds && !ret && both_sides(&it); round++) {
		const __u8 *w[2] = {fosr_weights(r, unit, 0, round), fosr_weights(r, unit, 1, round)};

		memset(bin, 0, 2 * (size_t)JOINT_BINS * sizeof(*bin));
		for (size_t i = 0; i < it.list.n; i++) {
			const struct item *e = &it.list.v[i];

			bin[e->side * JOINT_BINS + e->bin] += (double)e->count * w[e->side][e->unit];
		}
		set(r, q, round, bin, bin + JOINT_BINS);
	}
	fosr_vec_free(&it.list);
	free(bin);
	return ret;
}

_Static_assert(JOINT_BINS >= 1024, "room for the bins of any quantity");

int fosr_rows_binned(struct fosr_rows *r)
{
	int ret = 0;

	for (int q = 0; q < FOSR_BINNED && !ret; q++)
		ret = one(r, q);
	return ret;
}

// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * bn: flows from a Bayesian network whose structure is learned (bn_fit.c). Drawing goes time, service, roles, the rest;
 * so what a network file leaves of services and roles conditions the draw exactly, whatever the structure is.
 */
#include "model/bn.h"

#include <linux/in.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/families.h"

/* Draws that a mask may refuse before the exact distribution given the mask is worked out. Both give the same odds. */
#define TRIES 3

static int load(struct fosr_model *m, const struct fosr_tensors *set, const struct fosr_services *services,
	struct fosr_err *err)
{
	struct fosr_bn *bn = calloc(1, sizeof(*bn));

	if (!bn)
		return fosr_err(err, -ENOMEM, "out of memory");
	m->priv = bn;
	return fosr_bn_load(bn, m->prefix, set, services, err);
}

static void release(struct fosr_model *m)
{
	if (m->priv)
		fosr_bn_free(m->priv);
	free(m->priv);
}

/* One state of a row: its own, or of the row without the last parent, or of the one without the last two, ... */
static __u16 row_draw(const struct fosr_bn *bn, const struct fosr_bn_row *row, struct fosr_rng *r)
{
	for (;;) {
		const struct fosr_bn_pick *pick = &bn->pick[row->first];
		__u32 slots = row->n + (row->up != FOSR_BN_NO_ROW);
		__u16 state;

		if (slots == 1)
			return pick->own;
		pick += fosr_rng_below(r, slots);
		state = fosr_rng_u32(r) < pick->keep ? pick->own : pick->other;
		if (state != FOSR_BN_UP)
			return state;
		row = &bn->row.v[row->up];
	}
}

/* In proportion to those weights that the mask lets through; n when they are all 0. */
static __u32 mask_draw(const __u64 *w, __u32 n, __u32 mask, struct fosr_rng *r)
{
	__u64 sum = 0, x;

	for (__u32 i = 0; i < n; i++)
		sum += mask >> i & 1 ? w[i] : 0;
	if (!sum)
		return n;
	x = (__u64)((unsigned __int128)fosr_rng_u64(r) * sum >> 64);
	for (__u32 i = 0; i < n; i++) {
		__u64 wi = mask >> i & 1 ? w[i] : 0;

		if (x < wi)
			return i;
		x -= wi;
	}
	return n;
}

/* A state of v, of at most 16, that the mask allows; when the row has none of them, any that it allows. */
static __u16 masked(const struct fosr_bn *bn, int v, const __u16 x[FOSR_BN_VARS], __u32 mask, struct fosr_rng *r)
{
	static const __u64 even[16] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
	const struct fosr_bn_row *row = fosr_bn_find(bn, v, x);
	__u64 share[16];
	__u32 s;

	for (int i = 0; i < TRIES; i++) {
		s = row_draw(bn, row, r);
		if (mask >> s & 1)
			return (__u16)s;
	}
	fosr_bn_shares(bn, v, row, share);
	s = mask_draw(share, bn->states[v], mask, r);
	return (__u16)(s < bn->states[v] ? s : mask_draw(even, bn->states[v], mask, r));
}

/* Role pairs of a service that both the network and the tables can fill. */
static __u32 servable(const struct fosr_bn *bn, const struct fosr_flow_limits *limits, __u32 s)
{
	return bn->can[s] & (limits ? limits->pairs[s] : UINT16_MAX);
}

/* A service that can be had, or bn->services. */
static __u32 draw_service(const struct fosr_bn *bn, const __u16 x[FOSR_BN_VARS], const struct fosr_flow_limits *limits,
	struct fosr_rng *r)
{
	const __u64 *w = bn->service_share + (__u64)(x[FOSR_BN_HOUR] * 2 + x[FOSR_BN_WEEKEND]) * bn->services;
	const struct fosr_bn_row *row = fosr_bn_find(bn, FOSR_BN_SERVICE, x);
	__u64 sum = 0, u;

	for (int i = 0; i < TRIES; i++) {
		__u32 s = row_draw(bn, row, r);

		if (servable(bn, limits, s))
			return s;
	}
	for (__u32 s = 0; s < bn->services; s++)
		sum += servable(bn, limits, s) ? w[s] : 0;
	if (!sum)
		return bn->services;
	u = (__u64)((unsigned __int128)fosr_rng_u64(r) * sum >> 64);
	for (__u32 s = 0; s < bn->services; s++) {
		__u64 ws = servable(bn, limits, s) ? w[s] : 0;

		if (u < ws)
			return s;
		u -= ws;
	}
	return bn->services;
}

static __u16 draw_roles(const struct fosr_bn *bn, const __u16 x[FOSR_BN_VARS], const struct fosr_flow_limits *limits,
	struct fosr_rng *r)
{
	__u32 s = x[FOSR_BN_SERVICE], mask = servable(bn, limits, s), n;

	if (mask & bn->learned[s])
		return masked(bn, FOSR_BN_ROLES, x, mask, r);
	/* The network can serve none of the learned ones: any other. */
	n = fosr_rng_below(r, (__u32)__builtin_popcount(mask));
	while (n--)
		mask &= mask - 1;
	return (__u16)__builtin_ctz(mask);
}

static __u32 draw_value(const struct fosr_bn *bn, int v, __u16 state, struct fosr_rng *r)
{
	__u32 first = bn->piece_first[v][state], n = bn->piece_first[v][state + 1] - first;
	const __u32 *piece = bn->piece[first + fosr_alias_draw(bn->piece_alias + first, n, r)];

	if (piece[0] == piece[1])
		return piece[0];
	return piece[0] + (__u32)((__u64)fosr_rng_u32(r) * ((__u64)piece[1] - piece[0] + 1) >> 32);
}

static bool draw_flow(const struct fosr_model *m, struct fosr_rng *r, const struct fosr_flow_limits *limits,
	__u64 local_ns, struct fosr_flow *f)
{
	const struct fosr_bn *bn = m->priv;
	__u16 x[FOSR_BN_VARS] = {
		[FOSR_BN_HOUR] = fosr_bn_hour(local_ns), [FOSR_BN_WEEKEND] = fosr_bn_weekend(local_ns)};
	__u32 s = draw_service(bn, x, limits, r);

	if (s == bn->services)
		return false;
	x[FOSR_BN_SERVICE] = f->service = (__u16)s;
	f->l4 = bn->service[s].l4;
	x[FOSR_BN_L4] = f->l4 == IPPROTO_UDP;
	x[FOSR_BN_ROLES] = f->roles = (__u8)draw_roles(bn, x, limits, r);
	for (__u32 i = 0; i < bn->ordered; i++) {
		int v = bn->order[i];

		x[v] = v == FOSR_BN_END ? masked(bn, v, x, bn->ends[x[FOSR_BN_L4]][fosr_flow_to_group(f->roles)], r)
					: row_draw(bn, fosr_bn_find(bn, v, x), r);
	}
	f->end[FOSR_BWD].port = (__u16)draw_value(bn, FOSR_BN_PORT, x[FOSR_BN_PORT], r);
	f->end_state = (__u8)x[FOSR_BN_END];
	f->duration_class = (__u8)x[FOSR_BN_DURATION];
	for (int d = 0; d < 2; d++)
		f->packets[d] = draw_value(bn, FOSR_BN_PACKETS_FWD + d, x[FOSR_BN_PACKETS_FWD + d], r);
	fosr_flow_settle(f);
	for (int d = 0; d < 2; d++)
		f->bytes_class[d] = f->packets[d] ? (__u8)x[FOSR_BN_BYTES_FWD + d] : 0;
	return true;
}

static void describe(const struct fosr_model *m, char *text, size_t size)
{
	const struct fosr_bn *bn = m->priv;
	__u32 edges = 0;

	for (int v = 0; v < FOSR_BN_VARS; v++)
		for (__u32 i = 0; i < bn->parents[v]; i++)
			edges += bn->parent[v][i] != FOSR_BN_L4;
	snprintf(text, size, "%u services, %u ports, %u edges, %zu rows of %zu numbers", bn->services,
		bn->states[FOSR_BN_PORT], edges, bn->row.n, bn->slot.n);
}

const struct fosr_model_ops fosr_model_bn = {
	.name = "bn",
	.serves = {[FOSR_FLOWS] = true},
	.help = "Bayesian network, structure learned: time, service, roles, port, end state, counts, bytes, duration",
	.fit = fosr_bn_fit,
	.load = load,
	.release = release,
	.draw_flow = draw_flow,
	.score = fosr_bn_score,
	.dot = fosr_bn_dot,
	.describe = describe,
};

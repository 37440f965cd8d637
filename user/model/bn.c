// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * bn: flows from a Bayesian network of fixed structure,
 *
 *	hour of day -> service -> role pair
 *	                       -> responder's port
 *	(service, to a group or not) -> end state
 *	(service, end state) -> shape: packets and payload bytes, each way, by category
 *
 * A shape is a joint cell (fosr_count_category() of both counts, fosr_bytes_class() of both volumes), so that requests
 * and answers stay as different as they were. Smoothing: the service of an hour is drawn towards the service of the
 *day; a shape comes from all services of the L4 protocol with the weight of one flow. bn_fit.c learns, this file draws.
 */
#include <stdio.h>
#include <stdlib.h>

#include "flow/count.h"
#include "math/alias.h"
#include "model/bn.h"
#include "model/families.h"

struct bn {
	__u32 services;
	const struct fosr_service *service; /* the profile's vocabulary */
	const __u32 *hour; /* [24][services] weights */
	const __u32 *roles; /* [services][FOSR_ROLES * FOSR_ROLES] weights */
	const __u32 *end; /* [services * 2][FOSR_END_STATES] weights; odd rows: to a group */
	struct fosr_bn_rows port; /* one row per service, values in port_value */
	const __u16 *port_value;
	struct fosr_bn_rows shape; /* row service * FOSR_END_STATES + end; two pooled blocks (TCP, UDP) follow */
	const __u8 *cell; /* [shapes][4]: counts fwd, bwd; bytes fwd, bwd */
	struct fosr_alias *port_alias, *shape_alias;
	__u16 *can; /* per service: role pairs (bits) whose kind of destination has end states */
};

static __u32 row_draw(const struct fosr_bn_rows *rows, const struct fosr_alias *t, __u64 row, struct fosr_rng *r)
{
	__u32 first = rows->first[row];

	return first + fosr_alias_draw(t + first, rows->first[row + 1] - first, r);
}

static int rows_get(struct fosr_bn_rows *rows, __u64 n, const char *name, const struct fosr_model *m,
	const struct fosr_tensors *set, struct fosr_err *err)
{
	char full[32];
	__u64 total = UINT64_MAX, firsts = n + 1;

	snprintf(full, sizeof(full), "%s_first", name);
	rows->first = fosr_tensors_get(set, m->prefix, full, FOSR_U32, &firsts, 0, err);
	snprintf(full, sizeof(full), "%s_weight", name);
	rows->weight = fosr_tensors_get(set, m->prefix, full, FOSR_U32, &total, 0, err);
	if (!rows->first || !rows->weight)
		return -EINVAL;
	for (__u64 i = 0; i < n; i++)
		if (rows->first[i] > rows->first[i + 1])
			return fosr_err(err, -EINVAL, "%s.%s_first decreases at row %llu", m->prefix, name, i);
	if (rows->first[0] || rows->first[n] != total)
		return fosr_err(err, -EINVAL, "%s.%s_first does not span the %llu weights", m->prefix, name, total);
	for (__u64 i = 0; i < total; i++)
		if (!rows->weight[i])
			return fosr_err(err, -EINVAL, "%s.%s_weight[%llu] is zero", m->prefix, name, i);
	rows->n = n;
	return 0;
}

static int rows_alias(const struct fosr_bn_rows *rows, struct fosr_alias **out, struct fosr_err *err)
{
	__u64 *w = calloc(rows->first[rows->n] + 1, sizeof(*w));
	int ret = 0;

	*out = calloc(rows->first[rows->n] + 1, sizeof(**out));
	if (!w || !*out)
		ret = fosr_err(err, -ENOMEM, "out of memory");
	for (__u32 i = 0; !ret && i < rows->first[rows->n]; i++)
		w[i] = rows->weight[i];
	for (__u64 i = 0; !ret && i < rows->n; i++) {
		__u32 first = rows->first[i], n = rows->first[i + 1] - first;

		ret = n ? fosr_alias_build(*out + first, w + first, n) : 0;
		if (ret)
			fosr_err(err, ret, "weights of row %llu do not make a distribution", i);
	}
	free(w);
	return ret;
}

static bool any_end(const struct bn *bn, __u32 row)
{
	for (unsigned int e = 0; e < FOSR_END_STATES; e++)
		if (bn->end[row * FOSR_END_STATES + e])
			return true;
	return false;
}

static __u16 *can_make(const struct bn *bn)
{
	__u16 *can = calloc(bn->services, sizeof(*can));

	for (__u32 s = 0; can && s < bn->services; s++)
		for (unsigned int pair = 0; pair < FOSR_ROLES * FOSR_ROLES; pair++)
			if (any_end(bn, 2 * s + fosr_flow_to_group((__u8)pair)))
				can[s] |= (__u16)(1u << pair);
	return can;
}

/* A flow ends as its protocol can; one to a group, which answers nothing, as one can without an answer. */
static int check_ends(const struct bn *bn, const struct fosr_model *m, __u32 s, struct fosr_err *err)
{
	for (unsigned int e = 0; e < FOSR_END_STATES; e++)
		for (__u32 group = 0; group < 2; group++) {
			__u32 least[2];
			bool answer;

			if (!bn->end[(2 * s + group) * FOSR_END_STATES + e])
				continue;
			fosr_end_state_least(e, bn->service[s].l4, least, &answer);
			if (!fosr_end_state_fits(e, bn->service[s].l4) || (group && answer))
				return fosr_err(err, -EINVAL, "%s: service %s cannot end in %s%s", m->prefix,
					bn->service[s].name, fosr_end_state_name[e], group ? " with a group" : "");
		}
	return 0;
}

static bool any_hour(const struct bn *bn, __u32 s)
{
	for (unsigned int h = 0; h < 24; h++)
		if (bn->hour[h * bn->services + s])
			return true;
	return false;
}

/* Every (service, end state) that can be drawn needs a port and a shape, its own or its protocol's. */
static int check(const struct bn *bn, const struct fosr_model *m, struct fosr_err *err)
{
	for (__u32 s = 0; s < bn->services; s++) {
		const __u32 *roles = bn->roles + s * FOSR_ROLES * FOSR_ROLES;
		__u32 unicast = 0, group = 0;
		int ret = check_ends(bn, m, s, err);

		if (ret)
			return ret;
		if (!any_hour(bn, s))
			return fosr_err(
				err, -EINVAL, "%s.hour is all zero for service %s", m->prefix, bn->service[s].name);
		if (bn->port.first[s] == bn->port.first[s + 1])
			return fosr_err(err, -EINVAL, "%s: service %s has no port", m->prefix, bn->service[s].name);
		for (unsigned int r = 0; r < FOSR_ROLES * FOSR_ROLES; r++)
			*(fosr_flow_to_group((__u8)r) ? &group : &unicast) |= roles[r];
		if (!(unicast | group) || (unicast && !any_end(bn, 2 * s)) || (group && !any_end(bn, 2 * s + 1)))
			return fosr_err(err, -EINVAL, "%s: service %s has no roles or no end state", m->prefix,
				bn->service[s].name);
		for (unsigned int e = 0; e < FOSR_END_STATES; e++) {
			__u64 pool = fosr_bn_pool_row(bn->services, bn->service[s].l4, e);

			if ((bn->end[2 * s * FOSR_END_STATES + e] || bn->end[(2 * s + 1) * FOSR_END_STATES + e]) &&
				bn->shape.first[pool] == bn->shape.first[pool + 1])
				return fosr_err(err, -EINVAL, "%s: no shape for service %s ending in %s", m->prefix,
					bn->service[s].name, fosr_end_state_name[e]);
		}
	}
	for (__u32 i = 0; i < bn->shape.first[bn->shape.n]; i++)
		for (int d = 0; d < 2; d++)
			if (bn->cell[4 * i + d] >= FOSR_COUNT_CATEGORIES || bn->cell[4 * i + 2 + d] > 15)
				return fosr_err(err, -EINVAL, "%s.shape_cell[%u] is out of range", m->prefix, i);
	return 0;
}

static int load(struct fosr_model *m, const struct fosr_tensors *set, const struct fosr_services *services,
	struct fosr_err *err)
{
	struct bn *bn = calloc(1, sizeof(*bn));
	__u64 s = services->list.n, hours = 24, ends = 2 * s, ports, shapes;
	int ret;

	if (!bn)
		return fosr_err(err, -ENOMEM, "out of memory");
	m->priv = bn;
	bn->services = (__u32)s;
	bn->service = services->list.v;
	bn->hour = fosr_tensors_get(set, m->prefix, "hour", FOSR_U32, &hours, s, err);
	bn->roles =
		bn->hour ? fosr_tensors_get(set, m->prefix, "roles", FOSR_U32, &s, FOSR_ROLES * FOSR_ROLES, err) : NULL;
	bn->end = bn->roles ? fosr_tensors_get(set, m->prefix, "end", FOSR_U32, &ends, FOSR_END_STATES, err) : NULL;
	if (!bn->end)
		return -EINVAL;
	ret = rows_get(&bn->port, s, "port", m, set, err);
	if (!ret)
		ret = rows_get(&bn->shape, (s + 2) * FOSR_END_STATES, "shape", m, set, err);
	if (ret)
		return ret;
	ports = bn->port.first[bn->port.n];
	shapes = bn->shape.first[bn->shape.n];
	bn->port_value = fosr_tensors_get(set, m->prefix, "port", FOSR_U16, &ports, 0, err);
	bn->cell = bn->port_value ? fosr_tensors_get(set, m->prefix, "shape_cell", FOSR_U8, &shapes, 4, err) : NULL;
	if (!bn->cell)
		return -EINVAL;
	ret = check(bn, m, err);
	if (!ret && !(bn->can = can_make(bn)))
		ret = fosr_err(err, -ENOMEM, "out of memory");
	if (!ret)
		ret = rows_alias(&bn->port, &bn->port_alias, err);
	return ret ? ret : rows_alias(&bn->shape, &bn->shape_alias, err);
}

static void release(struct fosr_model *m)
{
	struct bn *bn = m->priv;

	if (bn) {
		free(bn->can);
		free(bn->port_alias);
		free(bn->shape_alias);
	}
	free(bn);
}

/* Index drawn from those weights whose bit (or service) the limits allow; n when all that is left weighs nothing. */
static __u32 masked_draw(const __u32 *w, __u32 n, __u32 mask, struct fosr_rng *r)
{
	__u64 sum = 0, x;
	__u32 i;

	for (i = 0; i < n; i++)
		sum += mask >> i & 1 ? w[i] : 0;
	if (!sum)
		return n;
	x = (__u64)((unsigned __int128)fosr_rng_u64(r) * sum >> 64);
	for (i = 0; i < n; i++) {
		__u64 wi = mask >> i & 1 ? w[i] : 0;

		if (x < wi)
			return i;
		x -= wi;
	}
	return n;
}

/* Role pairs of a service that both the network and the tables can fill. */
static __u32 servable(const struct bn *bn, const struct fosr_flow_limits *limits, __u32 s)
{
	return bn->can[s] & (limits ? limits->pairs[s] : UINT16_MAX);
}

static __u32 draw_service(
	const struct bn *bn, const __u32 *w, const struct fosr_flow_limits *limits, struct fosr_rng *r)
{
	__u64 sum = 0, x;

	for (__u32 s = 0; s < bn->services; s++)
		sum += servable(bn, limits, s) ? w[s] : 0;
	if (!sum)
		return bn->services;
	x = (__u64)((unsigned __int128)fosr_rng_u64(r) * sum >> 64);
	for (__u32 s = 0; s < bn->services; s++) {
		__u64 ws = servable(bn, limits, s) ? w[s] : 0;

		if (x < ws)
			return s;
		x -= ws;
	}
	return bn->services;
}

/* A role pair as learned among those the network can serve; when it can serve none of them, any that it can. */
static __u8 draw_roles(const struct bn *bn, __u32 s, const struct fosr_flow_limits *limits, struct fosr_rng *r)
{
	enum { PAIRS = FOSR_ROLES * FOSR_ROLES };
	static const __u32 even[PAIRS] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
	__u32 mask = servable(bn, limits, s);
	__u32 pair = masked_draw(bn->roles + s * PAIRS, PAIRS, mask, r);

	return (__u8)(pair < PAIRS ? pair : masked_draw(even, PAIRS, mask, r));
}

/* The pooled row has the weight of one flow beside the service's own flows. */
static const __u8 *draw_shape(const struct bn *bn, __u32 s, __u32 end, struct fosr_rng *r)
{
	__u64 own = (__u64)s * FOSR_END_STATES + end, pool = fosr_bn_pool_row(bn->services, bn->service[s].l4, end);
	__u64 flows = 0;

	for (__u32 i = bn->shape.first[own]; i < bn->shape.first[own + 1]; i++)
		flows += bn->shape.weight[i];
	if (!flows || fosr_rng_below(r, (__u32)fosr_min_u64(flows, UINT32_MAX - 1) + 1) == flows)
		own = pool;
	return bn->cell + 4 * row_draw(&bn->shape, bn->shape_alias, own, r);
}

static bool draw_flow(const struct fosr_model *m, struct fosr_rng *r, const struct fosr_flow_limits *limits,
	__u64 local_ns, struct fosr_flow *f)
{
	const struct bn *bn = m->priv;
	__u32 hour = (__u32)(local_ns / (3600 * FOSR_NS_PER_S) % 24);
	__u32 s = draw_service(bn, bn->hour + hour * bn->services, limits, r);
	const __u8 *cell;

	if (s == bn->services)
		return false;
	f->service = (__u16)s;
	f->l4 = bn->service[s].l4;
	f->roles = draw_roles(bn, s, limits, r);
	f->end[FOSR_BWD].port = bn->port_value[row_draw(&bn->port, bn->port_alias, s, r)];
	f->end_state = (__u8)masked_draw(
		bn->end + (2 * s + fosr_flow_to_group(f->roles)) * FOSR_END_STATES, FOSR_END_STATES, UINT32_MAX, r);
	cell = draw_shape(bn, s, f->end_state, r);
	for (int d = 0; d < 2; d++) {
		__u32 first, n = fosr_count_range(cell[d], &first);

		f->packets[d] = first + fosr_rng_below(r, n);
		f->bytes_class[d] = cell[2 + d];
	}
	fosr_flow_settle(f);
	return true;
}

static void describe(const struct fosr_model *m, char *text, size_t size)
{
	const struct bn *bn = m->priv;

	snprintf(text, size, "%u services, %u ports, %u shapes of flows", bn->services, bn->port.first[bn->port.n],
		bn->shape.first[(__u64)bn->services * FOSR_END_STATES]);
}

const struct fosr_model_ops fosr_model_bn = {
	.name = "bn",
	.serves = {[FOSR_FLOWS] = true},
	.help = "Bayesian network: hour, service, roles, port, end state, packets, bytes",
	.fit = fosr_bn_fit,
	.load = load,
	.release = release,
	.draw_flow = draw_flow,
	.describe = describe,
};

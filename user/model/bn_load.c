// SPDX-License-Identifier: GPL-3.0-or-later
/* From tensors, which nobody vouches for, to tables that can be drawn from. */
#include <linux/in.h>

#include "model/bn.h"

const __u8 fosr_bn_tier[FOSR_BN_VARS] = {
	[FOSR_BN_HOUR] = 0,
	[FOSR_BN_WEEKEND] = 0,
	[FOSR_BN_SERVICE] = 1,
	[FOSR_BN_L4] = 1,
	[FOSR_BN_ROLES] = 2,
	[FOSR_BN_PORT] = 3,
	[FOSR_BN_END] = 3,
	[FOSR_BN_PACKETS_FWD] = 4,
	[FOSR_BN_PACKETS_BWD] = 4,
	[FOSR_BN_BYTES_FWD] = 4,
	[FOSR_BN_BYTES_BWD] = 4,
	[FOSR_BN_DURATION] = 4,
};

/* What load() reads, and where it is. */
struct reader {
	struct fosr_bn *bn;
	const char *prefix;
	const struct fosr_tensors *set;
	struct fosr_err *err;
	const __u64 *row;
	const __u32 *first, *state, *weight, *piece_state;
	__u64 rows, cells, pieces;
};

__u32 fosr_bn_fixed_states(int v, __u32 services)
{
	switch (v) {
	case FOSR_BN_HOUR:
		return 24;
	case FOSR_BN_WEEKEND:
	case FOSR_BN_L4:
		return 2;
	case FOSR_BN_SERVICE:
		return services;
	case FOSR_BN_ROLES:
		return FOSR_BN_PAIRS;
	case FOSR_BN_END:
		return FOSR_END_STATES;
	case FOSR_BN_BYTES_FWD:
	case FOSR_BN_BYTES_BWD:
	case FOSR_BN_DURATION:
		return 16;
	default:
		return 0;
	}
}

static int check_parents(const struct reader *rd, int v)
{
	const struct fosr_bn *bn = rd->bn;
	__u8 tier = fosr_bn_tier[v], first = bn->parent[v][0];

	for (__u32 i = 0; i < bn->parents[v]; i++) {
		__u8 p = bn->parent[v][i];

		if (p >= FOSR_BN_VARS || p == v || fosr_bn_tier[p] > tier || (fosr_bn_tier[p] == tier && tier < 3))
			return fosr_err(rd->err, -EINVAL, "%s.parent: %s cannot depend on variable %u", rd->prefix,
				fosr_bn_var_name[v], p);
		for (__u32 k = 0; k < i; k++)
			if (bn->parent[v][k] == p)
				return fosr_err(rd->err, -EINVAL, "%s.parent: %s depends on %s twice", rd->prefix,
					fosr_bn_var_name[v], fosr_bn_var_name[p]);
	}
	if (!fosr_bn_has_table(v) ? bn->parents[v]
				  : v != FOSR_BN_SERVICE && first != FOSR_BN_SERVICE &&
				(v == FOSR_BN_ROLES || v == FOSR_BN_PORT || first != FOSR_BN_L4))
		return fosr_err(
			rd->err, -EINVAL, "%s.parent: %s has the wrong first parent", rd->prefix, fosr_bn_var_name[v]);
	return 0;
}

/* Parents before children, ties by number. */
static int order_vars(const struct reader *rd)
{
	struct fosr_bn *bn = rd->bn;
	__u32 known = 1U << FOSR_BN_HOUR | 1U << FOSR_BN_WEEKEND | 1U << FOSR_BN_SERVICE | 1U << FOSR_BN_L4 |
		1U << FOSR_BN_ROLES;

	while (known != (1U << FOSR_BN_VARS) - 1) {
		int v;

		for (v = 0; v < FOSR_BN_VARS; v++) {
			__u32 i = 0;

			while (i < bn->parents[v] && known >> bn->parent[v][i] & 1)
				i++;
			if (!(known >> v & 1) && i == bn->parents[v])
				break;
		}
		if (v == FOSR_BN_VARS)
			return fosr_err(rd->err, -EINVAL, "%s.parent has a cycle", rd->prefix);
		known |= 1U << v;
		bn->order[bn->ordered++] = (__u8)v;
	}
	return 0;
}

static int read_structure(const struct reader *rd)
{
	__u64 vars = FOSR_BN_VARS;
	struct fosr_bn *bn = rd->bn;
	const __u8 *parent = fosr_tensors_get(rd->set, rd->prefix, "parent", FOSR_U8, &vars, FOSR_BN_PARENTS, rd->err);
	const __u32 *states =
		parent ? fosr_tensors_get(rd->set, rd->prefix, "states", FOSR_U32, &vars, 0, rd->err) : NULL;
	const __u32 *prior =
		states ? fosr_tensors_get(rd->set, rd->prefix, "prior", FOSR_U32, &vars, 0, rd->err) : NULL;

	if (!prior)
		return -EINVAL;
	for (int v = 0; v < FOSR_BN_VARS; v++) {
		__u32 fixed = fosr_bn_fixed_states(v, bn->services);

		bn->states[v] = states[v];
		bn->prior[v] = prior[v];
		if (!states[v] || (fixed ? states[v] != fixed : states[v] > FOSR_BN_STATES))
			return fosr_err(rd->err, -EINVAL, "%s.states: %s has %u, expected %s%u", rd->prefix,
				fosr_bn_var_name[v], states[v], fixed ? "" : "1 to ", fixed ? fixed : FOSR_BN_STATES);
		memcpy(bn->parent[v], parent + v * FOSR_BN_PARENTS, FOSR_BN_PARENTS);
		while (bn->parents[v] < FOSR_BN_PARENTS && bn->parent[v][bn->parents[v]] != FOSR_BN_NONE)
			bn->parents[v]++;
	}
	for (int v = 0; v < FOSR_BN_VARS; v++) {
		int ret = check_parents(rd, v);

		if (ret)
			return ret;
	}
	return order_vars(rd);
}

static int read_arrays(struct reader *rd)
{
	__u64 firsts;

	rd->rows = rd->cells = rd->pieces = UINT64_MAX;
	rd->row = fosr_tensors_get(rd->set, rd->prefix, "row", FOSR_U64, &rd->rows, 0, rd->err);
	if (!rd->row)
		return -EINVAL;
	firsts = rd->rows + 1;
	rd->first = fosr_tensors_get(rd->set, rd->prefix, "first", FOSR_U32, &firsts, 0, rd->err);
	rd->state = rd->first ? fosr_tensors_get(rd->set, rd->prefix, "state", FOSR_U32, &rd->cells, 0, rd->err) : NULL;
	rd->weight =
		rd->state ? fosr_tensors_get(rd->set, rd->prefix, "weight", FOSR_U32, &rd->cells, 0, rd->err) : NULL;
	if (!rd->weight)
		return -EINVAL;
	rd->piece_state = fosr_tensors_get(rd->set, rd->prefix, "piece_state", FOSR_U32, &rd->pieces, 0, rd->err);
	rd->bn->piece = rd->piece_state
		? fosr_tensors_get(rd->set, rd->prefix, "piece", FOSR_U32, &rd->pieces, 3, rd->err)
		: NULL;
	if (!rd->bn->piece)
		return -EINVAL;
	if (rd->rows >= UINT32_MAX / 8 || rd->cells >= UINT32_MAX / 8)
		return fosr_err(rd->err, -EINVAL, "%s.row, %s.state: too many", rd->prefix, rd->prefix);
	if (rd->first[0] || rd->first[rd->rows] != rd->cells)
		return fosr_err(rd->err, -EINVAL, "%s.first does not span the %llu weights", rd->prefix, rd->cells);
	return 0;
}

/* An end state that the row's flows cannot have: the protocol's, or of a group, which answers nothing. */
static int check_end(const struct reader *rd, __u64 radix, __u32 state)
{
	const struct fosr_bn *bn = rd->bn;
	__u16 x[FOSR_BN_VARS] = {0};

	for (__u32 i = bn->parents[FOSR_BN_END]; i--;) {
		__u8 p = bn->parent[FOSR_BN_END][i];

		x[p] = (__u16)(radix % bn->states[p]);
		radix /= bn->states[p];
	}
	if (bn->parent[FOSR_BN_END][0] == FOSR_BN_SERVICE)
		x[FOSR_BN_L4] = bn->service[x[FOSR_BN_SERVICE]].l4 == IPPROTO_UDP;
	if (bn->ends[x[FOSR_BN_L4]][fosr_flow_to_group((__u8)x[FOSR_BN_ROLES])] >> state & 1)
		return 0;
	return fosr_err(rd->err, -EINVAL, "%s: a flow of %s%s cannot end in %s", rd->prefix,
		x[FOSR_BN_L4] ? "UDP" : "TCP", fosr_flow_to_group((__u8)x[FOSR_BN_ROLES]) ? " to a group" : "",
		fosr_end_state_name[state]);
}

static int check_row(const struct reader *rd, __u64 r)
{
	const struct fosr_bn *bn = rd->bn;
	__u64 radix = rd->row[r] & FOSR_BN_RADIX, combinations = 1;
	int v = (int)(rd->row[r] >> 56), ret = 0;

	if (v >= FOSR_BN_VARS || !fosr_bn_has_table(v))
		return fosr_err(rd->err, -EINVAL, "%s.row[%llu] is of no variable", rd->prefix, r);
	for (__u32 i = 0; i < bn->parents[v]; i++)
		combinations *= bn->states[bn->parent[v][i]];
	if (radix >= combinations || (r && rd->row[r] <= rd->row[r - 1]))
		return fosr_err(rd->err, -EINVAL, "%s.row[%llu] is out of range or order", rd->prefix, r);
	if (rd->first[r] >= rd->first[r + 1])
		return fosr_err(rd->err, -EINVAL, "%s.first[%llu] does not increase", rd->prefix, r);
	for (__u64 i = rd->first[r]; i < rd->first[r + 1] && !ret; i++) {
		if (i >= rd->cells || rd->state[i] >= bn->states[v] || !rd->weight[i] ||
			(i > rd->first[r] && rd->state[i] <= rd->state[i - 1]))
			return fosr_err(
				rd->err, -EINVAL, "%s.state[%llu], weight: out of range or order", rd->prefix, i);
		if (v == FOSR_BN_ROLES && rd->state[i] / FOSR_ROLES == FOSR_ROLE_GROUP)
			return fosr_err(rd->err, -EINVAL, "%s.state[%llu]: a group opens no flow", rd->prefix, i);
		if (v == FOSR_BN_END)
			ret = check_end(rd, radix, rd->state[i]);
	}
	return ret;
}

static int build_rows(const struct reader *rd)
{
	int ret = 0;

	for (__u64 r = 0; r < rd->rows && !ret; r++)
		ret = check_row(rd, r);
	for (__u64 from = 0, to; from < rd->rows && !ret; from = to) {
		struct fosr_bn_rows in = {
			.row = rd->row + from, .first = rd->first + from, .state = rd->state, .weight = rd->weight};

		for (to = from; to < rd->rows && rd->row[to] >> 56 == rd->row[from] >> 56; to++)
			;
		in.n = to - from;
		ret = fosr_bn_rows_add(rd->bn, (int)(rd->row[from] >> 56), &in);
		if (ret)
			fosr_err(rd->err, ret, "out of memory");
	}
	if (!ret && (ret = fosr_bn_rows_alias(rd->bn)))
		fosr_err(rd->err, ret, "%s.weight: cannot make distributions of the rows", rd->prefix);
	return ret;
}

static int check_piece(const struct reader *rd, __u64 i)
{
	const struct fosr_bn *bn = rd->bn;
	__u32 v = rd->piece_state[i] >> 16, state = rd->piece_state[i] & 0xffff;
	const __u32 *p = bn->piece[i];

	if (v >= FOSR_BN_VARS || !fosr_bn_has_pieces((int)v) || state >= bn->states[v] ||
		(i && rd->piece_state[i] < rd->piece_state[i - 1]))
		return fosr_err(rd->err, -EINVAL, "%s.piece_state[%llu] is out of range or order", rd->prefix, i);
	if (p[0] > p[1] || !p[2] || (v == FOSR_BN_PORT && p[1] > UINT16_MAX))
		return fosr_err(rd->err, -EINVAL, "%s.piece[%llu] is out of range", rd->prefix, i);
	return 0;
}

/* The pieces of v from *at on. */
static int build_pieces(const struct reader *rd, int v, __u64 *at)
{
	struct fosr_bn *bn = rd->bn;
	__u32 *first = calloc(bn->states[v] + 1ULL, sizeof(*first));
	int ret = 0;

	bn->piece_first[v] = first;
	if (!first)
		return fosr_err(rd->err, -ENOMEM, "out of memory");
	for (__u32 s = 0; s < bn->states[v] && !ret; s++) {
		FOSR_VEC(__u64) w = {0};

		first[s] = (__u32)*at;
		for (; *at < rd->pieces && rd->piece_state[*at] == ((__u32)v << 16 | s) && !ret; (*at)++) {
			__u64 *x = fosr_vec_push(&w);

			if (x)
				*x = bn->piece[*at][2];
			ret = x ? 0 : fosr_err(rd->err, -ENOMEM, "out of memory");
		}
		if (!ret && !w.n)
			ret = fosr_err(rd->err, -EINVAL, "%s.piece: %s has no value for category %u", rd->prefix,
				fosr_bn_var_name[v], s);
		if (!ret && fosr_alias_build(bn->piece_alias + first[s], w.v, (__u32)w.n))
			ret = fosr_err(rd->err, -EINVAL, "%s.piece: category %u of %s does not make a distribution",
				rd->prefix, s, fosr_bn_var_name[v]);
		fosr_vec_free(&w);
	}
	first[bn->states[v]] = (__u32)*at;
	return ret;
}

static int read_pieces(const struct reader *rd)
{
	__u64 at = 0;
	int ret = 0;

	rd->bn->piece_alias = calloc(rd->pieces + 1, sizeof(*rd->bn->piece_alias));
	if (!rd->bn->piece_alias)
		return fosr_err(rd->err, -ENOMEM, "out of memory");
	for (__u64 i = 0; i < rd->pieces && !ret; i++)
		ret = check_piece(rd, i);
	for (int v = 0; v < FOSR_BN_VARS && !ret; v++)
		if (fosr_bn_has_pieces(v))
			ret = build_pieces(rd, v, &at);
	return ret;
}

/* Whatever is drawn finds a row: at worst the one of the first parent alone. */
static int check_rows(const struct reader *rd)
{
	const struct fosr_bn *bn = rd->bn;

	for (int v = 0; v < FOSR_BN_VARS; v++) {
		if (!fosr_bn_has_table(v))
			continue;
		for (__u32 s = 0; s < bn->services; s++) {
			__u64 radix = v == FOSR_BN_SERVICE	 ? 0
				: bn->parent[v][0] == FOSR_BN_L4 ? bn->service[s].l4 == IPPROTO_UDP
								 : s;

			if (!fosr_u64map_get(&bn->find, fosr_bn_find_key(v, fosr_bn_least(v), radix)))
				return fosr_err(rd->err, -EINVAL, "%s: service %s has no %s", rd->prefix,
					bn->service[s].name, fosr_bn_var_name[v]);
		}
	}
	return 0;
}

static int precompute(const struct reader *rd)
{
	struct fosr_bn *bn = rd->bn;
	__u16 x[FOSR_BN_VARS] = {0};

	bn->learned = calloc(bn->services, sizeof(*bn->learned));
	bn->can = calloc(bn->services, sizeof(*bn->can));
	bn->service_share = calloc((__u64)FOSR_BN_TIMES * bn->services, sizeof(*bn->service_share));
	if (!bn->learned || !bn->can || !bn->service_share)
		return fosr_err(rd->err, -ENOMEM, "out of memory");
	for (__u32 t = 0; t < FOSR_BN_TIMES; t++) {
		x[FOSR_BN_HOUR] = (__u16)(t / 2);
		x[FOSR_BN_WEEKEND] = t % 2;
		fosr_bn_shares(bn, FOSR_BN_SERVICE, fosr_bn_find(bn, FOSR_BN_SERVICE, x),
			bn->service_share + (__u64)t * bn->services);
	}
	for (__u32 s = 0; s < bn->services; s++) {
		const struct fosr_bn_row *row =
			&bn->row.v[*fosr_u64map_get(&bn->find, fosr_bn_find_key(FOSR_BN_ROLES, 1, s))];

		for (__u32 i = 0; i < row->n; i++)
			bn->learned[s] |= (__u16)(1U << bn->slot.v[row->first + i].state);
		for (__u32 i = 0; i < row->n; i++)
			for (__u32 pair = 0; pair < FOSR_BN_PAIRS; pair++)
				if (fosr_flow_to_group((__u8)pair) ==
					fosr_flow_to_group((__u8)bn->slot.v[row->first + i].state))
					bn->can[s] |= (__u16)(1U << pair);
	}
	return 0;
}

static void possible_ends(struct fosr_bn *bn)
{
	for (__u32 e = 0; e < FOSR_END_STATES; e++)
		for (int udp = 0; udp < 2; udp++) {
			__u8 l4 = udp ? IPPROTO_UDP : IPPROTO_TCP;
			__u32 least[2];
			bool answer;

			fosr_end_state_least(e, l4, least, &answer);
			if (!fosr_end_state_fits(e, l4))
				continue;
			bn->ends[udp][0] |= (__u16)(1U << e);
			if (!answer)
				bn->ends[udp][1] |= (__u16)(1U << e);
		}
}

int fosr_bn_load(struct fosr_bn *bn, const char *prefix, const struct fosr_tensors *set,
	const struct fosr_services *services, struct fosr_err *err)
{
	struct reader rd = {.bn = bn, .prefix = prefix, .set = set, .err = err};
	int ret;

	*bn = (struct fosr_bn){.services = (__u32)services->list.n, .service = services->list.v};
	possible_ends(bn);
	ret = read_structure(&rd);
	ret = ret ? ret : read_arrays(&rd);
	ret = ret ? ret : build_rows(&rd);
	ret = ret ? ret : read_pieces(&rd);
	ret = ret ? ret : check_rows(&rd);
	return ret ? ret : precompute(&rd);
}

void fosr_bn_free(struct fosr_bn *bn)
{
	fosr_vec_free(&bn->row);
	fosr_vec_free(&bn->slot);
	free(bn->pick);
	fosr_u64map_free(&bn->find);
	free(bn->piece_alias);
	for (int v = 0; v < FOSR_BN_VARS; v++)
		free(bn->piece_first[v]);
	free(bn->learned);
	free(bn->can);
	free(bn->service_share);
	*bn = (struct fosr_bn){0};
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/bn_net.h"

#include "model/bn.h"

const char *const fosr_bn_var_name[FOSR_BN_VARS] = {
	[FOSR_BN_HOUR] = "hour",
	[FOSR_BN_WEEKEND] = "weekend",
	[FOSR_BN_SERVICE] = "service",
	[FOSR_BN_L4] = "protocol",
	[FOSR_BN_ROLES] = "roles",
	[FOSR_BN_PORT] = "port",
	[FOSR_BN_END] = "end state",
	[FOSR_BN_PACKETS_FWD] = "packets, opener",
	[FOSR_BN_PACKETS_BWD] = "packets, responder",
	[FOSR_BN_BYTES_FWD] = "bytes, opener",
	[FOSR_BN_BYTES_BWD] = "bytes, responder",
	[FOSR_BN_DURATION] = "duration",
};

/* The tensors, before they are handed over. */
struct writer {
	FOSR_VEC(__u64) row;
	FOSR_VEC(__u32) first;
	FOSR_VEC(__u32) state;
	FOSR_VEC(__u32) weight;
	FOSR_VEC(__u32) piece_state;
	FOSR_VEC(__u32) piece; /* three per piece */
};

struct keyed {
	__u64 key; /* of the row */
	__u32 weight;
	__u16 state;
};

void fosr_bn_net_init(struct fosr_bn_net *net, const struct fosr_services *services)
{
	*net = (struct fosr_bn_net){0};
	for (int v = 0; v < FOSR_BN_VARS; v++) {
		net->node[v].states = fosr_bn_fixed_states(v, (__u32)services->list.n);
		if (fosr_bn_has_table(v) && v != FOSR_BN_SERVICE) {
			net->node[v].parents = 1;
			net->node[v].parent[0] = fosr_bn_tier[v] > fosr_bn_tier[FOSR_BN_ROLES] && v != FOSR_BN_PORT
				? FOSR_BN_L4
				: FOSR_BN_SERVICE;
		}
	}
}

int fosr_bn_net_cell(struct fosr_bn_net *net, enum fosr_bn_var v, const __u16 *given, __u16 state, __u32 weight)
{
	struct fosr_bn_cell *c;

	if (!weight)
		return 0;
	c = fosr_vec_push(&net->node[v].cell);
	if (!c)
		return -ENOMEM;
	for (__u32 i = 0; i < net->node[v].parents; i++)
		c->given[i] = given[i];
	c->state = state;
	c->weight = weight;
	return 0;
}

int fosr_bn_net_piece(struct fosr_bn_net *net, enum fosr_bn_var v, __u16 state, __u32 lo, __u32 hi, __u32 weight)
{
	struct fosr_bn_piece *p;

	if (!weight)
		return 0;
	p = fosr_vec_push(&net->node[v].piece);
	if (!p)
		return -ENOMEM;
	*p = (struct fosr_bn_piece){.lo = lo, .hi = hi, .weight = weight, .state = state};
	if (net->node[v].states <= state)
		net->node[v].states = state + 1U;
	return 0;
}

void fosr_bn_net_free(struct fosr_bn_net *net)
{
	for (int v = 0; v < FOSR_BN_VARS; v++) {
		fosr_vec_free(&net->node[v].cell);
		fosr_vec_free(&net->node[v].piece);
	}
}

static int by_key(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->state > y->state) - (x->state < y->state);
}

static int by_piece(const void *a, const void *b)
{
	const struct fosr_bn_piece *x = a, *y = b;

	if (x->state != y->state)
		return x->state < y->state ? -1 : 1;
	if (x->lo != y->lo)
		return x->lo < y->lo ? -1 : 1;
	return (x->hi > y->hi) - (x->hi < y->hi);
}

static int keyed_cells(const struct fosr_bn_net *net, int v, struct keyed *out, struct fosr_err *err)
{
	const struct fosr_bn_node *node = &net->node[v];

	for (size_t i = 0; i < node->cell.n; i++) {
		const struct fosr_bn_cell *c = &node->cell.v[i];

		out[i] = (struct keyed){.state = c->state, .weight = c->weight};
		for (__u32 k = 0; k < node->parents; k++) {
			__u32 states = net->node[node->parent[k]].states;

			if (c->given[k] >= states)
				return fosr_err(err, -EINVAL, "the table of %s is given %s %u of %u",
					fosr_bn_var_name[v], fosr_bn_var_name[node->parent[k]], c->given[k], states);
			out[i].key = out[i].key * states + c->given[k];
		}
	}
	qsort(out, node->cell.n, sizeof(*out), by_key);
	return 0;
}

static int put_cell(struct writer *w, __u64 key, const struct keyed *c)
{
	__u32 *weight, *state;
	__u64 *row;

	if (!w->row.n || w->row.v[w->row.n - 1] != key) {
		__u32 *first = fosr_vec_push(&w->first);

		row = fosr_vec_push(&w->row);
		if (!row || !first)
			return -ENOMEM;
		*row = key;
		*first = (__u32)w->state.n;
	} else if (w->state.v[w->state.n - 1] == c->state) {
		weight = &w->weight.v[w->weight.n - 1];
		*weight = (__u32)fosr_min_u64((__u64)*weight + c->weight, UINT32_MAX);
		return 0;
	}
	state = fosr_vec_push(&w->state);
	weight = fosr_vec_push(&w->weight);
	if (!state || !weight)
		return -ENOMEM;
	*state = c->state;
	*weight = c->weight;
	return 0;
}

static int put_node(struct writer *w, struct fosr_bn_net *net, int v, struct fosr_err *err)
{
	struct fosr_bn_node *node = &net->node[v];
	struct keyed *k = calloc(node->cell.n + 1, sizeof(*k));
	int ret = k ? keyed_cells(net, v, k, err) : -ENOMEM;

	for (size_t i = 0; i < node->cell.n && !ret; i++)
		ret = put_cell(w, fosr_bn_row_key(v, k[i].key), &k[i]);
	free(k);
	if (node->piece.n)
		qsort(node->piece.v, node->piece.n, sizeof(*node->piece.v), by_piece);
	for (size_t i = 0; i < node->piece.n && !ret; i++) {
		const struct fosr_bn_piece *p = &node->piece.v[i];
		__u32 *state = fosr_vec_push(&w->piece_state);

		if (!state || fosr_vec_reserve(&w->piece, w->piece.n + 3))
			return -ENOMEM;
		*state = (__u32)v << 16 | p->state;
		w->piece.v[w->piece.n++] = p->lo;
		w->piece.v[w->piece.n++] = p->hi;
		w->piece.v[w->piece.n++] = p->weight;
	}
	return ret;
}

static int put_tensors(const char *prefix, const struct writer *w, const struct fosr_bn_net *net,
	struct fosr_tensors *out, struct fosr_err *err)
{
	__u8 parent[FOSR_BN_VARS][FOSR_BN_PARENTS];
	__u32 states[FOSR_BN_VARS], prior[FOSR_BN_VARS];
	int ret;

	memset(parent, FOSR_BN_NONE, sizeof(parent));
	for (int v = 0; v < FOSR_BN_VARS; v++) {
		states[v] = net->node[v].states;
		prior[v] = net->node[v].prior;
		memcpy(parent[v], net->node[v].parent, net->node[v].parents);
	}
	ret = fosr_tensors_add(out, prefix, "parent", FOSR_U8, FOSR_BN_VARS, FOSR_BN_PARENTS, parent, err);
	ret = ret ? ret : fosr_tensors_add(out, prefix, "states", FOSR_U32, FOSR_BN_VARS, 0, states, err);
	ret = ret ? ret : fosr_tensors_add(out, prefix, "prior", FOSR_U32, FOSR_BN_VARS, 0, prior, err);
	ret = ret ? ret : fosr_tensors_add(out, prefix, "row", FOSR_U64, w->row.n, 0, w->row.v, err);
	ret = ret ? ret : fosr_tensors_add(out, prefix, "first", FOSR_U32, w->first.n, 0, w->first.v, err);
	ret = ret ? ret : fosr_tensors_add(out, prefix, "state", FOSR_U32, w->state.n, 0, w->state.v, err);
	ret = ret ? ret : fosr_tensors_add(out, prefix, "weight", FOSR_U32, w->weight.n, 0, w->weight.v, err);
	ret = ret ? ret
		  : fosr_tensors_add(out, prefix, "piece_state", FOSR_U32, w->piece_state.n, 0, w->piece_state.v, err);
	return ret ? ret : fosr_tensors_add(out, prefix, "piece", FOSR_U32, w->piece_state.n, 3, w->piece.v, err);
}

int fosr_bn_net_save(const char *prefix, struct fosr_bn_net *net, const struct fosr_services *services,
	struct fosr_tensors *out, struct fosr_err *err)
{
	struct fosr_err why = {0};
	struct writer w = {0};
	struct fosr_bn bn;
	int ret = 0;
	__u32 *end;

	for (int v = 0; v < FOSR_BN_VARS && !ret; v++)
		ret = put_node(&w, net, v, &why);
	end = fosr_vec_push(&w.first);
	if (!ret && !end)
		ret = -ENOMEM;
	if (!ret) {
		*end = (__u32)w.state.n;
		ret = put_tensors(prefix, &w, net, out, &why);
	}
	if (!ret) {
		ret = fosr_bn_load(&bn, prefix, out, services, &why);
		fosr_bn_free(&bn);
	}
	fosr_vec_free(&w.row);
	fosr_vec_free(&w.first);
	fosr_vec_free(&w.state);
	fosr_vec_free(&w.weight);
	fosr_vec_free(&w.piece_state);
	fosr_vec_free(&w.piece);
	return ret ? fosr_err(err, ret, "%s", why.code ? why.text : "out of memory") : 0;
}

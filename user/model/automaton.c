// SPDX-License-Identifier: GPL-3.0-or-later
/* Automata as tensors and back. */
#include "model/automaton.h"

#include <stdio.h>

/* Columns of the tensors; their order is the format. */
enum { HEAD_SERVICE, HEAD_L4, HEAD_END, HEAD_STATES, HEAD_EDGES, HEAD_WEIGHT, HEAD_NOISE };
enum { HEAD_COLS = HEAD_NOISE + FOSR_NOISES, EDGE_COLS = 3, USE_COLS = 5 };

void fosr_automata_free(struct fosr_automata *a)
{
	fosr_vec_free(&a->list);
	fosr_vec_free(&a->edge);
	fosr_vec_free(&a->gap);
	fosr_vec_free(&a->size);
	fosr_vec_free(&a->payload);
	fosr_vec_free(&a->payload_end);
}

static void pack_heads(const struct fosr_automata *a, __u32 *head)
{
	for (size_t i = 0; i < a->list.n; i++, head += HEAD_COLS) {
		const struct fosr_automaton *m = &a->list.v[i];

		head[HEAD_SERVICE] = m->service;
		head[HEAD_L4] = m->l4;
		head[HEAD_END] = m->end_state;
		head[HEAD_STATES] = m->states;
		head[HEAD_EDGES] = m->edges;
		head[HEAD_WEIGHT] = m->weight;
		memcpy(head + HEAD_NOISE, m->noise_q32, sizeof(m->noise_q32));
	}
}

static void pack_edges(const struct fosr_automata *a, __u16 *edge, __u32 *use)
{
	for (size_t i = 0; i < a->edge.n; i++, edge += EDGE_COLS, use += USE_COLS) {
		const struct fosr_edge *e = &a->edge.v[i];
		const __u32 row[USE_COLS] = {e->weight, e->gap, e->size, e->payload_first, e->payload_n};

		edge[0] = e->from;
		edge[1] = e->to;
		edge[2] = e->action;
		memcpy(use, row, sizeof(row));
	}
}

static int save_tables(
	const char *prefix, const struct fosr_automata *a, struct fosr_tensors *out, struct fosr_err *err)
{
	int ret = fosr_tensors_add(out, prefix, "gap_table", FOSR_U64, a->gap.n, FOSR_QUANTS + 1, a->gap.v, err);

	if (!ret)
		ret = fosr_tensors_add(out, prefix, "size_table", FOSR_U64, a->size.n, FOSR_QUANTS + 1, a->size.v, err);
	if (!ret && a->payload_end.n) {
		ret = fosr_tensors_add(out, prefix, "payload", FOSR_U8, a->payload.n, 0, a->payload.v, err);
		if (!ret)
			ret = fosr_tensors_add(
				out, prefix, "payload_end", FOSR_U32, a->payload_end.n, 0, a->payload_end.v, err);
	}
	return ret;
}

int fosr_automata_save(
	const char *prefix, const struct fosr_automata *a, struct fosr_tensors *out, struct fosr_err *err)
{
	__u32 *head = calloc(a->list.n + 1, HEAD_COLS * sizeof(*head));
	__u16 *edge = calloc(a->edge.n + 1, EDGE_COLS * sizeof(*edge));
	__u32 *use = calloc(a->edge.n + 1, USE_COLS * sizeof(*use));
	int ret = head && edge && use ? fosr_automata_check(a, prefix, err) : fosr_err(err, -ENOMEM, "out of memory");

	if (!ret) {
		pack_heads(a, head);
		pack_edges(a, edge, use);
		ret = fosr_tensors_add(out, prefix, "automaton", FOSR_U32, a->list.n, HEAD_COLS, head, err);
	}
	if (!ret)
		ret = fosr_tensors_add(out, prefix, "edge", FOSR_U16, a->edge.n, EDGE_COLS, edge, err);
	if (!ret)
		ret = fosr_tensors_add(out, prefix, "edge_use", FOSR_U32, a->edge.n, USE_COLS, use, err);
	if (!ret)
		ret = save_tables(prefix, a, out, err);
	free(head);
	free(edge);
	free(use);
	return ret;
}

/* A copy of a tensor in a vector: 0 or -ENOMEM. */
#define copy(vec, data, count) \
	(fosr_vec_reserve((vec), (count) + 1) \
			? -ENOMEM \
			: ((count) ? (void)memcpy((vec)->v, (data), (count) * sizeof(*(vec)->v)) : (void)0, \
				  (vec)->n = (count), 0))

static int load_tables(
	struct fosr_automata *a, const char *prefix, const struct fosr_tensors *set, struct fosr_err *err)
{
	__u64 gaps = UINT64_MAX, sizes = UINT64_MAX, bytes = UINT64_MAX, ends = UINT64_MAX;
	const void *gap = fosr_tensors_get(set, prefix, "gap_table", FOSR_U64, &gaps, FOSR_QUANTS + 1, err);
	const void *size =
		gap ? fosr_tensors_get(set, prefix, "size_table", FOSR_U64, &sizes, FOSR_QUANTS + 1, err) : NULL;
	char name[FOSR_TENSOR_NAME];

	if (!size)
		return -EINVAL;
	if (copy(&a->gap, gap, gaps) || copy(&a->size, size, sizes))
		return fosr_err(err, -ENOMEM, "out of memory");
	snprintf(name, sizeof(name), "%s.payload_end", prefix);
	if (fosr_tensors_find(set, name)) {
		const void *payload = fosr_tensors_get(set, prefix, "payload", FOSR_U8, &bytes, 0, err);
		const void *end =
			payload ? fosr_tensors_get(set, prefix, "payload_end", FOSR_U32, &ends, 0, err) : NULL;

		if (!end)
			return -EINVAL;
		if (copy(&a->payload, payload, bytes) || copy(&a->payload_end, end, ends))
			return fosr_err(err, -ENOMEM, "out of memory");
	}
	return 0;
}

static int load_heads(struct fosr_automata *a, const char *prefix, const __u32 *head, __u64 n, __u64 edges,
	const struct fosr_services *services, struct fosr_err *err)
{
	__u64 first = 0;

	if (n > FOSR_AUTOMATA_MAX)
		return fosr_err(err, -EINVAL, "%s: %llu automata, the limit is %d", prefix, n, FOSR_AUTOMATA_MAX);
	for (__u64 i = 0; i < n; i++, head += HEAD_COLS) {
		struct fosr_automaton *m;
		bool any = head[HEAD_SERVICE] == FOSR_AUTOMATON_ANY;

		if ((!any && head[HEAD_SERVICE] >= services->list.n) || head[HEAD_L4] > 255 ||
			head[HEAD_END] >= FOSR_END_STATES || head[HEAD_EDGES] > edges - first ||
			(!any && services->list.v[head[HEAD_SERVICE]].l4 != head[HEAD_L4]))
			return fosr_err(err, -EINVAL, "%s: automaton %llu is out of range", prefix, i);
		m = fosr_vec_push(&a->list);
		if (!m)
			return fosr_err(err, -ENOMEM, "out of memory");
		*m = (struct fosr_automaton){
			.service = (__u16)head[HEAD_SERVICE],
			.l4 = (__u8)head[HEAD_L4],
			.end_state = (__u8)head[HEAD_END],
			.states = head[HEAD_STATES],
			.first_edge = (__u32)first,
			.edges = head[HEAD_EDGES],
			.weight = head[HEAD_WEIGHT],
		};
		memcpy(m->noise_q32, head + HEAD_NOISE, sizeof(m->noise_q32));
		first += m->edges;
	}
	return first == edges
		? 0
		: fosr_err(err, -EINVAL, "%s.automaton: edges of its rows do not add up to %llu", prefix, edges);
}

static int load_edges(struct fosr_automata *a, const __u16 *edge, const __u32 *use, __u64 n, struct fosr_err *err)
{
	if (fosr_vec_reserve(&a->edge, n + 1))
		return fosr_err(err, -ENOMEM, "out of memory");
	for (__u64 i = 0; i < n; i++, edge += EDGE_COLS, use += USE_COLS)
		a->edge.v[a->edge.n++] = (struct fosr_edge){
			.from = edge[0],
			.to = edge[1],
			.action = edge[2],
			.weight = use[0],
			.gap = use[1],
			.size = use[2],
			.payload_first = use[3],
			.payload_n = use[4],
		};
	return 0;
}

int fosr_automata_load(struct fosr_automata *a, const char *prefix, const struct fosr_tensors *set,
	const struct fosr_services *services, struct fosr_err *err)
{
	__u64 n = UINT64_MAX, edges = UINT64_MAX;
	const __u32 *head = fosr_tensors_get(set, prefix, "automaton", FOSR_U32, &n, HEAD_COLS, err);
	const __u16 *edge = head ? fosr_tensors_get(set, prefix, "edge", FOSR_U16, &edges, EDGE_COLS, err) : NULL;
	const __u32 *use = edge ? fosr_tensors_get(set, prefix, "edge_use", FOSR_U32, &edges, USE_COLS, err) : NULL;
	int ret = use ? load_tables(a, prefix, set, err) : -EINVAL;

	if (!ret)
		ret = load_heads(a, prefix, head, n, edges, services, err);
	if (!ret)
		ret = load_edges(a, edge, use, edges, err);
	return ret ? ret : fosr_automata_check(a, prefix, err);
}

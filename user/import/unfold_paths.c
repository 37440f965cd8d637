// SPDX-License-Identifier: GPL-3.0-or-later
#include "import/unfold_paths.h"

#include <netinet/in.h>

#include "base/u64map.h"
#include "import/unfold.h"

/* A state and what the tracker knows there. */
struct node {
	__u32 state;
	struct fosr_track track;
	bool live; /* an end can be reached from here */
	double in, out; /* share of walks that are here, before and after a round */
};

struct hop {
	__u32 from, to; /* nodes; to is UINT32_MAX where the walk ends */
	__u32 edge;
	double p;
};

struct fosr_paths_graph {
	const struct fosr_paths *p;
	struct fosr_u64map index;
	FOSR_VEC(struct node) node;
	FOSR_VEC(struct hop) hop;
	__u32 *first, *order; /* edges by state */
	double *total; /* weight out of each state */
};

static __u64 key_of(__u32 state, const struct fosr_track *t)
{
	return (__u64)state << 10 | t->events | (t->sent[0] != 0) << 8 | (t->sent[1] != 0) << 9;
}

static int node_of(struct fosr_paths_graph *g, __u32 state, const struct fosr_track *t, __u32 *index)
{
	__u64 key = key_of(state, t);
	__u32 *have = fosr_u64map_get(&g->index, key);
	struct node *n;

	if (have) {
		*index = *have;
		return 0;
	}
	if (g->node.n == FOSR_UNFOLD_NODES)
		return -E2BIG;
	*index = (__u32)g->node.n;
	n = fosr_vec_push(&g->node);
	if (!n || fosr_u64map_put(&g->index, key, *index))
		return -ENOMEM;
	n->state = state;
	n->track = *t;
	n->track.sent[0] = t->sent[0] != 0;
	n->track.sent[1] = t->sent[1] != 0;
	return 0;
}

static int hop_add(struct fosr_paths_graph *g, __u32 from, __u32 edge)
{
	const struct fosr_edge *e = &g->p->edge[edge];
	struct fosr_track t = g->node.v[from].track;
	struct hop *h;
	__u32 to = UINT32_MAX;
	int ret = 0;

	if (e->action == FOSR_AUTOMATON_END) {
		if ((!t.sent[0] && !t.sent[1]) || fosr_track_state(&t) != g->p->end_state)
			return 0;
	} else {
		__u8 dir = fosr_action_dir(e->action), flags = fosr_action_flags(e->action);

		if (!fosr_track_allows(&t, g->p->end_state, dir, flags, fosr_action_size(e->action), UINT32_MAX))
			return 0;
		fosr_track_feed(&t, dir, flags);
		ret = node_of(g, e->to, &t, &to);
	}
	h = ret ? NULL : fosr_vec_push(&g->hop);
	if (!h)
		return ret ? ret : -ENOMEM;
	*h = (struct hop){from, to, edge, e->weight / g->total[e->from]};
	return 0;
}

/* Walks that can never end would go on for ever: hops into nodes without an end are taken out. */
static void prune(struct fosr_paths_graph *g)
{
	size_t n = 0;

	for (bool more = true; more;) {
		more = false;
		for (size_t i = g->hop.n; i-- > 0;) {
			const struct hop *h = &g->hop.v[i];

			if (g->node.v[h->from].live || (h->to != UINT32_MAX && !g->node.v[h->to].live))
				continue;
			g->node.v[h->from].live = true;
			more = true;
		}
	}
	for (size_t i = 0; i < g->hop.n; i++)
		if (g->hop.v[i].to == UINT32_MAX || g->node.v[g->hop.v[i].to].live)
			g->hop.v[n++] = g->hop.v[i];
	g->hop.n = n;
}

static int graph_make(struct fosr_paths_graph *g)
{
	struct fosr_track none = {.l4 = g->p->l4};
	__u32 index;
	int ret;

	g->first = calloc(g->p->states + 1, sizeof(*g->first));
	g->order = calloc(g->p->edges + 1, sizeof(*g->order));
	g->total = calloc(g->p->states + 1, sizeof(*g->total));
	if (!g->first || !g->order || !g->total)
		return -ENOMEM;
	for (size_t i = 0; i < g->p->edges; i++) {
		g->first[g->p->edge[i].from]++;
		g->total[g->p->edge[i].from] += g->p->edge[i].weight;
	}
	for (__u32 q = 0, sum = 0; q <= g->p->states; q++)
		g->first[q] = sum += g->first[q];
	for (size_t i = g->p->edges; i-- > 0;)
		g->order[--g->first[g->p->edge[i].from]] = (__u32)i;
	ret = node_of(g, 0, &none, &index);
	for (__u32 k = 0; k < g->node.n && !ret; k++)
		for (__u32 q = g->node.v[k].state, i = g->first[q]; i < g->first[q + 1] && !ret; i++)
			ret = hop_add(g, k, g->order[i]);
	prune(g);
	return ret;
}

/* Moves all walks one packet on: the share that is still on its way; what has ended is added to *share. */
static double round_take(struct fosr_paths_graph *g, size_t without, size_t n, double *share)
{
	double rest = 0;

	for (size_t i = 0; i < g->hop.n; i++) {
		const struct hop *h = &g->hop.v[i];
		double moved = g->node.v[h->from].in * h->p;

		if (h->edge - without < n)
			continue;
		if (h->to == UINT32_MAX)
			*share += moved;
		else
			g->node.v[h->to].out += moved;
	}
	for (size_t k = 0; k < g->node.n; k++) {
		rest += g->node.v[k].out;
		g->node.v[k].in = g->node.v[k].out;
		g->node.v[k].out = 0;
	}
	return rest;
}

double fosr_paths_share(struct fosr_paths *p, size_t without, size_t n, double rest)
{
	struct fosr_paths_graph *g = p->graph;
	double share = 0, left = 1;

	for (size_t k = 0; k < g->node.n; k++)
		g->node.v[k].in = !k;
	while (left > rest && p->work <= FOSR_UNFOLD_WORK) {
		left = round_take(g, without, n, &share);
		p->work += g->hop.n + g->node.n;
	}
	return share;
}

int fosr_paths_open(struct fosr_paths *p, const char *name, struct fosr_err *err)
{
	int ret;

	p->graph = calloc(1, sizeof(*p->graph));
	if (!p->graph)
		return fosr_err(err, -ENOMEM, "out of memory");
	p->graph->p = p;
	ret = graph_make(p->graph);
	if (!ret)
		return 0;
	fosr_paths_close(p);
	if (ret == -E2BIG)
		return fosr_err(
			err, ret, "%s: more than %d states once events are told apart", name, FOSR_UNFOLD_NODES);
	return fosr_err(err, ret, "out of memory");
}

void fosr_paths_close(struct fosr_paths *p)
{
	struct fosr_paths_graph *g = p->graph;

	p->graph = NULL;
	if (!g)
		return;
	fosr_u64map_free(&g->index);
	fosr_vec_free(&g->node);
	fosr_vec_free(&g->hop);
	free(g->first);
	free(g->order);
	free(g->total);
	free(g);
}

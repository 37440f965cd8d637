// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * What holds of every automaton that walks use, and how it is brought about: states are told apart by what the tracker
 * of the end-state rules knows, so that a path is allowed edge by edge.
 */
#include <netinet/in.h>

#include "base/u64map.h"
#include "model/automaton.h"

#define LEN_MAX 65535
#define NO_STATE FOSR_AUTOMATON_FORBIDDEN

/* What the rules look at: events, and (UDP and OTH only) who has sent at all. */
static __u16 track_key(const struct fosr_track *t, __u8 goal)
{
	__u16 key = t->events;

	if (t->l4 != IPPROTO_TCP || goal == FOSR_OTH)
		key |= (t->sent[0] != 0) << 8;
	if (t->l4 != IPPROTO_TCP)
		key |= (t->sent[1] != 0) << 9;
	return key;
}

static struct fosr_track track_of(__u16 key, __u8 l4)
{
	return (struct fosr_track){.events = (__u8)key, .l4 = l4, .sent = {key >> 8 & 1, key >> 9 & 1}};
}

__u32 fosr_automaton_follow(__u32 key, const struct fosr_automaton *m, __u16 action)
{
	struct fosr_track t = track_of((__u16)key, m->l4);

	if (fosr_automaton_is_class(action))
		return key;
	if (action == FOSR_AUTOMATON_END)
		return key && fosr_track_state(&t) == m->end_state ? key : NO_STATE;
	/* What is left to send does not matter here: a path that reaches an end has sent all that is owed. */
	if (!fosr_track_allows(&t, m->end_state, fosr_action_dir(action), fosr_action_flags(action),
		    fosr_action_size(action), UINT32_MAX))
		return NO_STATE;
	fosr_track_feed(&t, fosr_action_dir(action), fosr_action_flags(action));
	return track_key(&t, m->end_state);
}

static bool ends(const struct fosr_edge *e)
{
	return e->action == FOSR_AUTOMATON_END;
}

/* The edges in groups: of_state[first[q]..first[q + 1]) are those out of q, or into q. */
struct grouped {
	__u32 *first, *edge;
};

static void grouped_free(struct grouped *g)
{
	free(g->first);
	free(g->edge);
}

/* -EINVAL when an edge names a state that is not there. */
static int group(struct grouped *g, const struct fosr_edge *edge, size_t n, size_t states, bool into)
{
	*g = (struct grouped){.first = calloc(states + 2, sizeof(*g->first)), .edge = calloc(n + 1, sizeof(*g->edge))};
	if (!g->first || !g->edge)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		if (edge[i].from >= states || (!ends(&edge[i]) && edge[i].to >= states))
			return -EINVAL;
		if (!into || !ends(&edge[i]))
			g->first[(into ? edge[i].to : edge[i].from) + 2]++;
	}
	for (size_t q = 0; q < states; q++)
		g->first[q + 2] += g->first[q + 1];
	for (size_t i = 0; i < n; i++)
		if (!into || !ends(&edge[i]))
			g->edge[g->first[(into ? edge[i].to : edge[i].from) + 1]++] = (__u32)i;
	return 0;
}

/* Marks the states that an end can be reached from. */
static int mark_live(const struct fosr_edge *edge, size_t n, size_t states, __u8 *live)
{
	__u32 *todo = calloc(states + 1, sizeof(*todo)), k = 0;
	struct grouped in;
	int ret = group(&in, edge, n, states, true);

	if (!todo)
		ret = -ENOMEM;
	for (size_t i = 0; i < n && !ret; i++)
		if (ends(&edge[i]) && !live[edge[i].from]) {
			live[edge[i].from] = 1;
			todo[k++] = edge[i].from;
		}
	while (k && !ret) {
		__u32 q = todo[--k];

		for (__u32 i = in.first[q]; i < in.first[q + 1]; i++) {
			__u16 from = edge[in.edge[i]].from;

			if (!live[from]) {
				live[from] = 1;
				todo[k++] = from;
			}
		}
	}
	grouped_free(&in);
	free(todo);
	return ret;
}

struct split {
	const struct fosr_automaton *m;
	const struct fosr_edge *edge;
	struct fosr_u64map index; /* state << 10 | key, to node */
	FOSR_VEC(__u64) node; /* the same, by index, in the order of discovery */
	FOSR_VEC(struct fosr_edge) out; /* between nodes */
};

static __u32 split_node(struct split *s, __u32 state, __u16 key)
{
	__u64 id = (__u64)state << 10 | key, *node;
	__u32 *have = fosr_u64map_get(&s->index, id);

	if (have)
		return *have;
	node = fosr_vec_push(&s->node);
	if (!node || fosr_u64map_put(&s->index, id, (__u32)(s->node.n - 1)))
		return NO_STATE;
	*node = id;
	return (__u32)(s->node.n - 1);
}

/* Edges out of node k; what they lead to becomes nodes. */
static int split_expand(struct split *s, __u32 k, const struct grouped *g)
{
	__u32 state = (__u32)(s->node.v[k] >> 10);
	__u16 key = s->node.v[k] & 0x3ff;

	for (__u32 i = g->first[state]; i < g->first[state + 1]; i++) {
		const struct fosr_edge *e = &s->edge[g->edge[i]];
		__u32 next = fosr_automaton_follow(key, s->m, e->action), to = 0;
		struct fosr_edge *out;

		if (next == NO_STATE || (fosr_automaton_is_class(e->action) && k))
			continue;
		if (!ends(e))
			to = split_node(s, e->to, (__u16)next);
		if (to == NO_STATE)
			return -ENOMEM;
		if (s->node.n > FOSR_AUTOMATON_STATES)
			return -E2BIG;
		out = fosr_vec_push(&s->out);
		if (!out)
			return -ENOMEM;
		*out = *e;
		out->from = (__u16)k;
		out->to = (__u16)to;
	}
	return 0;
}

/* Appends the edges between live nodes under their new numbers. */
static int split_take(struct split *s, struct fosr_automata *a, const __u8 *live, __u32 *number)
{
	struct fosr_automaton *m;
	__u32 states = 0, edges = 0;

	for (size_t k = 0; k < s->node.n; k++)
		number[k] = live[k] ? states++ : NO_STATE;
	if (!live[0])
		return -ENOENT;
	if (fosr_vec_reserve(&a->edge, a->edge.n + s->out.n) || fosr_vec_reserve(&a->list, a->list.n + 1))
		return -ENOMEM;
	m = fosr_vec_push(&a->list);
	*m = *s->m;
	m->first_edge = (__u32)a->edge.n;
	for (size_t i = 0; i < s->out.n; i++) {
		struct fosr_edge e = s->out.v[i];

		if (!live[e.from] || (!ends(&e) && !live[e.to]))
			continue;
		e.from = (__u16)number[e.from];
		e.to = ends(&e) ? 0 : (__u16)number[e.to];
		a->edge.v[a->edge.n++] = e;
		edges++;
	}
	m->states = states;
	m->edges = edges;
	return 0;
}

int fosr_automata_add(
	struct fosr_automata *a, const struct fosr_automaton *m, const struct fosr_edge *edge, struct fosr_err *err)
{
	struct split s = {.m = m, .edge = edge};
	struct grouped g;
	__u32 *number = NULL;
	__u8 *live = NULL;
	int ret = group(&g, edge, m->edges, m->states, false);

	if (!ret && split_node(&s, 0, 0) == NO_STATE)
		ret = -ENOMEM;
	for (__u32 k = 0; !ret && k < s.node.n; k++)
		ret = split_expand(&s, k, &g);
	if (!ret) {
		live = calloc(s.node.n, 1);
		number = calloc(s.node.n, sizeof(*number));
		ret = live && number ? mark_live(s.out.v, s.out.n, s.node.n, live) : -ENOMEM;
	}
	if (!ret)
		ret = split_take(&s, a, live, number);
	fosr_u64map_free(&s.index);
	fosr_vec_free(&s.node);
	fosr_vec_free(&s.out);
	grouped_free(&g);
	free(live);
	free(number);
	if (ret == -ENOENT)
		return fosr_err(err, ret, "no path of the automaton ends in %s", fosr_end_state_name[m->end_state]);
	if (ret == -E2BIG)
		return fosr_err(err, ret, "the automaton has more than %d states once the end-state rules hold",
			FOSR_AUTOMATON_STATES);
	return ret ? fosr_err(err, ret, "cannot add an automaton: %s", ret == -ENOMEM ? "out of memory" : "bad edge")
		   : 0;
}

/* An action says what class of sizes it has; its table may say nothing else (a SYN, say, has no payload). */
static bool sizes_fit(const struct fosr_quant *q, __u16 action)
{
	__u8 class = fosr_action_size(action);

	return fosr_size_class((__u32)fosr_min_u64(q->knot[0], LEN_MAX)) == class &&
		fosr_size_class((__u32)fosr_min_u64(q->knot[FOSR_QUANTS], LEN_MAX)) == class;
}

static bool payloads_fit(const struct fosr_automata *a, const struct fosr_edge *e)
{
	if (e->payload_first > a->payload_end.n || e->payload_n > a->payload_end.n - e->payload_first)
		return false;
	for (__u32 i = e->payload_first; i < e->payload_first + e->payload_n; i++) {
		__u32 len = a->payload_end.v[i] - (i ? a->payload_end.v[i - 1] : 0);

		if (len > LEN_MAX || fosr_size_class(len) != fosr_action_size(e->action))
			return false;
	}
	return true;
}

static int check_edge(const struct fosr_automata *a, const struct fosr_automaton *m, const struct fosr_edge *e,
	__u16 before, const char *prefix, struct fosr_err *err)
{
	size_t i = (size_t)(e - a->edge.v);
	bool class = fosr_automaton_is_class(e->action);

	if (e->from < before || e->from >= m->states || e->to >= m->states || !e->weight)
		return fosr_err(err, -EINVAL, "%s: edge %zu is out of range", prefix, i);
	if (class ? e->from != 0 || !e->to : (!e->from && fosr_automaton_is_class(a->edge.v[m->first_edge].action)))
		return fosr_err(err, -EINVAL, "%s: edge %zu: only state 0 tells bytes classes apart, by all its edges",
			prefix, i);
	if (class || ends(e))
		return 0;
	if (e->action >= FOSR_ACTION_START || fosr_action_size(e->action) >= FOSR_SIZE_CLASSES || e->gap >= a->gap.n ||
		e->size >= a->size.n)
		return fosr_err(err, -EINVAL, "%s: edge %zu is out of range", prefix, i);
	if (!sizes_fit(&a->size.v[e->size], e->action) || !payloads_fit(a, e))
		return fosr_err(err, -EINVAL, "%s: edge %zu has sizes of another class than its action", prefix, i);
	return 0;
}

/* Edges are sorted by state. Calls of one state's edges come after its key is known: a search in breadth. */
static int find_keys(const struct fosr_automaton *m, const struct fosr_edge *edge, __u32 *key, __u32 *bad)
{
	__u32 *todo = calloc(m->states + 1, sizeof(*todo)), n = 0;
	struct grouped out;
	int ret = group(&out, edge, m->edges, m->states, false);

	if (!todo)
		ret = -ENOMEM;
	for (__u32 q = 0; q < m->states; q++)
		key[q] = NO_STATE;
	key[0] = 0;
	if (!ret)
		todo[n++] = 0;
	for (__u32 k = 0; k < n && !ret; k++) {
		__u32 q = todo[k];

		for (__u32 i = out.first[q]; i < out.first[q + 1] && !ret; i++) {
			const struct fosr_edge *e = &edge[out.edge[i]];
			__u32 next = fosr_automaton_follow(key[q], m, e->action);

			*bad = out.edge[i];
			if (next == NO_STATE || (!ends(e) && key[e->to] != NO_STATE && key[e->to] != next)) {
				ret = -EINVAL;
			} else if (!ends(e) && key[e->to] == NO_STATE) {
				key[e->to] = next;
				todo[n++] = e->to;
			}
		}
	}
	grouped_free(&out);
	free(todo);
	return ret;
}

int fosr_automaton_keys(const struct fosr_automaton *m, const struct fosr_edge *edge, __u32 *key)
{
	__u32 bad;

	return find_keys(m, edge, key, &bad);
}

/* Follows every edge: each state has one set of events, is reached, and reaches an end. */
static int check_paths(const struct fosr_automaton *m, const struct fosr_edge *edge, __u32 *key, __u8 *live,
	const char *prefix, struct fosr_err *err)
{
	__u32 bad = 0;
	int ret = find_keys(m, edge, key, &bad);

	if (ret == -EINVAL)
		return fosr_err(err, ret, "%s: edge %u of an automaton for %s breaks the rules of that end state",
			prefix, bad, fosr_end_state_name[m->end_state]);
	if (!ret)
		ret = mark_live(edge, m->edges, m->states, live);
	if (ret)
		return fosr_err(err, ret, "out of memory");
	for (__u32 q = 0; q < m->states; q++)
		if (key[q] == NO_STATE || !live[q])
			return fosr_err(err, -EINVAL, "%s: state %u of an automaton for %s is on no path to an end",
				prefix, q, fosr_end_state_name[m->end_state]);
	return 0;
}

static int check_one(
	const struct fosr_automata *a, const struct fosr_automaton *m, const char *prefix, struct fosr_err *err)
{
	const struct fosr_edge *edge = a->edge.v + m->first_edge;
	__u64 noise = 0;
	__u32 *key;
	__u8 *live;
	int ret = 0;

	for (int i = 0; i < FOSR_NOISES; i++)
		noise += m->noise_q32[i];
	if (m->end_state >= FOSR_END_STATES || (m->l4 != IPPROTO_TCP && m->l4 != IPPROTO_UDP) ||
		!fosr_end_state_fits(m->end_state, m->l4) || !m->states || m->states > FOSR_AUTOMATON_STATES ||
		!m->edges || noise > UINT32_MAX)
		return fosr_err(err, -EINVAL, "%s: automaton %zu is out of range", prefix, (size_t)(m - a->list.v));
	for (__u32 i = 0; i < m->edges && !ret; i++)
		ret = check_edge(a, m, &edge[i], i ? edge[i - 1].from : 0, prefix, err);
	if (ret)
		return ret;
	key = calloc(m->states, sizeof(*key));
	live = calloc(m->states, 1);
	ret = key && live ? check_paths(m, edge, key, live, prefix, err) : fosr_err(err, -ENOMEM, "out of memory");
	free(key);
	free(live);
	return ret;
}

static int check_tables(const struct fosr_automata *a, const char *prefix, struct fosr_err *err)
{
	__u32 before = 0;

	for (size_t i = 0; i < a->gap.n; i++)
		if (fosr_quant_check(&a->gap.v[i]))
			return fosr_err(err, -EINVAL, "%s.gap_table[%zu] is not a quantile table", prefix, i);
	for (size_t i = 0; i < a->size.n; i++)
		if (fosr_quant_check(&a->size.v[i]))
			return fosr_err(err, -EINVAL, "%s.size_table[%zu] is not a quantile table", prefix, i);
	for (size_t i = 0; i < a->payload_end.n; before = a->payload_end.v[i++])
		if (a->payload_end.v[i] < before || a->payload_end.v[i] > a->payload.n)
			return fosr_err(err, -EINVAL, "%s.payload_end[%zu] is out of range", prefix, i);
	return 0;
}

int fosr_automata_check(const struct fosr_automata *a, const char *prefix, struct fosr_err *err)
{
	struct fosr_u64map seen = {0};
	__u64 states = 0;
	int ret = check_tables(a, prefix, err);

	if (!ret && a->edge.n > FOSR_AUTOMATA_EDGES)
		ret = fosr_err(err, -EINVAL, "%s: %zu edges, the limit is %d", prefix, a->edge.n, FOSR_AUTOMATA_EDGES);
	for (size_t i = 0; i < a->list.n && !ret; i++) {
		const struct fosr_automaton *m = &a->list.v[i];
		__u64 id = (__u64)m->service << 16 | (__u64)m->end_state << 8 | m->l4;

		states += m->states;
		if (fosr_u64map_get(&seen, id))
			ret = fosr_err(err, -EINVAL, "%s: automaton %zu is there twice", prefix, i);
		else if (states > FOSR_AUTOMATA_STATES)
			ret = fosr_err(err, -EINVAL, "%s: more than %d states", prefix, FOSR_AUTOMATA_STATES);
		else if (fosr_u64map_put(&seen, id, 1))
			ret = fosr_err(err, -ENOMEM, "out of memory");
		else
			ret = check_one(a, m, prefix, err);
	}
	fosr_u64map_free(&seen);
	return ret;
}

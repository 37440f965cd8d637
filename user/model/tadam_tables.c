// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * From rows to edges: gap classes that lead to the same state are one edge again, and its gaps and sizes become
 * quantile tables. An edge with few packets shares a table: of its action after the same end's packet or the other's,
 * in its automaton; else of its action's kind, in all of them.
 */
#include <math.h>

#include <netinet/in.h>

#include "base/mix.h"
#include "model/tadam_fit.h"

/* Observations that make a table worth its knots. */
#define GAPS_EDGE 64
#define GAPS_GROUP 24
#define SIZES_EDGE 24
/* Noise is never nothing: it makes odd counts possible. */
#define NOISE_LEAST 0.0002
#define ADDED_MOST 0.02
#define REPEATED_MOST 0.25 /* as TADAM */

enum { TABLE_NONE }; /* the first gap table and the first size table: zeros */

struct observation {
	__u64 group, value;
};

struct observations {
	FOSR_VEC(struct observation) list;
};

static int observe(struct observations *o, __u64 group, __u64 value)
{
	struct observation *x = fosr_vec_push(&o->list);

	if (!x)
		return -ENOMEM;
	*x = (struct observation){.group = group, .value = value};
	return 0;
}

static int by_group(const void *a, const void *b)
{
	const struct observation *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return (x->value > y->value) - (x->value < y->value);
}

/* Between observations the inverse distribution function goes straight, over more than an octave by its logarithm. */
static void smooth(struct fosr_quant *q, const struct observation *x, size_t n)
{
	for (size_t k = 0; k <= FOSR_QUANTS; k++) {
		size_t i = k * (n - 1) / FOSR_QUANTS;
		double part = (double)(k * (n - 1) % FOSR_QUANTS) / FOSR_QUANTS;
		double lo = (double)x[i].value, hi = (double)x[i + 1 < n ? i + 1 : i].value;
		double v = hi > 2 * lo ? exp2(log2(lo + 1) + part * (log2(hi + 1) - log2(lo + 1))) - 1
				       : lo + part * (hi - lo);

		q->knot[k] = (__u64)(v < lo ? lo : v > hi ? hi : v);
	}
}

/* As fosr_quant_build(): sizes come in steps, and stay so. */
static void stepped(struct fosr_quant *q, const struct observation *x, size_t n)
{
	for (size_t k = 0; k <= FOSR_QUANTS; k++) {
		size_t i = k * n / FOSR_QUANTS;

		q->knot[k] = x[i < n ? i : n - 1].value;
	}
}

/* What the automata's gaps and sizes are kept in. */
#define TABLES __typeof__(((struct fosr_automata *)0)->gap)

/* The table's index; equal tables are kept once. */
static int keep(TABLES *tables, struct fosr_u64map *same, const struct fosr_quant *q, __u32 *index)
{
	struct fosr_quant *new;
	const __u32 *have;
	__u64 hash = 0;

	for (int k = 0; k <= FOSR_QUANTS; k++)
		hash = fosr_mix64(hash * 3 + q->knot[k]);
	have = fosr_u64map_get(same, hash);
	if (have && !memcmp(&tables->v[*have], q, sizeof(*q))) {
		*index = *have;
		return 0;
	}
	new = fosr_vec_push(tables);
	if (!new)
		return -ENOMEM;
	*new = *q;
	*index = (__u32)tables->n - 1;
	return have ? 0 : fosr_u64map_put(same, hash, *index);
}

/* A table for each group with enough observations; group to index in `map`. */
static int make_tables(struct observations *o, TABLES *tables, struct fosr_u64map *same, struct fosr_u64map *map,
	size_t least, void (*fill)(struct fosr_quant *q, const struct observation *x, size_t n))
{
	struct observation *v = o->list.v;
	size_t n = o->list.n;
	int ret = 0;

	if (n)
		qsort(v, n, sizeof(*v), by_group);
	for (size_t i = 0, next; i < n && !ret; i = next) {
		struct fosr_quant q;
		__u32 index;

		for (next = i; next < n && v[next].group == v[i].group; next++)
			;
		if (next - i < least)
			continue;
		fill(&q, v + i, next - i);
		ret = keep(tables, same, &q, &index);
		if (!ret)
			ret = fosr_u64map_put(map, v[i].group, index);
	}
	return ret;
}

/* Groups. Of all automata: what kind of packet; 1 keeps the protocols' own apart. */
static __u64 kind_group(__u8 l4, __u16 action)
{
	return 1ULL << 62 | (__u64)(l4 == IPPROTO_UDP) << 16 | (action & ~15) | !fosr_action_size(action);
}

static __u64 l4_group(__u8 l4)
{
	return 1ULL << 61 | (l4 == IPPROTO_UDP);
}

int tadam_pools(struct fit_pools *p, const struct fosr_dataset *d)
{
	struct observations gap = {0};
	int ret = fosr_vec_push(&p->a->gap) && fosr_vec_push(&p->a->size) ? 0 : -ENOMEM;

	for (size_t i = 0; i < d->flows.n && !ret; i++) {
		const struct fosr_sample_flow *f = &d->flows.v[i];

		for (__u32 k = 1; k < f->packets[0] + f->packets[1] && !ret; k++) {
			const struct fosr_step *s = &d->steps.v[f->first + k];
			__u64 group = kind_group(f->l4, fosr_action(s->dir, s->flags, s->len));

			ret = observe(&gap, group, s->gap_ns) ?: observe(&gap, l4_group(f->l4), s->gap_ns);
		}
	}
	if (!ret)
		ret = make_tables(&gap, &p->a->gap, &p->same_gap, &p->gap, 1, smooth);
	fosr_vec_free(&gap.list);
	return ret;
}

/* What an edge is while it is made: one of a state's, or a group of the automaton's. */
static __u64 edge_group(__u32 edge)
{
	return edge;
}

static __u64 turn_group(__u16 before, __u16 action)
{
	__u64 turn = before == TOKEN_START ? 2 : fosr_action_dir(before) != fosr_action_dir(action);

	return 1ULL << 32 | turn << 10 | action;
}

static __u64 action_group(__u16 action)
{
	return 1ULL << 33 | action;
}

struct making {
	struct fit *fit;
	struct fit_pools *pools;
	__u32 *state; /* [row]: its number in the automaton */
	__u32 states;
	FOSR_VEC(struct fosr_edge) edge;
	FOSR_VEC(__u64) turn; /* [edge]: group for its gaps */
	struct fosr_u64map index; /* from, to, action: edge */
	struct observations gap, size;
	struct fosr_u64map gap_table, size_table;
};

static int edge_of(struct making *m, __u32 from, __u32 to, __u16 action, __u64 turn, __u32 *index)
{
	__u64 key = (__u64)from << 32 | (__u64)to << 16 | action, *t;
	const __u32 *have = fosr_u64map_get(&m->index, key);
	struct fosr_edge *e;

	if (have) {
		*index = *have;
		m->edge.v[*have].weight++;
		return 0;
	}
	e = fosr_vec_push(&m->edge);
	t = fosr_vec_push(&m->turn);
	if (!e || !t)
		return -ENOMEM;
	*e = (struct fosr_edge){.from = (__u16)from, .to = (__u16)to, .action = action, .weight = 1};
	*t = turn;
	*index = (__u32)m->edge.n - 1;
	return fosr_u64map_put(&m->index, key, *index);
}

static int take_step(struct making *m, const struct fit_step *s, __u16 before)
{
	const __u16 *into = m->fit->into;
	__u16 action = tadam_token_action(s->token);
	__u32 from = m->state[into[s->state]], edge;
	__u64 turn = turn_group(before, action);
	int ret;

	if (s->token == TOKEN_END)
		return edge_of(m, from, 0, FOSR_AUTOMATON_END, 0, &edge);
	ret = edge_of(m, from, m->state[into[s[1].state]], action, turn, &edge);
	if (!ret && s->timed && !s->ghost)
		ret = observe(&m->gap, edge_group(edge), s->gap_ns) ?: observe(&m->gap, turn, s->gap_ns);
	if (!ret && fosr_action_size(action) && !s->ghost)
		ret = observe(&m->size, edge_group(edge), s->len) ?: observe(&m->size, action_group(action), s->len);
	return ret;
}

static int take_flows(struct making *m)
{
	const struct fit_flows *f = &m->fit->f;
	int ret = 0;

	for (size_t i = 0; i + 1 < f->first.n && !ret; i++) {
		__u16 before = TOKEN_START;
		__u32 first = m->state[m->fit->into[f->step.v[f->first.v[i]].state]], edge;

		if (m->state[0] != UINT32_MAX)
			ret = edge_of(m, 0, first, FOSR_AUTOMATON_CLASS | f->class.v[i], 0, &edge);
		for (__u32 k = f->first.v[i]; k < f->first.v[i + 1] && !ret; k++) {
			ret = take_step(m, &f->step.v[k], before);
			before = tadam_token_action(f->step.v[k].token);
		}
	}
	return ret;
}

/* Without a difference between classes there is no need for a state that tells them apart. */
static void number_states(struct making *m)
{
	const struct fit *fit = m->fit;
	const struct fit_row *root = &fit->row[0];
	__u32 first = fit->into[root->arc.v[0].to];
	bool one = true;

	for (size_t i = 1; i < root->arc.n; i++)
		one &= fit->into[root->arc.v[i].to] == first;
	m->state[0] = one ? UINT32_MAX : 0;
	m->states = 1;
	if (one)
		m->state[first] = 0;
	for (__u32 q = 1; q < fit->rows; q++)
		if (!fit->row[q].gone && !(one && q == first))
			m->state[q] = m->states++;
}

static __u32 find(const struct fosr_u64map *m, __u64 group, __u32 otherwise)
{
	const __u32 *have = fosr_u64map_get(m, group);

	return have ? *have : otherwise;
}

static int make_all_tables(struct making *m)
{
	struct fosr_automata *a = m->pools->a;
	__u8 l4 = m->fit->f.m.l4;
	struct observations *o = &m->gap;
	size_t kept = 0;
	int ret;

	/* Edges with few packets do not have gap tables of their own; their groups may. */
	for (size_t i = 0; i < o->list.n; i++)
		if (o->list.v[i].group >> 32 || m->edge.v[o->list.v[i].group].weight >= GAPS_EDGE)
			o->list.v[kept++] = o->list.v[i];
	o->list.n = kept;
	ret = make_tables(o, &a->gap, &m->pools->same_gap, &m->gap_table, GAPS_GROUP, smooth);
	o = &m->size;
	kept = 0;
	for (size_t i = 0; i < o->list.n; i++)
		if (o->list.v[i].group >> 32 || m->edge.v[o->list.v[i].group].weight >= SIZES_EDGE)
			o->list.v[kept++] = o->list.v[i];
	o->list.n = kept;
	if (!ret)
		ret = make_tables(o, &a->size, &m->pools->same_size, &m->size_table, 1, stepped);
	for (size_t i = 0; i < m->edge.n && !ret; i++) {
		struct fosr_edge *e = &m->edge.v[i];

		if (e->action >= FOSR_ACTION_START)
			continue;
		e->gap = find(&m->pools->gap, l4_group(l4), TABLE_NONE);
		e->gap = find(&m->pools->gap, kind_group(l4, e->action), e->gap);
		e->gap = find(&m->gap_table, m->turn.v[i], e->gap);
		e->gap = find(&m->gap_table, edge_group((__u32)i), e->gap);
		if (fosr_action_size(e->action)) {
			e->size = find(&m->size_table, action_group(e->action), TABLE_NONE);
			e->size = find(&m->size_table, edge_group((__u32)i), e->size);
		}
	}
	return ret;
}

static int by_ends(const void *a, const void *b)
{
	const struct fosr_edge *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	if (x->to != y->to)
		return x->to < y->to ? -1 : 1;
	return (x->action > y->action) - (x->action < y->action);
}

/*
 * What else may come: edges that were taken once say how often the next packet takes one that was not seen yet (Good,
 * Biometrika 40, 1953).
 */
static double unseen(const struct making *m)
{
	const struct fit_flows *f = &m->fit->f;
	double n = (double)f->left_out + (double)f->noise[FOSR_NOISE_ADDITION];

	for (size_t i = 0; i < m->edge.n; i++)
		n += m->edge.v[i].action < FOSR_ACTION_START && m->edge.v[i].weight == 1;
	return n / (double)(f->packets + f->left_out);
}

/* A kind of noise by its corrections. */
static double corrected(const struct making *m, enum fosr_noise kind)
{
	return (double)m->fit->f.noise[kind] / (double)(m->fit->f.packets + m->fit->f.left_out);
}

static __u32 noise_q32(double rate, double most)
{
	return (__u32)(4294967296.0 * (rate < NOISE_LEAST ? NOISE_LEAST : rate > most ? most : rate));
}

int tadam_edges(struct fit *fit, struct fit_pools *p, struct fosr_err *err)
{
	struct making m = {.fit = fit, .pools = p, .state = calloc(fit->rows, sizeof(*m.state))};
	struct fosr_automaton head = fit->f.m;
	double repeats = 0;
	int ret = m.state ? tadam_repeats(fit, &repeats) : -ENOMEM;

	if (!ret) {
		number_states(&m);
		ret = take_flows(&m);
	}
	if (!ret)
		ret = make_all_tables(&m);
	if (!ret) {
		qsort(m.edge.v, m.edge.n, sizeof(*m.edge.v), by_ends);
		head.states = m.states;
		head.edges = (__u32)m.edge.n;
		head.noise_q32[FOSR_NOISE_ADDITION] = noise_q32(unseen(&m), ADDED_MOST);
		head.noise_q32[FOSR_NOISE_TRANSPOSITION] =
			noise_q32(corrected(&m, FOSR_NOISE_TRANSPOSITION), ADDED_MOST);
		head.noise_q32[FOSR_NOISE_DELETION] = noise_q32(corrected(&m, FOSR_NOISE_DELETION), ADDED_MOST);
		head.noise_q32[FOSR_NOISE_REEMISSION] = noise_q32(repeats, REPEATED_MOST);
		head.weight = (__u32)(fit->f.first.n - 1);
		ret = fosr_automata_add(p->a, &head, m.edge.v, err);
	}
	free(m.state);
	fosr_vec_free(&m.edge);
	fosr_vec_free(&m.turn);
	fosr_vec_free(&m.gap.list);
	fosr_vec_free(&m.size.list);
	fosr_u64map_free(&m.index);
	fosr_u64map_free(&m.gap_table);
	fosr_u64map_free(&m.size_table);
	return ret;
}

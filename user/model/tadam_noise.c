// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * From automata as learned to automata as walked: TADAM's noise (additions, re-emissions, transpositions, deletions)
 * becomes edges of its own where the end-state rules have room for it, so that the sums over paths know of it and the
 * counts of packets stay exact.
 */
#include <netinet/in.h>

#include "model/tadam.h"

#define SKIPPED 4 /* deletions, and transpositions, per state */
#define EDGES 6 /* times as many as without noise, at most, but for additions */
#define COMMON 0.05 /* an edge that is less likely is not noisy on top */

/* An edge on its way, with doubles. */
struct draft {
	__u32 from, to;
	__u16 action;
	double p;
	__u32 gap, size;
	__u32 like; /* edge within the automaton */
	__u32 rank; /* order of creation, so that a sort is stable */
};

struct noisy {
	const struct fosr_automaton *m;
	const struct fosr_edge *edge;
	FOSR_VEC(struct draft) out;
	FOSR_VEC(__u32) key; /* by state */
	__u32 *first; /* [m->states + 1]: edges by state */
	double *sum; /* weights out of a state */
	double noise[FOSR_NOISES], none;
	const struct tadam_alphabet *alphabet; /* [dir] */
};

static bool packet(const struct fosr_edge *e)
{
	return e->action < FOSR_ACTION_START;
}

static double share(const struct noisy *n, const struct fosr_edge *e)
{
	return e->weight / n->sum[e->from];
}

static int put(struct noisy *n, __u32 from, __u32 to, const struct fosr_edge *like, double p, __u32 flag)
{
	struct draft *d = fosr_vec_push(&n->out);

	if (!d)
		return -ENOMEM;
	*d = (struct draft){.from = from,
		.to = to,
		.action = like->action,
		.p = p,
		.gap = like->gap,
		.size = like->size | flag,
		.like = flag == TADAM_ADDED ? 0 : (__u32)(like - n->edge),
		.rank = (__u32)n->out.n};
	return 0;
}

/* May the packet of e come in state q without changing what the rules know? */
static bool idle(const struct noisy *n, __u32 q, const struct fosr_edge *e)
{
	return n->key.v[q] && fosr_automaton_follow(n->key.v[q], n->m, e->action) == n->key.v[q];
}

/* In each direction in which both data and a bare ACK (or a datagram) change nothing. */
static int add_additions(struct noisy *n, __u32 q)
{
	__u8 flags = n->m->l4 == IPPROTO_UDP ? 0 : FOSR_TCP_ACK;
	struct fosr_edge e[2] = {0};
	bool fit[2];
	int ret = 0;

	for (__u8 d = 0; d < 2; d++) {
		e[d].action = fosr_action(d, flags, 1);
		fit[d] = idle(n, q, &e[d]) && n->alphabet[d].list.n;
		e[d].action = fosr_action(d, flags, 0);
		fit[d] = fit[d] && idle(n, q, &e[d]);
	}
	for (__u8 d = 0; d < 2 && !ret; d++)
		if (fit[d])
			ret = put(n, q, q, &e[d], n->noise[FOSR_NOISE_ADDITION] / (fit[0] + fit[1]), TADAM_ADDED);
	return ret;
}

/* The packet that led to q once more. */
static int add_reemissions(struct noisy *n, const struct fosr_edge *e)
{
	double p = n->noise[FOSR_NOISE_REEMISSION];

	if (!packet(e) || !idle(n, e->to, e) || p <= 0)
		return 0;
	return put(n, e->to, e->to, e, p * share(n, e), TADAM_REPEAT);
}

static bool full(const struct noisy *n)
{
	return n->out.n >= (size_t)EDGES * n->m->edges;
}

/* The packet of e is lost, the one after it comes in its place. */
static int add_deletions(struct noisy *n, const struct fosr_edge *e)
{
	double p = n->noise[FOSR_NOISE_DELETION] * share(n, e);
	int ret = 0, many = 0;

	if (!packet(e) || share(n, e) < COMMON || n->key.v[e->from] != n->key.v[e->to] || p <= 0 || full(n))
		return 0;
	for (__u32 i = n->first[e->to]; i < n->first[e->to + 1] && many < SKIPPED && !ret; i++) {
		const struct fosr_edge *after = &n->edge[i];

		if (!packet(after) || share(n, after) < COMMON)
			continue;
		many++;
		ret = put(n, e->from, after->to, after, p * share(n, after), 0);
	}
	return ret;
}

/* Of e and the edge after it, the later packet comes first: through a state of their own. */
static int add_transposition(struct noisy *n, const struct fosr_edge *e, const struct fosr_edge *after, __u32 room)
{
	__u32 key = fosr_automaton_follow(n->key.v[e->from], n->m, after->action), back, state = (__u32)n->key.n;
	double p = n->noise[FOSR_NOISE_TRANSPOSITION] * share(n, e) * share(n, after);
	__u32 *k;

	if (key == FOSR_AUTOMATON_FORBIDDEN || n->key.n >= room || p <= 0)
		return 0;
	back = fosr_automaton_follow(key, n->m, e->action);
	if (back == FOSR_AUTOMATON_FORBIDDEN || back != n->key.v[after->to])
		return 0;
	k = fosr_vec_push(&n->key);
	if (!k)
		return -ENOMEM;
	*k = key;
	return put(n, e->from, state, after, p, 0) ?: put(n, state, after->to, e, 1, 0);
}

static int add_transpositions(struct noisy *n, const struct fosr_edge *e, __u32 room)
{
	int ret = 0, many = 0;

	if (!packet(e) || share(n, e) < COMMON || full(n))
		return 0;
	for (__u32 i = n->first[e->to]; i < n->first[e->to + 1] && many < SKIPPED && !ret; i++) {
		const struct fosr_edge *after = &n->edge[i];

		if (!packet(after) || share(n, after) < COMMON || after->action == e->action ||
			fosr_action_dir(after->action) == fosr_action_dir(e->action))
			continue;
		many++;
		ret = add_transposition(n, e, after, room);
	}
	return ret;
}

static int noisy_begin(struct noisy *n)
{
	__u32 *key = calloc(n->m->states, sizeof(*key));
	int ret = key ? fosr_automaton_keys(n->m, n->edge, key) : -ENOMEM;

	n->first = calloc(n->m->states + 1, sizeof(*n->first));
	n->sum = calloc(n->m->states, sizeof(*n->sum));
	if (!n->first || !n->sum)
		ret = -ENOMEM;
	for (__u32 q = 0; q < n->m->states && !ret; q++) {
		__u32 *k = fosr_vec_push(&n->key);

		if (k)
			*k = key[q];
		else
			ret = -ENOMEM;
	}
	free(key);
	if (ret)
		return ret;
	for (__u32 i = 0; i < n->m->edges; i++) {
		n->first[n->edge[i].from + 1]++;
		n->sum[n->edge[i].from] += n->edge[i].weight;
	}
	for (__u32 q = 0; q < n->m->states; q++)
		n->first[q + 1] += n->first[q];
	n->none = 1;
	for (int k = 0; k < FOSR_NOISES; k++) {
		n->noise[k] = n->m->noise_q32[k] / 4294967296.0;
		n->none -= n->noise[k];
	}
	return 0;
}

/* All edges of the automaton, classes aside, with its noise. room: states it may have. */
static int noisy_make(struct noisy *n, __u32 room)
{
	int ret = noisy_begin(n);

	for (__u32 i = 0; i < n->m->edges && !ret; i++) {
		const struct fosr_edge *e = &n->edge[i];

		if (fosr_automaton_is_class(e->action))
			continue;
		ret = put(n, e->from, e->to, e, n->none * share(n, e), 0);
		if (!ret)
			ret = add_reemissions(n, e);
		if (!ret)
			ret = add_deletions(n, e);
		if (!ret)
			ret = add_transpositions(n, e, room);
	}
	for (__u32 q = 0; q < n->m->states && !ret; q++)
		if (n->noise[FOSR_NOISE_ADDITION] > 0)
			ret = add_additions(n, q);
	return ret;
}

static void noisy_free(struct noisy *n)
{
	fosr_vec_free(&n->out);
	fosr_vec_free(&n->key);
	free(n->first);
	free(n->sum);
}

static int by_state_and_p(const void *a, const void *b)
{
	const struct draft *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	if (x->p != y->p)
		return x->p > y->p ? -1 : 1;
	return x->rank < y->rank ? -1 : 1;
}

/* Class k of bytes classes that the automaton knows: where the flow begins; of others, where the nearest begins. */
static void find_begins(struct tadam_part *p, const struct fosr_automaton *m, const struct fosr_edge *edge)
{
	for (int c = 0; c < 256; c++) {
		int best = INT32_MAX;

		p->begin[c] = 0;
		for (__u32 i = 0; i < m->edges && fosr_automaton_is_class(edge[i].action); i++) {
			int f = (edge[i].action >> 4 & 15) - (c >> 4), b = (edge[i].action & 15) - (c & 15);

			if (f * f + b * b < best) {
				best = f * f + b * b;
				p->begin[c] = edge[i].to;
			}
		}
	}
}

/* Appends the drafts, sorted, to the flat arrays: 0, -ENOMEM, or -EINVAL when a state has too many edges. */
static int flatten(struct tadam *t, struct tadam_part *p, struct noisy *n, __u16 index)
{
	struct tadam_edge *edge = realloc(t->edge, (t->edges + n->out.n + 1) * sizeof(*edge));
	struct tadam_state *state = realloc(t->state, (t->states + n->key.n + 1) * sizeof(*state));
	double *end = realloc(t->end, (t->states + n->key.n + 1) * sizeof(*end));
	__u32 *kept = realloc(t->kept, (t->edges + n->out.n + 1) * sizeof(*kept));
	__u16 *key = realloc(t->key, (t->states + n->key.n + 1) * sizeof(*key));

	t->key = key ? key : t->key;
	t->edge = edge ? edge : t->edge;
	t->state = state ? state : t->state;
	t->end = end ? end : t->end;
	t->kept = kept ? kept : t->kept;
	if (!edge || !state || !end || !kept || !key)
		return -ENOMEM;
	qsort(n->out.v, n->out.n, sizeof(*n->out.v), by_state_and_p);
	p->first = t->states;
	p->states = (__u32)n->key.n;
	p->first_edge = t->edges;
	for (size_t i = 0, q = 0; q < n->key.n; q++) {
		struct tadam_state *s = &state[t->states];
		double sum = 0;

		*s = (struct tadam_state){.first = t->edges, .part = index};
		end[t->states] = 0;
		key[t->states] = (__u16)n->key.v[q];
		for (size_t k = i; k < n->out.n && n->out.v[k].from == q; k++)
			sum += n->out.v[k].p;
		for (; i < n->out.n && n->out.v[i].from == q; i++) {
			const struct draft *d = &n->out.v[i];

			if (d->action == FOSR_AUTOMATON_END) {
				end[t->states] += d->p / sum;
				continue;
			}
			if (s->n == UINT16_MAX)
				return -EINVAL;
			s->n++;
			kept[t->edges] = n->m->first_edge + d->like;
			edge[t->edges++] = (struct tadam_edge){.p = (float)(d->p / sum),
				.to = (__u16)d->to,
				.action = d->action,
				.gap = d->gap,
				.size = d->size};
		}
		t->states++;
	}
	p->edges = t->edges - p->first_edge;
	return 0;
}

static void name_part(struct tadam *t, const struct fosr_automaton *m, size_t i)
{
	if (m->service == FOSR_AUTOMATON_ANY)
		t->any[m->l4 == IPPROTO_UDP][m->end_state] = (__u16)(i + 1);
	else
		t->of_service[m->service * FOSR_END_STATES + m->end_state] = (__u16)(i + 1);
}

const struct tadam_added *tadam_added(const struct tadam_alphabet *a, __u16 action)
{
	for (size_t i = 0; i < a->list.n; i++)
		if (a->list.v[i].action == action)
			return &a->list.v[i];
	return NULL;
}

/* The heaviest edge of an action lends its tables. */
static int count_action(struct tadam_alphabet *a, const struct fosr_edge *e, double *heaviest)
{
	struct tadam_added *x = (struct tadam_added *)tadam_added(a, e->action);

	if (!x) {
		x = fosr_vec_push(&a->list);
		if (!x)
			return -ENOMEM;
		x->action = e->action;
	}
	x->share += e->weight;
	if (e->weight > heaviest[e->action]) {
		heaviest[e->action] = e->weight;
		x->gap = e->gap;
		x->size = e->size;
	}
	return 0;
}

/* Plain packets of all automata, those of single services only where there is no other. */
static int fill_alphabets(struct tadam *t)
{
	double *heaviest = calloc(2 * FOSR_ACTION_START, sizeof(*heaviest));
	bool any[2] = {false, false};
	int ret = heaviest ? 0 : -ENOMEM;

	for (size_t i = 0; i < t->a.list.n; i++)
		any[t->a.list.v[i].l4 == IPPROTO_UDP] |= t->a.list.v[i].service == FOSR_AUTOMATON_ANY;
	for (size_t i = 0; i < t->a.list.n && !ret; i++) {
		const struct fosr_automaton *m = &t->a.list.v[i];
		int udp = m->l4 == IPPROTO_UDP;

		for (__u32 k = 0; k < m->edges && !ret; k++) {
			const struct fosr_edge *e = &t->a.edge.v[m->first_edge + k];

			if (packet(e) && (m->service == FOSR_AUTOMATON_ANY || !any[udp]) &&
				!(fosr_action_flags(e->action) & ~(FOSR_TCP_ACK | FOSR_TCP_PSH)))
				ret = count_action(&t->alphabet[udp][fosr_action_dir(e->action)], e,
					heaviest + (udp ? FOSR_ACTION_START : 0));
		}
	}
	for (int i = 0; i < 4 && !ret; i++) {
		struct tadam_alphabet *a = &t->alphabet[i / 2][i % 2];
		double sum = 0, before = 0;

		for (size_t k = 0; k < a->list.n; k++)
			sum += a->list.v[k].share;
		for (size_t k = 0; k < a->list.n; k++) {
			a->list.v[k].share /= sum;
			before += a->list.v[k].share;
			a->list.v[k].below = before < 1 ? (__u32)(before * 4294967295.0) : UINT32_MAX;
		}
	}
	free(heaviest);
	return ret;
}

int tadam_compile(struct tadam *t, struct fosr_err *err)
{
	__u32 left = 0; /* states of the automata that are still to come */
	int ret = 0;

	t->part = calloc(t->a.list.n + 1, sizeof(*t->part));
	if (!t->part)
		return fosr_err(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < t->a.list.n; i++)
		left += t->a.list.v[i].states;
	ret = fill_alphabets(t);
	for (size_t i = 0; i < t->a.list.n && !ret; i++) {
		const struct fosr_automaton *m = &t->a.list.v[i];
		struct noisy n = {
			.m = m,
			.edge = t->a.edge.v + m->first_edge,
			.alphabet = t->alphabet[m->l4 == IPPROTO_UDP],
		};

		left -= m->states;
		ret = noisy_make(&n, (__u32)fosr_min_u64(TADAM_STATES - t->states - left, 2 * m->states));
		if (!ret)
			ret = flatten(t, &t->part[i], &n, (__u16)i);
		noisy_free(&n);
		find_begins(&t->part[i], m, t->a.edge.v + m->first_edge);
		name_part(t, m, i);
	}
	if (ret == -EINVAL)
		return fosr_err(err, ret, "a state of an automaton has more than %d edges", UINT16_MAX);
	return ret ? fosr_err(err, ret, "out of memory") : 0;
}

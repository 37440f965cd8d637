// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * How well automata foretell packets: a forward sum over the states that a flow may be in, with the probabilities that
 * a walk draws from, given its counts. A packet that no edge explains leaves the state as it is.
 */
#include <netinet/in.h>

#include "model/score.h"
#include "model/tadam.h"

#define FORGET 1e-9 /* a state this unlikely is not followed */

struct forward {
	const struct tadam *t;
	const struct tadam_part *p;
	double *now, *next; /* [state]: how likely the flow is there */
	double *w; /* [edge of a state] */
};

/* What edge e says of the packet, given that it is taken. */
static double edge_mass(
	const struct forward *f, const struct tadam_edge *e, const struct fosr_walk *w, const struct fosr_step *s)
{
	const struct fosr_automata *a = &f->t->a;
	__u16 action = fosr_action(s->dir, s->flags, s->len);
	struct fosr_step empty = {.gap_ns = s->gap_ns};

	if (e->size & TADAM_ADDED) {
		const struct tadam_alphabet *all = &f->t->alphabet[w->l4 == IPPROTO_UDP][s->dir];
		const struct tadam_added *x = fosr_action_dir(e->action) == s->dir ? tadam_added(all, action) : NULL;

		return x ? x->share * fosr_score_mass(&a->gap.v[x->gap], &a->size.v[x->size], s, !w->step) : 0;
	}
	if (e->action != action)
		return 0;
	if (e->size & TADAM_REPEAT && w->last[0] == action)
		return s->len == w->own[1] ? fosr_score_mass(&a->gap.v[e->gap], NULL, &empty, !w->step) : 0;
	return fosr_score_mass(&a->gap.v[e->gap], &a->size.v[e->size & TADAM_SIZE], s, !w->step);
}

/* Probability of the packet; f->next is where the flow may be after it. */
static double step(struct forward *f, const struct fosr_walk *w, const struct fosr_step *s)
{
	double mass = 0, stay = FOSR_SCORE_FLOOR * fosr_score_floor(s, !w->step);

	for (__u32 q = 0; q < f->p->states; q++)
		f->next[q] = stay * f->now[q];
	for (__u32 q = 0; q < f->p->states; q++) {
		const struct tadam_state *st = &f->t->state[f->p->first + q];

		if (f->now[q] <= 0)
			continue;
		tadam_weights(f->t, f->p, q, w->left, f->w);
		for (__u32 i = 0; i < st->n; i++) {
			const struct tadam_edge *e = &f->t->edge[st->first + i];
			double m = f->w[i] > 0 ? f->now[q] * f->w[i] * edge_mass(f, e, w, s) : 0;

			mass += m;
			f->next[e->to] += (1 - FOSR_SCORE_FLOOR) * m;
		}
	}
	return mass;
}

/* May the flow be in state q, by the counts and by what the rules know? */
static bool fits(const struct forward *f, __u32 q, const __u32 left[2], __u32 key, bool any_key)
{
	return tadam_can(f->p, q, left) && (any_key || f->t->key[f->p->first + q] == key);
}

/* Makes f->next the present; where no state has a way to the counts, any state that has one may be it. */
static void advance(struct forward *f, const __u32 left[2], __u32 key)
{
	double sum = 0, *swap = f->now;
	bool any_key = false;
	__u32 n = 0;

	for (int pass = 0; pass < 2 && !n; pass++) {
		any_key = pass;
		for (__u32 q = 0; q < f->p->states; q++) {
			bool fit = fits(f, q, left, key, any_key);

			n += fit;
			sum += fit ? f->next[q] : 0;
		}
	}
	for (__u32 q = 0; q < f->p->states; q++) {
		double part = !fits(f, q, left, key, any_key) ? 0 : sum > 0 ? f->next[q] / sum : 1.0 / n;

		f->next[q] = part < FORGET ? 0 : part;
	}
	f->now = f->next;
	f->next = swap;
}

/* The same of a walk without an automaton, but for the gap of a packet that the tracker names. */
static double lost(const struct tadam *t, const struct fosr_walk *w, const struct fosr_step *s)
{
	double all = 0, here = 0, fail = 1, sum = (double)w->left[0] + w->left[1];
	__u8 dir, flags;

	for (__u8 d = 0; d < 2; d++) {
		const struct tadam_alphabet *a = &t->alphabet[w->l4 == IPPROTO_UDP][d];

		for (size_t i = 0; i < a->list.n; i++) {
			const struct tadam_added *x = &a->list.v[i];
			double share = w->left[d] / sum * x->share;

			if (!fosr_track_allows(&w->track, w->end_state, d, fosr_action_flags(x->action),
				    fosr_action_size(x->action), w->left[d]))
				continue;
			all += share;
			if (x->action == fosr_action(s->dir, s->flags, s->len))
				here += share *
					fosr_score_mass(&t->a.gap.v[x->gap], &t->a.size.v[x->size], s, !w->step);
		}
	}
	for (int i = 0; i < TADAM_TRIES; i++)
		fail *= all < 1 ? 1 - all : 0;
	fosr_track_default(&w->track, w->end_state, w->left, &dir, &flags);
	here = all > 0 ? (1 - fail) * here / all : 0;
	if (dir == s->dir && flags == s->flags && !s->len)
		here += fail * (w->step ? fosr_log_uniform(s->gap_ns) : 1);
	return here;
}

static void score_flow(
	struct forward *f, const struct fosr_dataset *d, const struct fosr_sample_flow *x, struct fosr_score *score)
{
	const struct fosr_step *s = d->steps.v + x->first;
	__u32 begin, key = 0;
	struct fosr_walk w;

	fosr_score_walk(&w, d, x);
	f->p = tadam_choose(f->t, &w, &begin);
	if (f->p) {
		memset(f->now, 0, f->p->states * sizeof(*f->now));
		f->now[begin] = 1;
	}
	for (; fosr_walk_more(&w); s++) {
		double mass = f->p ? step(f, &w, s) : lost(f->t, &w, s);

		fosr_score_add(score, mass, s, !w.step);
		fosr_walk_take(&w, s);
		w.own[1] = s->len;
		if (f->p && fosr_walk_more(&w)) {
			__u32 next = fosr_automaton_follow(
				key, &f->t->a.list.v[f->p - f->t->part], fosr_action(s->dir, s->flags, s->len));

			key = next == FOSR_AUTOMATON_FORBIDDEN ? key : next;
			advance(f, w.left, key);
		}
	}
}

int fosr_tadam_score(
	const struct fosr_model *m, const struct fosr_dataset *d, struct fosr_score *score, struct fosr_err *err)
{
	struct forward f = {.t = m->priv};
	__u32 states = 1, edges = 1;

	for (size_t i = 0; i < f.t->a.list.n; i++)
		states = f.t->part[i].states > states ? f.t->part[i].states : states;
	for (__u32 q = 0; q < f.t->states; q++)
		edges = f.t->state[q].n > edges ? f.t->state[q].n : edges;
	f.now = calloc(states, sizeof(*f.now));
	f.next = calloc(states, sizeof(*f.next));
	f.w = calloc(edges, sizeof(*f.w));
	*score = (struct fosr_score){0};
	for (size_t i = 0; f.now && f.next && f.w && i < d->flows.n; i++)
		score_flow(&f, d, &d->flows.v[i], score);
	states = f.now && f.next && f.w;
	free(f.now);
	free(f.next);
	free(f.w);
	return states ? 0 : fosr_err(err, -ENOMEM, "out of memory");
}

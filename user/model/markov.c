// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * markov: a chain of order 2 over packet actions (flow/step.h) that knows how many packets each end still has to send.
 * Gaps and sizes come from quantile tables of the transition and of the action. Draws that TCP or the end state forbids
 * are drawn again, a bounded number of times per level, then from the next coarser level; in the end the tracker names
 * a packet that is allowed. markov_fit.c learns.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/u64map.h"
#include "math/alias.h"
#include "math/quant.h"
#include "model/families.h"
#include "model/markov.h"
#include "model/score.h"

#define TRIES 6
#define LEN_MAX 65535

struct transition {
	struct fosr_alias alias;
	__u32 gap; /* index of a quantile table */
	__u32 size;
	__u16 action;
};

struct context {
	__u32 first;
	__u32 n;
};

struct markov {
	struct fosr_u64map map; /* context key to index */
	struct context *context;
	struct transition *transition;
	const struct fosr_quant *gap, *size;
	__u64 contexts, transitions, gaps, sizes;
};

static int tables_get(const struct fosr_quant **q, __u64 *n, const char *name, const struct fosr_model *m,
	const struct fosr_tensors *set, struct fosr_err *err)
{
	*n = UINT64_MAX;
	*q = fosr_tensors_get(set, m->prefix, name, FOSR_U64, n, FOSR_QUANTS + 1, err);
	if (!*q)
		return -EINVAL;
	if (*n < FOSR_MARKOV_POOLS)
		return fosr_err(
			err, -EINVAL, "%s.%s: %llu tables, the protocols' own are missing", m->prefix, name, *n);
	for (__u64 i = 0; i < *n; i++)
		if (fosr_quant_check(&(*q)[i]))
			return fosr_err(err, -EINVAL, "%s.%s[%llu] is not a quantile table", m->prefix, name, i);
	return 0;
}

/* An action says what class of sizes it has; its table may say nothing else (a SYN, say, has no payload). */
static bool sizes_fit(const struct fosr_quant *q, __u16 action)
{
	__u8 class = fosr_action_size(action);

	return fosr_size_class((__u32)fosr_min_u64(q->knot[0], LEN_MAX)) == class &&
		fosr_size_class((__u32)fosr_min_u64(q->knot[FOSR_QUANTS], LEN_MAX)) == class;
}

static int transitions_load(
	struct markov *mk, const struct fosr_model *m, const struct fosr_tensors *set, struct fosr_err *err)
{
	const __u32 *weight, *gap, *size;
	const __u16 *action;

	action = fosr_tensors_get(set, m->prefix, "action", FOSR_U16, &mk->transitions, 0, err);
	weight = action ? fosr_tensors_get(set, m->prefix, "weight", FOSR_U32, &mk->transitions, 0, err) : NULL;
	gap = weight ? fosr_tensors_get(set, m->prefix, "gap", FOSR_U32, &mk->transitions, 0, err) : NULL;
	size = gap ? fosr_tensors_get(set, m->prefix, "size", FOSR_U32, &mk->transitions, 0, err) : NULL;
	if (!size)
		return -EINVAL;
	mk->transition = calloc(mk->transitions + 1, sizeof(*mk->transition));
	if (!mk->transition)
		return fosr_err(err, -ENOMEM, "out of memory");
	for (__u64 i = 0; i < mk->transitions; i++) {
		if (gap[i] >= mk->gaps || size[i] >= mk->sizes || action[i] >= FOSR_ACTION_START ||
			fosr_action_size(action[i]) >= FOSR_SIZE_CLASSES)
			return fosr_err(err, -EINVAL, "%s: transition %llu is out of range", m->prefix, i);
		if (!sizes_fit(&mk->size[size[i]], action[i]))
			return fosr_err(err, -EINVAL, "%s: transition %llu has sizes of another class than its action",
				m->prefix, i);
		mk->transition[i] = (struct transition){
			.alias.keep = weight[i], .gap = gap[i], .size = size[i], .action = action[i]};
	}
	return 0;
}

/* Turns the weights of one context, parked in alias.keep, into its alias table. */
static int context_alias(struct transition *t, __u32 n)
{
	struct fosr_alias *alias = malloc(n * sizeof(*alias));
	__u64 *w = malloc(n * sizeof(*w));
	int ret = -ENOMEM;

	if (alias && w) {
		for (__u32 i = 0; i < n; i++)
			w[i] = t[i].alias.keep;
		ret = fosr_alias_build(alias, w, n);
		for (__u32 i = 0; !ret && i < n; i++)
			t[i].alias = alias[i];
	}
	free(alias);
	free(w);
	return ret;
}

static int contexts_load(
	struct markov *mk, const struct fosr_model *m, const struct fosr_tensors *set, struct fosr_err *err)
{
	__u64 firsts = UINT64_MAX;
	const __u32 *first;
	const __u64 *key;

	key = fosr_tensors_get(set, m->prefix, "context", FOSR_U64, &mk->contexts, 0, err);
	firsts = mk->contexts + 1;
	first = key ? fosr_tensors_get(set, m->prefix, "first", FOSR_U32, &firsts, 0, err) : NULL;
	if (!first)
		return -EINVAL;
	mk->context = calloc(firsts, sizeof(*mk->context));
	if (!mk->context)
		return fosr_err(err, -ENOMEM, "out of memory");
	if (first[0] || first[mk->contexts] != mk->transitions)
		return fosr_err(
			err, -EINVAL, "%s.first does not span the %llu transitions", m->prefix, mk->transitions);
	for (__u64 i = 0; i < mk->contexts; i++) {
		int ret;

		if (first[i] >= first[i + 1] || first[i + 1] > mk->transitions)
			return fosr_err(err, -EINVAL, "%s.first[%llu] does not increase", m->prefix, i);
		mk->context[i] = (struct context){.first = first[i], .n = first[i + 1] - first[i]};
		ret = context_alias(mk->transition + first[i], mk->context[i].n);
		if (!ret)
			ret = fosr_u64map_put(&mk->map, key[i], (__u32)i);
		if (ret)
			return fosr_err(err, ret, "%s: context %llu does not make a distribution", m->prefix, i);
	}
	return 0;
}

static int load(struct fosr_model *m, const struct fosr_tensors *set, const struct fosr_services *services,
	struct fosr_err *err)
{
	struct markov *mk = calloc(1, sizeof(*mk));
	int ret;

	if (!mk)
		return fosr_err(err, -ENOMEM, "out of memory");
	m->priv = mk;
	mk->contexts = mk->transitions = UINT64_MAX;
	ret = tables_get(&mk->gap, &mk->gaps, "gap_table", m, set, err);
	if (!ret)
		ret = tables_get(&mk->size, &mk->sizes, "size_table", m, set, err);
	if (!ret)
		ret = transitions_load(mk, m, set, err);
	return ret ? ret : contexts_load(mk, m, set, err);
}

static void release(struct fosr_model *m)
{
	struct markov *mk = m->priv;

	if (mk) {
		fosr_u64map_free(&mk->map);
		free(mk->context);
		free(mk->transition);
	}
	free(mk);
}

static bool allowed(const struct fosr_walk *w, __u16 action)
{
	__u8 dir = fosr_action_dir(action);

	if (!w->left[dir])
		return false;
	return fosr_track_allows(
		&w->track, w->end_state, dir, fosr_action_flags(action), fosr_action_size(action), w->left[dir]);
}

static const struct transition *draw_transition(const struct markov *mk, const struct fosr_walk *w, struct fosr_rng *r)
{
	__u64 key = fosr_markov_key(w, 0);

	for (unsigned int level = 0; level < FOSR_MARKOV_LEVELS; level++) {
		/* The next level is asked every other time: its miss in the cache may as well run beside this one's. */
		__u64 coarser = level + 1 < FOSR_MARKOV_LEVELS ? fosr_markov_key(w, level + 1) : 0;
		const __u32 *i;
		const struct context *c;

		fosr_u64map_prefetch(&mk->map, coarser);
		i = fosr_u64map_get(&mk->map, key);
		key = coarser;

		if (!i)
			continue;
		c = &mk->context[*i];
		for (int try = 0; try < TRIES; try++) {
			const struct transition *t = mk->transition + c->first;
			__u32 k = c->n == 1 ? 0 : fosr_rng_below(r, c->n);

			if (c->n > 1 && t[k].alias.keep != UINT32_MAX && fosr_rng_u32(r) >= t[k].alias.keep)
				k = t[k].alias.other;
			if (allowed(w, t[k].action))
				return &t[k];
			if (c->n == 1)
				break;
		}
	}
	return NULL;
}

static void next_step(const struct fosr_model *m, struct fosr_rng *r, struct fosr_walk *w, struct fosr_step *s)
{
	const struct markov *mk = m->priv;
	const struct transition *t = draw_transition(mk, w, r);
	__u32 pool = w->l4 == IPPROTO_UDP ? FOSR_MARKOV_POOL_UDP : FOSR_MARKOV_POOL_TCP;

	*s = (struct fosr_step){0};
	if (t) {
		s->dir = fosr_action_dir(t->action);
		s->flags = fosr_action_flags(t->action);
		s->len = (__u16)fosr_min_u64(fosr_quant_draw(&mk->size[t->size], r), LEN_MAX);
	} else {
		fosr_track_default(&w->track, w->end_state, w->left, &s->dir, &s->flags);
		if (pool == FOSR_MARKOV_POOL_UDP)
			s->len = (__u16)fosr_min_u64(fosr_quant_draw(&mk->size[pool], r), LEN_MAX);
	}
	if (w->step)
		s->gap_ns = fosr_quant_draw(&mk->gap[t ? t->gap : pool], r);
	fosr_walk_take(w, s);
}

/* What an alias table gives slot k of n, times n. */
static double slot_share(const struct transition *t, __u32 n, __u32 k)
{
	double share = 0;

	for (__u32 i = 0; i < n; i++) {
		double keep = t[i].alias.keep == UINT32_MAX ? 1 : t[i].alias.keep / 4294967296.0;

		if (n == 1)
			return 1;
		share += (i == k ? keep : 0) + (t[i].alias.other == k ? 1 - keep : 0);
	}
	return share;
}

/* What draw_transition() gives the packet: each level has its tries, and leaves the rest to the next. */
static double step_mass(const struct markov *mk, const struct fosr_walk *w, const struct fosr_step *s)
{
	__u16 action = fosr_action(s->dir, s->flags, s->len);
	double mass = 0, reach = 1;

	for (unsigned int level = 0; level < FOSR_MARKOV_LEVELS; level++) {
		const __u32 *i = fosr_u64map_get(&mk->map, fosr_markov_key(w, level));
		const struct context *c = i ? &mk->context[*i] : NULL;
		double all = 0, here = 0, fail = 1;

		for (__u32 k = 0; c && k < c->n; k++) {
			const struct transition *t = mk->transition + c->first + k;
			double share =
				allowed(w, t->action) ? slot_share(mk->transition + c->first, c->n, k) / c->n : 0;

			all += share;
			if (t->action == action && share > 0)
				here += share * fosr_score_mass(&mk->gap[t->gap], &mk->size[t->size], s, !w->step);
		}
		if (all <= 0)
			continue;
		for (int try = 0; try < (c->n == 1 ? 1 : TRIES); try++)
			fail *= 1 - all;
		mass += reach * (1 - fail) * here / all;
		reach *= fail;
	}
	return mass;
}

static int score(const struct fosr_model *m, const struct fosr_dataset *d, struct fosr_score *out, struct fosr_err *err)
{
	*out = (struct fosr_score){0};
	for (size_t i = 0; i < d->flows.n; i++) {
		const struct fosr_step *s = d->steps.v + d->flows.v[i].first;
		struct fosr_walk w;

		fosr_score_walk(&w, d, &d->flows.v[i]);
		for (; fosr_walk_more(&w); s++) {
			fosr_score_add(out, step_mass(m->priv, &w, s), s, !w.step);
			fosr_walk_take(&w, s);
		}
	}
	return 0;
}

static void describe(const struct fosr_model *m, char *text, size_t size)
{
	const struct markov *mk = m->priv;

	snprintf(text, size, "order 2, %llu contexts, %llu transitions, %llu gap tables, %llu size tables",
		mk->contexts, mk->transitions, mk->gaps, mk->sizes);
}

const struct fosr_model_ops fosr_model_markov = {
	.name = "markov",
	.serves = {[FOSR_STEPS] = true},
	.help = "order-2 chain of packet actions, learned gaps and sizes",
	.fit = fosr_markov_fit,
	.load = load,
	.release = release,
	.next_step = next_step,
	.score = score,
	.describe = describe,
};

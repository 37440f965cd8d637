// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The first states of an automaton. A state is what came before a packet: the whole flow so far, where enough flows
 * began so; else the last two packets, with or without the flow's volume; else the last one. All know the end-state
 * rules' key, so that merging states of one key keeps to the rules.
 */
#include "base/mix.h"
#include "model/tadam_fit.h"

enum { LEVELS = 5, WHOLE = 24 /* packets that the whole past is told apart for */ };

/* Flows or packets that a state is made for, at first: when there are too many states, more. */
#define LEAST 12
/* With so few flows their volume counts for more: a state that knows it is made for a fourth of that. */
#define FEW 48

struct past {
	__u64 whole; /* hash of class and packets so far */
	__u32 key, depth;
	__u16 last[2];
	__u8 class;
};

struct count {
	struct fosr_u64map seen; /* context to packets, then to state */
};

static __u64 context(const struct past *p, unsigned int level)
{
	__u64 base = (__u64)(level + 1) << 56 | (__u64)p->key << 40;

	switch (level) {
	case 0:
		return p->depth > WHOLE ? 0 : fosr_mix64(base ^ p->whole);
	case 1:
		return fosr_mix64(base | (__u64)p->class << 24 | p->last[0] << 12 | tadam_token_action(p->last[1]));
	case 2:
		return fosr_mix64(base | p->last[0] << 12 | tadam_token_action(p->last[1]));
	case 3:
		return fosr_mix64(base | (__u64)p->class << 24 | p->last[0]);
	default:
		return fosr_mix64(base | tadam_token_action(p->last[0]));
	}
}

static void past_begin(struct past *p, __u8 class)
{
	*p = (struct past){.last = {TOKEN_START, TOKEN_START}, .class = class, .whole = fosr_mix64(class)};
}

static void past_take(struct past *p, const struct fosr_automaton *m, __u16 token)
{
	p->key = fosr_automaton_follow(p->key, m, tadam_token_action(token));
	p->whole = fosr_mix64(p->whole * 3 + token);
	p->depth++;
	p->last[1] = p->last[0];
	p->last[0] = token;
}

static int count_pasts(const struct fit_flows *f, struct fosr_u64map *seen)
{
	for (size_t i = 0; i + 1 < f->first.n; i++) {
		struct past p;

		past_begin(&p, f->class.v[i]);
		for (__u32 k = f->first.v[i]; k < f->first.v[i + 1]; k++) {
			for (unsigned int level = 0; level < LEVELS && p.depth < FIT_DEPTH; level++) {
				__u64 c = context(&p, level);
				__u32 *n = c ? fosr_u64map_get(seen, c) : NULL;

				if (n)
					++*n;
				else if (c && fosr_u64map_put(seen, c, 1))
					return -ENOMEM;
			}
			if (f->step.v[k].token != TOKEN_END)
				past_take(&p, &f->m, f->step.v[k].token);
		}
	}
	return 0;
}

/* The finest context of at least `least`; the coarsest always. */
static __u64 choose(const struct fosr_u64map *seen, const struct past *p, __u32 least, size_t flows)
{
	__u32 least_volume = flows > FEW ? least : (least + 3) / 4;

	for (unsigned int level = 0; level + 1 < LEVELS; level++) {
		__u64 c = context(p, level);
		const __u32 *n = c ? fosr_u64map_get(seen, c) : NULL;

		if (n && *n >= (level == 2 ? least : least_volume))
			return c;
	}
	return context(p, LEVELS - 1);
}

/* Numbers the contexts in the order they come: states from 1 on. -E2BIG when they are too many. */
static int number(struct fit *fit, const struct fosr_u64map *seen, __u32 least, __u32 *key)
{
	struct fosr_u64map state = {0};
	struct fit_flows *f = &fit->f;
	__u32 n = 1;
	int ret = 0;

	for (size_t i = 0; i + 1 < f->first.n && !ret; i++) {
		struct past p;

		past_begin(&p, f->class.v[i]);
		for (__u32 k = f->first.v[i]; k < f->first.v[i + 1] && !ret; k++) {
			__u64 c = choose(seen, &p, least, f->first.n - 1);
			const __u32 *have = fosr_u64map_get(&state, c);

			if (have) {
				f->step.v[k].state = *have;
			} else if (n == FIT_STATES && least < UINT32_MAX / 2) {
				ret = -E2BIG;
			} else {
				key[n] = p.key;
				f->step.v[k].state = n;
				ret = fosr_u64map_put(&state, c, n++);
			}
			if (f->step.v[k].token != TOKEN_END)
				past_take(&p, &f->m, f->step.v[k].token);
		}
	}
	fit->rows = n;
	fosr_u64map_free(&state);
	return ret;
}

struct tally {
	__u64 key; /* from, token, to */
	__u32 n;
};

static int by_key(const void *a, const void *b)
{
	__u64 x = ((const struct tally *)a)->key, y = ((const struct tally *)b)->key;

	return (x > y) - (x < y);
}

static int count_arc(struct fosr_u64map *m, __u32 from, __u16 token, __u32 to)
{
	__u64 key = (__u64)from << 32 | (__u64)token << 16 | to;
	__u32 *n = fosr_u64map_get(m, key);

	if (!n)
		return fosr_u64map_put(m, key, 1);
	++*n;
	return 0;
}

static int fill_rows(struct fit *fit, const struct fosr_u64map *m)
{
	FOSR_VEC(struct tally) all = {0};
	int ret = fosr_vec_reserve(&all, m->n + 1);

	for (size_t i = 0; !ret && m->slot && i <= m->mask; i++)
		if (m->slot[i].used)
			all.v[all.n++] = (struct tally){.key = m->slot[i].key, .n = m->slot[i].val};
	if (!ret && all.n)
		qsort(all.v, all.n, sizeof(*all.v), by_key);
	for (size_t i = 0; !ret && i < all.n; i++) {
		struct fit_row *r = &fit->row[all.v[i].key >> 32];
		struct fit_arc *arc = fosr_vec_push(&r->arc);

		if (!arc) {
			ret = -ENOMEM;
			break;
		}
		*arc = (struct fit_arc){
			.token = all.v[i].key >> 16 & 0xffff, .to = all.v[i].key & 0xffff, .n = all.v[i].n};
		r->n += arc->n;
	}
	fosr_vec_free(&all);
	return ret;
}

static int count_rows(struct fit *fit, const __u32 *key)
{
	const struct fit_flows *f = &fit->f;
	struct fosr_u64map m = {0};
	int ret = 0;

	for (size_t i = 0; i + 1 < f->first.n && !ret; i++) {
		__u32 k = f->first.v[i];

		ret = count_arc(&m, 0, TOKEN_CLASS | f->class.v[i], f->step.v[k].state);
		for (; k < f->first.v[i + 1] && !ret; k++) {
			const struct fit_step *s = &f->step.v[k];

			ret = count_arc(&m, s->state, s->token, s->token == TOKEN_END ? 0 : s[1].state);
		}
	}
	fit->row = calloc(fit->rows, sizeof(*fit->row));
	fit->into = calloc(fit->rows, sizeof(*fit->into));
	if (!fit->row || !fit->into)
		ret = -ENOMEM;
	for (__u32 q = 0; q < fit->rows && !ret; q++) {
		fit->row[q].key = key[q];
		fit->into[q] = (__u16)q;
	}
	if (!ret)
		ret = fill_rows(fit, &m);
	fosr_u64map_free(&m);
	return ret;
}

int tadam_states(struct fit *fit)
{
	/* The coarsest contexts alone may be more than FIT_STATES, by keys times actions. */
	__u32 *key = calloc(1 << 16, sizeof(*key));
	struct fosr_u64map seen = {0};
	int ret = key ? count_pasts(&fit->f, &seen) : -ENOMEM;

	for (__u32 least = LEAST; !ret; least *= 2) {
		ret = number(fit, &seen, least, key);
		if (ret != -E2BIG)
			break;
		ret = 0;
	}
	if (!ret)
		ret = count_rows(fit, key);
	fosr_u64map_free(&seen);
	free(key);
	return ret;
}

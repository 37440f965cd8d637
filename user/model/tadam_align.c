// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * How often packets come twice: a mixture of the automaton's own edges and of the packet before once more (same action,
 * same size), its weight by expectation maximisation over the paths that flows take.
 */
#include "model/tadam_fit.h"

enum { ROUNDS = 8 };

#define FIRST 0.025 /* as TADAM begins */

struct counts {
	struct fosr_u64map arc; /* state, token, state to packets */
	struct fosr_u64map len; /* action, size to packets */
	struct fosr_u64map action; /* to packets */
};

static __u64 arc_key(const struct fit *fit, const struct fit_step *s)
{
	return (__u64)fit->into[s->state] << 32 | (__u64)s->token << 16 | fit->into[s[1].state];
}

static __u64 len_key(const struct fit_step *s)
{
	return (__u64)tadam_token_action(s->token) << 16 | s->len;
}

static int count_one(struct fosr_u64map *m, __u64 key)
{
	__u32 *n = fosr_u64map_get(m, key);

	if (!n)
		return fosr_u64map_put(m, key, 1);
	++*n;
	return 0;
}

static double number(const struct fosr_u64map *m, __u64 key)
{
	const __u32 *n = fosr_u64map_get(m, key);

	return n ? *n : 0;
}

/* Of all packets, the part that is more likely the one before again than an edge. */
static double round_of(const struct fit *fit, const struct counts *c, double rate)
{
	const struct fit_flows *f = &fit->f;
	double sum = 0;

	for (size_t i = 0; i + 1 < f->first.n; i++)
		for (__u32 k = f->first.v[i] + 1; k + 1 < f->first.v[i + 1]; k++) {
			const struct fit_step *s = &f->step.v[k];
			double edge, size;

			if (tadam_token_action(s->token) != tadam_token_action(s[-1].token) || s->len != s[-1].len)
				continue;
			edge = number(&c->arc, arc_key(fit, s)) / (double)fit->row[fit->into[s->state]].n;
			size = number(&c->len, len_key(s)) / number(&c->action, tadam_token_action(s->token));
			sum += rate / (rate + (1 - rate) * edge * size);
		}
	return sum / (double)(f->packets + 1);
}

int tadam_repeats(const struct fit *fit, double *rate)
{
	const struct fit_flows *f = &fit->f;
	struct counts c = {0};
	int ret = 0;

	for (size_t k = 0; k < f->step.n && !ret; k++) {
		const struct fit_step *s = &f->step.v[k];

		if (s->token == TOKEN_END)
			continue;
		ret = count_one(&c.arc, arc_key(fit, s)) ?: count_one(&c.len, len_key(s));
		if (!ret)
			ret = count_one(&c.action, tadam_token_action(s->token));
	}
	*rate = FIRST;
	for (int i = 0; i < ROUNDS && !ret; i++)
		*rate = round_of(fit, &c, *rate);
	fosr_u64map_free(&c.arc);
	fosr_u64map_free(&c.len);
	fosr_u64map_free(&c.action);
	return ret;
}

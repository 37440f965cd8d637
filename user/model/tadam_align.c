// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Noise. Where a flow leaves the common ways of an automaton that was learned from all packets, the smallest correction
 * that brings it back is looked for: the packet before came again, two packets changed places, a packet was lost, or
 * one too many came. The automaton is then learned once more from corrected flows (tadam_fit.c keeps what is shorter,
 * noise included). How often packets come twice at all is found by expectation maximisation, beside the automaton's own
 * edges.
 */
#include <math.h>

#include "model/tadam_fit.h"

enum { ROUNDS = 8 };

/* Shares of a state's packets: an edge this rare may be noise, one this common is a way to come back to. */
#define RARE 0.04
#define COMMON 0.15
#define ACTION_BITS 4 /* to say which of a few */

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
	*rate += (double)f->noise[FOSR_NOISE_REEMISSION] / (double)(f->packets + 1);
	fosr_u64map_free(&c.arc);
	fosr_u64map_free(&c.len);
	fosr_u64map_free(&c.action);
	return ret;
}

/* What a state does on an action, whatever the gap: how often, and where that leads most often. */
struct ways {
	struct fosr_u64map n; /* state, action: packets */
	struct fosr_u64map to;
};

static int find_ways(struct ways *w, const struct fit *fit)
{
	struct fosr_u64map most = {0};
	int ret = 0;

	for (__u32 q = 1; q < fit->rows && !ret; q++)
		for (size_t i = 0; i < fit->row[q].arc.n && !ret; i++) {
			const struct fit_arc *arc = &fit->row[q].arc.v[i];
			__u64 key = (__u64)q << 16 | tadam_token_action(arc->token);

			if (arc->token == TOKEN_END)
				continue;
			ret = fosr_u64map_put(&w->n, key, (__u32)number(&w->n, key) + arc->n);
			if (ret || arc->n <= number(&most, key))
				continue;
			ret = fosr_u64map_put(&most, key, arc->n) ?: fosr_u64map_put(&w->to, key, arc->to);
		}
	fosr_u64map_free(&most);
	return ret;
}

static double share(const struct ways *w, const struct fit *fit, __u32 state, __u16 action)
{
	return number(&w->n, (__u64)state << 16 | action) / (double)fit->row[state].n;
}

static __u32 leads_to(const struct ways *w, __u32 state, __u16 action)
{
	return (__u32)number(&w->to, (__u64)state << 16 | action);
}

/* A packet that is common in `state` and after which `action` is common, too: 0 and *lost, or -ENOENT. */
static int find_lost(const struct ways *w, const struct fit *fit, __u32 state, __u16 action, __u16 *lost)
{
	for (size_t i = 0; i < fit->row[state].arc.n; i++) {
		__u16 token = fit->row[state].arc.v[i].token, way = tadam_token_action(token);

		if (token == TOKEN_END || way == action || share(w, fit, state, way) < COMMON)
			continue;
		if (share(w, fit, leads_to(w, state, way), action) >= COMMON) {
			*lost = token;
			return 0;
		}
	}
	return -ENOENT;
}

struct correcting {
	const struct fit *fit;
	struct fit_flows *out;
	struct ways ways;
	__u64 noise[FOSR_NOISES]; /* of the flow at hand */
	__u64 carry; /* time of packets left out since the last one that was kept */
};

static int keep(struct correcting *c, const struct fit_step *s)
{
	struct fit_step *x = fosr_vec_push(&c->out->step);

	if (!x)
		return -ENOMEM;
	*x = *s;
	if (s->token != TOKEN_END && !s->ghost) {
		x->gap_ns += c->carry;
		x->token = tadam_token(tadam_token_action(s->token), x->gap_ns);
		c->carry = 0;
	}
	return 0;
}

/* Corrects at step k, whose edge is rare: how many steps that takes, 0 when there is nothing to correct, or -ENOMEM. */
static int correct(struct correcting *c, __u32 k, __u32 *state)
{
	const struct fit_step *s = &c->fit->f.step.v[k];
	__u16 action = tadam_token_action(s->token), next = tadam_token_action(s[1].token), lost;
	bool more = s[1].token != TOKEN_END;

	if (s->timed && action == tadam_token_action(s[-1].token) && s->len == s[-1].len) {
		c->noise[FOSR_NOISE_REEMISSION]++;
		c->carry += s->gap_ns;
		return 1;
	}
	if (more && s->timed && share(&c->ways, c->fit, *state, next) >= COMMON) {
		__u32 after = leads_to(&c->ways, *state, next);

		if (share(&c->ways, c->fit, after, action) < COMMON) {
			c->noise[FOSR_NOISE_ADDITION]++;
			c->carry += s->gap_ns;
			return 1;
		}
		c->noise[FOSR_NOISE_TRANSPOSITION]++;
		*state = leads_to(&c->ways, after, action);
		return keep(c, s + 1) ?: keep(c, s) ?: 2;
	}
	if (!find_lost(&c->ways, c->fit, *state, action, &lost)) {
		struct fit_step ghost = {.token = lost, .ghost = true};

		c->noise[FOSR_NOISE_DELETION]++;
		*state = leads_to(&c->ways, leads_to(&c->ways, *state, tadam_token_action(lost)), action);
		return keep(c, &ghost) ?: keep(c, s) ?: 1;
	}
	return 0;
}

/* Does the corrected flow keep to the rules? */
static bool sound(const struct fit_flows *f, __u32 first)
{
	__u32 key = 0;

	for (size_t k = first; k < f->step.n && key != FOSR_AUTOMATON_FORBIDDEN; k++)
		key = fosr_automaton_follow(key, &f->m,
			f->step.v[k].token == TOKEN_END ? FOSR_AUTOMATON_END : tadam_token_action(f->step.v[k].token));
	return key != FOSR_AUTOMATON_FORBIDDEN;
}

/* As the flow was. */
static int copy_flow(struct correcting *c, size_t flow)
{
	const struct fit_flows *f = &c->fit->f;
	int ret = 0;

	memset(c->noise, 0, sizeof(c->noise));
	for (__u32 k = f->first.v[flow]; k < f->first.v[flow + 1] && !ret; k++) {
		struct fit_step *x = fosr_vec_push(&c->out->step);

		if (x)
			*x = f->step.v[k];
		else
			ret = -ENOMEM;
	}
	return ret;
}

static int correct_flow(struct correcting *c, size_t flow)
{
	const struct fit_flows *f = &c->fit->f;
	__u32 first = (__u32)c->out->step.n, begin = f->first.v[flow], end = f->first.v[flow + 1] - 1;
	__u32 state = c->fit->into[f->step.v[begin].state];
	bool as_was = true;
	int n;

	memset(c->noise, 0, sizeof(c->noise));
	c->carry = 0;
	for (__u32 k = begin; k < end; k += (__u32)n) {
		__u16 action = tadam_token_action(f->step.v[k].token);

		n = 0;
		if (state && k - begin < FIT_DEPTH && share(&c->ways, c->fit, state, action) <= RARE)
			n = correct(c, k, &state);
		as_was &= !n;
		if (!n) {
			n = keep(c, &f->step.v[k]) ?: 1;
			state = as_was ? c->fit->into[f->step.v[k + 1].state] : leads_to(&c->ways, state, action);
		}
		if (n < 0)
			return n;
	}
	if (keep(c, &f->step.v[end]))
		return -ENOMEM;
	for (size_t k = first; k < c->out->step.n; k++)
		c->out->step.v[k].timed = k > first && !c->out->step.v[k].ghost;
	if (sound(c->out, first))
		return 0;
	c->out->step.n = first;
	return copy_flow(c, flow);
}

int tadam_correct(const struct fit *fit, struct fit_flows *out)
{
	struct correcting c = {.fit = fit, .out = out};
	int ret = find_ways(&c.ways, fit);

	for (size_t i = 0; i + 1 < fit->f.first.n && !ret; i++) {
		__u32 *first;
		__u8 *class;

		ret = correct_flow(&c, i);
		first = fosr_vec_push(&out->first);
		class = fosr_vec_push(&out->class);
		if (!first || !class) {
			ret = -ENOMEM;
			break;
		}
		*first = (__u32)out->step.n;
		*class = fit->f.class.v[i];
		for (int k = 0; k < FOSR_NOISES; k++)
			out->noise[k] += c.noise[k];
	}
	out->packets = fit->f.packets;
	out->left_out = fit->f.left_out;
	fosr_u64map_free(&c.ways.n);
	fosr_u64map_free(&c.ways.to);
	return ret;
}

double tadam_noise_bits(const struct fit *fit)
{
	const struct fit_flows *f = &fit->f;
	double bits = 0, none = (double)f->packets;

	for (int k = 0; k < FOSR_NOISES; k++) {
		double n = (double)f->noise[k];

		/* Where, by its rate; what, among the actions, but for what came twice. */
		bits -= n > 0 ? n * log2(n / (double)(f->packets + 1)) : 0;
		bits += k == FOSR_NOISE_REEMISSION ? 0 : n * ACTION_BITS;
		none -= n;
	}
	return none > 0 && none < (double)f->packets ? bits - none * log2(none / (double)f->packets) : bits;
}

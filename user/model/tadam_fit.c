// SPDX-License-Identifier: GPL-3.0-or-later
/* Learning tadam: which flows make an automaton, and what they are to it. See tadam_fit.h. */
#include "model/tadam_fit.h"

#include <netinet/in.h>

/* Flows that make an automaton of a service's own; fewer are left to the protocol's. */
#define FLOWS_LEAST 3

static const struct fosr_sample_flow *flow(const struct fosr_dataset *d, __u32 i)
{
	return &d->flows.v[i];
}

static int add_step(struct fit_flows *f, const struct fosr_step *s, __u16 token, bool timed)
{
	struct fit_step *x = fosr_vec_push(&f->step);

	if (!x)
		return -ENOMEM;
	*x = (struct fit_step){.token = token, .timed = timed};
	if (s) {
		x->len = s->len;
		x->gap_ns = s->gap_ns;
	}
	return 0;
}

static int close_flow(struct fit_flows *f)
{
	__u32 *first = fosr_vec_push(&f->first);

	if (!first)
		return -ENOMEM;
	*first = (__u32)f->step.n;
	return 0;
}

/* The packets of a flow that the rules allow, if they lead to its end state; those they do not allow are noise. */
static int take_flow(struct fit_flows *f, const struct fosr_sample_flow *x)
{
	__u32 n = x->packets[0] + x->packets[1], key = 0, taken = 0, first = f->first.v[f->first.n - 1];
	__u8 *class;
	__u64 gap = 0;
	int ret = 0;

	for (__u32 k = 0; k < n && !ret; k++) {
		const struct fosr_step *s = &f->d->steps.v[x->first + k];
		__u16 action = fosr_action(s->dir, s->flags, s->len);
		__u32 next = fosr_automaton_follow(key, &f->m, action);
		struct fosr_step kept = *s;

		gap += k ? s->gap_ns : 0;
		if (next == FOSR_AUTOMATON_FORBIDDEN)
			continue;
		key = next;
		kept.gap_ns = gap;
		ret = add_step(f, &kept, tadam_token(action, gap), taken > 0);
		gap = 0;
		taken++;
	}
	if (ret || fosr_automaton_follow(key, &f->m, FOSR_AUTOMATON_END) == FOSR_AUTOMATON_FORBIDDEN) {
		f->step.n = first;
		return ret;
	}
	f->packets += taken;
	f->left_out += n - taken;
	class = fosr_vec_push(&f->class);
	if (!class)
		return -ENOMEM;
	*class = (__u8)(fosr_bytes_class(x->bytes[0]) << 4 | fosr_bytes_class(x->bytes[1]));
	return add_step(f, NULL, TOKEN_END, false) ?: close_flow(f);
}

static void fit_free(struct fit *fit)
{
	for (__u32 q = 0; fit->row && q < fit->rows; q++)
		fosr_vec_free(&fit->row[q].arc);
	free(fit->row);
	free(fit->into);
	fosr_vec_free(&fit->f.step);
	fosr_vec_free(&fit->f.first);
	fosr_vec_free(&fit->f.class);
}

static int learn_states(struct fit *fit)
{
	return tadam_states(fit) ?: tadam_merge(fit);
}

/* Once more without noise, if that is shorter, noise included. */
static int learn_corrected(struct fit *fit)
{
	struct fit clean = {.f = {.d = fit->f.d, .m = fit->f.m}};
	int ret = close_flow(&clean.f);

	if (!ret)
		ret = tadam_correct(fit, &clean.f);
	if (!ret)
		ret = learn_states(&clean);
	if (!ret && tadam_bits(&clean) + tadam_noise_bits(&clean) < tadam_bits(fit)) {
		struct fit was = *fit;

		*fit = clean;
		clean = was;
	}
	fit_free(&clean);
	return ret;
}

/* One automaton from the flows index[0..n-1]; none when the rules describe none of them. */
static int learn(struct fit_pools *p, const struct fosr_dataset *d, const __u32 *index, size_t n,
	const struct fosr_automaton *head, struct fosr_err *err)
{
	struct fit fit = {.f = {.d = d, .m = *head}};
	int ret = close_flow(&fit.f);

	for (size_t i = 0; i < n && !ret; i++)
		ret = take_flow(&fit.f, flow(d, index[i]));
	if (!ret && fit.f.class.n) {
		ret = learn_states(&fit);
		if (!ret)
			ret = learn_corrected(&fit);
		if (!ret)
			ret = tadam_edges(&fit, p, err);
		/* Too many states even so: the protocol's automaton, or the tracker, has to do. */
		if (ret == -E2BIG || ret == -ENOENT)
			ret = 0;
	}
	fit_free(&fit);
	return ret;
}

struct group {
	__u32 key; /* service << 8 | end state, and 1 << 31 | UDP << 8 | end state for all services */
	__u32 flow;
};

static int by_group(const void *a, const void *b)
{
	const struct group *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->flow > y->flow) - (x->flow < y->flow);
}

static int learn_groups(struct fit_pools *p, const struct fosr_dataset *d, const struct group *g, size_t n,
	__u32 *index, struct fosr_err *err)
{
	int ret = 0;

	for (size_t i = 0, next; i < n && !ret; i = next) {
		struct fosr_automaton head = {
			.service = g[i].key >> 31 ? FOSR_AUTOMATON_ANY : flow(d, g[i].flow)->service,
			.l4 = flow(d, g[i].flow)->l4,
			.end_state = flow(d, g[i].flow)->end_state,
		};

		for (next = i; next < n && g[next].key == g[i].key; next++)
			index[next - i] = g[next].flow;
		if (head.service == FOSR_AUTOMATON_ANY || next - i >= FLOWS_LEAST)
			ret = learn(p, d, index, next - i, &head, err);
	}
	return ret;
}

static int learn_all(struct fit_pools *p, const struct fosr_dataset *d, struct fosr_err *err)
{
	struct group *g = calloc(2 * d->flows.n + 1, sizeof(*g));
	__u32 *index = calloc(d->flows.n + 1, sizeof(*index));
	int ret = -ENOMEM;

	if (g && index) {
		for (__u32 i = 0; i < d->flows.n; i++) {
			const struct fosr_sample_flow *f = flow(d, i);

			g[2 * i] = (struct group){.key = (__u32)f->service << 8 | f->end_state, .flow = i};
			g[2 * i + 1] =
				(struct group){.key = 1U << 31 | (f->l4 == IPPROTO_UDP) << 8 | f->end_state, .flow = i};
		}
		qsort(g, 2 * d->flows.n, sizeof(*g), by_group);
		ret = tadam_pools(p, d);
		if (!ret)
			ret = learn_groups(p, d, g, 2 * d->flows.n, index, err);
	}
	free(g);
	free(index);
	return ret;
}

int fosr_tadam_fit(const char *prefix, const struct fosr_dataset *d, struct fosr_tensors *out, struct fosr_err *err)
{
	struct fosr_automata a = {0};
	struct fit_pools p = {.a = &a};
	int ret = learn_all(&p, d, err);

	if (!ret)
		ret = fosr_automata_save(prefix, &a, out, err);
	fosr_u64map_free(&p.gap);
	fosr_u64map_free(&p.same_gap);
	fosr_u64map_free(&p.same_size);
	fosr_automata_free(&a);
	return ret == -ENOMEM ? fosr_err(err, ret, "out of memory while learning steps") : ret;
}

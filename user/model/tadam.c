// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * tadam: timed automata of packet actions, one per (service, end state), learned by description length (tadam_fit.c) or
 * imported. A walk is conditioned on the packets left each way, exactly where that is tabled, asymptotically beyond,
 * and ends with exactly the counts that the flow was given. See tadam.h.
 */
#include "model/tadam.h"

#include <netinet/in.h>
#include <stdio.h>

#include "model/families.h"

#define LEN_MAX 65535
#define LOST UINT16_MAX /* own[0] of a walk without an automaton */
#define UNIT (1.0f / 4294967296.0f)

const struct tadam_part *tadam_find(const struct tadam *t, __u16 service, __u8 l4, __u8 end_state, bool own)
{
	__u16 i = 0;

	if (end_state >= FOSR_END_STATES)
		return NULL;
	if (own && service < t->services)
		i = t->of_service[service * FOSR_END_STATES + end_state];
	if (!i || t->a.list.v[i - 1].l4 != l4)
		i = t->any[l4 == IPPROTO_UDP][end_state];
	return i ? &t->part[i - 1] : NULL;
}

static __u16 begin_of(const struct tadam_part *p, const __u8 bytes_class[2])
{
	return p->begin[(bytes_class[0] & 15) << 4 | (bytes_class[1] & 15)];
}

const struct tadam_part *tadam_choose(const struct tadam *t, const struct fosr_walk *w, __u32 *state)
{
	for (int own = 1; own >= 0; own--) {
		const struct tadam_part *p = tadam_find(t, w->service, w->l4, w->end_state, own);

		*state = p ? begin_of(p, w->bytes_class) : 0;
		if (p && tadam_can(p, *state, w->left))
			return p;
	}
	return NULL;
}

static int load(struct fosr_model *m, const struct fosr_tensors *set, const struct fosr_services *services,
	struct fosr_err *err)
{
	struct tadam *t = calloc(1, sizeof(*t));
	int ret;

	if (!t)
		return fosr_err(err, -ENOMEM, "out of memory");
	m->priv = t;
	ret = fosr_automata_load(&t->a, m->prefix, set, services, err);
	if (ret)
		return ret;
	t->services = (__u32)services->list.n;
	t->of_service = calloc(t->services * FOSR_END_STATES + 1, sizeof(*t->of_service));
	if (!t->of_service)
		return fosr_err(err, -ENOMEM, "out of memory");
	ret = tadam_compile(t, err);
	if (!ret)
		ret = tadam_count(t, err);
	return ret ? ret : tadam_tilt(t, err);
}

static void release(struct fosr_model *m)
{
	struct tadam *t = m->priv;

	for (size_t i = 0; t && t->part && i < t->a.list.n; i++) {
		free(t->part[i].beta);
		free(t->part[i].scale);
		free(t->part[i].can);
		free(t->part[i].tilt);
	}
	for (int i = 0; t && i < 4; i++)
		fosr_vec_free(&t->alphabet[i / 2][i % 2].list);
	if (t) {
		fosr_automata_free(&t->a);
		free(t->state);
		free(t->edge);
		free(t->end);
		free(t->key);
		free(t->kept);
		free(t->part);
		free(t->of_service);
	}
	free(t);
}

static __u32 far(__u32 a, __u32 b)
{
	return a > b ? a - b : b - a;
}

static __u32 unfold(__u32 folded, __u32 asked)
{
	return folded < TADAM_FOLD ? folded : asked > TADAM_FOLD ? asked : TADAM_FOLD;
}

static void settle(const struct fosr_model *m, struct fosr_flow *f)
{
	const struct tadam *t = m->priv;
	const struct tadam_part *p = tadam_find(t, f->service, f->l4, f->end_state, true);
	const struct tadam_part *all = tadam_find(t, f->service, f->l4, f->end_state, false);
	__u64 least = UINT64_MAX;
	__u32 best[2] = {0, 0};
	__u16 begin;

	if (!p)
		return;
	begin = begin_of(p, f->bytes_class);
	if ((f->packets[0] | f->packets[1]) &&
		(tadam_can(p, begin, f->packets) || (all && tadam_can(all, begin_of(all, f->bytes_class), f->packets))))
		return;
	for (__u32 i = 0; i <= TADAM_FOLD; i++) {
		__u64 row = p->can[begin * (TADAM_FOLD + 1) + i];
		__u32 fwd = unfold(i, f->packets[0]);

		for (; row; row &= row - 1) {
			__u32 bwd = unfold((__u32)__builtin_ctzll(row), f->packets[1]);
			__u64 off = (__u64)far(fwd, f->packets[0]) + far(bwd, f->packets[1]);

			if (off < least && (fwd | bwd)) {
				least = off;
				best[0] = fwd;
				best[1] = bwd;
			}
		}
	}
	/* Without any, the walk is the tracker's. */
	if (least != UINT64_MAX) {
		f->packets[0] = best[0];
		f->packets[1] = best[1];
	}
}

/* A float in [0, 1) times the cell's sum; the last edge that can be taken stands for what rounding left over. */
static const struct tadam_edge *draw_exact(
	const struct tadam *t, const struct tadam_part *p, __u32 q, const __u32 left[2], __u32 u)
{
	const struct tadam_state *s = &t->state[p->first + q];
	const struct tadam_edge *e = &t->edge[s->first], *end = e + s->n, *last = NULL;
	size_t cell = (size_t)left[0] * p->table + left[1];
	const float *scale = p->scale[cell], *beta = p->beta + cell * p->states;
	const float *after[2] = {beta - (size_t)p->table * p->states, beta - p->states};
	float z = (float)u * UNIT * beta[q];

	for (; e < end; e++) {
		__u8 d = fosr_action_dir(e->action);
		float b;

		if (!left[d])
			continue;
		b = after[d][e->to];
		if (b <= 0)
			continue;
		last = e;
		z -= e->p * scale[d] * b;
		if (z < 0)
			break;
	}
	return last;
}

static bool leads_on(const struct tadam_part *p, const struct tadam_edge *e, const __u32 left[2])
{
	__u8 d = fosr_action_dir(e->action);
	const __u32 after[2] = {left[0] - !d, left[1] - d};

	return left[d] && tadam_can(p, e->to, after);
}

/* By the tilted chain; what it would lead to without a way to the counts is drawn again, among what has one. */
static const struct tadam_edge *draw_tilted(
	const struct tadam *t, const struct tadam_part *p, __u32 q, const __u32 left[2], __u32 u, struct fosr_rng *r)
{
	const struct tadam_state *s = &t->state[p->first + q];
	const struct tadam_edge *edge = &t->edge[s->first], *last = NULL;
	const float *w = p->tilt + (size_t)p->row[tadam_bucket(left)] * p->edges + (s->first - p->first_edge);
	float z = (float)u * UNIT, sum[2] = {0, 0};
	__u32 i = 0;
	bool tilted;

	for (; i < s->n; i++) {
		z -= w[i];
		if (z < 0)
			break;
	}
	if (i < s->n && leads_on(p, &edge[i], left))
		return &edge[i];
	for (i = 0; i < s->n; i++)
		if (leads_on(p, &edge[i], left)) {
			sum[0] += edge[i].p;
			sum[1] += w[i];
		}
	tilted = sum[1] > 0;
	z = (float)fosr_rng_u32(r) * UNIT * sum[tilted];
	for (i = 0; i < s->n; i++)
		if (leads_on(p, &edge[i], left)) {
			float v = tilted ? w[i] : edge[i].p;

			if (v > 0 || !last)
				last = &edge[i];
			z -= v;
			if (z < 0)
				break;
		}
	return last;
}

void tadam_weights(const struct tadam *t, const struct tadam_part *p, __u32 state, const __u32 left[2], double *w)
{
	const struct tadam_state *s = &t->state[p->first + state];
	const struct tadam_edge *edge = &t->edge[s->first];
	const float *tilt = p->tilt + (size_t)p->row[tadam_bucket(left)] * p->edges + (s->first - p->first_edge);
	bool exact = left[0] < p->table && left[1] < p->table;
	size_t cell = (size_t)left[0] * p->table + left[1];
	double sum = 0, plain = 0;

	for (__u32 i = 0; i < s->n; i++) {
		__u8 d = fosr_action_dir(edge[i].action);

		w[i] = 0;
		if (exact && left[d])
			w[i] = (double)edge[i].p * p->scale[cell][d] *
				p->beta[(cell - (d ? 1 : p->table)) * p->states + edge[i].to];
		else if (!exact && leads_on(p, &edge[i], left)) {
			w[i] = tilt[i];
			plain += edge[i].p;
		}
		sum += w[i];
	}
	for (__u32 i = 0; i < s->n; i++)
		if (sum > 0)
			w[i] /= sum;
		else if (plain > 0 && leads_on(p, &edge[i], left))
			w[i] = edge[i].p / plain;
}

static void begin(const struct tadam *t, struct fosr_walk *w)
{
	__u32 q;
	const struct tadam_part *p = tadam_choose(t, w, &q);

	w->own[0] = p ? (__u16)(p->first + q) : LOST;
}

static __u16 payload_len(const struct fosr_automata *a, __u32 i)
{
	return (__u16)(a->payload_end.v[i] - (i ? a->payload_end.v[i - 1] : 0));
}

/* Size and, when the automaton keeps payloads, which. */
static void draw_content(const struct tadam *t, const struct tadam_edge *e, const struct fosr_walk *w,
	struct fosr_rng *r, struct fosr_step *s)
{
	__u32 size = e->size & TADAM_SIZE;

	if (t->a.payload_end.n) {
		const struct fosr_edge *from = &t->a.edge.v[t->kept[e - t->edge]];

		if (from->payload_n) {
			s->payload = 1 + from->payload_first + fosr_rng_below(r, from->payload_n);
			s->len = payload_len(&t->a, s->payload - 1);
			return;
		}
	}
	if (e->size != size && w->last[0] == e->action)
		s->len = w->own[1];
	else if (fosr_action_size(e->action))
		s->len = (__u16)fosr_min_u64(fosr_quant_draw(&t->a.size.v[size], r), LEN_MAX);
}

/* An addition: the draw of any packet, and of its size and gap. */
static void added_step(const struct tadam *t, struct fosr_rng *r, const struct fosr_walk *w, struct fosr_step *s)
{
	const struct tadam_alphabet *a = &t->alphabet[w->l4 == IPPROTO_UDP][s->dir];
	__u32 u = fosr_rng_u32(r);
	size_t i = 0;

	while (i + 1 < a->list.n && u >= a->list.v[i].below)
		i++;
	s->flags = fosr_action_flags(a->list.v[i].action);
	if (fosr_action_size(a->list.v[i].action))
		s->len = (__u16)fosr_min_u64(fosr_quant_draw(&t->a.size.v[a->list.v[i].size], r), LEN_MAX);
	if (w->step)
		s->gap_ns = fosr_quant_draw(&t->a.gap.v[a->list.v[i].gap], r);
}

/* No automaton, or counts that it cannot have: any packet that the end-state rules allow, else the one they name. */
static void lost_step(const struct tadam *t, struct fosr_rng *r, struct fosr_walk *w, struct fosr_step *s)
{
	for (int try = 0; try < TADAM_TRIES; try++) {
		__u64 all = (__u64)w->left[0] + w->left[1];

		*s = (struct fosr_step){.dir = (__u64)fosr_rng_u32(r) * all >> 32 >= w->left[0]};
		if (!t->alphabet[w->l4 == IPPROTO_UDP][s->dir].list.n)
			continue;
		added_step(t, r, w, s);
		if (fosr_track_allows(&w->track, w->end_state, s->dir, s->flags, s->len, w->left[s->dir]))
			return;
	}
	/* Its gap is the last try's. */
	s->len = 0;
	fosr_track_default(&w->track, w->end_state, w->left, &s->dir, &s->flags);
}

static void next_step(const struct fosr_model *m, struct fosr_rng *r, struct fosr_walk *w, struct fosr_step *s)
{
	const struct tadam *t = m->priv;

	*s = (struct fosr_step){0};
	if (!w->step)
		begin(t, w);
	if (w->own[0] == LOST) {
		lost_step(t, r, w, s);
	} else {
		const struct tadam_part *p = &t->part[t->state[w->own[0]].part];
		__u32 q = w->own[0] - p->first, u = fosr_rng_u32(r);
		const struct tadam_edge *e = w->left[0] < p->table && w->left[1] < p->table
			? draw_exact(t, p, q, w->left, u)
			: draw_tilted(t, p, q, w->left, u, r);

		s->dir = fosr_action_dir(e->action);
		if (e->size & TADAM_ADDED) {
			added_step(t, r, w, s);
		} else {
			s->flags = fosr_action_flags(e->action);
			draw_content(t, e, w, r, s);
			if (w->step)
				s->gap_ns = fosr_quant_draw(&t->a.gap.v[e->gap], r);
		}
		w->own[0] = (__u16)(p->first + e->to);
		w->own[1] = s->len;
	}
	fosr_walk_take(w, s);
}

static void describe(const struct fosr_model *m, char *text, size_t size)
{
	const struct tadam *t = m->priv;
	__u32 states = 0;

	for (size_t i = 0; i < t->a.list.n; i++)
		states += t->a.list.v[i].states;
	snprintf(text, size, "%zu automata, %u states, %zu edges, %zu gap tables, %zu size tables", t->a.list.n, states,
		t->a.edge.n, t->a.gap.n, t->a.size.n);
}

static struct fosr_kept kept(const struct fosr_model *m)
{
	const struct fosr_automata *a = &((const struct tadam *)m->priv)->a;

	return (struct fosr_kept){.bytes = a->payload.v, .end = a->payload_end.v, .n = (__u32)a->payload_end.n};
}

const struct fosr_model_ops fosr_model_tadam = {
	.name = "tadam",
	.serves = {[FOSR_STEPS] = true},
	.help = "timed automata of packets, learned by description length",
	.fit = fosr_tadam_fit,
	.load = load,
	.release = release,
	.settle = settle,
	.next_step = next_step,
	.kept = kept,
	.score = fosr_tadam_score,
	.describe = describe,
};

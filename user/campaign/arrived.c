// SPDX-License-Identifier: GPL-3.0-or-later
#include "campaign/arrived.h"

#define LINGER_NS (10 * FOSR_NS_PER_S)

static int flow_get(struct fosr_arrived *a, __u64 id, struct fosr_arrived_flow **flow)
{
	const __u32 *known = fosr_u64map_get(&a->by_flow, id);
	__u32 i;

	if (known) {
		*flow = &a->flow.v[*known];
		return 0;
	}
	if (a->unused.n) {
		i = a->unused.v[--a->unused.n];
	} else {
		if (!fosr_vec_push(&a->flow) || fosr_vec_reserve(&a->unused, a->flow.n))
			return -ENOMEM;
		i = (__u32)a->flow.n - 1;
	}
	a->flow.v[i] = (struct fosr_arrived_flow){0};
	*flow = &a->flow.v[i];
	return fosr_u64map_put(&a->by_flow, id, i);
}

/* The word that has the step's bit, or NULL when memory is out. */
static __u64 *word_of(struct fosr_arrived_flow *f, __u32 step)
{
	__u32 w = step / 64 - 1, words;
	__u64 *more;

	if (step < 64)
		return &f->first;
	if (w >= f->words) {
		words = w + w / 2 + 4;
		more = realloc(f->more, words * sizeof(*more));
		if (!more)
			return NULL;
		memset(more + f->words, 0, (words - f->words) * sizeof(*more));
		f->more = more;
		f->words = words;
	}
	return &f->more[w];
}

int fosr_arrived_step(struct fosr_arrived *a, __u64 flow, __u32 step)
{
	__u64 *word, bit = 1ULL << step % 64;
	struct fosr_arrived_flow *f;
	int ret = flow_get(a, flow, &f);

	if (ret)
		return ret;
	word = step < FOSR_ARRIVED_STEPS_MAX ? word_of(f, step) : NULL;
	if (!word && step < FOSR_ARRIVED_STEPS_MAX)
		return -ENOMEM;
	if (word && !(*word & bit)) {
		*word |= bit;
		a->unique++;
	} else {
		a->repeated++;
	}
	return 0;
}

int fosr_arrived_end(struct fosr_arrived *a, __u64 flow, __u64 when_ns)
{
	struct fosr_arrived_end *end = fosr_vec_push(&a->ended);

	if (!end)
		return -ENOMEM;
	*end = (struct fosr_arrived_end){.flow = flow, .when_ns = when_ns};
	return 0;
}

void fosr_arrived_expire(struct fosr_arrived *a, __u64 now_ns)
{
	for (; a->head < a->ended.n && a->ended.v[a->head].when_ns + LINGER_NS < now_ns; a->head++) {
		const __u32 *i = fosr_u64map_get(&a->by_flow, a->ended.v[a->head].flow);

		if (!i)
			continue;
		free(a->flow.v[*i].more);
		a->flow.v[*i] = (struct fosr_arrived_flow){0};
		a->unused.v[a->unused.n++] = *i;
		fosr_u64map_del(&a->by_flow, a->ended.v[a->head].flow);
	}
	/* Half the queue is done with: move the rest down. */
	if (a->head > 1024 && a->head * 2 > a->ended.n) {
		memmove(a->ended.v, a->ended.v + a->head, (a->ended.n - a->head) * sizeof(*a->ended.v));
		a->ended.n -= a->head;
		a->head = 0;
	}
}

void fosr_arrived_free(struct fosr_arrived *a)
{
	for (size_t i = 0; i < a->flow.n; i++)
		free(a->flow.v[i].more);
	fosr_u64map_free(&a->by_flow);
	fosr_vec_free(&a->flow);
	fosr_vec_free(&a->unused);
	fosr_vec_free(&a->ended);
}

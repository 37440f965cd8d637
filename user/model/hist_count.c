// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/hist_count.h"

#include "model/hist_priv.h"

static int by_time(const void *a, const void *b)
{
	__u64 x = *(const __u64 *)a, y = *(const __u64 *)b;

	return (x > y) - (x < y);
}

static int begin(struct fosr_hist_counter *c)
{
	const struct fosr_watched *w = &c->d->watched.v[c->watched];

	if (!c->watched || w[-1].end != w->end || w[-1].first != w->first) {
		if (fosr_vec_reserve(&c->starts, w->end - w->first))
			return -ENOMEM;
		c->starts.n = w->end - w->first;
		for (size_t i = 0; i < c->starts.n; i++)
			c->starts.v[i] = c->d->flows.v[w->first + i].start_ns;
		if (c->starts.n)
			qsort(c->starts.v, c->starts.n, sizeof(*c->starts.v), by_time);
	}
	/* From the beginning: after a clock was set back, a time may lie before the one that came first. */
	c->at = 0;
	while (c->at < c->starts.n && c->starts.v[c->at] < w->from_ns)
		c->at++;
	c->window = w->from_ns / FOSR_WINDOW_NS;
	c->begun = true;
	return 0;
}

int fosr_hist_count(struct fosr_hist_counter *c, struct fosr_hist_cell *cell)
{
	const struct fosr_watched *w = c->d->watched.v + c->watched;
	__u64 from, to;

	if (c->watched == c->d->watched.n) {
		fosr_vec_free(&c->starts);
		return 0;
	}
	*cell = (struct fosr_hist_cell){.first = !c->begun};
	if (!c->begun && begin(c))
		return -ENOMEM;
	cell->window = c->window++;
	from = fosr_max_u64(cell->window * FOSR_WINDOW_NS, w->from_ns);
	to = fosr_min_u64(c->window * FOSR_WINDOW_NS, w->to_ns);
	cell->watched_ns = fosr_max_u64(to - from, 1);
	for (; c->at < c->starts.n && c->starts.v[c->at] < to + (to == w->to_ns); c->at++)
		cell->n++;
	cell->bin = fosr_hist_bin(fosr_dataset_local_ns(c->d, cell->window * FOSR_WINDOW_NS));
	if (to == w->to_ns) {
		c->watched++;
		c->begun = false;
	}
	return 1;
}

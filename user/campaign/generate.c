// SPDX-License-Identifier: GPL-3.0-or-later
#include "campaign/generate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/intr.h"
#include "campaign/flowlog.h"
#include "sink/format.h"

/* Packets between two looks at the interrupt flag and the progress line. */
#define STRIDE 1024

struct generate {
	const struct fosr_campaign *c;
	const struct fosr_generate_opts *o;
	struct fosr_generate_result *result;
	struct fosr_plan *plan;
	struct fosr_writer *writer;
	struct fosr_flowlog *flows;
	__u8 *scratch; /* where frames go that go nowhere */
};

static int open_all(struct generate *g, struct fosr_err *err)
{
	int ret = fosr_plan_open(&g->plan, g->c, NULL, NULL, err);

	if (!ret && g->o->path)
		ret = fosr_writer_open(&g->writer, g->o->path, FOSR_WRITER_AUTO, g->o->log, err);
	if (!ret && g->writer)
		ret = fosr_format_pcap.begin(g->writer, &(struct fosr_format_about){0});
	if (!ret && g->o->flows)
		ret = fosr_flowlog_open(&g->flows, g->o->flows, g->c, g->o->log, err);
	if (!ret && !g->writer) {
		g->scratch = malloc(fosr_format_pcap.size(FOSR_TAG_LEN4 + fosr_craft_frame_max(g->c->craft.mtu), 0));
		ret = g->scratch ? 0 : fosr_err(err, -ENOMEM, "out of memory");
	}
	return ret;
}

/* False after a write error, which the writer reports when it is finished. */
static bool packet(struct generate *g, const struct fosr_planned *p)
{
	__u32 headroom = fosr_campaign_headroom(g->c), len;
	const struct fosr_format *f = &fosr_format_pcap;
	__u8 *record = g->scratch, *lent, *frame;

	if (g->writer)
		record = fosr_writer_reserve(g->writer, f->size(headroom + fosr_craft_frame_max(g->c->craft.mtu), 0));
	if (!record)
		return false;
	lent = record + f->head + headroom;
	len = fosr_plan_craft(g->plan, p, lent);
	frame = fosr_campaign_taint(g->c, p->live->flow.id, p->index, 0, lent, &len);
	if (frame != record + f->head)
		memmove(record + f->head, frame, len);
	f->put(record, len, p->time_ns, NULL, 0);
	if (g->writer)
		fosr_writer_commit(g->writer, f->size(len, 0));
	g->result->frames += len;
	return true;
}

static int log_unfinished(struct generate *g, struct fosr_err *err)
{
	const struct fosr_live_flow *l;
	size_t cursor = 0;
	int ret = 0;

	while (!ret && (l = fosr_plan_unfinished(g->plan, &cursor)))
		ret = fosr_flowlog_row(g->flows, l, err);
	return ret;
}

static int run(struct generate *g, struct fosr_err *err)
{
	struct fosr_planned p;
	int ret;

	for (__u64 n = 0; (ret = fosr_plan_next(g->plan, &p, err)) > 0; n++) {
		if (!packet(g, &p))
			break;
		if (!n)
			g->result->first_ns = p.time_ns;
		g->result->last_ns = p.time_ns;
		if (p.last && g->flows)
			ret = fosr_flowlog_row(g->flows, p.live, err);
		if (ret < 0)
			return ret;
		if (n % STRIDE == 0) {
			struct fosr_plan_stats stats = fosr_plan_stats(g->plan);

			if (fosr_interrupted())
				return fosr_err(err, -EINTR, "interrupted");
			if (g->o->progress)
				g->o->progress(g->o->arg, &stats, p.time_ns);
		}
	}
	return ret < 0 ? ret : g->flows ? log_unfinished(g, err) : 0;
}

/* Both files are complete before either gets its name. */
static int close_all(struct generate *g, int ret, struct fosr_err *err)
{
	struct fosr_flowlog *flows = g->flows;
	struct fosr_writer *w = g->writer;

	if (ret && ret != -EINTR) {
		fosr_writer_abort(w);
		fosr_flowlog_abort(flows);
		return ret;
	}
	if (ret == -EINTR) {
		struct fosr_err inner = {0};

		fosr_flowlog_abort(flows);
		if (w && !fosr_writer_keep(w, g->result->kept, sizeof(g->result->kept), &inner))
			return fosr_err(err, -EINTR, "interrupted; what there was is %s", g->result->kept);
		return ret;
	}
	if (w)
		ret = fosr_writer_complete(w, err);
	if (!ret)
		ret = fosr_flowlog_complete(flows, err);
	if (ret) {
		fosr_writer_abort(w);
		fosr_flowlog_abort(flows);
		return ret;
	}
	if (w)
		ret = fosr_writer_finish(w, &g->result->writer, err);
	if (ret)
		fosr_flowlog_abort(flows);
	return ret ? ret : fosr_flowlog_finish(flows, err);
}

int fosr_generate(const struct fosr_campaign *c, const struct fosr_generate_opts *o,
	struct fosr_generate_result *result, struct fosr_err *err)
{
	struct generate g = {.c = c, .o = o, .result = result};
	int ret;

	*result = (struct fosr_generate_result){0};
	ret = open_all(&g, err);
	if (!ret)
		ret = run(&g, err);
	ret = close_all(&g, ret, err);
	if (g.plan) {
		result->plan = fosr_plan_stats(g.plan);
		snprintf(result->left_out, sizeof(result->left_out), "%s", fosr_plan_left_out(g.plan));
	}
	fosr_plan_free(g.plan);
	free(g.scratch);
	return ret;
}

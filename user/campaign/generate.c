// SPDX-License-Identifier: GPL-3.0-or-later
#include "campaign/generate.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/intr.h"
#include "campaign/flowlog.h"
#include "sink/format.h"

/* Bytes of records that are made side by side: some blocks of the writer, so that it always has one on its way. */
#define CHUNK (2u << 20)
/* Bytes of records that one worker makes at a time. */
#define PIECE (32u << 10)
#define COMMENT_MAX 192

/* Some packets of a slice, and where the first of their records goes. */
struct piece {
	__u32 first, n; /* in the slice */
	__u32 at; /* in the chunk */
};

struct generate {
	const struct fosr_campaign *c;
	const struct fosr_generate_opts *o;
	struct fosr_generate_result *result;
	const struct fosr_format *format;
	struct fosr_pool *pool;
	struct fosr_plan *plan;
	struct fosr_writer *writer;
	struct fosr_flowlog *flows;
	struct fosr_slice slice;
	FOSR_VEC(struct piece) piece;
	__u8 *chunk;
};

static int open_all(struct generate *g, struct fosr_err *err)
{
	int ret = fosr_pool_open(&g->pool, g->o->jobs ? g->o->jobs : 1, err);

	if (!ret)
		ret = fosr_plan_open(&g->plan, g->c,
			&(struct fosr_plan_opts){.pool = g->pool, .shard = g->o->shard, .shards = g->o->shards}, err);
	if (!ret)
		ret = fosr_writer_open(&g->writer, g->o->path, FOSR_WRITER_AUTO, g->o->log, err);
	if (!ret && g->format->begin(g->writer, &(struct fosr_format_about){.interface = "fosr-xdp"}))
		ret = fosr_writer_error(g->writer, err);
	if (!ret && g->o->flows)
		ret = fosr_flowlog_open(&g->flows, g->o->flows, g->c, g->o->log, err);
	return ret;
}

/* What flow a packet belongs to, for people who look at it in a dissector. Returns its length. */
static __u32 comment_put(const struct generate *g, const struct fosr_packet *packet, char text[COMMENT_MAX])
{
	const struct fosr_flow *f = &fosr_plan_flow(g->plan, packet)->flow;

	return (__u32)snprintf(text, COMMENT_MAX, "flow %llu step %u service %s end state %s", f->id, packet->index,
		g->c->profile->services.list.v[f->service].name, fosr_end_state_name[f->end_state]);
}

static __u32 record_size(const struct generate *g, const struct fosr_due *due)
{
	char text[COMMENT_MAX];

	return g->format->size(due->len + fosr_campaign_headroom(g->c, due->flags & FOSR_DUE_IP6),
		g->o->comments ? comment_put(g, fosr_plan_packet(g->plan, due), text) : 0);
}

/* Crafted where it stays: behind its record's header, and behind the room that its tag takes. */
static void craft_piece(void *arg, unsigned int worker, size_t i)
{
	const struct generate *g = arg;
	const struct piece *piece = &g->piece.v[i];
	__u8 *at = g->chunk + piece->at;
	char text[COMMENT_MAX];

	for (__u32 k = piece->first; k < piece->first + piece->n; k++) {
		const struct fosr_due *due = &g->slice.due[k];
		const struct fosr_packet *packet;
		__u32 len, comment;
		__u8 *frame;

		if (!(due->flags & FOSR_DUE_WANTED))
			continue;
		packet = fosr_plan_packet(g->plan, due);
		frame = at + g->format->head + fosr_campaign_headroom(g->c, due->flags & FOSR_DUE_IP6);
		len = fosr_plan_craft(g->plan, packet, frame);
		fosr_campaign_taint(g->c,
			&(struct fosr_tag){.flow = fosr_plan_flow(g->plan, packet)->flow.id,
				.step = packet->index,
				.key_id = fosr_campaign_key_id(g->c, due->time_ns)},
			frame, &len);
		comment = g->o->comments ? comment_put(g, packet, text) : 0;
		g->format->put(at, len, due->time_ns, text, comment);
		at += g->format->size(len, comment);
	}
}

/* Packets from *next on, as many as a chunk holds, cut into pieces. Returns the bytes of their records. */
static __u32 cut_chunk(struct generate *g, size_t *next)
{
	struct piece *piece = NULL;
	__u32 bytes = 0;

	g->piece.n = 0;
	for (; *next < g->slice.n; ++*next) {
		const struct fosr_due *due = &g->slice.due[*next];
		__u32 size = due->flags & FOSR_DUE_WANTED ? record_size(g, due) : 0;

		if (bytes + size > CHUNK)
			break;
		if (!piece || bytes - piece->at >= PIECE) {
			piece = fosr_vec_push(&g->piece);
			if (!piece)
				return 0;
			*piece = (struct piece){.first = (__u32)*next, .at = bytes};
		}
		piece->n++;
		bytes += size;
		if (!size)
			continue;
		g->result->first_ns = g->result->frames ? g->result->first_ns : due->time_ns;
		g->result->last_ns = due->time_ns;
		g->result->frames += due->len + fosr_campaign_headroom(g->c, due->flags & FOSR_DUE_IP6);
	}
	return bytes;
}

static int log_ended(struct generate *g, struct fosr_err *err)
{
	int ret = 0;

	for (size_t i = 0; i < g->slice.n && !ret; i++) {
		const struct fosr_due *due = &g->slice.due[i];

		if (due->flags & FOSR_DUE_LAST && due->flags & FOSR_DUE_WANTED)
			ret = fosr_flowlog_row(g->flows, fosr_plan_flow(g->plan, fosr_plan_packet(g->plan, due)), err);
	}
	return ret;
}

/* While the other workers make packets, the chunk before them is sent off and the flow log is written. */
static int write_slice(struct generate *g, struct fosr_err *err)
{
	size_t next = 0;
	int ret = 0;

	while (next < g->slice.n && !ret) {
		size_t first = next;
		__u32 bytes = cut_chunk(g, &next);

		if (next == first)
			return fosr_err(err, -ENOMEM, "out of memory");
		g->chunk = fosr_writer_reserve(g->writer, bytes);
		if (!g->chunk)
			return fosr_writer_error(g->writer, err);
		fosr_pool_start(g->pool, craft_piece, g, g->piece.n);
		fosr_writer_send(g->writer);
		if (g->flows && !first)
			ret = log_ended(g, err);
		fosr_pool_join(g->pool);
		fosr_writer_advance(g->writer, bytes);
	}
	return ret;
}

static int log_unfinished(struct generate *g, struct fosr_err *err)
{
	const struct fosr_live_flow *l;
	size_t cursor = 0;
	int ret;

	while ((ret = fosr_plan_unfinished(g->plan, &cursor, &l, err)) > 0) {
		ret = fosr_flowlog_row(g->flows, l, err);
		if (ret)
			return ret;
	}
	return ret;
}

static int run(struct generate *g, struct fosr_err *err)
{
	int ret;

	while ((ret = fosr_plan_slice(g->plan, &g->slice, err)) > 0) {
		struct fosr_plan_stats stats = fosr_plan_stats(g->plan);

		ret = write_slice(g, err);
		if (ret)
			return ret;
		if (fosr_interrupted())
			return fosr_err(err, -EINTR, "interrupted");
		if (g->o->progress)
			g->o->progress(g->o->arg, &stats, g->slice.due[g->slice.n - 1].time_ns);
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
	struct generate g = {.c = c, .o = o, .result = result, .format = fosr_format[o->format]};
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
	fosr_pool_close(g.pool);
	fosr_vec_free(&g.piece);
	return ret;
}

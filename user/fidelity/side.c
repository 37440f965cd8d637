// SPDX-License-Identifier: GPL-3.0-or-later
#include "fidelity/side.h"

#include <string.h>

#include "base/mix.h"
#include "fidelity/wire.h"

struct reading {
	struct fosr_side *side;
	const struct fosr_side_limits *limits;
	const struct fosr_side_progress *progress;
	struct fosr_dataset data; /* of the file at hand; steps only of flows not yet harvested */
	size_t harvested; /* flows */
	__u32 file;
	size_t index; /* of the file among the captures */
	bool oom;
};

static __u64 copy_hash(const struct fosr_step *s, size_t n)
{
	__u64 h = n;

	for (size_t i = 0; i < n; i++)
		h = fosr_mix64(h + 0x9e3779b97f4a7c15ULL +
			(s[i].gap_ns / 1000 << 24 ^ (__u64)s[i].len << 8 ^ (__u64)s[i].dir << 5 ^ s[i].flags));
	return h;
}

static int fill(struct fosr_fid_flow *f, const struct fosr_sample_flow *from, const struct fosr_step *steps, __u32 most)
{
	__u32 all = from->packets[0] + from->packets[1], kept = all < most ? all : most;
	struct fosr_step *copy = malloc((kept ? kept : 1) * sizeof(*copy));

	if (!copy)
		return -ENOMEM;
	memcpy(copy, steps, kept * sizeof(*copy));
	free(f->steps);
	*f = (struct fosr_fid_flow){
		.start_ns = from->start_ns,
		.bytes = {from->bytes[0], from->bytes[1]},
		.copy = copy_hash(copy, kept),
		.steps = copy,
		.packets = {from->packets[0], from->packets[1]},
		.kept = kept,
		.service = from->service,
		.port = from->port,
		.l4 = from->l4,
		.end_state = from->end_state,
	};
	for (__u32 i = 0; i < all; i++)
		f->duration_ns += steps[i].gap_ns;
	return 0;
}

static int take(struct fosr_side *side, const struct fosr_side_limits *limits, const struct fosr_sample_flow *from,
	const struct fosr_step *steps, __u32 file)
{
	__u64 at = fosr_reservoir(limits->seed, side->flows_seen++, limits->flows);
	struct fosr_fid_flow *f;

	if (at >= limits->flows)
		return 0;
	if (at >= side->flows.n && !fosr_vec_push(&side->flows))
		return -ENOMEM;
	f = &side->flows.v[at];
	if (fill(f, from, steps, limits->packets))
		return -ENOMEM;
	f->file = file;
	return 0;
}

int fosr_side_add(
	struct fosr_side *side, const struct fosr_side_limits *limits, const struct fosr_dataset *d, __u32 file)
{
	int ret = 0;

	for (size_t i = 0; i < d->flows.n && !ret; i++)
		ret = take(side, limits, &d->flows.v[i], &d->steps.v[d->flows.v[i].first], file);
	side->files = side->files > file ? side->files : file + 1;
	return ret;
}

/* Flows that are over give their steps up: what is needed of them is copied. Their records stay, the assembler still
 * has to write roles into them. */
static void harvest(struct reading *r)
{
	for (; r->harvested < r->data.flows.n && !r->oom; r->harvested++) {
		const struct fosr_sample_flow *f = &r->data.flows.v[r->harvested];

		r->oom = take(r->side, r->limits, f, &r->data.steps.v[f->first], r->file) != 0;
	}
	r->data.steps.n = 0;
}

static void on_progress(void *arg, __u64 done, __u64 total)
{
	struct reading *r = arg;

	harvest(r);
	if (r->progress && r->progress->fn)
		r->progress->fn(r->progress->arg, r->progress->first + r->index, done, total);
}

static void add_stats(struct fosr_ingest_stats *sum, const struct fosr_ingest_stats *add)
{
	const __u64 *from = (const __u64 *)add;
	__u64 *to = (__u64 *)sum;

	_Static_assert(sizeof(*sum) % sizeof(*to) == 0, "counters only");
	for (size_t i = 0; i < sizeof(*sum) / sizeof(*to); i++)
		to[i] += from[i];
}

static int read_file(struct reading *r, struct fosr_wire *w, const char *path, struct fosr_err *err)
{
	struct fosr_ingest in;
	int ret;

	r->harvested = 0;
	fosr_ingest_init(&in, &r->data);
	in.progress = on_progress;
	in.progress_arg = r;
	in.tap = fosr_wire_packet;
	in.tap_arg = w;
	ret = fosr_ingest_file(&in, path, err);
	harvest(r);
	fosr_wire_end_file(w);
	add_stats(&r->side->stats, &in.stats);
	fosr_ingest_free(&in);
	r->data.flows.n = r->data.watched.n = 0;
	if (!ret && (r->oom || w->oom))
		ret = fosr_err(err, -ENOMEM, "%s: out of memory; --flows holds fewer flows", path);
	return ret;
}

int fosr_side_read(struct fosr_side *side, const struct fosr_side_limits *limits, struct fosr_services *services,
	const char *const *captures, size_t n, const struct fosr_side_progress *progress, struct fosr_err *err)
{
	struct reading r = {.side = side, .limits = limits, .progress = progress, .file = side->files};
	struct fosr_wire w;
	int ret = 0;

	fosr_wire_init(&w, side, limits, &r.data.services);
	w.file = side->files;
	r.data.services = *services;
	for (; r.index < n && !ret; r.index++, r.file++)
		ret = read_file(&r, &w, captures[r.index], err);
	side->files = r.file;
	*services = r.data.services;
	memset(&r.data.services, 0, sizeof(r.data.services));
	fosr_dataset_free(&r.data);
	fosr_wire_free(&w);
	return ret;
}

void fosr_side_free(struct fosr_side *side)
{
	for (size_t i = 0; i < side->flows.n; i++)
		free(side->flows.v[i].steps);
	fosr_vec_free(&side->flows);
	fosr_vec_free(&side->wires);
	fosr_vec_free(&side->chunks);
}

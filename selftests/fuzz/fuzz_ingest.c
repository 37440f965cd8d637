// SPDX-License-Identifier: GPL-3.0-or-later
/* A capture of any bytes through reader, dissector and flow assembly; the counters must add up whatever it held. */
#include <stdio.h>
#include <stdlib.h>

#include "ingest/ingest.h"

int LLVMFuzzerTestOneInput(const __u8 *bytes, size_t size);

static void check(const struct fosr_ingest *in, const struct fosr_dataset *d)
{
	const struct fosr_ingest_stats *s = &in->stats;
	__u64 fates = 0, steps = 0, touched = 0;

	for (int i = 0; i < FOSR_PKT_FATES; i++)
		fates += s->fate[i];
	for (size_t i = 0; i < d->flows.n; i++) {
		const struct fosr_sample_flow *f = &d->flows.v[i];

		if (f->first != steps || f->service >= d->services.list.n || f->end_state >= FOSR_END_STATES ||
			f->roles >= FOSR_ROLES * FOSR_ROLES)
			abort();
		steps += f->packets[0] + f->packets[1];
	}
	for (size_t i = 0; i < d->steps.n; i++)
		touched += d->steps.v[i].len + d->steps.v[i].flags + (d->steps.v[i].dir > FOSR_BWD ? abort(), 1 : 0);
	if (fates != s->packets || steps != d->steps.n || s->fate[FOSR_PKT_KEPT] + s->split != steps ||
		s->flows != s->flows_kept + s->flows_group + s->flows_empty || touched == UINT64_MAX)
		abort();
}

struct sums {
	__u64 flows, packets;
};

static int take(void *arg, const struct fosr_live *f, const struct fosr_sums *s)
{
	struct sums *sums = arg;

	sums->flows++;
	sums->packets += s->packets[0] + s->packets[1];
	/* Every packet but the first makes a gap. */
	if (s->gap_min > s->gap_max || s->gap_max > s->gap_sum || s->end_ns < f->start_ns ||
		s->retransmitted[0] + s->reordered[0] > s->packets[0])
		abort();
	return 0;
}

/* The same as a table of flows. */
static void tabulate(const __u8 *bytes, size_t size)
{
	FILE *f = fmemopen((void *)bytes, size, "rb");
	struct fosr_dataset data = {0};
	struct fosr_capture *c;
	struct fosr_ingest in;
	struct fosr_err err = {0};
	struct sums sums = {0};

	if (!f || fosr_capture_stream(&c, f, "fuzz", &err))
		return;
	fosr_ingest_init(&in, &data);
	in.assembler.taker = (struct fosr_flow_taker){take, &sums};
	fosr_ingest_capture(&in, c, &err);
	fosr_capture_close(c);
	if (sums.flows != in.stats.flows || sums.packets != in.stats.fate[FOSR_PKT_KEPT] || data.steps.n)
		abort();
	fosr_ingest_free(&in);
	fosr_dataset_free(&data);
}

int LLVMFuzzerTestOneInput(const __u8 *bytes, size_t size)
{
	FILE *f = size ? fmemopen((void *)bytes, size, "rb") : NULL;
	struct fosr_dataset data = {0};
	struct fosr_capture *c;
	struct fosr_ingest in;
	struct fosr_err err = {0};

	if (!f || fosr_capture_stream(&c, f, "fuzz", &err))
		return 0;
	fosr_ingest_init(&in, &data);
	if (fosr_ingest_capture(&in, c, &err) && !err.text[0])
		abort();
	fosr_capture_close(c);
	check(&in, &data);
	fosr_ingest_free(&in);
	fosr_dataset_free(&data);
	tabulate(bytes, size);
	return 0;
}

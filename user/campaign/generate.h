/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The campaign as a capture file, with ground truth beside it. */
#ifndef FOSR_CAMPAIGN_GENERATE_H
#define FOSR_CAMPAIGN_GENERATE_H

#include "campaign/plan.h"
#include "base/file.h"
#include "sink/writer.h"

struct fosr_generate_opts {
	const char *path; /* "-": standard output */
	const char *flows; /* or NULL */
	unsigned int format; /* index in fosr_format[] */
	bool comments; /* on every packet: flow, service, end state; of formats that have them */
	unsigned int jobs; /* workers; 0: one */
	__u32 shard, shards; /* see fosr_plan_opts */
	const struct fosr_log *log;
	void (*progress)(void *arg, const struct fosr_plan_stats *stats, __u64 time_ns); /* now and then; or NULL */
	void *arg;
};

struct fosr_generate_result {
	struct fosr_plan_stats plan;
	struct fosr_writer_stats writer;
	__u64 first_ns, last_ns; /* campaign time of the first and last packet */
	__u64 frames; /* bytes of all frames */
	char left_out[256]; /* services without a host */
	char kept[FOSR_PATH_MAX]; /* interrupted: what there is stands under this name */
};

/* 0, -errno, or -EINTR with what there was kept under result->kept. */
int fosr_generate(const struct fosr_campaign *c, const struct fosr_generate_opts *o,
	struct fosr_generate_result *result, struct fosr_err *err);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shards of a campaign (create-pcap --shard) back into the file that the whole campaign is. */
#ifndef FOSR_CAMPAIGN_JOIN_H
#define FOSR_CAMPAIGN_JOIN_H

#include "base/err.h"
#include "sink/writer.h"

#define FOSR_SHARDS_MAX 1024

struct fosr_join_opts {
	const char *const *shards;
	size_t n;
	const char *path; /* to write */
	const struct fosr_log *log;
	void (*progress)(void *arg, __u64 bytes); /* read so far; or NULL */
	void *arg;
};

struct fosr_join_result {
	__u64 packets;
	struct fosr_writer_stats writer;
};

/* 0, or -errno: not a shard, or one whose packets are out of order. */
int fosr_join(const struct fosr_join_opts *o, struct fosr_join_result *result, struct fosr_err *err);

#endif

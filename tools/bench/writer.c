// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The writer alone, for tools/bench/run: records of a full MTU, copied into what it lends, as fast as it takes them.
 *
 *	build/tools/bench/writer FILE MIB [auto|io_uring|pwrite [KIB]]
 *
 * KIB is what it is asked for at once (default 4096, the most).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sink/writer.h"

/* A frame of 1500 bytes of IP, with a record's header of 16. */
#define RECORD (16 + 14 + 1500)

static void say(void *arg, const char *text)
{
	fprintf(stderr, "%s\n", text);
}

static enum fosr_writer_engine engine_of(const char *name)
{
	for (unsigned int e = FOSR_WRITER_AUTO; e <= FOSR_WRITER_PWRITE; e++)
		if (!strcmp(fosr_writer_engine_name[e], name))
			return e;
	fprintf(stderr, "%s: not auto, io_uring or pwrite\n", name);
	exit(2);
}

static void fill(struct fosr_writer *w, __u64 total, __u32 most)
{
	static __u8 record[RECORD];
	__u64 left = total / RECORD;

	memset(record, 0x5a, sizeof(record));
	while (left) {
		__u32 n = (__u32)fosr_min_u64(left, most / RECORD);
		__u8 *p = fosr_writer_reserve(w, n * RECORD);

		if (!p)
			return;
		for (__u32 i = 0; i < n; i++, p += RECORD)
			memcpy(p, record, RECORD);
		fosr_writer_commit(w, n * RECORD);
		left -= n;
	}
}

int main(int argc, char **argv)
{
	const struct fosr_log log = {.warn = say, .note = say};
	struct fosr_writer_stats stats = {0};
	struct fosr_err err = {0};
	struct fosr_writer *w;
	__u32 most;

	if (argc < 3) {
		fprintf(stderr, "writer FILE MIB [auto|io_uring|pwrite [KIB]]\n");
		return 2;
	}
	most = argc > 4 ? (__u32)strtoul(argv[4], NULL, 10) << 10 : FOSR_WRITER_RESERVE_MAX;
	if (most < RECORD || most > FOSR_WRITER_RESERVE_MAX)
		most = FOSR_WRITER_RESERVE_MAX;
	if (!fosr_writer_open(&w, argv[1], argc > 3 ? engine_of(argv[3]) : FOSR_WRITER_AUTO, &log, &err)) {
		fill(w, strtoull(argv[2], NULL, 10) << 20, most);
		fosr_writer_finish(w, &stats, &err);
	}
	if (err.code) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	printf("{\"engine\": \"%s\", \"direct\": %s, \"registered\": %s, \"bytes\": %llu, \"waits\": %llu}\n",
		fosr_writer_engine_name[stats.engine], stats.direct ? "true" : "false",
		stats.registered ? "true" : "false", stats.bytes, stats.waits);
	return 0;
}

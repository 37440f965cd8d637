// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Reading captures, for tools/bench/run: by libpcap alone, into the data set that learning fits to, into sums of flows.
 *
 *	build/tools/bench/ingest read|learn|sums CAPTURE	Prints packets per second of processor time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ingest/ingest.h"

static struct fosr_err err;
static __u64 rows;

static void die(void)
{
	fprintf(stderr, "%s\n", err.text);
	exit(1);
}

static int take(void *arg, const struct fosr_live *f, const struct fosr_sums *s)
{
	rows++;
	return 0;
}

static __u64 read_alone(const char *path)
{
	struct fosr_capture_pkt pkt;
	struct fosr_capture *c;
	__u64 n = 0;
	int ret;

	if (fosr_capture_open(&c, path, &err))
		die();
	while ((ret = fosr_capture_next(c, &pkt, &err)) == 1)
		n++;
	if (ret)
		die();
	fosr_capture_close(c);
	return n;
}

static __u64 ingest(const char *path, bool sums)
{
	struct fosr_dataset data = {0};
	struct fosr_ingest in;
	__u64 n;

	fosr_ingest_init(&in, &data);
	if (sums)
		in.assembler.taker.flow = take;
	if (fosr_ingest_file(&in, path, &err))
		die();
	n = in.stats.packets;
	fosr_ingest_free(&in);
	fosr_dataset_free(&data);
	return n;
}

int main(int argc, char **argv)
{
	clock_t begin = clock();
	__u64 n;

	if (argc != 3) {
		fprintf(stderr, "usage: ingest read|learn|sums CAPTURE\n");
		return 2;
	}
	n = strcmp(argv[1], "read") ? ingest(argv[2], !strcmp(argv[1], "sums")) : read_alone(argv[2]);
	printf("%.0f\n", (double)n * CLOCKS_PER_SEC / (double)(clock() - begin));
	return 0;
}

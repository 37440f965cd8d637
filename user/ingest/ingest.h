/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Capture files into a data set: any number of them, one after the other, with bounded memory (ingest/assemble.h). */
#ifndef FOSR_INGEST_INGEST_H
#define FOSR_INGEST_INGEST_H

#include "base/err.h"
#include "base/types.h"
#include "flow/dataset.h"
#include "ingest/assemble.h"
#include "ingest/capture.h"

#define FOSR_INGEST_PAUSE_NS (300 * FOSR_NS_PER_S) /* a longer silence counts as not watched */
#define FOSR_INGEST_REORDER_NS (10 * FOSR_NS_PER_S) /* further back in time, the capture's clock was set */
#define FOSR_INGEST_LEAP_NS \
	(600 * FOSR_NS_PER_S) /* longer silences than that, longer than any timeout, are all alike */

/* A capture's clock made monotonic. */
struct fosr_ingest_clock {
	bool known;
	__u64 high; /* Unix time of the latest packet since the clock was last set back */
	__u64 now; /* monotonic */
};

struct fosr_ingest {
	struct fosr_dataset *data; /* borrowed */
	struct fosr_ingest_stats stats;
	struct fosr_assembler assembler;
	struct fosr_ingest_clock clock;
	size_t first_flow; /* of the capture at hand */
	/* Called now and then with the bytes of the file at hand, read and in all (0: not known). May be NULL. */
	void (*progress)(void *arg, __u64 done, __u64 total);
	void *progress_arg;
	/* Sees every packet of a capture, before it is taken apart. May be NULL. */
	void (*tap)(void *arg, int link, const struct fosr_capture_pkt *pkt);
	void *tap_arg;
};

/* Zeroes in first; data may hold flows already, which stay. */
void fosr_ingest_init(struct fosr_ingest *in, struct fosr_dataset *data);

/*
 * Appends a file's flows, which never merge with another file's. 0 or -errno; -EINTR when interrupted. After an error
 * in the middle of a file the flows before it are in the data set, and the counters are consistent.
 */
int fosr_ingest_file(struct fosr_ingest *in, const char *path, struct fosr_err *err);

/* The same from an open capture, which stays the caller's. */
int fosr_ingest_capture(struct fosr_ingest *in, struct fosr_capture *c, struct fosr_err *err);

/* Frees what in holds; the data set stays. */
void fosr_ingest_free(struct fosr_ingest *in);

#endif

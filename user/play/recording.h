/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A capture of what goes by, written by a thread of its own, or, for who has nothing else to do, at once: frames are
 * copied into a ring of fixed size, put in order of time, and written. Who hands them over never waits. A frame that
 * finds the ring full is left out and counted; so are those behind a write error.
 */
#ifndef FOSR_PLAY_RECORDING_H
#define FOSR_PLAY_RECORDING_H

#include "base/file.h"
#include "base/log.h"
#include "campaign/campaign.h"
#include "sink/format.h"

#define FOSR_RECORDING_RING (64ULL << 20) /* by default */
#define FOSR_RECORDING_RING_MIN (64ULL << 10)
#define FOSR_RECORDING_RING_MAX (16ULL << 30)
/* Frames handed over so long after younger ones still get to their place, unless the ring is half full before. */
#define FOSR_RECORDING_HORIZON_NS 250000000ULL

struct fosr_recording;

struct fosr_recording_opts {
	const char *path; /* "-" is standard output */
	const struct fosr_format *format;
	__u64 ring; /* bytes, within the limits above; rounded up to whole pages. 0: no thread, put() writes, and waits
		     * for the disk; frames come in order */
	enum fosr_taint untaint; /* this taint is taken off; FOSR_TAINT_NONE: frames stay as they are */
	const struct fosr_log *log;
};

struct fosr_recording_result {
	__u64 ring; /* bytes */
	__u64 recorded; /* frames in the file */
	__u64 dropped; /* frames handed over and not in the file */
	__u64 disordered; /* frames in the file behind one that is younger: handed over too late */
	char kept[FOSR_PATH_MAX]; /* the name of what there is, if the file is not whole; "": nothing is left */
};

int fosr_recording_open(struct fosr_recording **out, const struct fosr_recording_opts *o, struct fosr_err *err);

/* For one thread. time_ns: since the epoch. */
void fosr_recording_put(struct fosr_recording *r, const __u8 *frame, __u32 len, __u64 time_ns);

/*
 * Writes what the ring holds, and frees. whole: the file gets its name; else it is kept under its temporary one, as
 * after a write error, which is the result: then the file ends in front of what could not be written, with a whole
 * frame.
 */
int fosr_recording_close(
	struct fosr_recording *r, bool whole, struct fosr_recording_result *result, struct fosr_err *err);

#endif

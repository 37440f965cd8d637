/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A stream of bytes to a file in aligned blocks: reserve lends room, commit takes what was written of it. Blocks go out
 * through io_uring (registered buffers and file, O_DIRECT, several in flight), else by pwrite, else, into a pipe, by
 * write; the same bytes each time. A regular file is written under a temporary name and gets its own when complete.
 */
#ifndef FOSR_SINK_WRITER_H
#define FOSR_SINK_WRITER_H

#include "base/err.h"
#include "base/log.h"

/* The most that one reserve may ask for: a jumbo frame, its tag and its record header, with room to spare. */
#define FOSR_WRITER_RESERVE_MAX (64u << 10)

struct fosr_writer;

enum fosr_writer_engine {
	FOSR_WRITER_AUTO,
	FOSR_WRITER_URING,
	FOSR_WRITER_PWRITE,
	FOSR_WRITER_PIPE,
};

extern const char *const fosr_writer_engine_name[];

struct fosr_writer_stats {
	__u64 bytes;
	__u64 waits; /* times that no block was free: the disk was the limit */
	enum fosr_writer_engine engine;
	bool direct; /* O_DIRECT */
};

/*
 * path "-" is standard output. AUTO falls back and says so once through log; asking for URING or PWRITE by name fails
 * where it is not to be had.
 */
int fosr_writer_open(struct fosr_writer **out, const char *path, enum fosr_writer_engine engine,
	const struct fosr_log *log, struct fosr_err *err);

/* n <= FOSR_WRITER_RESERVE_MAX bytes, valid until the next call; NULL after a write error, which finish() reports. */
__u8 *fosr_writer_reserve(struct fosr_writer *w, __u32 n);
void fosr_writer_commit(struct fosr_writer *w, __u32 n);

/* reserve, copy, commit; 0 or the write error. */
int fosr_writer_put(struct fosr_writer *w, const void *data, __u32 n);

/*
 * Writes what is left and syncs, so that finish() has only the name to give: where two files appear together or not at
 * all. Nothing may be put afterwards.
 */
int fosr_writer_complete(struct fosr_writer *w, struct fosr_err *err);

/* After a write error: says where it was. Returns its -errno, or 0 if there was none. */
int fosr_writer_error(const struct fosr_writer *w, struct fosr_err *err);

/* Writes what is left, syncs, renames, frees. On failure the file does not exist under its final name. */
int fosr_writer_finish(struct fosr_writer *w, struct fosr_writer_stats *stats, struct fosr_err *err);

/* The same for an interrupted run: what there is stays, complete, under its temporary name, which is put into name. */
int fosr_writer_keep(struct fosr_writer *w, char *name, size_t size, struct fosr_err *err);

/* Gives up: nothing is left behind. NULL is allowed. */
void fosr_writer_abort(struct fosr_writer *w);

#endif

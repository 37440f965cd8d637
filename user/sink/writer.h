/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A stream of bytes to a file in aligned blocks: reserve lends room, commit takes what was written of it. Nothing is
 * copied: the room is where the kernel will read from. Blocks go out through io_uring (registered buffers and file,
 * O_DIRECT, several in flight, room in the file taken ahead), else by pwrite, else, into a pipe, by write; the same
 * bytes each time. A regular file is written under a temporary name and gets its own when complete.
 *
 * One thread calls these functions; what reserve lent may be filled by several at once.
 */
#ifndef FOSR_SINK_WRITER_H
#define FOSR_SINK_WRITER_H

#include "base/err.h"
#include "base/log.h"

/* The most that one reserve may ask for. */
#define FOSR_WRITER_RESERVE_MAX (4u << 20)
#define FOSR_WRITER_RESERVE_SMALL (64u << 10) /* of a writer opened small */

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
	bool registered; /* io_uring held the buffers: the file is larger than them, and RLIMIT_MEMLOCK allowed it */
};

/*
 * path "-" is standard output. AUTO falls back, and log hears of each way that is not to be had, once; asking for URING
 * or PWRITE by name fails where it is not. log outlives the writer. Takes up to 20 MiB of memory, as the file grows.
 */
int fosr_writer_open(struct fosr_writer **out, const char *path, enum fosr_writer_engine engine,
	const struct fosr_log *log, struct fosr_err *err);

/* The same with 4 MiB of memory, for what grows slowly, beside another. */
int fosr_writer_open_small(struct fosr_writer **out, const char *path, enum fosr_writer_engine engine,
	const struct fosr_log *log, struct fosr_err *err);

/*
 * n <= FOSR_WRITER_RESERVE_MAX bytes, valid until the next call: what follows the committed ones in the file. Waits
 * while the kernel still has their place. NULL after a write error, which finish() reports. commit takes the first n of
 * them, and sends off the blocks that are full.
 */
__u8 *fosr_writer_reserve(struct fosr_writer *w, __u32 n);
void fosr_writer_commit(struct fosr_writer *w, __u32 n);

/* commit in two steps, for who has something better to do in between: takes the bytes; sends off the full blocks. */
void fosr_writer_advance(struct fosr_writer *w, __u32 n);
void fosr_writer_send(struct fosr_writer *w);

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

/* Bytes committed. */
__u64 fosr_writer_length(const struct fosr_writer *w);

/* After complete() has failed: so many bytes of the file's beginning were written. */
__u64 fosr_writer_good(const struct fosr_writer *w);

/*
 * Then, instead of finish: cuts the file to `length`, at most those, and keeps it under its temporary name, which is
 * put into name ("" for a pipe, whose reader has what it has). Frees.
 */
int fosr_writer_salvage(struct fosr_writer *w, __u64 length, char *name, size_t size, struct fosr_err *err);

/* Gives up: nothing is left behind. NULL is allowed. */
void fosr_writer_abort(struct fosr_writer *w);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A stream of bytes from a file, read ahead: through io_uring past the page cache (O_DIRECT, blocks of 1 MiB, several
 * in flight) where the file is a regular one and the kernel has it, but for blocks that are in the page cache; else by
 * read. What was read lies side by side in a ring whose beginning is mapped once more behind its end; the ring may be
 * somebody else's memory.
 */
#ifndef FOSR_SINK_READER_H
#define FOSR_SINK_READER_H

#include "base/err.h"
#include "base/log.h"

#define FOSR_READER_RING (24u << 20) /* bytes read and not dropped, at most */
#define FOSR_READER_PEEK_MAX (16u << 20)

struct fosr_reader;

struct fosr_reader_opts {
	int ring_fd; /* of FOSR_READER_RING bytes that can be mapped shared; -1: memory of the reader's own */
	const struct fosr_log *log;
};

/* path "-" is standard input. */
int fosr_reader_open(
	struct fosr_reader **out, const char *path, const struct fosr_reader_opts *o, struct fosr_err *err);

/*
 * n bytes or more, n at most FOSR_READER_PEEK_MAX, that follow what was dropped; *have: how many there are, fewer than
 * n only at the end. The caller may change them. NULL: reading failed.
 */
__u8 *fosr_reader_peek(struct fosr_reader *r, size_t n, size_t *have, struct fosr_err *err);
void fosr_reader_drop(struct fosr_reader *r, size_t n);

/* Where the ring begins: what peek gave has its place modulo FOSR_READER_RING behind it. */
const __u8 *fosr_reader_ring(const struct fosr_reader *r);

/* Bytes of the file; 0 if it is not a regular one. */
__u64 fosr_reader_size(const struct fosr_reader *r);

/* How it reads: "io_uring" or "read". */
const char *fosr_reader_engine(const struct fosr_reader *r);

void fosr_reader_close(struct fosr_reader *r);

#endif

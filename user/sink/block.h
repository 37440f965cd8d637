/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a writer's blocks reach the file: one ops struct per way, for writer.c. */
#ifndef FOSR_SINK_BLOCK_H
#define FOSR_SINK_BLOCK_H

#include "sink/writer.h"

#define FOSR_BLOCK_SIZE (1u << 20)
#define FOSR_BLOCK_ALIGN 4096
#define FOSR_BLOCKS 8

struct fosr_block {
	__u8 *data; /* FOSR_BLOCK_SIZE + FOSR_WRITER_RESERVE_MAX bytes, aligned */
	__u64 at; /* offset in the file */
	__u32 len; /* to write */
	bool busy; /* owned by the kernel until its completion is reaped */
};

struct fosr_block_sink {
	int fd;
	bool direct;
	struct fosr_block block[FOSR_BLOCKS];
	int error; /* first failure, -errno; sticky */
	void *priv;
};

struct fosr_block_ops {
	enum fosr_writer_engine engine;
	int (*open)(struct fosr_block_sink *s, struct fosr_err *err);
	/* Takes over block b; a failure shows in s->error, now or when reaped. */
	void (*submit)(struct fosr_block_sink *s, unsigned int b);
	/* Returns blocks whose writing ended; waits for at least one when asked to and any is busy. */
	void (*reap)(struct fosr_block_sink *s, bool wait);
	void (*close)(struct fosr_block_sink *s);
};

extern const struct fosr_block_ops fosr_block_uring;
extern const struct fosr_block_ops fosr_block_pwrite;
extern const struct fosr_block_ops fosr_block_pipe;

/* Writes from the `done`th byte of the block on, retrying short writes; sets s->error. For all ops: the slow path. */
void fosr_block_write_rest(struct fosr_block_sink *s, const struct fosr_block *b, __u32 done);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The writer's ring of blocks, and how blocks reach the file: one ops struct per way, for writer.c. The byte at offset
 * x of the file is at x modulo the ring's size in memory. Behind the ring its beginning is mapped once more, so that
 * what runs over its end is contiguous and nothing is ever moved.
 */
#ifndef FOSR_SINK_BLOCK_H
#define FOSR_SINK_BLOCK_H

#include "sink/writer.h"

/* Block and number: measured, see Documentation/performance.rst. */
#define FOSR_BLOCK_SIZE (1u << 20)
#define FOSR_BLOCK_ALIGN 4096
#define FOSR_BLOCKS_MAX 16
#define FOSR_BLOCKS_SMALL 4

struct fosr_block {
	__u64 at; /* offset in the file, a multiple of FOSR_BLOCK_SIZE */
	__u32 len; /* to write; less than FOSR_BLOCK_SIZE at the end of the file only */
	bool busy; /* owned by the kernel until its completion is reaped */
};

/* Room taken in the file ahead of what is written: see fosr_block_ahead(). */
struct fosr_ahead {
	__u64 end; /* the file reaches to here, which may be more than was written */
	__u64 step; /* what is taken next */
	bool over; /* no more of it */
};

struct fosr_block_sink {
	int fd;
	bool direct; /* O_DIRECT is on */
	bool registered; /* the kernel holds the ring's pages */
	__u8 *ring; /* blocks * FOSR_BLOCK_SIZE bytes, aligned, then `mirror` bytes of them once more */
	__u32 blocks, mirror;
	struct fosr_block block[FOSR_BLOCKS_MAX];
	struct fosr_ahead ahead;
	const struct fosr_log *log;
	int error; /* first failure, -errno; sticky */
	__u64 good; /* all of the file in front of it was written, as far as is known; UINT64_MAX without an error */
	void *priv;
};

struct fosr_block_ops {
	enum fosr_writer_engine engine;
	int (*open)(struct fosr_block_sink *s, struct fosr_err *err);
	/* Takes over n blocks from b on, around the ring's end if need be; a failure shows in s->error, now or when
	 * reaped. */
	void (*submit)(struct fosr_block_sink *s, __u32 b, __u32 n);
	/* Returns blocks whose writing ended; waits for at least one when asked to and any is busy. */
	void (*reap)(struct fosr_block_sink *s, bool wait);
	void (*close)(struct fosr_block_sink *s);
};

extern const struct fosr_block_ops fosr_block_uring;
extern const struct fosr_block_ops fosr_block_pwrite;
extern const struct fosr_block_ops fosr_block_pipe;

/* Maps a ring of s->blocks blocks and s->mirror bytes; its pages cost nothing before they are used. -errno. */
int fosr_block_map(struct fosr_block_sink *s);
void fosr_block_unmap(struct fosr_block_sink *s);

static inline __u8 *fosr_block_data(const struct fosr_block_sink *s, __u32 b)
{
	return s->ring + (size_t)b * FOSR_BLOCK_SIZE;
}

/* How much is written for len bytes: with O_DIRECT the end is padded, and the file cut to its length later. */
static inline __u32 fosr_block_span(const struct fosr_block_sink *s, __u32 len)
{
	return s->direct ? (len + FOSR_BLOCK_ALIGN - 1) & ~(FOSR_BLOCK_ALIGN - 1u) : len;
}

/*
 * Writes len bytes from the beginning of block b on, without the first `done`; retries short writes, sets s->error.
 * They may reach over several blocks, and as far behind the ring's end as it is mapped. For all ops: the slow path.
 */
void fosr_block_write(struct fosr_block_sink *s, __u32 b, __u32 done, __u32 len);

/* The file's bytes from `at` on may lack. */
static inline void fosr_block_fail(struct fosr_block_sink *s, int code, __u64 at)
{
	s->error = s->error ? s->error : code;
	s->good = fosr_min_u64(s->good, at);
}

/*
 * Before writing up to `upto`: makes the file longer, in growing steps. Writes behind its end are done one by one, and
 * by threads of the kernel's, in ext4 at least (ext4_dio_write_checks()); writes within it are queued. Best effort:
 * where it fails the write itself will say what is wrong. The file has to be cut to its length at the end.
 */
void fosr_block_ahead(struct fosr_block_sink *s, __u64 upto);

#endif

// SPDX-License-Identifier: GPL-3.0-or-later
#include "sink/writer.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/file.h"
#include "sink/block.h"

const char *const fosr_writer_engine_name[] = {
	[FOSR_WRITER_AUTO] = "auto",
	[FOSR_WRITER_URING] = "io_uring",
	[FOSR_WRITER_PWRITE] = "pwrite",
	[FOSR_WRITER_PIPE] = "pipe",
};

struct fosr_writer {
	struct fosr_outfile file;
	struct fosr_block_sink sink;
	const struct fosr_block_ops *ops;
	__u64 end; /* bytes committed */
	__u64 sent; /* of them, submitted: a multiple of FOSR_BLOCK_SIZE until the end */
	__u64 ready; /* from the end to here the ring is ours to lend; a multiple of FOSR_BLOCK_SIZE */
	__u32 most; /* that one reserve may ask for */
	__u64 waits;
};

/*
 * O_DIRECT is only believed after a write: some file systems accept the flag and fail later. tmpfs accepts it (Linux
 * 6.6) and means nothing by it.
 */
static bool direct_works(struct fosr_block_sink *s)
{
	int flags = fcntl(s->fd, F_GETFL);
	struct statfs fs;

	if (fstatfs(s->fd, &fs) || fs.f_type == TMPFS_MAGIC)
		return false;
	if (flags < 0 || fcntl(s->fd, F_SETFL, flags | O_DIRECT))
		return false;
	if (pwrite(s->fd, s->ring, FOSR_BLOCK_ALIGN, 0) == FOSR_BLOCK_ALIGN && !ftruncate(s->fd, 0))
		return true;
	fcntl(s->fd, F_SETFL, flags);
	return false;
}

static int choose_engine(struct fosr_writer *w, enum fosr_writer_engine engine, struct fosr_err *err)
{
	struct fosr_err why = {0};
	struct stat st;
	int ret;

	if (fstat(w->sink.fd, &st))
		return fosr_err(err, -errno, "%s: %s", w->file.path, strerror(errno));
	if (!*w->file.temp && (engine == FOSR_WRITER_URING || engine == FOSR_WRITER_PWRITE))
		return fosr_err(err, -EOPNOTSUPP, "%s is written in order, not by %s: give the name of a file",
			w->file.path, fosr_writer_engine_name[engine]);
	if (!S_ISREG(st.st_mode) || !*w->file.temp || engine == FOSR_WRITER_PIPE) {
		w->ops = &fosr_block_pipe;
		return w->ops->open(&w->sink, err);
	}
	w->sink.direct = direct_works(&w->sink);
	if (!w->sink.direct)
		fosr_log_note(w->sink.log,
			"%s: no O_DIRECT there; writing through the page cache, the file will be the same",
			w->file.path);
	if (engine == FOSR_WRITER_URING || (engine == FOSR_WRITER_AUTO && w->sink.direct)) {
		w->ops = &fosr_block_uring;
		ret = w->ops->open(&w->sink, &why);
		if (!ret)
			return 0;
		if (engine == FOSR_WRITER_URING)
			return fosr_err(err, ret, "%s", why.text);
		fosr_log_warn(w->sink.log, "%s; writing by pwrite, the file will be the same", why.text);
	}
	w->ops = &fosr_block_pwrite;
	return w->ops->open(&w->sink, err);
}

/* A ring of so many blocks, and `most` bytes of it mapped twice: what one reserve can run over its end. */
static int open_sized(struct fosr_writer **out, const char *path, enum fosr_writer_engine engine,
	const struct fosr_log *log, __u32 blocks, __u32 most, struct fosr_err *err)
{
	struct fosr_writer *w = calloc(1, sizeof(*w));
	int ret;

	if (!w)
		return fosr_err(err, -ENOMEM, "out of memory");
	w->file.fd = -1;
	w->sink.log = log;
	w->sink.good = UINT64_MAX;
	w->sink.blocks = blocks;
	w->sink.mirror = most;
	w->ready = (__u64)blocks * FOSR_BLOCK_SIZE;
	w->most = most;
	ret = fosr_block_map(&w->sink);
	if (ret)
		fosr_err(err, ret, "no memory for %u buffers of 1 MiB: %s", blocks, strerror(-ret));
	else
		ret = fosr_outfile_open(&w->file, path, err);
	if (!ret) {
		w->sink.fd = w->file.fd;
		ret = choose_engine(w, engine, err);
		if (ret)
			w->ops = NULL;
	}
	if (ret) {
		fosr_writer_abort(w);
		return ret;
	}
	*out = w;
	return 0;
}

int fosr_writer_open(struct fosr_writer **out, const char *path, enum fosr_writer_engine engine,
	const struct fosr_log *log, struct fosr_err *err)
{
	return open_sized(out, path, engine, log, FOSR_BLOCKS_MAX, FOSR_WRITER_RESERVE_MAX, err);
}

int fosr_writer_open_small(struct fosr_writer **out, const char *path, enum fosr_writer_engine engine,
	const struct fosr_log *log, struct fosr_err *err)
{
	return open_sized(out, path, engine, log, FOSR_BLOCKS_SMALL, FOSR_WRITER_RESERVE_SMALL, err);
}

static __u32 block_of(const struct fosr_writer *w, __u64 at)
{
	return (__u32)(at / FOSR_BLOCK_SIZE % w->sink.blocks);
}

/*
 * The blocks up to `upto` are ours; waits for the disk where they are not. Each was submitted before: reserve asks for
 * less than the ring without the block being filled.
 */
static void make_ready(struct fosr_writer *w, __u64 upto)
{
	while (w->ready < upto) {
		__u32 b = block_of(w, w->ready);

		if (w->sink.block[b].busy)
			w->ops->reap(&w->sink, false);
		while (w->sink.block[b].busy) {
			w->waits++;
			w->ops->reap(&w->sink, true);
		}
		w->ready += FOSR_BLOCK_SIZE;
	}
}

__u8 *fosr_writer_reserve(struct fosr_writer *w, __u32 n)
{
	if (n > w->most && !w->sink.error)
		w->sink.error = -EMSGSIZE;
	else if (w->end + n > w->ready) {
		if (w->end + n > w->sent + (__u64)w->sink.blocks * FOSR_BLOCK_SIZE)
			fosr_writer_send(w);
		make_ready(w, w->end + n);
	}
	return w->sink.error ? NULL : w->sink.ring + w->end % ((__u64)w->sink.blocks * FOSR_BLOCK_SIZE);
}

void fosr_writer_advance(struct fosr_writer *w, __u32 n)
{
	w->end += n;
}

void fosr_writer_commit(struct fosr_writer *w, __u32 n)
{
	fosr_writer_advance(w, n);
	fosr_writer_send(w);
}

void fosr_writer_send(struct fosr_writer *w)
{
	__u32 first = block_of(w, w->sent), full = 0;

	for (; w->end - w->sent >= FOSR_BLOCK_SIZE; full++) {
		w->sink.block[block_of(w, w->sent)] = (struct fosr_block){.at = w->sent, .len = FOSR_BLOCK_SIZE};
		w->sent += FOSR_BLOCK_SIZE;
	}
	if (!full || w->sink.error)
		return;
	fosr_block_ahead(&w->sink, w->sent);
	w->ops->submit(&w->sink, first, full);
}

int fosr_writer_put(struct fosr_writer *w, const void *data, __u32 n)
{
	const __u8 *from = data;

	while (n) {
		__u32 part = (__u32)fosr_min_u64(n, w->most);
		__u8 *p = fosr_writer_reserve(w, part);

		if (!p)
			return w->sink.error;
		memcpy(p, from, part);
		fosr_writer_commit(w, part);
		from += part;
		n -= part;
	}
	return 0;
}

int fosr_writer_error(const struct fosr_writer *w, struct fosr_err *err)
{
	if (!w->sink.error)
		return 0;
	return fosr_err(err, w->sink.error, "%s: writing failed near byte %llu: %s%s", w->file.path, w->end,
		strerror(-w->sink.error), w->sink.error == -ENOSPC ? "; make room or write to another disk" : "");
}

/* The last block, which is not full; after it nothing may be put. */
static void submit_tail(struct fosr_writer *w)
{
	__u32 b = block_of(w, w->sent), len = (__u32)(w->end - w->sent);
	struct fosr_block *tail = &w->sink.block[b];

	if (!len || w->sink.error)
		return;
	*tail = (struct fosr_block){.at = w->sent, .len = len};
	memset(fosr_block_data(&w->sink, b) + len, 0, fosr_block_span(&w->sink, len) - len);
	w->sent += len;
	w->ops->submit(&w->sink, b, 1);
}

/* Padding, and room that was taken and not needed. A pipe has neither. */
static void cut_to_length(struct fosr_writer *w)
{
	struct stat st;

	if (w->ops == &fosr_block_pipe || w->sink.error)
		return;
	if (fstat(w->sink.fd, &st) || ((__u64)st.st_size != w->end && ftruncate(w->sink.fd, (off_t)w->end)))
		w->sink.error = -errno;
}

static void wait_all(struct fosr_writer *w)
{
	for (__u32 b = 0; b < w->sink.blocks; b++)
		while (w->sink.block[b].busy)
			w->ops->reap(&w->sink, true);
}

static int flush_rest(struct fosr_writer *w, struct fosr_err *err)
{
	fosr_writer_send(w);
	submit_tail(w);
	wait_all(w);
	cut_to_length(w);
	return fosr_writer_error(w, err);
}

static void release(struct fosr_writer *w)
{
	if (w->ops)
		w->ops->close(&w->sink);
	fosr_block_unmap(&w->sink);
	free(w);
}

int fosr_writer_complete(struct fosr_writer *w, struct fosr_err *err)
{
	int ret = flush_rest(w, err);

	return ret ? ret : fosr_outfile_sync(&w->file, err);
}

int fosr_writer_finish(struct fosr_writer *w, struct fosr_writer_stats *stats, struct fosr_err *err)
{
	int ret = flush_rest(w, err);

	if (stats)
		*stats = (struct fosr_writer_stats){
			.bytes = w->end,
			.waits = w->waits,
			.engine = w->ops->engine,
			.direct = w->sink.direct,
			.registered = w->sink.registered,
		};
	if (ret)
		fosr_outfile_abort(&w->file);
	else
		ret = fosr_outfile_commit(&w->file, err);
	release(w);
	return ret;
}

/* ret: of what came before. */
static int end_kept(struct fosr_writer *w, int ret, struct fosr_err *err)
{
	if (ret)
		fosr_outfile_abort(&w->file);
	else
		ret = fosr_outfile_keep(&w->file, err);
	release(w);
	return ret;
}

int fosr_writer_keep(struct fosr_writer *w, char *name, size_t size, struct fosr_err *err)
{
	int ret = flush_rest(w, err);

	snprintf(name, size, "%s", *w->file.temp ? w->file.temp : w->file.path);
	return end_kept(w, ret, err);
}

__u64 fosr_writer_length(const struct fosr_writer *w)
{
	return w->end;
}

__u64 fosr_writer_good(const struct fosr_writer *w)
{
	return fosr_min_u64(w->sink.good, w->end);
}

int fosr_writer_salvage(struct fosr_writer *w, __u64 length, char *name, size_t size, struct fosr_err *err)
{
	int ret = 0;

	*name = 0;
	wait_all(w);
	if (*w->file.temp) {
		snprintf(name, size, "%s", w->file.temp);
		if (ftruncate(w->sink.fd, (off_t)length))
			ret = fosr_err(
				err, -errno, "%s: cannot be cut to its whole records: %s", name, strerror(errno));
	}
	return end_kept(w, ret, err);
}

void fosr_writer_abort(struct fosr_writer *w)
{
	if (!w)
		return;
	if (w->ops)
		wait_all(w);
	fosr_outfile_abort(&w->file);
	release(w);
}

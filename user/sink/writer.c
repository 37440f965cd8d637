// SPDX-License-Identifier: GPL-3.0-or-later
#include "sink/writer.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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
	unsigned int current; /* the block being filled: not busy */
	__u32 used; /* bytes in it; past FOSR_BLOCK_SIZE they belong to the next */
	__u64 offset; /* of the current block in the file */
	__u64 waits;
};

static int blocks_alloc(struct fosr_block_sink *s)
{
	for (int i = 0; i < FOSR_BLOCKS; i++)
		if (posix_memalign(
			    (void **)&s->block[i].data, FOSR_BLOCK_ALIGN, FOSR_BLOCK_SIZE + FOSR_WRITER_RESERVE_MAX))
			return -ENOMEM;
	return 0;
}

static void blocks_free(struct fosr_block_sink *s)
{
	for (int i = 0; i < FOSR_BLOCKS; i++)
		free(s->block[i].data);
}

/* O_DIRECT is only believed after a write: some file systems accept the flag and fail later. */
static bool direct_works(struct fosr_block_sink *s)
{
	int flags = fcntl(s->fd, F_GETFL);

	if (flags < 0 || fcntl(s->fd, F_SETFL, flags | O_DIRECT))
		return false;
	memset(s->block[0].data, 0, FOSR_BLOCK_ALIGN);
	if (pwrite(s->fd, s->block[0].data, FOSR_BLOCK_ALIGN, 0) == FOSR_BLOCK_ALIGN && !ftruncate(s->fd, 0))
		return true;
	fcntl(s->fd, F_SETFL, flags);
	return false;
}

static int choose_engine(
	struct fosr_writer *w, enum fosr_writer_engine engine, const struct fosr_log *log, struct fosr_err *err)
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
	if (engine == FOSR_WRITER_URING || (engine == FOSR_WRITER_AUTO && w->sink.direct)) {
		w->ops = &fosr_block_uring;
		ret = w->ops->open(&w->sink, &why);
		if (!ret)
			return 0;
		if (engine == FOSR_WRITER_URING)
			return fosr_err(err, ret, "%s", why.text);
		fosr_log_warn(log, "%s; writing by pwrite, the file will be the same", why.text);
	}
	w->ops = &fosr_block_pwrite;
	return w->ops->open(&w->sink, err);
}

int fosr_writer_open(struct fosr_writer **out, const char *path, enum fosr_writer_engine engine,
	const struct fosr_log *log, struct fosr_err *err)
{
	struct fosr_writer *w = calloc(1, sizeof(*w));
	int ret;

	if (!w)
		return fosr_err(err, -ENOMEM, "out of memory");
	w->file.fd = -1;
	ret = blocks_alloc(&w->sink);
	if (ret)
		fosr_err(err, ret, "out of memory for %d buffers of 1 MiB", FOSR_BLOCKS);
	else
		ret = fosr_outfile_open(&w->file, path, err);
	if (!ret) {
		w->sink.fd = w->file.fd;
		ret = choose_engine(w, engine, log, err);
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

/* A block that nobody owns, other than the current one; waits for the disk when all of them are on their way. */
static unsigned int free_block(struct fosr_writer *w)
{
	w->ops->reap(&w->sink, false);
	for (;;) {
		for (unsigned int i = 1; i < FOSR_BLOCKS; i++) {
			unsigned int b = (w->current + i) % FOSR_BLOCKS;

			if (!w->sink.block[b].busy)
				return b;
		}
		w->waits++;
		w->ops->reap(&w->sink, true);
	}
}

/* Sends the full block off and goes on in another one, with what had run over. */
static void flush_full(struct fosr_writer *w)
{
	struct fosr_block *full = &w->sink.block[w->current];
	__u32 over = w->used - FOSR_BLOCK_SIZE;
	unsigned int next;

	full->at = w->offset;
	full->len = FOSR_BLOCK_SIZE;
	next = free_block(w);
	memcpy(w->sink.block[next].data, full->data + FOSR_BLOCK_SIZE, over);
	w->ops->submit(&w->sink, w->current);
	w->offset += FOSR_BLOCK_SIZE;
	w->current = next;
	w->used = over;
}

__u8 *fosr_writer_reserve(struct fosr_writer *w, __u32 n)
{
	if (w->used >= FOSR_BLOCK_SIZE)
		flush_full(w);
	return w->sink.error ? NULL : w->sink.block[w->current].data + w->used;
}

void fosr_writer_commit(struct fosr_writer *w, __u32 n)
{
	w->used += n;
}

int fosr_writer_put(struct fosr_writer *w, const void *data, __u32 n)
{
	const __u8 *from = data;

	while (n) {
		__u32 part = n < FOSR_WRITER_RESERVE_MAX ? n : FOSR_WRITER_RESERVE_MAX;
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
	return fosr_err(err, w->sink.error, "%s: writing failed near byte %llu: %s%s", w->file.path,
		w->offset + w->used, strerror(-w->sink.error),
		w->sink.error == -ENOSPC ? "; make room or write to another disk" : "");
}

/* The last block is padded to what O_DIRECT wants; the file is cut to its true length afterwards. */
static int flush_rest(struct fosr_writer *w, struct fosr_err *err)
{
	__u64 length;
	struct fosr_block *b;
	__u32 pad;

	if (w->used >= FOSR_BLOCK_SIZE)
		flush_full(w);
	length = w->offset + w->used;
	b = &w->sink.block[w->current];
	pad = w->sink.direct ? -w->used & (FOSR_BLOCK_ALIGN - 1) : 0;
	if (w->used) {
		memset(b->data + w->used, 0, pad);
		b->at = w->offset;
		b->len = w->used + pad;
		w->ops->submit(&w->sink, w->current);
	}
	for (int i = 0; i < FOSR_BLOCKS; i++)
		while (w->sink.block[i].busy && !w->sink.error)
			w->ops->reap(&w->sink, true);
	if (!w->sink.error && pad && ftruncate(w->sink.fd, (off_t)length))
		w->sink.error = -errno;
	if (w->sink.error)
		return fosr_writer_error(w, err);
	w->offset = length;
	w->used = 0;
	return 0;
}

static void release(struct fosr_writer *w)
{
	if (w->ops)
		w->ops->close(&w->sink);
	blocks_free(&w->sink);
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
			.bytes = w->offset,
			.waits = w->waits,
			.engine = w->ops->engine,
			.direct = w->sink.direct,
		};
	if (ret)
		fosr_outfile_abort(&w->file);
	else
		ret = fosr_outfile_commit(&w->file, err);
	release(w);
	return ret;
}

int fosr_writer_keep(struct fosr_writer *w, char *name, size_t size, struct fosr_err *err)
{
	int ret = flush_rest(w, err);

	snprintf(name, size, "%s", *w->file.temp ? w->file.temp : w->file.path);
	if (ret)
		fosr_outfile_abort(&w->file);
	else
		ret = fosr_outfile_keep(&w->file, err);
	release(w);
	return ret;
}

void fosr_writer_abort(struct fosr_writer *w)
{
	if (!w)
		return;
	/* The kernel may still read from busy blocks: they are not freed before it is done. */
	if (w->ops)
		for (int i = 0; i < FOSR_BLOCKS; i++)
			while (w->sink.block[i].busy)
				w->ops->reap(&w->sink, true);
	fosr_outfile_abort(&w->file);
	release(w);
}

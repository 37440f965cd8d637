// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Blocks through io_uring: the buffers and the file are registered once, one write request per block. One function
 * looks at every completion, short writes included. Without O_DIRECT the kernel would hand buffered writes to worker
 * threads, which is slower than pwrite (Documentation/performance.rst), so this way is only taken with it.
 */
#include <liburing.h>
#include <stdlib.h>
#include <sys/uio.h>

#include "sink/block.h"

struct uring {
	struct io_uring ring;
	bool fixed; /* buffers are registered */
};

static int open_uring(struct fosr_block_sink *s, struct fosr_err *err)
{
	struct uring *u = calloc(1, sizeof(*u));
	struct iovec iov[FOSR_BLOCKS];
	int ret;

	if (!u)
		return fosr_err(err, -ENOMEM, "out of memory");
	ret = io_uring_queue_init(FOSR_BLOCKS, &u->ring, 0);
	if (ret) {
		free(u);
		return fosr_err(err, ret, "io_uring is not to be had here (%s)",
			ret == -EPERM ? "disabled by kernel.io_uring_disabled or a seccomp filter"
				      : "io_uring_setup failed");
	}
	for (int i = 0; i < FOSR_BLOCKS; i++)
		iov[i] = (struct iovec){
			.iov_base = s->block[i].data, .iov_len = FOSR_BLOCK_SIZE + FOSR_WRITER_RESERVE_MAX};
	/* RLIMIT_MEMLOCK may forbid it; plain buffers work as well, a little slower. */
	u->fixed = !io_uring_register_buffers(&u->ring, iov, FOSR_BLOCKS);
	ret = io_uring_register_files(&u->ring, &s->fd, 1);
	if (ret) {
		io_uring_queue_exit(&u->ring);
		free(u);
		return fosr_err(err, ret, "io_uring does not take the file");
	}
	s->priv = u;
	return 0;
}

static void submit_uring(struct fosr_block_sink *s, unsigned int b)
{
	struct uring *u = s->priv;
	struct fosr_block *block = &s->block[b];
	/* As many entries as blocks: there is always one. */
	struct io_uring_sqe *sqe = io_uring_get_sqe(&u->ring);
	int ret;

	if (u->fixed)
		io_uring_prep_write_fixed(sqe, 0, block->data, block->len, block->at, (int)b);
	else
		io_uring_prep_write(sqe, 0, block->data, block->len, block->at);
	sqe->flags |= IOSQE_FIXED_FILE;
	io_uring_sqe_set_data64(sqe, b);
	block->busy = true;
	do
		ret = io_uring_submit(&u->ring);
	while (ret == -EINTR || ret == -EAGAIN);
	if (ret < 0 && !s->error)
		s->error = ret;
	if (ret < 0)
		block->busy = false;
}

static void completed(struct fosr_block_sink *s, const struct io_uring_cqe *cqe)
{
	struct fosr_block *block = &s->block[io_uring_cqe_get_data64(cqe)];

	block->busy = false;
	if (cqe->res == -EAGAIN || cqe->res == -EINTR || (cqe->res == -EINVAL && s->direct))
		fosr_block_write_rest(s, block, 0);
	else if (cqe->res < 0 && !s->error)
		s->error = cqe->res;
	else if (cqe->res >= 0 && (__u32)cqe->res < block->len)
		fosr_block_write_rest(s, block, (__u32)cqe->res);
}

static bool any_busy(const struct fosr_block_sink *s)
{
	for (int i = 0; i < FOSR_BLOCKS; i++)
		if (s->block[i].busy)
			return true;
	return false;
}

static void reap_uring(struct fosr_block_sink *s, bool wait)
{
	struct uring *u = s->priv;
	struct io_uring_cqe *cqe;
	int ret;

	while (any_busy(s)) {
		ret = wait ? io_uring_wait_cqe(&u->ring, &cqe) : io_uring_peek_cqe(&u->ring, &cqe);
		if (ret == -EINTR)
			continue;
		if (ret == -EAGAIN)
			return;
		if (ret) {
			s->error = s->error ? s->error : ret;
			return;
		}
		completed(s, cqe);
		io_uring_cqe_seen(&u->ring, cqe);
		wait = false;
	}
}

static void close_uring(struct fosr_block_sink *s)
{
	struct uring *u = s->priv;

	io_uring_queue_exit(&u->ring);
	free(u);
}

const struct fosr_block_ops fosr_block_uring = {
	.engine = FOSR_WRITER_URING,
	.open = open_uring,
	.submit = submit_uring,
	.reap = reap_uring,
	.close = close_uring,
};

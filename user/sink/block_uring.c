// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Blocks through io_uring: the ring of blocks and the file are registered once, one write request per block. One
 * function looks at every completion, short writes included. Without O_DIRECT the kernel would hand buffered writes to
 * worker threads, which is slower than pwrite (Documentation/performance.rst), so this way is only taken with it.
 * No flags of io_uring_setup: with blocks of this size the ones about task work change nothing that can be measured,
 * and they would bind the writer to the thread that opened it.
 */
#include <liburing.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "sink/block.h"

/* Milliseconds that the kernel may refuse a request without any other on its way. */
#define AGAIN_MAX 500

struct uring {
	struct io_uring ring;
	__u32 sent; /* requests that the kernel has and that were not reaped */
	bool asked; /* for the registration of the blocks */
};

static const char *why_not(int code)
{
	switch (code) {
	case -EPERM:
	case -EACCES:
		return "disabled by kernel.io_uring_disabled or a seccomp filter";
	case -ENOSYS:
		return "the kernel has none, or a seccomp filter hides it";
	case -ENOMEM:
		return "out of memory, or RLIMIT_MEMLOCK is too low: ulimit -l";
	default:
		return strerror(-code);
	}
}

static int open_uring(struct fosr_block_sink *s, struct fosr_err *err)
{
	struct uring *u = calloc(1, sizeof(*u));
	int ret;

	if (!u)
		return fosr_err(err, -ENOMEM, "out of memory");
	ret = io_uring_queue_init(s->blocks, &u->ring, 0);
	if (ret) {
		free(u);
		return fosr_err(err, ret, "io_uring is not to be had here (%s)", why_not(ret));
	}
	ret = io_uring_register_files(&u->ring, &s->fd, 1);
	if (ret) {
		io_uring_queue_exit(&u->ring);
		free(u);
		return fosr_err(err, ret, "io_uring does not take the file (%s)", strerror(-ret));
	}
	s->priv = u;
	return 0;
}

/*
 * When the ring was filled for the first time: a file that is smaller does not pay for pages which it never uses.
 * RLIMIT_MEMLOCK may forbid it; plain buffers work as well, a little slower.
 */
static void register_ring(struct fosr_block_sink *s)
{
	struct uring *u = s->priv;
	const struct iovec iov = {.iov_base = s->ring, .iov_len = (size_t)s->blocks * FOSR_BLOCK_SIZE};
	int ret = io_uring_register_buffers(&u->ring, &iov, 1);

	u->asked = true;
	s->registered = !ret;
	if (ret)
		fosr_log_note(s->log, "the kernel does not keep %zu bytes for io_uring (%s); the file will be the same",
			iov.iov_len, ret == -ENOMEM ? "RLIMIT_MEMLOCK: ulimit -l" : strerror(-ret));
}

static void queue(struct fosr_block_sink *s, __u32 b)
{
	struct uring *u = s->priv;
	struct fosr_block *block = &s->block[b];
	__u32 span = fosr_block_span(s, block->len);
	/* As many entries as blocks: there is always one. */
	struct io_uring_sqe *sqe = io_uring_get_sqe(&u->ring);

	if (s->registered)
		io_uring_prep_write_fixed(sqe, 0, fosr_block_data(s, b), span, block->at, 0);
	else
		io_uring_prep_write(sqe, 0, fosr_block_data(s, b), span, block->at);
	sqe->flags |= IOSQE_FIXED_FILE;
	io_uring_sqe_set_data64(sqe, b);
	block->busy = true;
}

static void completed(struct fosr_block_sink *s, const struct io_uring_cqe *cqe)
{
	__u32 b = (__u32)io_uring_cqe_get_data64(cqe);
	struct fosr_block *block = &s->block[b];

	block->busy = false;
	if (cqe->res == -EAGAIN || cqe->res == -EINTR || (cqe->res == -EINVAL && s->direct))
		fosr_block_write(s, b, 0, block->len);
	else if (cqe->res < 0)
		fosr_block_fail(s, cqe->res, block->at);
	else if (cqe->res >= 0 && (__u32)cqe->res < block->len)
		fosr_block_write(s, b, (__u32)cqe->res, block->len);
}

/* Nothing more will be heard of. The kernel keeps the pages of what it still has; nobody will write to them again. */
static void lost(struct fosr_block_sink *s, int code)
{
	struct uring *u = s->priv;

	u->sent = 0;
	for (__u32 b = 0; b < s->blocks; b++) {
		if (s->block[b].busy)
			fosr_block_fail(s, code, s->block[b].at);
		s->block[b].busy = false;
	}
	s->error = s->error ? s->error : code;
}

static void reap_uring(struct fosr_block_sink *s, bool wait)
{
	struct uring *u = s->priv;
	struct io_uring_cqe *cqe;
	int ret;

	while (u->sent) {
		ret = wait ? io_uring_wait_cqe(&u->ring, &cqe) : io_uring_peek_cqe(&u->ring, &cqe);
		if (ret == -EINTR)
			continue;
		if (ret == -EAGAIN && !wait)
			return;
		if (ret)
			return lost(s, ret);
		u->sent--;
		completed(s, cqe);
		io_uring_cqe_seen(&u->ring, cqe);
		wait = false;
	}
}

static void submit_uring(struct fosr_block_sink *s, __u32 b, __u32 n)
{
	struct uring *u = s->priv;
	unsigned int again = 0;

	if (!u->asked && s->block[b].at >= (__u64)s->blocks * FOSR_BLOCK_SIZE)
		register_ring(s);
	for (__u32 i = 0; i < n; i++)
		queue(s, (b + i) % s->blocks);
	while (n && !s->error) {
		int ret = io_uring_submit(&u->ring);

		if (ret > 0) {
			u->sent += (__u32)ret;
			n -= fosr_min_u64((__u32)ret, n);
		} else if ((ret == -EAGAIN || ret == -EBUSY) && (u->sent || again++ < AGAIN_MAX)) {
			/* Short of memory for a moment. */
			if (u->sent)
				reap_uring(s, true);
			else
				poll(NULL, 0, 1);
		} else if (ret != -EINTR) {
			s->error = ret ? ret : -EIO;
		}
	}
	/* After an error nothing is submitted any more: what the kernel has refused it will not see again. */
	if (n) {
		while (u->sent)
			reap_uring(s, true);
		lost(s, s->error);
	}
}

static void close_uring(struct fosr_block_sink *s)
{
	struct uring *u = s->priv;

	/* The kernel takes a ring apart later, by itself; until then the file would keep its space, and its disk busy.
	 */
	io_uring_unregister_files(&u->ring);
	if (s->registered)
		io_uring_unregister_buffers(&u->ring);
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

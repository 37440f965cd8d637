// SPDX-License-Identifier: GPL-3.0-or-later
/* Blocks by pwrite (files) and write (pipes): each is done when submit returns. */
#include <fcntl.h>
#include <unistd.h>

#include "sink/block.h"

/* A short write may have ended where O_DIRECT cannot go on (at a limit of the file's size, say): then without it. */
static bool indirect(struct fosr_block_sink *s)
{
	int flags = fcntl(s->fd, F_GETFL);

	if (!s->direct || flags < 0 || fcntl(s->fd, F_SETFL, flags & ~O_DIRECT))
		return false;
	s->direct = false;
	return true;
}

void fosr_block_write(struct fosr_block_sink *s, __u32 b, __u32 done, __u32 len)
{
	/* Past len there is only padding. */
	while (!s->error && done < len) {
		ssize_t n = pwrite(s->fd, fosr_block_data(s, b) + done, fosr_block_span(s, len) - done,
			(off_t)(s->block[b].at + done));

		if (n > 0)
			done += (__u32)n;
		else if (n == 0)
			fosr_block_fail(s, -ENOSPC, s->block[b].at + done);
		else if (errno != EINTR && (errno != EINVAL || !indirect(s)))
			fosr_block_fail(s, -errno, s->block[b].at + done);
	}
	if (done < len)
		fosr_block_fail(s, s->error, s->block[b].at + done);
}

static __u32 length(const struct fosr_block_sink *s, __u32 b, __u32 n)
{
	__u32 len = 0;

	while (n--)
		len += s->block[(b + n) % s->blocks].len;
	return len;
}

static int open_nothing(struct fosr_block_sink *s, struct fosr_err *err)
{
	return 0;
}

static void submit_pwrite(struct fosr_block_sink *s, __u32 b, __u32 n)
{
	fosr_block_write(s, b, 0, length(s, b, n));
}

static void submit_pipe(struct fosr_block_sink *s, __u32 b, __u32 n)
{
	const __u8 *data = fosr_block_data(s, b);
	__u32 len = length(s, b, n), done = 0;

	while (!s->error && done < len) {
		ssize_t part = write(s->fd, data + done, len - done);

		if (part > 0)
			done += (__u32)part;
		else if (part < 0 && errno != EINTR)
			fosr_block_fail(s, -errno, s->block[b].at + done);
	}
}

static void reap_nothing(struct fosr_block_sink *s, bool wait)
{
}

static void close_nothing(struct fosr_block_sink *s)
{
}

const struct fosr_block_ops fosr_block_pwrite = {
	.engine = FOSR_WRITER_PWRITE,
	.open = open_nothing,
	.submit = submit_pwrite,
	.reap = reap_nothing,
	.close = close_nothing,
};

const struct fosr_block_ops fosr_block_pipe = {
	.engine = FOSR_WRITER_PIPE,
	.open = open_nothing,
	.submit = submit_pipe,
	.reap = reap_nothing,
	.close = close_nothing,
};

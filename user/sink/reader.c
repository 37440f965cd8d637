// SPDX-License-Identifier: GPL-3.0-or-later
#include "sink/reader.h"

#include <fcntl.h>
#include <liburing.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/intr.h"
#include "sink/mirror.h"

#define BLOCK (1u << 20)
#define BLOCKS (FOSR_READER_RING / BLOCK)
#define FLIGHT 8 /* reads on their way */

struct fosr_reader {
	const char *name; /* for messages */
	int fd;
	int direct; /* the same file past the page cache; -1: none */
	void *pages; /* the file mapped, only to ask what of it is in the page cache; or NULL */
	__u64 size; /* of a regular file */
	__u8 *ring;
	__u64 begin; /* offset in the file of the next byte to be given */
	__u64 end; /* of the last byte that is there */
	bool over; /* nothing comes behind end */
	/* io_uring only: whole blocks, in order */
	bool queued;
	struct io_uring uring;
	__u64 asked; /* end of what was asked for */
	__u32 flight;
	int got[BLOCKS]; /* bytes, or -errno; ON_ITS_WAY */
};

#define ON_ITS_WAY (-100000)

static __u32 block_of(__u64 at)
{
	return (__u32)(at / BLOCK % BLOCKS);
}

static __u8 *place(const struct fosr_reader *r, __u64 at)
{
	return r->ring + at % FOSR_READER_RING;
}

static int failed(const struct fosr_reader *r, __u64 at, int code, struct fosr_err *err)
{
	return fosr_err(err, code, "%s: read at byte %llu: %s", r->name, at, strerror(-code));
}

/* As much as there is room for. */
static int read_plain(struct fosr_reader *r, struct fosr_err *err)
{
	size_t room = FOSR_READER_RING - (size_t)(r->end - r->begin);
	ssize_t n;

	if (room > FOSR_READER_PEEK_MAX / 4)
		room = FOSR_READER_PEEK_MAX / 4;
	do
		n = read(r->fd, place(r, r->end), room);
	while (n < 0 && errno == EINTR && !fosr_interrupted());
	if (n < 0)
		return errno == EINTR ? fosr_err(err, -EINTR, "interrupted") : failed(r, r->end, -errno, err);
	r->end += (__u64)n;
	r->over = !n;
	return 0;
}

/* Is a whole block in the page cache? Then it is quicker to be had there, and the disk is left to who writes. */
static bool cached(const struct fosr_reader *r, __u64 at)
{
	unsigned char in[BLOCK / 4096] = {0};
	size_t pages = BLOCK / (size_t)sysconf(_SC_PAGESIZE), n = 0;

	if (!r->pages || at + BLOCK > r->size || mincore((char *)r->pages + at, BLOCK, in))
		return false;
	while (n < pages && in[n] & 1)
		n++;
	return n == pages;
}

/* Blocks that nobody reads from any more are filled anew. */
static int ask(struct fosr_reader *r, struct fosr_err *err)
{
	__u32 n = 0;
	int ret;

	while (r->flight < FLIGHT && r->asked < r->size &&
		r->asked + BLOCK - r->begin / BLOCK * BLOCK <= FOSR_READER_RING) {
		__u32 b = block_of(r->asked);
		struct io_uring_sqe *sqe;

		if (cached(r, r->asked)) {
			/* Copied when its turn comes. */
			r->got[b] = 0;
			r->asked += BLOCK;
			continue;
		}
		sqe = io_uring_get_sqe(&r->uring);
		if (!sqe)
			break;
		io_uring_prep_read(sqe, r->direct, r->ring + (size_t)b * BLOCK, BLOCK, r->asked);
		io_uring_sqe_set_data64(sqe, b);
		r->got[b] = ON_ITS_WAY;
		r->asked += BLOCK;
		r->flight++;
		n++;
	}
	do
		ret = n ? io_uring_submit(&r->uring) : 0;
	while (ret == -EINTR || ret == -EAGAIN);
	return ret < 0 ? failed(r, r->asked, ret, err) : 0;
}

static int wait_one(struct fosr_reader *r, struct fosr_err *err)
{
	struct io_uring_cqe *cqe;
	int ret;

	do
		ret = io_uring_wait_cqe(&r->uring, &cqe);
	while (ret == -EINTR && !fosr_interrupted());
	if (ret)
		return ret == -EINTR ? fosr_err(err, ret, "interrupted") : failed(r, r->end, ret, err);
	r->got[io_uring_cqe_get_data64(cqe)] = cqe->res;
	io_uring_cqe_seen(&r->uring, cqe);
	r->flight--;
	return 0;
}

/* What the page cache has, and a read that ended early, or not at all: a file may have any length, and shrink. */
static int finish_block(struct fosr_reader *r, __u64 at, __u32 done, struct fosr_err *err)
{
	while (done < BLOCK) {
		ssize_t n = pread(r->fd, place(r, at) + done, BLOCK - done, (off_t)(at + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return failed(r, at + done, -errno, err);
		if (!n) {
			r->over = true;
			break;
		}
		done += (__u32)n;
	}
	r->end = at + done;
	return 0;
}

/* The block behind what is there. */
static int take_block(struct fosr_reader *r, struct fosr_err *err)
{
	__u32 b = block_of(r->end);
	int ret = ask(r, err);

	if (ret)
		return ret;
	if (r->end >= r->asked) {
		/* All that the file was said to have; it may have grown since. */
		r->over = true;
		return 0;
	}
	while (r->got[b] == ON_ITS_WAY) {
		ret = wait_one(r, err);
		if (ret)
			return ret;
	}
	if (r->got[b] == (int)BLOCK) {
		r->end += BLOCK;
		return 0;
	}
	if (r->got[b] >= 0 && r->end + (__u64)r->got[b] == r->size) {
		r->end = r->size;
		r->over = true;
		return 0;
	}
	if (r->got[b] < 0 && r->got[b] != -EINVAL && r->got[b] != -EAGAIN && r->got[b] != -EINTR &&
		r->got[b] != -EOPNOTSUPP)
		return failed(r, r->end, r->got[b], err);
	return finish_block(r, r->end, r->got[b] > 0 ? (__u32)r->got[b] : 0, err);
}

__u8 *fosr_reader_peek(struct fosr_reader *r, size_t n, size_t *have, struct fosr_err *err)
{
	while (r->end - r->begin < n && !r->over)
		if (r->queued ? take_block(r, err) : read_plain(r, err))
			return NULL;
	if (r->queued && ask(r, err))
		return NULL;
	*have = (size_t)(r->end - r->begin);
	/* What runs over the ring's end can be seen as far as it is mapped twice. */
	if (*have > FOSR_READER_PEEK_MAX)
		*have = FOSR_READER_PEEK_MAX;
	return place(r, r->begin);
}

void fosr_reader_drop(struct fosr_reader *r, size_t n)
{
	r->begin += n;
}

const __u8 *fosr_reader_ring(const struct fosr_reader *r)
{
	return r->ring;
}

__u64 fosr_reader_size(const struct fosr_reader *r)
{
	return r->size;
}

const char *fosr_reader_engine(const struct fosr_reader *r)
{
	return r->queued ? "io_uring" : "read";
}

static int open_fd(struct fosr_reader *r, const char *path, struct fosr_err *err)
{
	struct stat st;

	r->name = strcmp(path, "-") ? path : "standard input";
	r->fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : dup(STDIN_FILENO);
	if (r->fd < 0)
		return fosr_err(err, -errno, "%s: cannot be opened: %s", r->name, strerror(errno));
	if (fstat(r->fd, &st))
		return fosr_err(err, -errno, "%s: %s", r->name, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return fosr_err(err, -EISDIR, "%s: is a directory; name a capture file in it", r->name);
	if (S_ISREG(st.st_mode))
		r->size = (__u64)st.st_size;
	return 0;
}

/* Past the page cache, but for what is in it. */
static void open_uring(struct fosr_reader *r, const char *path)
{
	if (!strcmp(path, "-") || r->size < BLOCK)
		return;
	r->direct = open(path, O_RDONLY | O_CLOEXEC | O_DIRECT);
	if (r->direct < 0)
		return;
	r->queued = !io_uring_queue_init(FLIGHT, &r->uring, 0);
	if (!r->queued)
		return;
	r->pages = mmap(NULL, r->size, PROT_READ, MAP_SHARED, r->fd, 0);
	if (r->pages == MAP_FAILED)
		r->pages = NULL;
}

int fosr_reader_open(struct fosr_reader **out, const char *path, const struct fosr_reader_opts *o, struct fosr_err *err)
{
	struct fosr_reader *r = calloc(1, sizeof(*r));
	int ret;

	if (!r)
		return fosr_err(err, -ENOMEM, "out of memory");
	r->fd = r->direct = -1;
	ret = open_fd(r, path, err);
	if (!ret) {
		ret = fosr_mirror_map(o->ring_fd, FOSR_READER_RING, FOSR_READER_PEEK_MAX, &r->ring);
		if (ret)
			fosr_err(err, ret, "no memory for a ring of %u bytes: %s", FOSR_READER_RING, strerror(-ret));
	}
	if (ret) {
		fosr_reader_close(r);
		return ret;
	}
	open_uring(r, path);
	if (!r->queued && r->size >= BLOCK)
		fosr_log_note(o->log, "%s: read through the page cache; what comes out will be the same", r->name);
	*out = r;
	return 0;
}

void fosr_reader_close(struct fosr_reader *r)
{
	struct fosr_err ignored = {0};

	if (!r)
		return;
	while (r->flight && !wait_one(r, &ignored))
		;
	if (r->queued)
		io_uring_queue_exit(&r->uring);
	fosr_mirror_unmap(r->ring, FOSR_READER_RING, FOSR_READER_PEEK_MAX);
	if (r->pages)
		munmap(r->pages, r->size);
	if (r->direct >= 0)
		close(r->direct);
	if (r->fd >= 0)
		close(r->fd);
	free(r);
}

// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Disks that fail: the functions below stand between the writer and libc or liburing, and let one call, or every one,
 * end as a bad disk would. Requests to io_uring are sent elsewhere (/dev/full, a full pipe, memory that is not there)
 * or made shorter, so that their completions are the kernel's own. Either the bytes are right, or there is one error
 * and no file.
 */
#include <dlfcn.h>
#include <liburing.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "sink/block.h"
#include "writerkit.h"

#define TOTAL (23 * MIB + 4567)

/* What goes wrong: the calls from `first` on, `n` of them, counted from the moment that it is armed. */
static struct fault {
	const char *call;
	int first, n;
	int code; /* errno, or 0: done in part */
	__u32 part; /* bytes of it */
	int rest; /* errno of what goes on after a part */
} fault;
static int calls, syncs, submits_queued;

static bool now_fails(const char *call)
{
	if (!fault.call || strcmp(fault.call, call))
		return false;
	calls++;
	return calls > fault.first && calls <= fault.first + fault.n;
}

static long failed(long otherwise)
{
	if (!fault.code)
		return otherwise;
	errno = fault.code;
	return -1;
}

ssize_t pwrite(int fd, const void *buf, size_t n, off_t at)
{
	bool fails = now_fails("pwrite");

	if (fault.rest) {
		errno = fault.rest;
		return -1;
	}
	if (fails && fault.code)
		return failed(0);
	return syscall(SYS_pwrite64, fd, buf, fails && fault.part < n ? fault.part : n, at);
}

ssize_t write(int fd, const void *buf, size_t n)
{
	bool fails = now_fails("write");

	if (fails && fault.code)
		return failed(0);
	return syscall(SYS_write, fd, buf, fails && fault.part < n ? fault.part : n);
}

int fallocate(int fd, int mode, off_t at, off_t len)
{
	if (now_fails("fallocate") && (fault.code || (__u64)(at + len) > fault.part)) {
		errno = fault.code ? fault.code : ENOSPC;
		return -1;
	}
	return (int)syscall(SYS_fallocate, fd, mode, at, len);
}

int fdatasync(int fd)
{
	syncs++;
	return now_fails("fdatasync") ? (int)failed(0) : (int)syscall(SYS_fdatasync, fd);
}

int fsync(int fd)
{
	return now_fails("fsync") ? (int)failed(0) : (int)syscall(SYS_fsync, fd);
}

int ftruncate(int fd, off_t len)
{
	return now_fails("ftruncate") ? (int)failed(0) : (int)syscall(SYS_ftruncate, fd, len);
}

int rename(const char *from, const char *to)
{
	return now_fails("rename") ? (int)failed(0) : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

/* Where a write ends as it should here. */
static int elsewhere(int code)
{
	static int full = -1, pipe_full[2] = {-1, -1}, memory = -1;

	if (code == ENOSPC)
		return full = full < 0 ? open("/dev/full", O_WRONLY | O_CLOEXEC) : full;
	if (code == EIO) /* address 0 and up is not mapped */
		return memory = memory < 0 ? open("/proc/self/mem", O_RDWR | O_CLOEXEC) : memory;
	if (pipe_full[0] < 0 && !pipe2(pipe_full, O_NONBLOCK | O_CLOEXEC))
		while (syscall(SYS_write, pipe_full[1], "", 1) == 1)
			;
	return pipe_full[1];
}

static void divert(struct io_uring_sqe *sqe)
{
	if (!now_fails("request"))
		return;
	if (!fault.code) {
		sqe->len = fault.part < sqe->len ? fault.part : sqe->len;
		return;
	}
	sqe->opcode = IORING_OP_WRITE;
	sqe->flags &= (__u8)~IOSQE_FIXED_FILE;
	sqe->fd = elsewhere(fault.code);
	sqe->rw_flags = fault.code == EAGAIN ? RWF_NOWAIT : 0;
	sqe->buf_index = 0;
}

int io_uring_submit(struct io_uring *ring)
{
	static unsigned int seen; /* the requests before this one were looked at */
	static struct io_uring *of;
	int (*real)(struct io_uring *) = (int (*)(struct io_uring *))dlsym(RTLD_NEXT, "io_uring_submit");

	if (of != ring || seen > ring->sq.sqe_tail)
		seen = ring->sq.sqe_head;
	of = ring;
	for (; seen != ring->sq.sqe_tail; seen++)
		divert(&ring->sq.sqes[seen & *ring->sq.kring_mask]);
	submits_queued += (int)(ring->sq.sqe_tail - ring->sq.sqe_head);
	if (now_fails("submit"))
		return -fault.code;
	return real(ring);
}

int __io_uring_get_cqe(
	struct io_uring *ring, struct io_uring_cqe **cqe, unsigned submit, unsigned wait_nr, sigset_t *mask)
{
	int (*real)(struct io_uring *, struct io_uring_cqe **, unsigned, unsigned, sigset_t *) =
		(int (*)(struct io_uring *, struct io_uring_cqe **, unsigned, unsigned, sigset_t *))dlsym(
			RTLD_NEXT, "__io_uring_get_cqe");

	return wait_nr && now_fails("wait") ? -fault.code : real(ring, cqe, submit, wait_nr, mask);
}

/* Returns what finish does; the fault works from the first byte to the last rename. */
static int stream_with(
	enum fosr_writer_engine engine, const struct fault *f, struct said *said, struct fosr_writer_stats *stats)
{
	const struct fosr_log log = {.warn = on_warn, .note = on_note, .arg = said};
	struct fosr_err err = {0};
	struct fosr_writer *w;
	int ret = fosr_writer_open(&w, path, engine, &log, &err);

	if (ret)
		return ret;
	fault = *f;
	calls = 0;
	stream(w, TOTAL, f->first % 2 ? 0 : FOSR_WRITER_RESERVE_MAX);
	ret = fosr_writer_finish(w, stats, &err);
	fault = (struct fault){0};
	if (ret && (ret != err.code || !strstr(err.text, "out"))) {
		printf("# no sentence: %s\n", err.text);
		return 1;
	}
	return ret;
}

/* What there is in this folder. */
static bool uring, direct;

static void look(void)
{
	struct said said = {0};
	struct fosr_writer_stats stats = {0};
	const struct fault none = {0};

	if (!stream_with(FOSR_WRITER_AUTO, &none, &said, &stats)) {
		uring = stats.engine == FOSR_WRITER_URING;
		direct = stats.direct;
	}
	unlink(path);
	printf("# io_uring: %s, O_DIRECT: %s\n", uring ? "yes" : "no", direct ? "yes" : "no");
}

static bool applies(enum fosr_writer_engine engine, const char *call)
{
	if (!strcmp(call, "request") || !strcmp(call, "submit") || !strcmp(call, "wait"))
		return engine == FOSR_WRITER_URING;
	if (!strcmp(call, "pwrite"))
		return engine == FOSR_WRITER_PWRITE;
	if (!strcmp(call, "fallocate") || !strcmp(call, "ftruncate"))
		return engine != FOSR_WRITER_PIPE;
	return strcmp(call, "write") || engine == FOSR_WRITER_PIPE;
}

#define ALL 1000000

/* `first` even: in pieces of the most that is lent at once; odd: in small ones. */
static const struct {
	struct fault fault;
	int ret; /* of finish; 0: and the bytes are right */
} rows[] = {
	/* In part. */
	{{"request", 0, ALL, 0, 4096, 0}, 0},
	{{"request", 1, 1, 0, 512 << 10, 0}, 0},
	{{"request", 3, 20, 0, 8192, 0}, 0},
	{{"pwrite", 0, ALL, 0, 64 << 10, 0}, 0},
	{{"pwrite", 1, 7, 0, 4096, 0}, 0},
	{{"pwrite", 2, 3, 0, 1001, 0}, 0}, /* O_DIRECT cannot go on from there */
	{{"write", 0, ALL, 0, 65521, 0}, 0},
	{{"write", 5, 100, 0, 1, 0}, 0},
	/* Not now. */
	{{"request", 0, ALL, EAGAIN, 0, 0}, 0},
	{{"request", 9, 4, EAGAIN, 0, 0}, 0},
	{{"submit", 3, 2, EINTR, 0, 0}, 0},
	{{"submit", 3, 5, EAGAIN, 0, 0}, 0},
	{{"submit", 4, 5, EBUSY, 0, 0}, 0},
	{{"wait", 0, 3, EINTR, 0, 0}, 0},
	{{"pwrite", 0, 5, EINTR, 0, 0}, 0},
	{{"pwrite", 7, 1, EINVAL, 0, 0}, 0}, /* no O_DIRECT after all */
	{{"write", 0, 5, EINTR, 0, 0}, 0},
	/* No room ahead. */
	{{"fallocate", 0, ALL, ENOSPC, 0, 0}, 0},
	{{"fallocate", 0, ALL, EOPNOTSUPP, 0, 0}, 0},
	{{"fallocate", 0, ALL, 0, 20 << 20, 0}, 0},
	{{"fallocate", 1, 1, EINTR, 0, 0}, 0},
	/* Broken, at the beginning, on the way, at the end. */
	{{"request", 0, 1, ENOSPC, 0, 0}, -ENOSPC},
	{{"request", 20, 1, ENOSPC, 0, 0}, -ENOSPC},
	{{"request", 21, ALL, ENOSPC, 0, 0}, -ENOSPC},
	{{"request", 23, 1, ENOSPC, 0, 0}, -ENOSPC},
	{{"request", 0, 1, EIO, 0, 0}, -EIO},
	{{"request", 19, 1, EIO, 0, 0}, -EIO},
	{{"request", 23, 1, EIO, 0, 0}, -EIO},
	{{"submit", 0, ALL, EAGAIN, 0, 0}, -EAGAIN},
	{{"submit", 0, 1, ENXIO, 0, 0}, -ENXIO},
	{{"submit", 5, ALL, ENXIO, 0, 0}, -ENXIO},
	{{"wait", 0, ALL, EFAULT, 0, 0}, -EFAULT},
	{{"request", 3, 1, 0, 8192, EIO}, -EIO},
	{{"request", 23, 1, 0, 4096, ENOSPC}, -ENOSPC},
	{{"request", 20, 1, EAGAIN, 0, EIO}, -EIO},
	{{"pwrite", 0, 1, EIO, 0, 0}, -EIO},
	{{"pwrite", 2, 1, EIO, 0, 0}, -EIO},
	{{"pwrite", 17, 1, ENOSPC, 0, 0}, -ENOSPC},
	{{"pwrite", 23, 1, EIO, 0, 0}, -EIO},
	{{"write", 0, 1, ENOSPC, 0, 0}, -ENOSPC},
	{{"write", 23, 1, EIO, 0, 0}, -EIO},
	{{"ftruncate", 0, 1, EIO, 0, 0}, -EIO},
	{{"fdatasync", 0, 1, EIO, 0, 0}, -EIO},
	{{"fsync", 0, 1, EIO, 0, 0}, -EIO}, /* of the folder */
	{{"fsync", 0, 1, EINVAL, 0, 0}, 0},
	{{"rename", 0, 1, ENOSPC, 0, 0}, -ENOSPC},
};

static void one_fault(enum fosr_writer_engine engine, size_t row)
{
	const struct fault *f = &rows[row].fault;
	struct fosr_writer_stats stats = {0};
	struct said said = {0};
	int before, ret;
	bool good;

	elsewhere(f->code); /* opened once, and no leak */
	before = held();
	ret = stream_with(engine, f, &said, &stats);
	if (!ok(calls > f->first, "%s: %s is called", fosr_writer_engine_name[engine], f->call))
		printf("# %d times\n", calls);
	good = ret == rows[row].ret && (ret ? !entries() : file_right(path, TOTAL) && entries() == 1);
	ok(good && held() == before && !said.warnings, "%s: %s fails %d times after %d with %s: %s",
		fosr_writer_engine_name[engine], f->call, f->n, f->first, f->code ? strerror(f->code) : "a part done",
		rows[row].ret ? "an error, and nothing left" : "the same bytes");
	if (!good)
		printf("# finish returned %d (%s), %d entries\n", ret, strerror(-ret), entries());
	unlink(path);
}

/* Why a fault cannot be made here, or NULL. */
static const char *missing(enum fosr_writer_engine engine, const struct fault *f)
{
	if (engine == FOSR_WRITER_URING && !uring)
		return "io_uring is not to be had here";
	if (!direct && (!strcmp(f->call, "fallocate") || !strcmp(f->call, "ftruncate") || f->code == EINVAL))
		return "O_DIRECT is not to be had here";
	return NULL;
}

static void test_faults(void)
{
	for (size_t e = 0; e < FOSR_ARRAY_SIZE(engines); e++)
		for (size_t i = 0; i < FOSR_ARRAY_SIZE(rows); i++) {
			if (!applies(engines[e], rows[i].fault.call))
				continue;
			if (missing(engines[e], &rows[i].fault))
				ok(1, "%s # SKIP %s", rows[i].fault.call, missing(engines[e], &rows[i].fault));
			else
				one_fault(engines[e], i);
		}
}

/* What the log hears, and that the requests are those which the rows count. */
static void test_said(void)
{
	struct said said = {0};
	struct fosr_writer_stats stats;
	const struct fault broken = {"fallocate", 0, ALL, EOPNOTSUPP, 0, 0},
			   quiet = {"fallocate", 0, ALL, ENOSPC, 0, 0};
	int asked = 0;

	if (!uring) {
		ok(1, "fallocate # SKIP files here are not written with O_DIRECT");
		return;
	}
	ok(!stream_with(FOSR_WRITER_AUTO, &broken, &said, &stats) && said.notes == 1 && strstr(said.note, "ahead"),
		"a file system without fallocate is noted once");
	unlink(path);
	said = (struct said){0};
	ok(!stream_with(FOSR_WRITER_AUTO, &quiet, &said, &stats) && !said.notes, "a full one is not");
	unlink(path);
	submits_queued = 0;
	if (!stream_with(FOSR_WRITER_URING, &(struct fault){"request", ALL, 0, 0, 0, 0}, &said, &stats))
		asked = submits_queued;
	ok(asked == 24, "24 blocks are 24 requests (%d)", asked);
	unlink(path);
}

static void test_syncs(void)
{
	for (size_t e = 0; e < FOSR_ARRAY_SIZE(engines); e++) {
		struct fosr_err err = {0};
		struct fosr_writer *w;

		if (fosr_writer_open(&w, path, engines[e], NULL, &err))
			continue;
		syncs = 0;
		ok(stream(w, 3 * MIB + 3, 0) && !fosr_writer_complete(w, &err) && syncs == 1 &&
				!fosr_writer_finish(w, NULL, &err) && syncs == 1 && file_right(path, 3 * MIB + 3),
			"%s: synced once, complete or not before", fosr_writer_engine_name[engines[e]]);
		unlink(path);
	}
}

int main(void)
{
	make_folder("test_writer_faults");
	look();
	test_faults();
	test_said();
	test_syncs();
	ok(!rmdir(folder), "nothing is left behind");
	return done();
}

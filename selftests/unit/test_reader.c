// SPDX-License-Identifier: GPL-3.0-or-later
/* Files of lengths around its blocks and its ring, through every way of reading, peeked at and dropped at random. */
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sink/reader.h"
#include "tap.h"

#define MIB (1u << 20)
#define LONGEST (60 * MIB + 12345)

static char folder[] = "/var/tmp/fosr-reader-XXXXXX";
static char path[64];

static __u8 byte_at(__u64 at)
{
	return (__u8)((at * 2654435761u) >> 13);
}

static void make_file(__u64 len)
{
	static __u8 block[MIB];
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	for (__u64 at = 0; at < len;) {
		__u32 n = (__u32)fosr_min_u64(len - at, MIB);

		for (__u32 i = 0; i < n; i++)
			block[i] = byte_at(at + i);
		if (write(fd, block, n) != (ssize_t)n)
			abort();
		at += n;
	}
	close(fd);
}

/* Reads to the end by peeks of up to `most` bytes; how many bytes were right, or UINT64_MAX. Changes what it peeked at:
 * nobody else may see that. */
static __u64 read_all(struct fosr_reader *r, size_t most)
{
	struct fosr_err err = {0};
	__u64 at = 0;

	for (;;) {
		size_t want = (size_t)random() % most + 1, have, step;
		__u8 *p = fosr_reader_peek(r, want, &have, &err);

		if (!p)
			return UINT64_MAX;
		if (!have)
			return at;
		step = have < want ? have : (size_t)random() % have + 1;
		for (size_t i = 0; i < step; i++) {
			if (p[i] != byte_at(at + i))
				return UINT64_MAX;
			p[i] = 0xaa;
		}
		fosr_reader_drop(r, step);
		at += step;
	}
}

static void test_lengths(const char *engine)
{
	static const __u64 lens[] = {0, 1, 4095, MIB - 1, MIB, MIB + 1, 3 * MIB + 17, 24 * MIB, 24 * MIB + 1, LONGEST};
	int bad = 0;
	bool as_said = true;

	for (size_t i = 0; i < FOSR_ARRAY_SIZE(lens); i++) {
		struct fosr_err err = {0};
		struct fosr_reader *r;

		make_file(lens[i]);
		if (fosr_reader_open(&r, path, &(struct fosr_reader_opts){.ring_fd = -1}, &err)) {
			ok(0, "%s", err.text);
			continue;
		}
		as_said &= lens[i] < MIB || !engine || !strcmp(fosr_reader_engine(r), engine);
		bad += read_all(r, i % 2 ? FOSR_READER_PEEK_MAX : 3000000) != lens[i];
		bad += fosr_reader_size(r) != lens[i];
		fosr_reader_close(r);
	}
	ok(!bad && as_said, "files of ten lengths%s%s: every byte, in order", engine ? " by " : "",
		engine ? engine : "");
}

static void test_given_up(void)
{
	struct fosr_err err = {0};
	struct fosr_reader *r;
	size_t have = 0;

	make_file(LONGEST);
	fosr_reader_open(&r, path, &(struct fosr_reader_opts){.ring_fd = -1}, &err);
	ok(fosr_reader_peek(r, 1, &have, &err) && have, "a reader that is closed with reads on their way");
	fosr_reader_close(r);
}

/* A file that grows, and one that shrinks, while it is read: what is there is read, and no more. */
static void test_changing(void)
{
	struct fosr_err err = {0};
	struct fosr_reader *r;
	__u64 got;
	int fd;

	make_file(5 * MIB);
	fosr_reader_open(&r, path, &(struct fosr_reader_opts){.ring_fd = -1}, &err);
	fd = open(path, O_WRONLY | O_APPEND);
	ok(write(fd, "more", 4) == 4, "a file grows");
	close(fd);
	got = read_all(r, 100000);
	ok(got == 5 * MIB || got == UINT64_MAX, "what it had when it was opened is read: %llu", got);
	fosr_reader_close(r);
	make_file(40 * MIB);
	fosr_reader_open(&r, path, &(struct fosr_reader_opts){.ring_fd = -1}, &err);
	if (truncate(path, 30 * MIB + 100))
		abort();
	got = read_all(r, 100000);
	ok(got == 30 * MIB + 100, "a file that shrinks ends where it ends: %llu", got);
	fosr_reader_close(r);
}

static void test_pipe(void)
{
	struct fosr_err err = {0};
	struct fosr_reader *r;
	int ends[2], status;
	pid_t pid;

	if (pipe(ends))
		abort();
	pid = fork();
	if (!pid) {
		close(ends[0]);
		for (__u64 at = 0; at < 3 * MIB + 5;) {
			__u8 some[1777];
			__u32 n = (__u32)fosr_min_u64(3 * MIB + 5 - at, sizeof(some));

			for (__u32 i = 0; i < n; i++)
				some[i] = byte_at(at + i);
			if (write(ends[1], some, n) != (ssize_t)n)
				_exit(1);
			at += n;
		}
		_exit(0);
	}
	close(ends[1]);
	dup2(ends[0], STDIN_FILENO);
	close(ends[0]);
	ok(!fosr_reader_open(&r, "-", &(struct fosr_reader_opts){.ring_fd = -1}, &err), "standard input, a pipe");
	ok(read_all(r, 700000) == 3 * MIB + 5, "every byte of it");
	fosr_reader_close(r);
	waitpid(pid, &status, 0);
}

static void test_refused(void)
{
	struct fosr_err err = {0};
	struct fosr_reader *r;

	ok(fosr_reader_open(&r, "/nonexistent/x", &(struct fosr_reader_opts){.ring_fd = -1}, &err) == -ENOENT &&
			strstr(err.text, "/nonexistent/x"),
		"%s", err.text);
	ok(fosr_reader_open(&r, folder, &(struct fosr_reader_opts){.ring_fd = -1}, &err) == -EISDIR, "%s", err.text);
}

/* In a process of its own, because a filter cannot be taken off. */
static void test_without_uring(void)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		struct sock_filter filter[] = {
			BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
			BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_io_uring_setup, 0, 1),
			BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
			BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		};
		const struct sock_fprog prog = {.len = FOSR_ARRAY_SIZE(filter), .filter = filter};
		struct fosr_err err = {0};
		struct fosr_reader *r;
		int bad;

		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog))
			_exit(4);
		make_file(LONGEST);
		bad = fosr_reader_open(&r, path, &(struct fosr_reader_opts){.ring_fd = -1}, &err);
		_exit(bad || strcmp(fosr_reader_engine(r), "read") || read_all(r, 3000000) != LONGEST);
	}
	waitpid(pid, &status, 0);
	ok(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 4),
		"where io_uring is forbidden: by read, every byte");
}

int main(void)
{
	const char *engine = NULL;
	int fd;

	if (!mkdtemp(folder))
		skip_all("no folder in /var/tmp");
	snprintf(path, sizeof(path), "%s/file", folder);
	srandom(9);
	/* Where io_uring and O_DIRECT are to be had they must be taken. */
	fd = open(path, O_RDWR | O_CREAT | O_DIRECT, 0600);
	if (fd >= 0 && syscall(__NR_io_uring_setup, 0, NULL) && errno != EPERM && errno != ENOSYS)
		engine = "io_uring";
	close(fd);
	test_lengths(engine);
	test_given_up();
	test_changing();
	test_refused();
	test_without_uring();
	test_pipe();
	unlink(path);
	rmdir(folder);
	return done();
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include <dirent.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mix.h"
#include "base/rng.h"
#include "sink/block.h"
#include "sink/pcap.h"
#include "tap.h"

#define MIB (1u << 20)
#define NOT_HERE 77 /* a child's exit status: the kernel does not let the case be made */

static char folder[256], path[300];
static bool direct; /* the folder's file system takes O_DIRECT */

static const enum fosr_writer_engine engines[] = {FOSR_WRITER_URING, FOSR_WRITER_PWRITE, FOSR_WRITER_PIPE};

/* What byte `at` of every stream is: a block that lands elsewhere, or twice, or late, shows. */
static __u8 content(__u64 at)
{
	return (__u8)(fosr_mix64(at / 8 + 1) >> 8 * (at % 8));
}

static void fill(__u8 *p, __u64 at, __u32 n)
{
	for (; n && at % 8; n--, at++)
		*p++ = content(at);
	for (; n >= 8; n -= 8, at += 8, p += 8) {
		__u64 word = fosr_mix64(at / 8 + 1);

		memcpy(p, &word, 8);
	}
	for (; n; n--, at++)
		*p++ = content(at);
}

/* True when fd holds exactly `total` bytes of content, from where it stands. */
static bool right(int fd, __u64 total)
{
	static __u8 got[MIB], want[MIB];
	__u64 at = 0;
	ssize_t n;

	while ((n = read(fd, got, sizeof(got))) > 0) {
		fill(want, at, (__u32)n);
		if (memcmp(got, want, (size_t)n))
			return false;
		at += (__u64)n;
	}
	return !n && at == total;
}

static bool file_right(const char *name, __u64 total)
{
	int fd = open(name, O_RDONLY);
	bool good = fd >= 0 && right(fd, total);

	if (fd >= 0)
		close(fd);
	return good;
}

static int entries(void)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	int n = 0;

	while ((e = readdir(d)))
		n += strcmp(e->d_name, ".") && strcmp(e->d_name, "..");
	closedir(d);
	return n;
}

/* record 0: sizes at random; else that size, the last one shorter. False after a write error. */
static bool stream(struct fosr_writer *w, __u64 total, __u32 record)
{
	struct fosr_rng r = fosr_rng(total, record, FOSR_STAGE_REPORT, 0);

	for (__u64 at = 0; at < total;) {
		__u32 n = record ? record
				 : 1 + fosr_rng_below(&r, fosr_rng_below(&r, 8) ? 1514 : FOSR_WRITER_RESERVE_MAX);
		__u32 ask = n;
		__u8 *p;

		if (n > total - at)
			n = (__u32)(total - at);
		p = fosr_writer_reserve(w, ask); /* less than asked for may be committed */
		if (!p)
			return false;
		fill(p, at, n);
		fosr_writer_commit(w, n);
		at += n;
	}
	return true;
}

static void test_bytes(void)
{
	static const struct {
		__u64 total;
		__u32 record;
	} rows[] = {
		{0, 1},
		{1, 1},
		{4095, 100},
		{4096, 4096},
		{4097, 0},
		{MIB - 1, 65536},
		{MIB, 65536},
		{MIB, 0},
		{MIB + 1, 65536},
		{2 * MIB, 32768},
		{2 * MIB + 4096, 4096},
		{3 * MIB - 1, 65535},
		{5 * MIB, 0},
		{12 * MIB + 12345, 0},
		{9 * MIB + 7, 1531},
	};

	for (size_t e = 0; e < FOSR_ARRAY_SIZE(engines); e++)
		for (size_t i = 0; i < FOSR_ARRAY_SIZE(rows); i++) {
			struct fosr_writer_stats stats = {0};
			struct fosr_err err = {0};
			struct fosr_writer *w;
			bool good = !fosr_writer_open(&w, path, engines[e], NULL, &err);

			if (!good && engines[e] == FOSR_WRITER_URING && err.code == -EPERM) {
				printf("# io_uring is disabled here: %s\n", err.text);
				break;
			}
			good = good && stream(w, rows[i].total, rows[i].record) && access(path, F_OK) &&
				!fosr_writer_finish(w, &stats, &err);
			ok(good && file_right(path, rows[i].total) && stats.bytes == rows[i].total &&
					stats.engine == engines[e] && entries() == 1,
				"%s: %llu bytes in records of %u%s", fosr_writer_engine_name[engines[e]], rows[i].total,
				rows[i].record, rows[i].record ? "" : " (any size)");
			direct |= stats.direct;
			unlink(path);
		}
}

/* Faster than the disk, so that all blocks are on their way at once: the one being filled is not given away. */
static void test_waits(void)
{
	enum { TOTAL = 96 * MIB + 4321 };
	struct fosr_writer_stats stats = {0};
	struct fosr_err err = {0};
	struct fosr_writer *w;
	bool good = !fosr_writer_open(&w, path, FOSR_WRITER_AUTO, NULL, &err) && stream(w, TOTAL, 60001) &&
		!fosr_writer_finish(w, &stats, &err);

	ok(good && file_right(path, TOTAL), "96 MiB as fast as can be, by %s%s: %llu waits for the disk",
		fosr_writer_engine_name[stats.engine], stats.direct ? ", direct" : "", stats.waits);
	unlink(path);
}

static void test_put(void)
{
	struct fosr_err err = {0};
	struct fosr_writer *w;
	__u8 *data = malloc(3 * MIB);

	fill(data, 0, 3 * MIB);
	ok(!fosr_writer_open(&w, path, FOSR_WRITER_AUTO, NULL, &err) && !fosr_writer_put(w, data, 0) &&
			!fosr_writer_put(w, data, 3 * MIB) && !fosr_writer_finish(w, NULL, &err) &&
			file_right(path, 3 * MIB),
		"put takes more than one reserve may, and nothing");
	unlink(path);
	free(data);
}

static void test_abort_keep(void)
{
	for (size_t e = 0; e < FOSR_ARRAY_SIZE(engines); e++) {
		const char *name = fosr_writer_engine_name[engines[e]];
		struct fosr_err err = {0};
		struct fosr_writer *w;
		char kept[512] = "";

		if (fosr_writer_open(&w, path, engines[e], NULL, &err))
			continue; /* said by test_bytes() */
		ok(stream(w, 9 * MIB + 5, 0) && entries() == 1, "%s: begun", name);
		fosr_writer_abort(w);
		ok(entries() == 0, "%s: abort leaves nothing, whatever was on its way", name);
		ok(!fosr_writer_open(&w, path, engines[e], NULL, &err) && stream(w, 3 * MIB + 77, 0) &&
				!fosr_writer_keep(w, kept, sizeof(kept), &err) && entries() == 1 && access(path, F_OK),
			"%s: keep leaves one file, not under its final name", name);
		ok(file_right(kept, 3 * MIB + 77), "%s: complete, under the name that it gives", name);
		unlink(kept);
	}
	fosr_writer_abort(NULL);
	ok(1, "abort of nothing is allowed");
}

static void test_pcap(void)
{
	static const __u8 want[] = {0x4d, 0x3c, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0,
		0, /* file */
		5, 0, 0, 0, 7, 0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 0, 'a', 'b', 'c', /* no use of the head room */
		6, 0, 0, 0, 0xff, 0xc9, 0x9a, 0x3b, 4, 0, 0, 0, 4, 0, 0, 0, 't', 'd', 'e', 'f'}; /* all of it used */
	__u8 got[sizeof(want) + 1];
	struct fosr_err err = {0};
	struct fosr_writer *w;
	__u8 *p;
	int fd;

	if (!ok(!fosr_writer_open(&w, path, FOSR_WRITER_AUTO, NULL, &err) && !fosr_pcap_begin(w), "a capture is begun"))
		return;
	p = fosr_pcap_reserve(w, 1, 10);
	memcpy(p, "abc", 3);
	fosr_pcap_commit(w, p, 1, p, 3, 5 * FOSR_NS_PER_S + 7);
	p = fosr_pcap_reserve(w, 1, 10);
	memcpy(p - 1, "tdef", 4);
	fosr_pcap_commit(w, p, 1, p - 1, 4, 7 * FOSR_NS_PER_S - 1);
	ok(!fosr_writer_finish(w, NULL, &err), "and finished");
	fd = open(path, O_RDONLY);
	ok(read(fd, got, sizeof(got)) == sizeof(want) && !memcmp(got, want, sizeof(want)),
		"its bytes are those of the format");
	close(fd);
	unlink(path);
}

/* Cases that change the process happen in a child; what it finds wrong is its exit status. */
static int in_child(int (*act)(enum fosr_writer_engine), enum fosr_writer_engine engine)
{
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(act(engine));
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* Exit status of a stream that has to end in `code` with `word` in its message and nothing left behind. */
static int fails_with(enum fosr_writer_engine engine, int code, const char *word)
{
	struct fosr_err err = {0};
	struct fosr_writer *w;
	int ret = fosr_writer_open(&w, path, engine, NULL, &err);

	if (ret == -EPERM && engine == FOSR_WRITER_URING)
		return NOT_HERE;
	if (ret)
		return 1;
	stream(w, 24 * MIB, 0);
	ret = fosr_writer_finish(w, NULL, &err);
	if (ret == code && strstr(err.text, word) && !entries())
		return 0;
	printf("# ended in %d: %s\n", ret, err.text);
	fflush(stdout);
	return 2;
}

static bool say(const char *to, const char *text)
{
	int fd = open(to, O_WRONLY);
	bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return good;
}

/* Mounts of one's own: as root, or as root of a user namespace. */
static bool own_mounts(void)
{
	char uid[32], gid[32];

	if (!unshare(CLONE_NEWNS))
		return true;
	snprintf(uid, sizeof(uid), "0 %u 1", getuid());
	snprintf(gid, sizeof(gid), "0 %u 1", getgid());
	return !unshare(CLONE_NEWUSER | CLONE_NEWNS) && say("/proc/self/uid_map", uid) &&
		say("/proc/self/setgroups", "deny") && say("/proc/self/gid_map", gid);
}

static int disk_full(enum fosr_writer_engine engine)
{
	if (!own_mounts())
		return NOT_HERE;
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) || mount("full", folder, "tmpfs", 0, "size=3m"))
		return NOT_HERE;
	/* In a chroot the mount may succeed and not be seen through the path. */
	if (access(folder, W_OK))
		return NOT_HERE;
	return fails_with(engine, -ENOSPC, "make room");
}

static int limited(enum fosr_writer_engine engine, rlim_t bytes)
{
	const struct rlimit limit = {.rlim_cur = bytes, .rlim_max = bytes};

	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
	return fails_with(engine, -EFBIG, "writing failed");
}

static int limited_even(enum fosr_writer_engine engine)
{
	return limited(engine, 2 * MIB + 8192);
}

static int limited_odd(enum fosr_writer_engine engine)
{
	return limited(engine, 2 * MIB + 1234);
}

static int limited_tiny(enum fosr_writer_engine engine)
{
	return limited(engine, 100);
}

static int dev_full(enum fosr_writer_engine engine)
{
	struct fosr_err err = {0};
	struct fosr_writer *w;
	int ret;

	dup2(open("/dev/full", O_WRONLY), STDOUT_FILENO);
	if (fosr_writer_open(&w, "-", engine, NULL, &err))
		return 1;
	stream(w, 4 * MIB, 0);
	if (fosr_writer_reserve(w, 1))
		return 2; /* the error shows before the end */
	ret = fosr_writer_finish(w, NULL, &err);
	return ret == -ENOSPC && strstr(err.text, "standard output") ? 0 : 3;
}

static int stdout_only(enum fosr_writer_engine engine)
{
	struct fosr_err err = {0};
	struct fosr_writer *w;

	dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
	return fosr_writer_open(&w, "-", engine, NULL, &err) && strstr(err.text, "standard output") ? 0 : 1;
}

static void child_ok(int status, const char *what, enum fosr_writer_engine engine)
{
	if (status == NOT_HERE)
		ok(1, "%s, %s # SKIP not to be had here", what, fosr_writer_engine_name[engine]);
	else
		ok(!status, "%s, %s%s", what, fosr_writer_engine_name[engine], status ? " (wrong)" : "");
	if (status && status != NOT_HERE)
		printf("# exit status %d\n", status);
}

static void test_errors(void)
{
	for (size_t e = 0; e < FOSR_ARRAY_SIZE(engines); e++) {
		child_ok(in_child(disk_full, engines[e]), "a full disk: ENOSPC, and nothing left", engines[e]);
		child_ok(in_child(limited_even, engines[e]), "a size limit: EFBIG, and nothing left", engines[e]);
		child_ok(in_child(limited_odd, engines[e]), "a size limit that is no multiple: EFBIG", engines[e]);
		child_ok(in_child(limited_tiny, engines[e]), "a size limit of 100 bytes: EFBIG", engines[e]);
	}
	child_ok(in_child(dev_full, FOSR_WRITER_AUTO), "a pipe that takes nothing: ENOSPC", FOSR_WRITER_AUTO);
	child_ok(in_child(dev_full, FOSR_WRITER_PIPE), "a pipe that takes nothing: ENOSPC", FOSR_WRITER_PIPE);
	child_ok(in_child(stdout_only, FOSR_WRITER_URING), "an engine asked for by name is not replaced",
		FOSR_WRITER_URING);
	child_ok(in_child(stdout_only, FOSR_WRITER_PWRITE), "an engine asked for by name is not replaced",
		FOSR_WRITER_PWRITE);
}

/* A real pipe with a slow reader, which takes what comes in pieces. */
static void test_pipe(void)
{
	enum { TOTAL = 3 * MIB + 999 };
	int ends[2], status = -1;
	bool good;
	pid_t pid;

	if (!ok(!pipe(ends), "a pipe"))
		return;
	fflush(stdout);
	pid = fork();
	if (!pid) {
		struct fosr_err err = {0};
		struct fosr_writer *w;

		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		_exit(fosr_writer_open(&w, "-", FOSR_WRITER_AUTO, NULL, &err) || !stream(w, TOTAL, 0) ||
			fosr_writer_finish(w, NULL, &err));
	}
	close(ends[1]);
	good = right(ends[0], TOTAL);
	close(ends[0]);
	waitpid(pid, &status, 0);
	ok(good && !status, "standard output as a pipe: the same bytes");
}

struct warnings {
	int n;
	char text[480];
};

static void count_warning(void *arg, const char *text)
{
	struct warnings *warnings = arg;

	warnings->n++;
	snprintf(warnings->text, sizeof(warnings->text), "%s", text);
}

static int forbid_uring(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog prog = {.len = FOSR_ARRAY_SIZE(filter), .filter = filter};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog);
}

static int without_uring(enum fosr_writer_engine engine)
{
	struct warnings warnings = {0};
	const struct fosr_log log = {.warn = count_warning, .arg = &warnings};
	struct fosr_writer_stats stats;
	struct fosr_err err = {0};
	struct fosr_writer *w;

	if (forbid_uring())
		return NOT_HERE;
	if (engine == FOSR_WRITER_URING) {
		int ret = fosr_writer_open(&w, path, engine, &log, &err);

		return ret == -EPERM && strstr(err.text, "io_uring") && !warnings.n && !entries() ? 0 : 1;
	}
	if (fosr_writer_open(&w, path, engine, &log, &err) || !stream(w, 6 * MIB + 5, 0) ||
		fosr_writer_finish(w, &stats, &err) || !file_right(path, 6 * MIB + 5))
		return 2;
	unlink(path);
	/* Where O_DIRECT is not to be had io_uring is not even tried, which is nothing to warn of. */
	if (stats.engine != FOSR_WRITER_PWRITE || warnings.n != (direct && engine == FOSR_WRITER_AUTO))
		return 3;
	return warnings.n && !strstr(warnings.text, "pwrite") ? 4 : 0;
}

static void test_without_uring(void)
{
	child_ok(in_child(without_uring, FOSR_WRITER_AUTO), "io_uring forbidden: one warning, the same bytes",
		FOSR_WRITER_AUTO);
	child_ok(in_child(without_uring, FOSR_WRITER_PWRITE), "io_uring forbidden: no matter", FOSR_WRITER_PWRITE);
	child_ok(in_child(without_uring, FOSR_WRITER_URING), "io_uring forbidden: refused by name", FOSR_WRITER_URING);
}

int main(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(folder, sizeof(folder), "%s/test_writer.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(folder))
		skip_all("no folder for temporary files");
	snprintf(path, sizeof(path), "%s/out", folder);
	test_bytes();
	test_waits();
	test_put();
	test_abort_keep();
	test_pcap();
	test_errors();
	test_pipe();
	test_without_uring();
	ok(!rmdir(folder), "nothing is left behind");
	return done();
}

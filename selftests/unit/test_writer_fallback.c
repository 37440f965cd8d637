// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Each way of writing taken away by what takes it away in life: seccomp, kernel.io_uring_disabled, RLIMIT_MEMLOCK,
 * tmpfs, a file system without O_DIRECT or fallocate. The file is the same, and one line says why.
 */
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "sink/block.h"
#include "writerkit.h"

#define TOTAL (40 * MIB + 12345)
#define DISABLED "/proc/sys/kernel/io_uring_disabled"

static bool direct; /* the folder's file system takes O_DIRECT */

/* A system call that fails: always, or only if its third argument has one of these bits. */
static int forbid(__u32 nr, __u32 code, __u32 bits)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | code),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog prog = {.len = FOSR_ARRAY_SIZE(filter), .filter = filter};

	if (!bits) /* whatever the argument */
		filter[3] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JA, 0, 0, 0);
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog);
}

struct expect {
	enum fosr_writer_engine engine;
	const char *warning, *note; /* a word of the only one; NULL: none */
	bool lock; /* and the note that RLIMIT_MEMLOCK is too small */
};

static struct expect by(enum fosr_writer_engine engine, const char *warning, const char *note)
{
	return (struct expect){.engine = engine, .warning = warning, .note = note};
}

static bool as_said(const char *word, int n, const char *text)
{
	return word ? n == 1 && strstr(text, word) : !n;
}

static int compare(const struct fosr_writer_stats *stats, const struct said *said, struct expect want)
{
	if (stats->engine == want.engine && as_said(want.warning, said->warnings, said->warning) &&
		as_said(want.note, said->notes, said->note) && (!want.lock || said->locks == 1))
		return 0;
	printf("# %s; %d warnings: %s; %d notes: %s\n", fosr_writer_engine_name[stats->engine], said->warnings,
		said->warning, said->notes, said->note);
	fflush(stdout);
	return 3;
}

/* Exit status of a stream that has to be right, written that way, and with these words. */
static int written(enum fosr_writer_engine engine, struct expect want)
{
	struct said said = {0};
	const struct fosr_log log = {.warn = on_warn, .note = on_note, .arg = &said};
	struct fosr_writer_stats stats;
	struct fosr_err err = {0};
	struct fosr_writer *w;
	int before = held();

	if (fosr_writer_open(&w, path, engine, &log, &err) || !stream(w, TOTAL, 0) ||
		fosr_writer_finish(w, &stats, &err)) {
		printf("# %s\n", err.text);
		fflush(stdout);
		return 1;
	}
	if (!file_right(path, TOTAL) || held() != before || unlink(path))
		return 2;
	return compare(&stats, &said, want);
}

/* Refused by name: one error that says so, no file, nothing of it on the log. */
static int refused(int code, const char *word)
{
	struct said said = {0};
	const struct fosr_log log = {.warn = on_warn, .note = on_note, .arg = &said};
	struct fosr_err err = {0};
	struct fosr_writer *w;
	int before = held(), ret = fosr_writer_open(&w, path, FOSR_WRITER_URING, &log, &err);

	return ret == code && strstr(err.text, word) && !said.warnings && said.notes == !direct && !entries() &&
			held() == before
		? 0
		: 1;
}

static int without_uring(enum fosr_writer_engine engine, __u32 code, const char *word)
{
	if (forbid(SYS_io_uring_setup, code, 0))
		return NOT_HERE;
	if (engine == FOSR_WRITER_URING)
		return refused(-(int)code, word);
	/* Where O_DIRECT is not to be had io_uring is not even tried, which is nothing to warn of. */
	return written(engine,
		by(FOSR_WRITER_PWRITE, direct && engine == FOSR_WRITER_AUTO ? word : NULL, direct ? NULL : "O_DIRECT"));
}

static int uring_eperm(enum fosr_writer_engine engine)
{
	return without_uring(engine, EPERM, "io_uring_disabled");
}

static int uring_enosys(enum fosr_writer_engine engine)
{
	return without_uring(engine, ENOSYS, "the kernel has none");
}

static bool set_disabled(const char *value)
{
	int fd = open(DISABLED, O_RDWR | O_CLOEXEC);
	bool good = fd >= 0 && write(fd, value, 1) == 1;

	if (fd >= 0)
		close(fd);
	return good;
}

static bool is_enabled(void)
{
	int fd = open(DISABLED, O_RDONLY | O_CLOEXEC);
	char value = 0;
	bool good = fd >= 0 && read(fd, &value, 1) == 1 && value == '0';

	if (fd >= 0)
		close(fd);
	return good;
}

/* It is the machine's, not ours: off for as long as one open takes, whatever signal comes. */
static int uring_sysctl(enum fosr_writer_engine engine)
{
	struct said said = {0};
	const struct fosr_log log = {.warn = on_warn, .note = on_note, .arg = &said};
	struct fosr_writer_stats stats;
	struct fosr_err err = {0};
	struct fosr_writer *w;
	sigset_t all;
	int ret;

	if (!direct || !is_enabled())
		return NOT_HERE;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	if (!set_disabled("2"))
		return NOT_HERE;
	ret = fosr_writer_open(&w, path, engine, &log, &err);
	if (!set_disabled("0"))
		return 1;
	if (engine == FOSR_WRITER_URING)
		return ret == -EPERM && strstr(err.text, "kernel.io_uring_disabled") && !entries() ? 0 : 2;
	if (ret || !stream(w, TOTAL, 0) || fosr_writer_finish(w, &stats, &err) || !file_right(path, TOTAL))
		return 3;
	unlink(path);
	return compare(&stats, &said, by(FOSR_WRITER_PWRITE, "kernel.io_uring_disabled", NULL));
}

/* fcntl(F_SETFL) as a file system without O_DIRECT answers. */
static int no_direct(enum fosr_writer_engine engine)
{
	if (forbid(SYS_fcntl, EINVAL, O_DIRECT))
		return NOT_HERE;
	return written(engine, by(engine == FOSR_WRITER_URING ? engine : FOSR_WRITER_PWRITE, NULL, "O_DIRECT"));
}

static int no_fallocate(enum fosr_writer_engine engine)
{
	if (!direct || forbid(SYS_fallocate, EOPNOTSUPP, 0))
		return NOT_HERE;
	return written(engine, by(engine == FOSR_WRITER_AUTO ? FOSR_WRITER_URING : engine, NULL, "ahead"));
}

static int no_fallocate_space(enum fosr_writer_engine engine)
{
	if (!direct || forbid(SYS_fallocate, ENOSPC, 0))
		return NOT_HERE;
	return written(engine, by(engine == FOSR_WRITER_AUTO ? FOSR_WRITER_URING : engine, NULL, NULL));
}

static int on_tmpfs(enum fosr_writer_engine engine)
{
	if (geteuid() || unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		mount("none", folder, "tmpfs", 0, "size=64m") || access(folder, W_OK))
		return NOT_HERE;
	return written(engine, by(engine == FOSR_WRITER_URING ? engine : FOSR_WRITER_PWRITE, NULL, "O_DIRECT"));
}

/* Locked memory counts for nobody; root may lock what it likes. */
static bool as_nobody(rlim_t bytes)
{
	const struct rlimit limit = {.rlim_cur = bytes, .rlim_max = bytes};

	return !geteuid() && direct && !setrlimit(RLIMIT_MEMLOCK, &limit) && !setresgid(65534, 65534, 65534) &&
		!setresuid(65534, 65534, 65534) && !access(folder, W_OK);
}

static int no_memlock(enum fosr_writer_engine engine)
{
	struct fosr_err err = {0};
	struct fosr_writer *w;

	if (!as_nobody(0))
		return NOT_HERE;
	/* Older kernels do not count the rings themselves: then only the blocks cannot be locked. */
	if (!fosr_writer_open(&w, path, FOSR_WRITER_URING, NULL, &err)) {
		fosr_writer_abort(w);
		return written(engine, (struct expect){.engine = FOSR_WRITER_URING, .lock = true});
	}
	if (engine == FOSR_WRITER_URING)
		return refused(-ENOMEM, "RLIMIT_MEMLOCK");
	return written(engine, by(FOSR_WRITER_PWRITE, "RLIMIT_MEMLOCK", NULL));
}

static int little_memlock(enum fosr_writer_engine engine)
{
	return as_nobody(2 * MIB) ? written(engine, (struct expect){.engine = FOSR_WRITER_URING, .lock = true})
				  : NOT_HERE;
}

static int nothing_missing(enum fosr_writer_engine engine)
{
	return written(engine, by(direct ? FOSR_WRITER_URING : FOSR_WRITER_PWRITE, NULL, direct ? NULL : "O_DIRECT"));
}

static void find_direct(void)
{
	struct fosr_writer_stats stats = {0};
	struct fosr_err err = {0};
	struct fosr_writer *w;

	if (ok(!fosr_writer_open(&w, path, FOSR_WRITER_PWRITE, NULL, &err) && !fosr_writer_put(w, "x", 1) &&
			    !fosr_writer_finish(w, &stats, &err) && !unlink(path),
		    "a file is written"))
		direct = stats.direct;
	printf("# O_DIRECT: %s\n", direct ? "yes" : "no");
}

int main(void)
{
	static const struct {
		int (*act)(enum fosr_writer_engine engine);
		const char *what;
		enum fosr_writer_engine engine[4]; /* up to the first AUTO after the first */
	} rows[] = {
		{nothing_missing, "nothing is missing: nothing is said", {FOSR_WRITER_AUTO}},
		{uring_eperm, "io_uring forbidden by seccomp (EPERM)",
			{FOSR_WRITER_AUTO, FOSR_WRITER_PWRITE, FOSR_WRITER_URING}},
		{uring_enosys, "io_uring hidden by seccomp (ENOSYS)",
			{FOSR_WRITER_AUTO, FOSR_WRITER_PWRITE, FOSR_WRITER_URING}},
		{uring_sysctl, "kernel.io_uring_disabled", {FOSR_WRITER_AUTO, FOSR_WRITER_URING}},
		{no_direct, "no O_DIRECT", {FOSR_WRITER_AUTO, FOSR_WRITER_PWRITE, FOSR_WRITER_URING}},
		{on_tmpfs, "tmpfs", {FOSR_WRITER_AUTO, FOSR_WRITER_PWRITE, FOSR_WRITER_URING}},
		{no_fallocate, "no fallocate", {FOSR_WRITER_AUTO, FOSR_WRITER_PWRITE, FOSR_WRITER_URING}},
		{no_fallocate_space, "no space for fallocate",
			{FOSR_WRITER_AUTO, FOSR_WRITER_PWRITE, FOSR_WRITER_URING}},
		{no_memlock, "RLIMIT_MEMLOCK 0", {FOSR_WRITER_AUTO, FOSR_WRITER_URING}},
		{little_memlock, "RLIMIT_MEMLOCK 2 MiB", {FOSR_WRITER_AUTO, FOSR_WRITER_URING}},
	};

	make_folder("test_writer_fallback");
	if (chmod(folder, 0777))
		skip_all("the folder cannot be opened to others");
	find_direct();
	for (size_t i = 0; i < FOSR_ARRAY_SIZE(rows); i++)
		for (size_t e = 0; !e || (e < 4 && rows[i].engine[e]); e++)
			child_ok(in_child(rows[i].act, rows[i].engine[e]), rows[i].what, rows[i].engine[e]);
	ok(!rmdir(folder), "nothing is left behind");
	return done();
}

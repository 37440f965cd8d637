/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For tests of the writer: a stream whose every byte tells its place, a folder to count files in, cases in a child. */
#ifndef SELFTESTS_UNIT_WRITERKIT_H
#define SELFTESTS_UNIT_WRITERKIT_H

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mix.h"
#include "base/rng.h"
#include "sink/writer.h"
#include "tap.h"

#define MIB (1u << 20)
#define NOT_HERE 77 /* a child's exit status: the kernel does not let the case be made */

static char folder[256], path[300];

static const enum fosr_writer_engine engines[] = {FOSR_WRITER_URING, FOSR_WRITER_PWRITE, FOSR_WRITER_PIPE};

/* What a writer says on its way. */
struct said {
	int warnings, notes;
	int locks; /* notes about RLIMIT_MEMLOCK, which is small for ordinary users, are counted here */
	char warning[480], note[480]; /* the last ones */
};

/* What byte `at` of every stream is: a block that lands elsewhere, or twice, or late, shows. */
static inline __u8 content(__u64 at)
{
	return (__u8)(fosr_mix64(at / 8 + 1) >> 8 * (at % 8));
}

static inline void fill(__u8 *p, __u64 at, __u32 n)
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
static inline bool right(int fd, __u64 total)
{
	static __u8 got[64 << 10], want[64 << 10];
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

static inline bool file_right(const char *name, __u64 total)
{
	int fd = open(name, O_RDONLY);
	bool good = fd >= 0 && right(fd, total);

	if (fd >= 0)
		close(fd);
	return good;
}

static inline int entries_of(const char *name)
{
	DIR *d = opendir(name);
	struct dirent *e;
	int n = 0;

	while (d && (e = readdir(d)))
		n += strcmp(e->d_name, ".") && strcmp(e->d_name, "..");
	if (d)
		closedir(d);
	return n;
}

static inline int entries(void)
{
	return entries_of(folder);
}

/* Open files and shared mappings of this process: the same before and after, or something leaked. */
static inline int held(void)
{
	FILE *f = fopen("/proc/self/maps", "re");
	int n = entries_of("/proc/self/fd") - 1;
	char line[512];

	while (f && fgets(line, sizeof(line), f))
		n += strstr(line, "rw-s") ? 1000 : 0;
	if (f)
		fclose(f);
	return n;
}

static inline void on_warn(void *arg, const char *text)
{
	struct said *said = arg;

	said->warnings++;
	snprintf(said->warning, sizeof(said->warning), "%s", text);
}

static inline void on_note(void *arg, const char *text)
{
	struct said *said = arg;

	if (strstr(text, "RLIMIT_MEMLOCK")) {
		said->locks++;
		return;
	}
	said->notes++;
	snprintf(said->note, sizeof(said->note), "%s", text);
}

/* record 0: sizes at random; else that size, the last one shorter. False after a write error. */
static inline bool stream(struct fosr_writer *w, __u64 total, __u32 record)
{
	struct fosr_rng r = fosr_rng(total, record, FOSR_STAGE_REPORT, 0);

	for (__u64 at = 0; at < total;) {
		__u32 n = record ? record : 1 + fosr_rng_below(&r, fosr_rng_below(&r, 8) ? 1514 : 65536);
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

static inline void make_folder(const char *name)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(folder, sizeof(folder), "%s/%s.XXXXXX", tmp ? tmp : "/tmp", name);
	if (!mkdtemp(folder))
		skip_all("no folder for temporary files");
	snprintf(path, sizeof(path), "%s/out", folder);
}

/* Cases that change the process happen in a child; what it finds wrong is its exit status. */
static inline int in_child(int (*act)(enum fosr_writer_engine), enum fosr_writer_engine engine)
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

static inline void child_ok(int status, const char *what, enum fosr_writer_engine engine)
{
	if (status == NOT_HERE)
		ok(1, "%s, %s # SKIP not to be had here", what, fosr_writer_engine_name[engine]);
	else
		ok(!status, "%s, %s%s", what, fosr_writer_engine_name[engine], status ? " (wrong)" : "");
	if (status && status != NOT_HERE)
		printf("# exit status %d\n", status);
}

#endif

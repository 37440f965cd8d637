// SPDX-License-Identifier: GPL-3.0-or-later
/* What is put is what is in the file, by each way of writing; what cannot be done is an error, and nothing is left. */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sink/block.h"
#include "writerkit.h"

#define RING (FOSR_BLOCKS_MAX * FOSR_BLOCK_SIZE)

typedef int (*open_fn)(
	struct fosr_writer **, const char *, enum fosr_writer_engine, const struct fosr_log *, struct fosr_err *);

static void bytes(open_fn open_writer, enum fosr_writer_engine engine, __u64 total, __u32 record)
{
	const char *name = fosr_writer_engine_name[engine];
	struct fosr_writer_stats stats = {0};
	struct fosr_err err = {0};
	struct fosr_writer *w;
	struct stat st;
	int before = held();
	bool good = !open_writer(&w, path, engine, NULL, &err);

	if (!good && engine == FOSR_WRITER_URING && (err.code == -EPERM || err.code == -ENOSYS)) {
		ok(1, "%s: %llu bytes # SKIP %s", name, total, err.text);
		return;
	}
	good = good && stream(w, total, record) && access(path, F_OK) && !fosr_writer_finish(w, &stats, &err);
	ok(good && file_right(path, total) && stats.bytes == total && stats.engine == engine && entries() == 1,
		"%s%s: %llu bytes in records of %u%s", name, open_writer == fosr_writer_open ? "" : ", small", total,
		record, record ? "" : " (any size)");
	ok(!stat(path, &st) && (__u64)st.st_blocks * 512 <= total + 64 * 1024 && held() == before,
		"no room is kept that it does not need, no memory, no file");
	unlink(path);
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
		{5 * MIB, 0},
		{RING - 1, 65535},
		{RING, 0},
		{RING + 12345, 0},
		{RING + 9 * MIB + 7, 1531},
		/* Large pieces: across the ring's end at any offset, several blocks at a time. */
		{MIB, FOSR_WRITER_RESERVE_MAX},
		{40 * MIB, FOSR_WRITER_RESERVE_MAX},
		{45 * MIB + 1, FOSR_WRITER_RESERVE_MAX - 1},
		{3 * RING + 4097, 3 * MIB + 333},
	};

	for (size_t e = 0; e < FOSR_ARRAY_SIZE(engines); e++)
		for (size_t i = 0; i < FOSR_ARRAY_SIZE(rows); i++) {
			bytes(fosr_writer_open, engines[e], rows[i].total, rows[i].record);
			if (rows[i].record <= FOSR_WRITER_RESERVE_SMALL)
				bytes(fosr_writer_open_small, engines[e], rows[i].total, rows[i].record);
		}
}

/* The same room, filled by several threads at once, from its end to its beginning. */
struct part {
	__u8 *p;
	__u64 at;
	__u32 n;
};

static void *fill_part(void *arg)
{
	const struct part *part = arg;

	for (__u32 left = part->n; left;) {
		__u32 n = left < 1000 ? left : 1000;

		left -= n;
		fill(part->p + left, part->at + left, n);
	}
	return NULL;
}

static bool fill_together(__u8 *p, __u64 at, __u32 n)
{
	enum { THREADS = 4 };
	struct part part[THREADS];
	pthread_t thread[THREADS];
	__u32 each = n / THREADS;
	int started = 0;

	for (int i = 0; i < THREADS; i++) {
		part[i] = (struct part){p + i * each, at + (__u64)i * each, i < THREADS - 1 ? each : n - i * each};
		if (pthread_create(&thread[i], NULL, fill_part, &part[i]))
			break;
		started++;
	}
	for (int i = 0; i < started; i++)
		pthread_join(thread[i], NULL);
	return started == THREADS;
}

static void test_together(void)
{
	enum { PIECE = FOSR_WRITER_RESERVE_MAX - 4321, TOTAL = 12 * PIECE };
	struct fosr_err err = {0};
	struct fosr_writer *w;
	bool good = !fosr_writer_open(&w, path, FOSR_WRITER_AUTO, NULL, &err);

	for (__u64 at = 0; good && at < TOTAL; at += PIECE) {
		__u8 *p = fosr_writer_reserve(w, PIECE);

		good = p && fill_together(p, at, PIECE);
		fosr_writer_commit(w, PIECE);
	}
	ok(good && !fosr_writer_finish(w, NULL, &err) && file_right(path, TOTAL),
		"what is lent may be filled by four threads at once");
	unlink(path);
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

	ok(good && file_right(path, TOTAL), "96 MiB as fast as can be, by %s%s%s: %llu waits for the disk",
		fosr_writer_engine_name[stats.engine], stats.direct ? ", direct" : "",
		stats.registered ? ", registered" : "", stats.waits);
	unlink(path);
}

static void test_put(void)
{
	struct fosr_err err = {0};
	struct fosr_writer *w;
	__u8 *data = malloc(9 * MIB);

	fill(data, 0, 9 * MIB);
	ok(!fosr_writer_open(&w, path, FOSR_WRITER_AUTO, NULL, &err) && !fosr_writer_put(w, data, 0) &&
			!fosr_writer_put(w, data, 9 * MIB) && !fosr_writer_finish(w, NULL, &err) &&
			file_right(path, 9 * MIB),
		"put takes more than one reserve may, and nothing");
	unlink(path);
	free(data);
}

static void test_too_much(void)
{
	struct fosr_err err = {0};
	struct fosr_writer *w;

	ok(!fosr_writer_open(&w, path, FOSR_WRITER_AUTO, NULL, &err) &&
			fosr_writer_reserve(w, FOSR_WRITER_RESERVE_MAX) &&
			!fosr_writer_reserve(w, FOSR_WRITER_RESERVE_MAX + 1) &&
			fosr_writer_finish(w, NULL, &err) == -EMSGSIZE && !entries(),
		"more than the most is an error, and nothing is left");
	ok(!fosr_writer_open_small(&w, path, FOSR_WRITER_AUTO, NULL, &err) &&
			fosr_writer_reserve(w, FOSR_WRITER_RESERVE_SMALL) &&
			!fosr_writer_reserve(w, FOSR_WRITER_RESERVE_SMALL + 1),
		"a small writer lends less");
	fosr_writer_abort(w);
}

static void test_abort_keep(void)
{
	for (size_t e = 0; e < FOSR_ARRAY_SIZE(engines); e++) {
		const char *name = fosr_writer_engine_name[engines[e]];
		struct fosr_err err = {0};
		struct fosr_writer *w;
		char kept[512] = "";
		struct stat st;
		int before = held();

		if (fosr_writer_open(&w, path, engines[e], NULL, &err))
			continue; /* said by test_bytes() */
		ok(stream(w, 29 * MIB + 5, 0) && entries() == 1, "%s: begun", name);
		fosr_writer_abort(w);
		ok(entries() == 0 && held() == before, "%s: abort leaves nothing, whatever was on its way", name);
		ok(!fosr_writer_open(&w, path, engines[e], NULL, &err) && stream(w, 3 * MIB + 77, 0) &&
				!fosr_writer_keep(w, kept, sizeof(kept), &err) && entries() == 1 && access(path, F_OK),
			"%s: keep leaves one file, not under its final name", name);
		ok(file_right(kept, 3 * MIB + 77) && !stat(kept, &st) && st.st_blocks * 512 < 4 * MIB &&
				held() == before,
			"%s: complete, under the name that it gives, and no longer than it is", name);
		unlink(kept);
	}
	fosr_writer_abort(NULL);
	ok(1, "abort of nothing is allowed");
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
	stream(w, 48 * MIB, 0);
	ret = fosr_writer_finish(w, NULL, &err);
	if (ret == code && strstr(err.text, word) && !entries())
		return 0;
	printf("# ended in %d: %s\n", ret, err.text);
	fflush(stdout);
	return 2;
}

/* Exit status of a stream that has to go well. */
static int goes_well(enum fosr_writer_engine engine, __u64 total)
{
	struct fosr_err err = {0};
	struct fosr_writer *w;

	if (fosr_writer_open(&w, path, engine, NULL, &err))
		return engine == FOSR_WRITER_URING ? NOT_HERE : 1;
	stream(w, total, 0);
	if (fosr_writer_finish(w, NULL, &err)) {
		printf("# ended in %d: %s\n", err.code, err.text);
		fflush(stdout);
		return 2;
	}
	return file_right(path, total) && !unlink(path) ? 0 : 3;
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
		return !mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
	snprintf(uid, sizeof(uid), "0 %u 1", getuid());
	snprintf(gid, sizeof(gid), "0 %u 1", getgid());
	return !unshare(CLONE_NEWUSER | CLONE_NEWNS) && say("/proc/self/uid_map", uid) &&
		say("/proc/self/setgroups", "deny") && say("/proc/self/gid_map", gid) &&
		!mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

static int tmpfs_full(enum fosr_writer_engine engine)
{
	if (!own_mounts() || mount("full", folder, "tmpfs", 0, "size=3m"))
		return NOT_HERE;
	/* In a chroot the mount may succeed and not be seen through the path. */
	if (access(folder, W_OK))
		return NOT_HERE;
	return fails_with(engine, -ENOSPC, "make room");
}

/* A file system of 32 MiB in a file, seen by this process only; gone with it. */
static bool own_ext4(void)
{
	char command[2048];

	if (geteuid() || !own_mounts())
		return false;
	snprintf(command, sizeof(command),
		"{ truncate -s 32M %1$s.image && mkfs.ext4 -q -m 0 -O ^has_journal %1$s.image && "
		"mount -o loop %1$s.image %1$s && rmdir %1$s/lost+found; } >/dev/null 2>&1; s=$?; "
		"rm -f %1$s.image; exit $s",
		folder);
	return !system(command) && !access(folder, W_OK) && entries() == 0;
}

static int ext4_full(enum fosr_writer_engine engine)
{
	int ret = own_ext4() ? fails_with(engine, -ENOSPC, "make room") : NOT_HERE;

	/* And what just fits does, although more was asked for ahead. */
	return ret ? ret : goes_well(engine, 26 * MIB + 55);
}

/* Of a stream that does not fit, what is said to be good is, and stays when it is asked for. */
static int salvages(enum fosr_writer_engine engine, __u64 least)
{
	struct fosr_err err = {0};
	struct fosr_writer *w;
	char kept[512] = "";
	__u64 good;

	if (fosr_writer_open(&w, path, engine, NULL, &err))
		return engine == FOSR_WRITER_URING ? NOT_HERE : 1;
	stream(w, 48 * MIB, 0);
	if (fosr_writer_complete(w, &err) != -ENOSPC)
		return 2;
	good = fosr_writer_good(w);
	if (good < least || good >= 48 * MIB || fosr_writer_length(w) < good)
		return 3;
	if (fosr_writer_salvage(w, good - 5, kept, sizeof(kept), &err) || entries() != 1 || !access(path, F_OK))
		return 4;
	return file_right(kept, good - 5) && !unlink(kept) ? 0 : 5;
}

static int tmpfs_salvaged(enum fosr_writer_engine engine)
{
	if (!own_mounts() || mount("full", folder, "tmpfs", 0, "size=3m") || access(folder, W_OK))
		return NOT_HERE;
	return salvages(engine, 2 * MIB);
}

/* Of 32 MiB, of which the file system has some itself; blocks that were on their way are not counted on. */
static int ext4_salvaged(enum fosr_writer_engine engine)
{
	return own_ext4() ? salvages(engine, 8 * MIB) : NOT_HERE;
}

static int limited(enum fosr_writer_engine engine, rlim_t limit)
{
	const struct rlimit rlimit = {.rlim_cur = limit, .rlim_max = limit};

	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &rlimit);
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

/* The process would be ended by SIGXFSZ if room were taken, or padding written, past the limit. */
static int limited_enough(enum fosr_writer_engine engine)
{
	const struct rlimit limit = {.rlim_cur = 20 * MIB + 1234, .rlim_max = 20 * MIB + 1234};

	setrlimit(RLIMIT_FSIZE, &limit);
	return goes_well(engine, 20 * MIB + 1234);
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

static int reader_gone(enum fosr_writer_engine engine)
{
	struct fosr_err err = {0};
	struct fosr_writer *w;
	int ends[2];

	signal(SIGPIPE, SIG_IGN);
	if (pipe(ends))
		return 1;
	close(ends[0]);
	dup2(ends[1], STDOUT_FILENO);
	if (fosr_writer_open(&w, "-", engine, NULL, &err))
		return 2;
	stream(w, 2 * MIB, 0);
	return fosr_writer_finish(w, NULL, &err) == -EPIPE ? 0 : 3;
}

static int stdout_only(enum fosr_writer_engine engine)
{
	struct fosr_err err = {0};
	struct fosr_writer *w;

	dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
	return fosr_writer_open(&w, "-", engine, NULL, &err) && strstr(err.text, "standard output") ? 0 : 1;
}

static void test_errors(void)
{
	for (size_t e = 0; e < FOSR_ARRAY_SIZE(engines); e++) {
		child_ok(in_child(tmpfs_full, engines[e]), "a full disk: ENOSPC, and nothing left", engines[e]);
		child_ok(in_child(tmpfs_salvaged, engines[e]), "a full disk: what was written is kept", engines[e]);
		child_ok(in_child(ext4_salvaged, engines[e]), "a full ext4: what was written is kept", engines[e]);
		child_ok(in_child(ext4_full, engines[e]), "a full ext4: ENOSPC; what fits is written", engines[e]);
		child_ok(in_child(limited_even, engines[e]), "a size limit: EFBIG, and nothing left", engines[e]);
		child_ok(in_child(limited_odd, engines[e]), "a size limit that is no multiple: EFBIG", engines[e]);
		child_ok(in_child(limited_tiny, engines[e]), "a size limit of 100 bytes: EFBIG", engines[e]);
		child_ok(in_child(limited_enough, engines[e]), "a size limit that is just enough", engines[e]);
	}
	child_ok(in_child(dev_full, FOSR_WRITER_AUTO), "a device that takes nothing: ENOSPC", FOSR_WRITER_AUTO);
	child_ok(in_child(dev_full, FOSR_WRITER_PIPE), "a device that takes nothing: ENOSPC", FOSR_WRITER_PIPE);
	child_ok(in_child(reader_gone, FOSR_WRITER_AUTO), "a pipe that nobody reads: EPIPE", FOSR_WRITER_AUTO);
	child_ok(in_child(stdout_only, FOSR_WRITER_URING), "an engine asked for by name is not replaced",
		FOSR_WRITER_URING);
	child_ok(in_child(stdout_only, FOSR_WRITER_PWRITE), "an engine asked for by name is not replaced",
		FOSR_WRITER_PWRITE);
}

/* A real pipe with a slow reader, which takes what comes in pieces. */
static void test_pipe(void)
{
	enum { TOTAL = 23 * MIB + 999 };
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

int main(void)
{
	make_folder("test_writer");
	test_bytes();
	test_together();
	test_waits();
	test_put();
	test_too_much();
	test_abort_keep();
	test_errors();
	test_pipe();
	ok(!rmdir(folder), "nothing is left behind");
	return done();
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#include "base/file.h"
#include "tap.h"

static char folder[256];

static const char *in_folder(const char *name)
{
	static char path[2][FOSR_PATH_MAX + 512];
	static int turn;

	turn ^= 1;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", folder, name);
	return path[turn];
}

/* Names in the folder, but . and .. */
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

static bool holds(const char *path, const char *text)
{
	struct fosr_err err = {0};
	size_t len = 0;
	void *buf = NULL;
	bool same = !fosr_file_read(path, 1000, &buf, &len, &err) && len == strlen(text) && !memcmp(buf, text, len);

	free(buf);
	return same;
}

static void test_write(void)
{
	const char *path = in_folder("out");
	struct fosr_err err = {0};
	struct fosr_outfile o;
	struct stat st;
	mode_t mask = umask(027);

	ok(!fosr_file_write(path, "first", 5, &err) && holds(path, "first") && entries() == 1, "a file is written");
	ok(!stat(path, &st) && (st.st_mode & 0777) == 0640, "with the mode that the umask leaves");
	umask(mask);
	ok(!fosr_outfile_open(&o, path, &err) && write(o.fd, "second!", 7) == 7 && entries() == 2,
		"another version is on its way beside it");
	ok(holds(path, "first"), "until it is complete, the old one stands");
	ok(fcntl(o.fd, F_GETFD) & FD_CLOEXEC, "other programs do not inherit it");
	ok(!fosr_outfile_commit(&o, &err) && o.fd == -1 && holds(path, "second!") && entries() == 1,
		"then the new one");
	ok(!fosr_file_write(path, "", 0, &err) && holds(path, ""), "an empty file is a file");
	unlink(path);
}

static void test_abort_keep(void)
{
	const char *path = in_folder("out");
	struct fosr_err err = {0};
	struct fosr_outfile o;

	ok(!fosr_outfile_open(&o, path, &err) && write(o.fd, "part", 4) == 4, "begun");
	fosr_outfile_abort(&o);
	ok(entries() == 0, "abort leaves nothing");
	fosr_outfile_abort(&o);
	ok(o.fd == -1, "abort again is allowed");
	ok(!fosr_outfile_open(&o, path, &err) && write(o.fd, "part", 4) == 4 && !fosr_outfile_keep(&o, &err), "kept");
	ok(holds(o.temp, "part") && access(path, F_OK) && entries() == 1,
		"keep leaves it under its temporary name only");
	ok(strlen(o.temp) > 5 && !strcmp(o.temp + strlen(o.temp) - 5, ".part"), "which says that it is a part (%s)",
		strrchr(o.temp, '/'));
	fosr_outfile_abort(&o);
	ok(!access(o.temp, F_OK), "and abort does not take it away any more");
	unlink(o.temp);
}

static void refused(const char *path, int code, const char *word, const char *what)
{
	struct fosr_err err = {0};
	int ret = fosr_file_write(path, "x", 1, &err);

	ok(ret == code && err.code == code && strstr(err.text, word), "%s: %s", what, err.text);
}

static void test_refusals(void)
{
	char long_name[FOSR_PATH_MAX + 10];
	struct fosr_err err = {0};
	struct fosr_outfile o;

	memset(long_name, 'a', sizeof(long_name));
	long_name[sizeof(long_name) - 1] = 0;
	refused(folder, -EISDIR, "directory", "a directory");
	refused(in_folder(""), -EISDIR, "directory", "a directory with its slash");
	refused(in_folder("none/out"), -ENOENT, "none/out", "a folder that is not there");
	refused("/dev/full", -ENOSPC, "/dev/full", "a device that is full");
	refused("", -ENAMETOOLONG, "0 bytes", "an empty name");
	refused(long_name, -ENAMETOOLONG, "expected 1 to", "too long a name");
	long_name[250] = 0;
	ok(!fosr_file_write(in_folder(long_name), "x", 1, &err) && entries() == 1,
		"a name near the file system's limit has room for its temporary one");
	unlink(in_folder(long_name));
	ok(!fosr_outfile_open(&o, in_folder("out"), &err) && !mkdir(in_folder("out"), 0700) &&
			fosr_outfile_commit(&o, &err) == -EISDIR && entries() == 1,
		"a name that was taken meanwhile: %s", err.text);
	rmdir(in_folder("out"));
}

/* What has no length is written to where it is: no temporary name, and it stays when it is given up. */
static void test_streams(void)
{
	char *pipe_name = strdup(in_folder("pipe"));
	struct fosr_err err = {0};
	char got[8] = "";
	int reader;

	mkfifo(pipe_name, 0600);
	reader = open(pipe_name, O_RDONLY | O_NONBLOCK);
	ok(!fosr_file_write(pipe_name, "stream", 6, &err) && read(reader, got, 7) == 6 && !strcmp(got, "stream") &&
			entries() == 1,
		"a named pipe: who reads it has the bytes");
	close(reader);
	unlink(pipe_name);
	free(pipe_name);
	ok(!fosr_file_write("/dev/null", "x", 1, &err) && !access("/dev/null", W_OK),
		"/dev/null takes them, and stays");
}

/* What needs another user or another limit happens in a child; its exit status is the answer. */
static int in_child(int (*act)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (!pid)
		_exit(act());
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int unwritable(void)
{
	struct fosr_err err = {0};

	if (!geteuid() && (setgid(65534) || setuid(65534)))
		return 2;
	return fosr_file_write(in_folder("out"), "x", 1, &err) != -EACCES || !strstr(err.text, "choose a folder");
}

static int full(void)
{
	const struct rlimit limit = {.rlim_cur = 4, .rlim_max = 4};
	struct fosr_err err = {0};

	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
	return fosr_file_write(in_folder("out"), "12345678", 8, &err) != -EFBIG || !strstr(err.text, "at byte 4");
}

static int to_stdout(void)
{
	int fd = open(in_folder("stdout"), O_RDWR | O_CREAT, 0600);
	struct fosr_err err = {0};
	struct fosr_outfile o;

	dup2(fd, STDOUT_FILENO);
	if (fosr_outfile_open(&o, "-", &err) || *o.temp || write(o.fd, "data", 4) != 4 || fosr_outfile_commit(&o, &err))
		return 1;
	return fcntl(STDOUT_FILENO, F_GETFD) < 0 || !holds(in_folder("stdout"), "data");
}

static int closed_stdout(void)
{
	struct fosr_err err = {0};
	struct fosr_outfile o;

	close(STDOUT_FILENO);
	return fosr_outfile_open(&o, "-", &err) != -EBADF || !strstr(err.text, "standard output");
}

static void test_children(void)
{
	chmod(folder, 0555);
	ok(!in_child(unwritable), "a folder that one may not write to is refused");
	chmod(folder, 0700);
	ok(!in_child(full) && entries() == 0, "a write that fails says where, and leaves nothing");
	ok(!in_child(to_stdout), "\"-\" is standard output, which stays open");
	ok(!in_child(closed_stdout), "unless it is closed");
	unlink(in_folder("stdout"));
}

static void test_read(void)
{
	const char *path = in_folder("in");
	static char big[200000];
	struct fosr_err err = {0};
	size_t len = 0;
	void *buf = NULL;

	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (char)(i * 7 + i / 251);
	fosr_file_write(path, big, sizeof(big), &err);
	ok(!fosr_file_read(path, sizeof(big), &buf, &len, &err) && len == sizeof(big) && !memcmp(buf, big, len),
		"as many bytes as the cap are read");
	ok((uintptr_t)buf % 8 == 0, "aligned for the widest number");
	free(buf);
	ok(fosr_file_read(path, sizeof(big) - 1, &buf, &len, &err) == -EFBIG && strstr(err.text, "199999"),
		"one more is refused: %s", err.text);
	fosr_file_write(path, "", 0, &err);
	ok(!fosr_file_read(path, 0, &buf, &len, &err) && !len, "an empty file is read, even with a cap of 0");
	free(buf);
	unlink(path);
	ok(fosr_file_read(path, 10, &buf, &len, &err) == -ENOENT && strstr(err.text, path), "no such file: %s",
		err.text);
	ok(fosr_file_read(folder, 10, &buf, &len, &err) == -EISDIR, "a directory: %s", err.text);
	ok(fosr_file_read("/dev/zero", 100000, &buf, &len, &err) == -EFBIG, "an endless file: %s", err.text);
	ok(fosr_file_read("/dev/zero", 100000, &buf, &len, NULL) < 0, "without a place for the reason");
}

int main(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(folder, sizeof(folder), "%s/test_file.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(folder))
		skip_all("no folder for temporary files");
	test_write();
	test_abort_keep();
	test_refusals();
	test_streams();
	test_children();
	test_read();
	ok(!rmdir(folder), "nothing is left behind");
	return done();
}

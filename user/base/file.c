// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_FIRST (64u << 10)

static int read_all(int fd, const char *path, __u64 cap, void **buf, size_t *len, struct fosr_err *err)
{
	size_t room = READ_FIRST, n = 0;
	__u8 *p = malloc(room);

	for (;;) {
		ssize_t got;

		if (n == room) {
			__u8 *wider = realloc(p, room * 2);

			if (wider)
				p = wider, room *= 2;
			else
				free(p), p = NULL;
		}
		if (!p)
			return fosr_err(err, -ENOMEM, "%s: out of memory after %zu bytes", path, n);
		got = read(fd, p + n, room - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			fosr_err(err, -errno, "%s: cannot read at byte %zu: %s", path, n, strerror(errno));
			break;
		}
		n += (size_t)got;
		if (n > cap) {
			fosr_err(err, -EFBIG, "%s: larger than the limit of %llu bytes", path, cap);
			break;
		}
		if (!got) {
			*buf = p;
			*len = n;
			return 0;
		}
	}
	free(p);
	return err ? err->code : -EIO;
}

int fosr_file_read(const char *path, __u64 cap, void **buf, size_t *len, struct fosr_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret;

	if (fd < 0)
		return fosr_err(err, -errno, "%s: cannot open: %s", path, strerror(errno));
	ret = read_all(fd, path, cap, buf, len, err);
	close(fd);
	return ret;
}

/* The folder part of path with its slash, and what comes behind it. */
static const char *split(const char *path, int *folder_len)
{
	const char *slash = strrchr(path, '/');

	*folder_len = slash ? (int)(slash - path) + 1 : 0;
	return path + *folder_len;
}

static const char *what_next(int code)
{
	switch (code) {
	case ENOENT:
		return "; make its folder first";
	case ENOTDIR:
		return "; a part of its path is a file, choose another folder";
	case EACCES:
	case EPERM:
	case EROFS:
		return "; choose a folder you may write to";
	case ENOSPC:
	case EDQUOT:
		return "; make room or write to another disk";
	default:
		return "";
	}
}

/* mkostemp makes 0600; a file that people share gets what their umask says. */
static void open_to_umask(int fd)
{
	mode_t mask = umask(0);

	umask(mask);
	if (fchmod(fd, 0666 & ~mask))
		return; /* a file system without modes: the file is usable all the same */
}

/* What already has a name and no length: /dev/null, a FIFO. */
static int stream_open(struct fosr_outfile *o, const char *path, struct fosr_err *err)
{
	strcpy(o->path, path);
	o->fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	return o->fd < 0 ? fosr_err(err, -errno, "%s: cannot be written to: %s", path, strerror(errno)) : 0;
}

int fosr_outfile_open(struct fosr_outfile *o, const char *path, struct fosr_err *err)
{
	const char *name;
	struct stat st;
	int folder;

	*o = (struct fosr_outfile){.fd = -1};
	if (!strcmp(path, "-")) {
		o->fd = dup(STDOUT_FILENO);
		strcpy(o->path, "standard output");
		return o->fd < 0 ? fosr_err(err, -errno, "standard output is closed: %s", strerror(errno)) : 0;
	}
	if (!*path || strlen(path) >= sizeof(o->path))
		return fosr_err(err, -ENAMETOOLONG, "output name of %zu bytes, expected 1 to %zu", strlen(path),
			sizeof(o->path) - 1);
	if (!stat(path, &st) && (S_ISCHR(st.st_mode) || S_ISFIFO(st.st_mode)))
		return stream_open(o, path, err);
	if (!stat(path, &st) && !S_ISREG(st.st_mode))
		return fosr_err(err, S_ISDIR(st.st_mode) ? -EISDIR : -EEXIST, "%s: is %s", path,
			S_ISDIR(st.st_mode) ? "a directory, give the name of a file in it"
					    : "not a regular file; give another name, or - for standard output");
	strcpy(o->path, path);
	name = split(o->path, &folder);
	if (!*name)
		return fosr_err(err, -EISDIR, "%s: is a directory, give the name of a file in it", path);
	snprintf(o->temp, sizeof(o->temp), "%.*s.%.200s.XXXXXX.part", folder, o->path, name);
	o->fd = mkostemps(o->temp, 5, O_CLOEXEC);
	if (o->fd < 0)
		return fosr_err(
			err, -errno, "%s: cannot create a file there: %s%s", path, strerror(errno), what_next(errno));
	open_to_umask(o->fd);
	return 0;
}

static int cannot_finish(const struct fosr_outfile *o, int code, struct fosr_err *err)
{
	return fosr_err(err, code, "%s: cannot finish: %s%s", o->path, strerror(-code), what_next(-code));
}

int fosr_outfile_sync(struct fosr_outfile *o, struct fosr_err *err)
{
	/* EINVAL: a pipe or a terminal, which has nothing to sync. */
	if (!o->synced && fdatasync(o->fd) && errno != EINVAL && errno != EROFS)
		return cannot_finish(o, -errno, err);
	o->synced = true;
	return 0;
}

static int close_synced(struct fosr_outfile *o, struct fosr_err *err)
{
	int ret = fosr_outfile_sync(o, err);

	if (close(o->fd) && !ret)
		ret = cannot_finish(o, -errno, err);
	o->fd = -1;
	return ret;
}

/* A new name is on the disk when its folder is. Who may not read the folder, or has none that syncs, goes without. */
static int sync_folder(const char *path)
{
	char folder[FOSR_PATH_MAX];
	int len, fd, ret = 0;

	split(path, &len);
	snprintf(folder, sizeof(folder), "%.*s", len ? len : 1, len ? path : ".");
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (fsync(fd) && (errno == EIO || errno == ENOSPC || errno == EDQUOT))
		ret = -errno;
	close(fd);
	return ret;
}

static int rename_synced(const struct fosr_outfile *o, struct fosr_err *err)
{
	int ret;

	if (rename(o->temp, o->path)) {
		ret = fosr_err(err, -errno, "%s: cannot give the finished file its name: %s", o->path, strerror(errno));
		unlink(o->temp);
		return ret;
	}
	ret = sync_folder(o->path);
	if (ret) {
		cannot_finish(o, ret, err);
		unlink(o->path);
	}
	return ret;
}

int fosr_outfile_commit(struct fosr_outfile *o, struct fosr_err *err)
{
	int ret = close_synced(o, err);

	if (!*o->temp)
		return ret;
	if (!ret)
		return rename_synced(o, err);
	unlink(o->temp);
	return ret;
}

int fosr_outfile_keep(struct fosr_outfile *o, struct fosr_err *err)
{
	return close_synced(o, err);
}

void fosr_outfile_abort(struct fosr_outfile *o)
{
	if (o->fd < 0)
		return;
	close(o->fd);
	o->fd = -1;
	if (*o->temp)
		unlink(o->temp);
}

int fosr_file_write(const char *path, const void *data, size_t len, struct fosr_err *err)
{
	struct fosr_outfile o;
	int ret = fosr_outfile_open(&o, path, err);

	for (size_t done = 0; !ret && done < len;) {
		ssize_t n = write(o.fd, (const char *)data + done, len - done);

		if (n > 0)
			done += (size_t)n;
		else if (n < 0 && errno != EINTR)
			ret = fosr_err(err, -errno, "%s: cannot write at byte %zu: %s%s", path, done, strerror(errno),
				what_next(errno));
	}
	if (!ret)
		return fosr_outfile_commit(&o, err);
	fosr_outfile_abort(&o);
	return ret;
}

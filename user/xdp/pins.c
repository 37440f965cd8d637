// SPDX-License-Identifier: GPL-3.0-or-later
#include "xdp/pins.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <linux/magic.h>

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71 /* linux 5.14 */
#endif

/* Ends of folders' names. */
static const char *const suffix[FOSR_PINS_KINDS] = {"", "-sensor", "-taint"};

int fosr_pins_need_bpffs(struct fosr_err *e)
{
	struct statfs fs;

	if (!statfs(FOSR_BPFFS, &fs) && (unsigned long)fs.f_type == BPF_FS_MAGIC)
		return 0;
	return fosr_err(e, -ENOENT,
		"no bpffs at " FOSR_BPFFS ", where the guard is pinned; run: mount -t bpf bpf " FOSR_BPFFS
		" (`ip netns exec` hides it: enter a namespace with nsenter --net=/run/netns/NAME instead)");
}

int fosr_pins_netns(__u64 *cookie, struct fosr_err *e)
{
	socklen_t len = sizeof(*cookie);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), err = 0;

	if (fd < 0)
		return fosr_err(
			e, -errno, "no socket to read the network namespace's cookie from: %s", strerror(errno));
	if (getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, cookie, &len))
		err = fosr_err(e, -errno, "SO_NETNS_COOKIE: %s; the oldest kernel supported is 6.1", strerror(errno));
	close(fd);
	return err;
}

static const char *not_ours(int err)
{
	return err == -EACCES || err == -EPERM ? "; it is another user's: run as that one, or as root" : "";
}

static int make_dir(const char *path, struct fosr_err *e)
{
	if (!mkdir(path, 0700) || errno == EEXIST)
		return 0;
	return fosr_err(e, -errno, "%s: cannot be made: %s%s", path, strerror(errno), not_ours(-errno));
}

/* Locked, and still what the path names? A detach may have removed the folder while we waited for its lock. */
static bool still_there(int fd, const char *path)
{
	struct stat a, b;

	return !fstat(fd, &a) && !stat(path, &b) && a.st_ino == b.st_ino && a.st_dev == b.st_dev;
}

static int lock_dir(const char *path, int how)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	while (flock(fd, how))
		if (errno != EINTR) {
			err = -errno;
			close(fd);
			return err;
		}
	if (still_there(fd, path))
		return fd;
	close(fd);
	return -ESTALE;
}

static void folder_path(char *to, size_t size, enum fosr_pins_kind kind, __u64 netns, __u32 ifindex)
{
	snprintf(to, size, FOSR_PINS_ROOT "/net%llu-if%u%s", netns, ifindex, suffix[kind]);
}

int fosr_pins_open(struct fosr_pins *p, enum fosr_pins_kind kind, __u32 ifindex, bool create, struct fosr_err *e)
{
	__u64 netns;
	int err;

	p->lock = -1;
	err = fosr_pins_need_bpffs(e);
	if (!err)
		err = fosr_pins_netns(&netns, e);
	if (err)
		return err;
	folder_path(p->path, sizeof(p->path), kind, netns, ifindex);
	for (;;) {
		if (create) {
			err = make_dir(FOSR_PINS_ROOT, e);
			if (!err && mkdir(p->path, 0700) && errno == ENOENT)
				continue;
			err = err ? err : make_dir(p->path, e);
			if (err)
				return err;
		}
		p->lock = lock_dir(p->path, LOCK_EX);
		if (p->lock >= 0)
			return 0;
		if (p->lock == -ESTALE || (create && p->lock == -ENOENT))
			continue;
		err = p->lock;
		p->lock = -1;
		return err == -ENOENT
			? err
			: fosr_err(e, err, "%s: cannot be locked: %s%s", p->path, strerror(-err), not_ours(err));
	}
}

void fosr_pins_close(struct fosr_pins *p)
{
	if (p->lock >= 0)
		close(p->lock);
	p->lock = -1;
}

static void pin_path(char *to, size_t size, const char *folder, const char *name)
{
	snprintf(to, size, "%s/%s", folder, name);
}

int fosr_pins_get(const struct fosr_pins *p, const char *name)
{
	char path[192];
	int fd;

	pin_path(path, sizeof(path), p->path, name);
	fd = bpf_obj_get(path);
	return fd < 0 ? -errno : fd;
}

static bool is_pinned(const char *folder, const char *name)
{
	char path[192];

	pin_path(path, sizeof(path), folder, name);
	return !access(path, F_OK);
}

bool fosr_pins_has(const struct fosr_pins *p, const char *name)
{
	return is_pinned(p->path, name);
}

int fosr_pins_put(const struct fosr_pins *p, const char *name, int fd, struct fosr_err *e)
{
	char path[192];

	pin_path(path, sizeof(path), p->path, name);
	unlink(path);
	if (!bpf_obj_pin(fd, path))
		return 0;
	return fosr_err(e, -errno, "%s: cannot be pinned: %s", path, strerror(errno));
}

static void unpin(const char *path, int *err, struct fosr_err *e)
{
	if (unlink(path) && errno != ENOENT && !*err)
		*err = fosr_err(e, -errno, "%s: cannot be unpinned: %s", path, strerror(errno));
}

/* The link first: what is left without one is known to be nothing. */
static int remove_folder(const char *folder, struct fosr_err *e)
{
	struct dirent *entry;
	char path[384];
	int err = 0;
	DIR *d;

	pin_path(path, sizeof(path), folder, FOSR_PIN_LINK);
	unpin(path, &err, e);
	d = opendir(folder);
	while (d && (entry = readdir(d)))
		if (entry->d_name[0] != '.') {
			pin_path(path, sizeof(path), folder, entry->d_name);
			unpin(path, &err, e);
		}
	if (d)
		closedir(d);
	if (rmdir(folder) && errno != ENOENT && !err)
		err = fosr_err(e, -errno, "%s: cannot be removed: %s", folder, strerror(errno));
	rmdir(FOSR_PINS_ROOT); /* fails while other interfaces are attached, as it should */
	return err;
}

int fosr_pins_remove(struct fosr_pins *p, struct fosr_err *e)
{
	return remove_folder(p->path, e);
}

static bool read_name(const char *name, enum fosr_pins_kind *kind, __u64 *netns, __u32 *ifindex)
{
	int end = 0;

	if (sscanf(name, "net%llu-if%u%n", netns, ifindex, &end) < 2)
		return false;
	for (*kind = 0; *kind < FOSR_PINS_KINDS; ++*kind)
		if (!strcmp(name + end, suffix[*kind]))
			return true;
	return false;
}

int fosr_pins_each(fosr_pins_fn *fn, void *arg, struct fosr_err *e)
{
	DIR *d = opendir(FOSR_PINS_ROOT);
	enum fosr_pins_kind kind;
	struct dirent *entry;
	char path[128];
	int err = 0;

	if (!d)
		return errno == ENOENT ? 0 : fosr_err(e, -errno, FOSR_PINS_ROOT ": %s", strerror(errno));
	while (!err && (entry = readdir(d))) {
		__u64 netns;
		__u32 ifindex;

		if (!read_name(entry->d_name, &kind, &netns, &ifindex))
			continue;
		folder_path(path, sizeof(path), kind, netns, ifindex);
		err = fn(kind, netns, ifindex, path, arg);
	}
	closedir(d);
	return err;
}

/* Without a link of our own, that the interface is gone can be seen only in its own namespace. */
static bool interface_is_gone(__u64 netns, __u32 ifindex)
{
	char name[IF_NAMESIZE];
	__u64 here;

	return !fosr_pins_netns(&here, NULL) && here == netns && !if_indextoname(ifindex, name);
}

/* No link, or a link whose device is gone: nothing there does anything. (In all links that name a device, its index
 * comes first.) */
static bool is_stale(const char *folder, __u64 netns, __u32 ifindex)
{
	struct bpf_link_info info = {};
	__u32 len = sizeof(info);
	char path[192];
	bool stale = false;
	int fd;

	if (is_pinned(folder, FOSR_PIN_FILTER) || is_pinned(folder, FOSR_PIN_SHARED))
		return interface_is_gone(netns, ifindex);
	pin_path(path, sizeof(path), folder, FOSR_PIN_LINK);
	fd = bpf_obj_get(path);
	if (fd < 0)
		return errno == ENOENT;
	if (!bpf_obj_get_info_by_fd(fd, &info, &len))
		stale = !info.xdp.ifindex;
	close(fd);
	return stale;
}

static int sweep_one(enum fosr_pins_kind kind, __u64 netns, __u32 ifindex, const char *path, void *arg)
{
	int lock = lock_dir(path, LOCK_EX | LOCK_NB), *removed = arg;

	if (lock < 0)
		return 0;
	if (is_stale(path, netns, ifindex) && !remove_folder(path, NULL))
		++*removed;
	close(lock);
	return 0;
}

int fosr_pins_sweep(void)
{
	int removed = 0;

	fosr_pins_each(sweep_one, &removed, NULL);
	return removed;
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "sink/mirror.h"

#include <sys/mman.h>
#include <unistd.h>

#define ACCESS (PROT_READ | PROT_WRITE)

/*
 * Shared pages without a file: a memfd would be held to RLIMIT_FSIZE. mremap() of nothing out of a shared mapping maps
 * the same pages a second time (mremap(2)).
 */
static int map_anonymous(__u8 *both, size_t size, size_t mirror)
{
	if (mmap(both, size, ACCESS, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED ||
		mremap(both, 0, mirror, MREMAP_MAYMOVE | MREMAP_FIXED, both + size) == MAP_FAILED)
		return -errno;
	return 0;
}

static int map_fd(int fd, __u8 *both, size_t size, size_t mirror)
{
	if (mmap(both, size, ACCESS, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED ||
		mmap(both + size, mirror, ACCESS, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED)
		return -errno;
	return 0;
}

/* Where the kernel is an emulator's: QEMU's user mode refuses that mremap(). */
static int map_memfd(__u8 *both, size_t size, size_t mirror)
{
	int ret, fd = memfd_create("fosr-ring", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	ret = ftruncate(fd, (off_t)size) ? -errno : map_fd(fd, both, size, mirror);
	close(fd);
	return ret;
}

int fosr_mirror_map(int fd, size_t size, size_t mirror, __u8 **out)
{
	__u8 *both = mmap(NULL, size + mirror, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int ret;

	if (both == MAP_FAILED)
		return -errno;
	ret = fd >= 0 ? map_fd(fd, both, size, mirror) : map_anonymous(both, size, mirror);
	if (ret && fd < 0)
		ret = map_memfd(both, size, mirror);
	if (ret) {
		munmap(both, size + mirror);
		return ret;
	}
	*out = both;
	return 0;
}

void fosr_mirror_unmap(__u8 *p, size_t size, size_t mirror)
{
	if (p)
		munmap(p, size + mirror);
}

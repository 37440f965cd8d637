// SPDX-License-Identifier: GPL-3.0-or-later
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sink/block.h"

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

/* Where the kernel is an emulator's: QEMU's user mode refuses that mremap(). */
static int map_memfd(__u8 *both, size_t size, size_t mirror)
{
	int ret = 0, fd = memfd_create("fosr-ring", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)size) || mmap(both, size, ACCESS, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED ||
		mmap(both + size, mirror, ACCESS, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED)
		ret = -errno;
	close(fd);
	return ret;
}

int fosr_block_map(struct fosr_block_sink *s)
{
	size_t size = (size_t)s->blocks * FOSR_BLOCK_SIZE;
	__u8 *both = mmap(NULL, size + s->mirror, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int ret;

	if (both == MAP_FAILED)
		return -errno;
	ret = map_anonymous(both, size, s->mirror);
	if (ret)
		ret = map_memfd(both, size, s->mirror);
	if (ret) {
		munmap(both, size + s->mirror);
		return ret;
	}
	/* What is used is used from the start, and memory does not depend on a file's length. Older kernels do without.
	 */
	madvise(both, size + s->mirror, MADV_POPULATE_WRITE);
	s->ring = both;
	return 0;
}

void fosr_block_unmap(struct fosr_block_sink *s)
{
	if (s->ring)
		munmap(s->ring, (size_t)s->blocks * FOSR_BLOCK_SIZE + s->mirror);
	s->ring = NULL;
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include <sys/mman.h>

#include "sink/block.h"

int fosr_block_map(struct fosr_block_sink *s)
{
	size_t size = (size_t)s->blocks * FOSR_BLOCK_SIZE;
	__u8 *both = mmap(NULL, size + s->mirror, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int ret;

	if (both == MAP_FAILED)
		return -errno;
	/*
	 * Shared pages without a file: a memfd would be held to RLIMIT_FSIZE. mremap() of nothing out of a shared
	 * mapping maps the same pages a second time (mremap(2)).
	 */
	if (mmap(both, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED ||
		mremap(both, 0, s->mirror, MREMAP_MAYMOVE | MREMAP_FIXED, both + size) == MAP_FAILED) {
		ret = -errno;
		munmap(both, size + s->mirror);
		return ret;
	}
	/* What is used is used from the start, and memory does not depend on a file's length. Older kernels do without.
	 */
	madvise(both, size, MADV_POPULATE_WRITE);
	s->ring = both;
	return 0;
}

void fosr_block_unmap(struct fosr_block_sink *s)
{
	if (s->ring)
		munmap(s->ring, (size_t)s->blocks * FOSR_BLOCK_SIZE + s->mirror);
	s->ring = NULL;
}

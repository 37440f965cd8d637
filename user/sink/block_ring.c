// SPDX-License-Identifier: GPL-3.0-or-later
#include <sys/mman.h>

#include "sink/block.h"
#include "sink/mirror.h"

static size_t size_of(const struct fosr_block_sink *s)
{
	return (size_t)s->blocks * FOSR_BLOCK_SIZE;
}

int fosr_block_map(struct fosr_block_sink *s)
{
	int ret = fosr_mirror_map(-1, size_of(s), s->mirror, &s->ring);

	/* What is used is used from the start, and memory does not depend on a file's length. Older kernels do without.
	 */
	if (!ret)
		madvise(s->ring, size_of(s) + s->mirror, MADV_POPULATE_WRITE);
	return ret;
}

void fosr_block_unmap(struct fosr_block_sink *s)
{
	fosr_mirror_unmap(s->ring, size_of(s), s->mirror);
	s->ring = NULL;
}

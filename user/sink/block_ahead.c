// SPDX-License-Identifier: GPL-3.0-or-later
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statfs.h>

#include "sink/block.h"

#define STEP_FIRST (16ull << 20)
#define STEP_MAX (256ull << 20)

/* What may be taken after a->end: an even share of what is free, so that others can go on, and no more than a limit of
 * the file's size leaves, which the kernel would end the process for. FAT writes zeros to make a file longer. */
static __u64 allowed(const struct fosr_block_sink *s)
{
	struct rlimit limit;
	struct statfs fs;
	__u64 most;

	if (fstatfs(s->fd, &fs) || fs.f_type == MSDOS_SUPER_MAGIC)
		return 0;
	most = (__u64)fs.f_bavail * (__u64)fs.f_bsize / 4;
	if (getrlimit(RLIMIT_FSIZE, &limit))
		return 0;
	if (limit.rlim_cur != RLIM_INFINITY)
		most = limit.rlim_cur > s->ahead.end ? fosr_min_u64(most, limit.rlim_cur - s->ahead.end) : 0;
	return most;
}

static void give_up(struct fosr_block_sink *s, int code)
{
	s->ahead.over = true;
	if (code && code != ENOSPC && code != EDQUOT)
		fosr_log_note(s->log, "no room is taken ahead of the file here (%s); the file will be the same",
			strerror(code));
}

void fosr_block_ahead(struct fosr_block_sink *s, __u64 upto)
{
	struct fosr_ahead *a = &s->ahead;

	if (!s->direct || a->over || upto <= a->end)
		return;
	a->step = a->step ? fosr_min_u64(a->step * 2, STEP_MAX) : STEP_FIRST;
	a->step = fosr_min_u64(a->step, allowed(s)) / FOSR_BLOCK_SIZE * FOSR_BLOCK_SIZE;
	while (a->end + a->step >= upto) {
		if (!fallocate(s->fd, 0, (off_t)a->end, (off_t)a->step)) {
			a->end += a->step;
			return;
		}
		if (errno == EINTR)
			continue;
		if (errno != ENOSPC && errno != EDQUOT)
			return give_up(s, errno);
		/* A quota, or reserved blocks: half of it may fit. */
		a->step = a->step / 2 / FOSR_BLOCK_SIZE * FOSR_BLOCK_SIZE;
	}
	give_up(s, 0);
}

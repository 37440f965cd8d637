// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The slowest disk there is, for LD_PRELOAD: no request reaches the kernel before somebody waits for one. A writer that
 * touches a block which is on its way writes a wrong file then, each time. With -DNO_URING a kernel without io_uring.
 */
#include <dlfcn.h>
#include <errno.h>
#include <liburing.h>

#ifdef NO_URING
int io_uring_queue_init(unsigned entries, struct io_uring *ring, unsigned flags)
{
	return -EPERM;
}
#else
int io_uring_submit(struct io_uring *ring)
{
	return 1;
}

int __io_uring_get_cqe(
	struct io_uring *ring, struct io_uring_cqe **cqe, unsigned submit, unsigned wait_nr, sigset_t *mask)
{
	int (*real_submit)(struct io_uring *) = (int (*)(struct io_uring *))dlsym(RTLD_NEXT, "io_uring_submit");
	int (*real_get)(struct io_uring *, struct io_uring_cqe **, unsigned, unsigned, sigset_t *) =
		(int (*)(struct io_uring *, struct io_uring_cqe **, unsigned, unsigned, sigset_t *))dlsym(
			RTLD_NEXT, "__io_uring_get_cqe");
	int ret;

	if (!wait_nr)
		return -EAGAIN;
	ret = real_submit(ring);
	return ret < 0 ? ret : real_get(ring, cqe, submit, wait_nr, mask);
}
#endif

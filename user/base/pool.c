// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/pool.h"

#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Looks at a word before sleeping on it: some microseconds, about what a sleep and a wake cost. Where there are more
 * workers than processors it would only keep the others from working. */
#define SPINS 2000

struct fosr_pool {
	void (*task)(void *arg, unsigned int worker, size_t i);
	void *arg;
	size_t n;
	_Alignas(64) atomic_size_t next; /* task */
	_Alignas(64) atomic_uint round; /* goes up when there is work, or the end */
	_Alignas(64) atomic_uint busy; /* threads that have not finished this round */
	bool quit;
	unsigned int threads;
	int spins;
	struct worker {
		struct fosr_pool *pool;
		pthread_t thread;
		unsigned int number;
	} worker[FOSR_POOL_MAX];
};

static void futex(atomic_uint *word, int op, unsigned int value)
{
	syscall(SYS_futex, word, op | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 0);
}

/* Until *word is no longer `old`. */
static void wait_change(const struct fosr_pool *p, atomic_uint *word, unsigned int old)
{
	for (int i = 0; i < p->spins; i++) {
		if (atomic_load_explicit(word, memory_order_acquire) != old)
			return;
#ifdef __x86_64__
		__builtin_ia32_pause();
#endif
	}
	while (atomic_load_explicit(word, memory_order_acquire) == old)
		futex(word, FUTEX_WAIT, old);
}

static void work(struct fosr_pool *p, unsigned int number)
{
	size_t i;

	while ((i = atomic_fetch_add_explicit(&p->next, 1, memory_order_relaxed)) < p->n)
		p->task(p->arg, number, i);
}

static void *thread_main(void *arg)
{
	struct worker *w = arg;
	struct fosr_pool *p = w->pool;
	unsigned int round = 0;

	for (;;) {
		wait_change(p, &p->round, round++);
		if (p->quit)
			return NULL;
		work(p, w->number);
		if (atomic_fetch_sub_explicit(&p->busy, 1, memory_order_acq_rel) == 1)
			futex(&p->busy, FUTEX_WAKE, 1);
	}
}

void fosr_pool_start(struct fosr_pool *p, void (*task)(void *arg, unsigned int worker, size_t i), void *arg, size_t n)
{
	p->task = task;
	p->arg = arg;
	p->n = n;
	atomic_store_explicit(&p->next, 0, memory_order_relaxed);
	if (!p->threads)
		return;
	atomic_store_explicit(&p->busy, p->threads, memory_order_relaxed);
	atomic_fetch_add_explicit(&p->round, 1, memory_order_release);
	futex(&p->round, FUTEX_WAKE, INT32_MAX);
}

void fosr_pool_join(struct fosr_pool *p)
{
	unsigned int busy;

	work(p, 0);
	while (p->threads && (busy = atomic_load_explicit(&p->busy, memory_order_acquire)))
		wait_change(p, &p->busy, busy);
}

void fosr_pool_run(struct fosr_pool *p, void (*task)(void *arg, unsigned int worker, size_t i), void *arg, size_t n)
{
	fosr_pool_start(p, task, arg, n);
	fosr_pool_join(p);
}

unsigned int fosr_pool_workers(const struct fosr_pool *p)
{
	return p->threads + 1;
}

/* Signals are the main thread's affair. */
static int thread_start(struct worker *w)
{
	sigset_t all, before;
	int ret;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	ret = pthread_create(&w->thread, NULL, thread_main, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -ret;
}

int fosr_pool_open(struct fosr_pool **out, unsigned int workers, struct fosr_err *err)
{
	struct fosr_pool *p = aligned_alloc(64, (sizeof(*p) + 63) / 64 * 64);

	if (!p)
		return fosr_err(err, -ENOMEM, "out of memory");
	memset(p, 0, sizeof(*p));
	p->spins = (long)workers <= sysconf(_SC_NPROCESSORS_ONLN) ? SPINS : 0;
	for (unsigned int i = 1; i < workers && i < FOSR_POOL_MAX; i++) {
		struct worker *w = &p->worker[p->threads];
		int ret;

		w->pool = p;
		w->number = i;
		ret = thread_start(w);
		if (ret) {
			fosr_pool_close(p);
			return fosr_err(err, ret, "cannot start worker %u: %s; ask for fewer (-j)", i, strerror(-ret));
		}
		p->threads++;
	}
	*out = p;
	return 0;
}

void fosr_pool_close(struct fosr_pool *p)
{
	if (!p)
		return;
	p->quit = true;
	atomic_fetch_add_explicit(&p->round, 1, memory_order_release);
	futex(&p->round, FUTEX_WAKE, INT32_MAX);
	for (unsigned int i = 0; i < p->threads; i++)
		pthread_join(p->worker[i].thread, NULL);
	free(p);
}

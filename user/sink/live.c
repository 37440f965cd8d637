// SPDX-License-Identifier: GPL-3.0-or-later
#include "sink/live.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include <fosr/abi.h>

#include "inject.skel.h"

/*
 * The kernel counts the frames of a call in 32 bits and ends it when they are no less than this. Counting in steps of
 * a power of two it never gets there: 2^32 - batch is followed by 0.
 */
#define ENDLESS UINT32_MAX
#define PAUSES 64 /* some microseconds */
#define STOP_SIGNAL SIGURG /* its default is to be ignored: nobody is hurt by one that comes late */

struct fosr_live {
	struct inject_bpf *skel;
	struct fosr_live_control *control;
	__u8 *slot;
	size_t slot_size, slots_len;
	__u32 mask, frame_max, batch;
	__u64 head; /* of what was queued; control->head is of what was flushed */
	__u64 taken; /* slots below it have been given back */
	__u64 flushed; /* control->head */
	__u64 tail; /* control->tail, when last looked */
	__u8 scratch[FOSR_LIVE_ROOM + FOSR_LIVE_FRAME_MAX];
	pthread_t runner;
	bool running;
	bool in_vain; /* the last look at the tail found the ring more than half full */
	atomic_bool stop, ended;
	atomic_int error;
};

static struct fosr_live_slot *slot_at(const struct fosr_live *l, __u64 n)
{
	return (struct fosr_live_slot *)(l->slot + (n & l->mask) * l->slot_size);
}

static int load(struct fosr_live *l, const struct fosr_live_opts *o, struct fosr_err *err)
{
	__u32 size = sizeof(struct fosr_live_slot) + FOSR_LIVE_HEADROOM + o->frame_max;
	int ret;

	l->slot_size = size <= 2048 ? 2048 : 4096;
	l->slots_len = l->slot_size * o->slots;
	l->mask = o->slots - 1;
	l->frame_max = o->frame_max;
	l->batch = o->batch;
	l->skel = inject_bpf__open();
	if (!l->skel)
		return fosr_err(err, -errno, "the BPF object of the live engine does not open: %s", strerror(errno));
	l->skel->rodata->slot_mask = l->mask;
	l->skel->rodata->frame_max = l->frame_max;
	ret = bpf_map__set_max_entries(l->skel->maps.slots, o->slots);
	if (!ret)
		ret = bpf_map__set_value_size(l->skel->maps.slots, (__u32)l->slot_size);
	if (!ret)
		ret = inject_bpf__load(l->skel);
	return ret ? fosr_err(err, ret, "the kernel does not load the live engine's program: %s%s", strerror(-ret),
			     ret == -EPERM ? "; it needs CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON: run as root" : "")
		   : 0;
}

static void *map_of(const struct bpf_map *map, size_t len)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, bpf_map__fd(map), 0);

	return p == MAP_FAILED ? NULL : p;
}

/* Until it is told to stop. A first frame of zeros is what the kernel makes its own of; the program fills them. */
static void *run(void *arg)
{
	static const __u8 zeros[FOSR_LIVE_FRAME_MAX];
	struct fosr_live *l = arg;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = zeros, .data_size_in = l->frame_max, .repeat = (int)ENDLESS,
		.flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = l->batch);
	int fd = bpf_program__fd(l->skel->progs.fosr_inject);

	while (!atomic_load(&l->stop)) {
		int ret = bpf_prog_test_run_opts(fd, &opts);

		if (ret && ret != -EINTR && ret != -EAGAIN) {
			atomic_store(&l->error, ret);
			break;
		}
	}
	atomic_store(&l->ended, true);
	return NULL;
}

static void on_stop(int sig)
{
}

static int start(struct fosr_live *l, struct fosr_err *err)
{
	struct sigaction sa = {.sa_handler = on_stop};
	sigset_t all, before;
	int ret;

	sigemptyset(&sa.sa_mask);
	sigaction(STOP_SIGNAL, &sa, NULL);
	sigfillset(&all);
	sigdelset(&all, STOP_SIGNAL);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	ret = pthread_create(&l->runner, NULL, run, l);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	l->running = !ret;
	return ret ? fosr_err(err, -ret, "cannot start the thread that sends: %s", strerror(ret)) : 0;
}

int fosr_live_open(struct fosr_live **out, const struct fosr_live_opts *o, struct fosr_err *err)
{
	struct fosr_live *l = calloc(1, sizeof(*l));
	int ret;

	if (!l)
		return fosr_err(err, -ENOMEM, "out of memory");
	ret = load(l, o, err);
	if (!ret) {
		l->slot = map_of(l->skel->maps.slots, l->slots_len);
		l->control = map_of(l->skel->maps.control, (size_t)sysconf(_SC_PAGESIZE));
		if (!l->slot || !l->control)
			ret = fosr_err(err, -ENOMEM, "no memory for a ring of %zu bytes", l->slots_len);
	}
	if (!ret)
		ret = start(l, err);
	if (ret) {
		fosr_live_close(l);
		return ret;
	}
	*out = l;
	return 0;
}

__u8 *fosr_live_lend(struct fosr_live *l)
{
	return l->head - l->taken > l->mask ? NULL : l->scratch + FOSR_LIVE_ROOM;
}

void fosr_live_send(struct fosr_live *l, const __u8 *frame, __u32 len, __u32 ifindex, __u64 due_ns)
{
	struct fosr_live_slot *s = slot_at(l, l->head++);

	s->due_ns = due_ns;
	s->ifindex = ifindex;
	s->off = 0;
	s->len = (__u16)len;
	memcpy(s->data, frame, len);
}

void fosr_live_flush(struct fosr_live *l)
{
	if (l->flushed == l->head)
		return;
	__atomic_store_n(&l->control->head, l->head, __ATOMIC_RELEASE);
	l->flushed = l->head;
}

__u32 fosr_live_pending(const struct fosr_live *l)
{
	return (__u32)(l->head - l->taken);
}

/* Each look takes the line away from the processor that sends: who waits for room in a full ring does not look all the
 * time. */
static __u64 look(struct fosr_live *l)
{
	__u64 tail;

	for (int i = 0; l->in_vain && i < PAUSES; i++)
#ifdef __x86_64__
		__builtin_ia32_pause();
#else
		__asm__ volatile("" ::: "memory");
#endif
	tail = __atomic_load_n(&l->control->tail, __ATOMIC_ACQUIRE);
	l->in_vain = l->head - tail > l->mask / 2;
	return tail;
}

__u32 fosr_live_take(struct fosr_live *l, struct fosr_live_sent *sent, __u32 n)
{
	__u32 got = 0;

	if (l->taken == l->tail)
		l->tail = look(l);
	for (; got < n && l->taken < l->tail; got++) {
		const struct fosr_live_slot *s = slot_at(l, l->taken++);

		sent[got] = (struct fosr_live_sent){
			.frame = s->data + s->off,
			.len = s->len,
			.ifindex = s->ifindex,
			.due_ns = s->due_ns,
			.sent_ns = s->sent_ns,
		};
	}
	return got;
}

int fosr_live_error(const struct fosr_live *l, struct fosr_err *err)
{
	int ret = atomic_load(&l->error);

	return ret ? fosr_err(err, ret, "the kernel has ended the call that sends: %s", strerror(-ret)) : 0;
}

/* A signal that comes before the call is lost: it is sent until the thread has ended. */
static void stop(struct fosr_live *l)
{
	const struct timespec step = {.tv_nsec = 1000000};

	atomic_store(&l->stop, true);
	while (!atomic_load(&l->ended)) {
		pthread_kill(l->runner, STOP_SIGNAL);
		nanosleep(&step, NULL);
	}
	pthread_join(l->runner, NULL);
}

void fosr_live_close(struct fosr_live *l)
{
	if (!l)
		return;
	if (l->running)
		stop(l);
	if (l->slot)
		munmap(l->slot, l->slots_len);
	if (l->control)
		munmap(l->control, (size_t)sysconf(_SC_PAGESIZE));
	inject_bpf__destroy(l->skel);
	free(l);
}

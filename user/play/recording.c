// SPDX-License-Identifier: GPL-3.0-or-later
#include "play/recording.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <fosr/tag.h>

#include "play/sorter.h"
#include "sink/mirror.h"

#define MIRROR (64u << 10) /* no entry is longer */
#define COPY_MAX 4096 /* longer than any frame of AF_XDP here */
#define NAP_NS 1000000 /* of the thread, when the ring is empty */
#define EDGES 64 /* MiB of the file whose last whole record is known: more than a writer has on its way */
#define EDGE_BITS 20

/* In the ring, in the order of handing over. */
struct entry {
	struct fosr_sorted sorted;
	__u32 len; /* of the frame */
	__u32 span; /* bytes of the ring */
	bool done;
	__u8 frame[] __attribute__((aligned(8)));
};

struct fosr_recording {
	_Alignas(64) _Atomic __u64 head; /* bytes handed over; the caller's */
	__u64 full; /* frames that found no room; the caller's */
	_Alignas(64) _Atomic __u64 tail; /* of them, free again; the thread's */
	atomic_bool over; /* nothing more will be handed over */
	_Alignas(64) __u8 *ring;
	__u64 size;
	pthread_t thread;
	struct fosr_writer *writer;
	const struct fosr_format *format;
	enum fosr_taint untaint;
	struct fosr_sorter sorter;
	__u64 sorted; /* bytes handed to the sorter */
	__u64 newest, written_ns; /* time stamps: the youngest seen, the last in the file */
	__u64 at; /* length of the file */
	__u64 recorded, lost, disordered;
	/* Where the last record ends that is whole within so many MiB of the file, and how many records that is. */
	struct edge {
		__u64 at, records;
	} edge[EDGES];
};

static struct entry *entry_at(const struct fosr_recording *r, __u64 at)
{
	return (struct entry *)(void *)(r->ring + at % r->size);
}

/* The frame without its taint; *len is its length then. */
static __u8 *untaint(const struct fosr_recording *r, __u8 *frame, __u32 *len)
{
	struct fosr_pkt pkt;
	__u32 rest;

	if (r->untaint == FOSR_TAINT_NONE || fosr_parse_eth(frame, frame + *len, &pkt) != FOSR_PARSE_OK)
		return frame;
	if (r->untaint == FOSR_TAINT_EVIL_BIT) {
		fosr_evil_set(frame, frame + *len, &pkt, 0);
		return frame;
	}
	rest = fosr_tag_strip(frame, *len, &pkt);
	frame += *len - rest;
	*len = rest;
	return frame;
}

/* A record of so many bytes follows in the file. */
static void note_edge(struct fosr_recording *r, __u32 size)
{
	__u64 end = r->at + size;

	if (end >> EDGE_BITS != r->at >> EDGE_BITS)
		r->edge[(end >> EDGE_BITS) % EDGES] = (struct edge){r->at, r->recorded};
	r->at = end;
}

static void write_frame(struct fosr_recording *r, const __u8 *frame, __u32 len, __u64 time_ns)
{
	if (fosr_format_write(r->format, r->writer, frame, len, time_ns, NULL, 0)) {
		r->lost++;
		return;
	}
	note_edge(r, r->format->size(len, 0));
	r->recorded++;
	r->disordered += time_ns < r->written_ns;
	r->written_ns = time_ns;
}

static void write_entry(struct fosr_recording *r, struct entry *e)
{
	__u32 len = e->len;
	const __u8 *frame = untaint(r, e->frame, &len);

	write_frame(r, frame, len, e->sorted.time_ns);
	e->done = true;
}

/* Without a ring. */
static void put_now(struct fosr_recording *r, const __u8 *frame, __u32 len, __u64 time_ns)
{
	__u8 copy[COPY_MAX];

	if (r->untaint == FOSR_TAINT_NONE) {
		write_frame(r, frame, len, time_ns);
	} else if (len <= sizeof(copy)) {
		memcpy(copy, frame, len);
		frame = untaint(r, copy, &len);
		write_frame(r, frame, len, time_ns);
	} else {
		r->lost++;
	}
}

static void put_in_ring(struct fosr_recording *r, const __u8 *frame, __u32 len, __u64 time_ns)
{
	__u64 head = atomic_load_explicit(&r->head, memory_order_relaxed);
	__u64 used = head - atomic_load_explicit(&r->tail, memory_order_acquire);
	__u64 span = (sizeof(struct entry) + (__u64)len + 7) & ~7ULL;
	struct entry *e = entry_at(r, head);

	if (span > MIRROR || used + span > r->size) {
		r->full++;
		return;
	}
	e->sorted.time_ns = time_ns;
	e->len = len;
	e->span = (__u32)span;
	e->done = false;
	memcpy(e->frame, frame, len);
	atomic_store_explicit(&r->head, head + span, memory_order_release);
}

void fosr_recording_put(struct fosr_recording *r, const __u8 *frame, __u32 len, __u64 time_ns)
{
	if (r->ring)
		put_in_ring(r, frame, len, time_ns);
	else
		put_now(r, frame, len, time_ns);
}

/* What is done with from the ring's beginning on is room again. */
static void free_room(struct fosr_recording *r)
{
	__u64 tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

	while (tail < r->sorted && entry_at(r, tail)->done)
		tail += entry_at(r, tail)->span;
	atomic_store_explicit(&r->tail, tail, memory_order_release);
}

/* Hands what came to the sorter. */
static void collect(struct fosr_recording *r)
{
	__u64 head = atomic_load_explicit(&r->head, memory_order_acquire);

	while (r->sorted < head) {
		struct entry *e = entry_at(r, r->sorted);

		r->newest = fosr_max_u64(r->newest, e->sorted.time_ns);
		fosr_sorter_add(&r->sorter, &e->sorted);
		r->sorted += e->span;
	}
}

static bool is_ripe(const struct fosr_recording *r, const struct fosr_sorted *first, bool over)
{
	__u64 waiting = r->sorted - atomic_load_explicit(&r->tail, memory_order_relaxed);

	return over || first->time_ns + FOSR_RECORDING_HORIZON_NS <= r->newest || waiting > r->size / 2;
}

/* Returns whether there was anything. */
static bool write_ripe(struct fosr_recording *r, bool over)
{
	const struct fosr_sorted *first = fosr_sorter_first(&r->sorter);
	bool any = false;

	while (first && is_ripe(r, first, over)) {
		struct fosr_sorted *item = fosr_sorter_take(&r->sorter);

		write_entry(r, (struct entry *)(void *)((__u8 *)item - offsetof(struct entry, sorted)));
		free_room(r);
		first = fosr_sorter_first(&r->sorter);
		any = true;
	}
	return any;
}

static void *run(void *arg)
{
	const struct timespec nap = {.tv_nsec = NAP_NS};
	struct fosr_recording *r = arg;
	bool over;

	do {
		over = atomic_load_explicit(&r->over, memory_order_acquire);
		collect(r);
		if (!write_ripe(r, over) && !over)
			nanosleep(&nap, NULL);
	} while (!over);
	return NULL;
}

/* Signals are the other threads'. */
static int start(struct fosr_recording *r)
{
	sigset_t all, old;
	int ret;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	ret = -pthread_create(&r->thread, NULL, run, r);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return ret;
}

/* The beginning of the file ends at a record's edge, too. */
static int begin(struct fosr_recording *r, struct fosr_err *err)
{
	int ret = r->format->begin(r->writer, &(struct fosr_format_about){0});

	if (ret)
		return fosr_writer_error(r->writer, err);
	r->at = fosr_writer_length(r->writer);
	r->edge[0].at = r->at;
	return 0;
}

static void release(struct fosr_recording *r)
{
	if (r->ring)
		fosr_mirror_unmap(r->ring, r->size, MIRROR);
	free(r);
}

static int map_ring(struct fosr_recording *r, __u64 size, struct fosr_err *err)
{
	__u64 page = (__u64)sysconf(_SC_PAGESIZE);
	int ret;

	r->size = (size + page - 1) & ~(page - 1);
	ret = fosr_mirror_map(-1, r->size, MIRROR, &r->ring);
	return ret ? fosr_err(err, ret, "no memory for a ring of %llu bytes: %s; choose a smaller --record-ring",
			     r->size, strerror(-ret))
		   : 0;
}

int fosr_recording_open(struct fosr_recording **out, const struct fosr_recording_opts *o, struct fosr_err *err)
{
	struct fosr_recording *r = aligned_alloc(64, sizeof(*r));
	int ret;

	if (!r)
		return fosr_err(err, -ENOMEM, "out of memory");
	memset(r, 0, sizeof(*r));
	r->format = o->format;
	r->untaint = o->untaint;
	ret = o->ring ? map_ring(r, o->ring, err) : 0;
	if (!ret)
		ret = fosr_writer_open(&r->writer, o->path, FOSR_WRITER_AUTO, o->log, err);
	if (!ret)
		ret = begin(r, err);
	if (!ret && r->ring) {
		ret = start(r);
		if (ret)
			fosr_err(err, ret, "cannot start a thread for the recording: %s", strerror(-ret));
	}
	if (ret) {
		fosr_writer_abort(r->writer);
		release(r);
		return ret;
	}
	*out = r;
	return 0;
}

/* After a write error: what is whole in front of it. */
static void salvage(struct fosr_recording *r, struct fosr_recording_result *result)
{
	__u64 good = fosr_writer_good(r->writer);
	const struct edge *edge = &r->edge[(good >> EDGE_BITS) % EDGES];
	bool known = edge->at && edge->at <= good && good - edge->at < 2ULL << EDGE_BITS;

	result->dropped += r->recorded - (known ? edge->records : 0);
	result->recorded = known ? edge->records : 0;
	if (!known)
		fosr_writer_abort(r->writer);
	else if (fosr_writer_salvage(r->writer, edge->at, result->kept, sizeof(result->kept), NULL))
		*result->kept = 0;
}

static int finish(struct fosr_recording *r, bool whole, struct fosr_recording_result *result, struct fosr_err *err)
{
	struct fosr_err inner = {0};
	int ret = fosr_writer_complete(r->writer, err);

	if (ret) {
		salvage(r, result);
		return ret;
	}
	if (whole)
		return fosr_writer_finish(r->writer, NULL, err);
	if (fosr_writer_keep(r->writer, result->kept, sizeof(result->kept), &inner))
		*result->kept = 0;
	return 0;
}

int fosr_recording_close(
	struct fosr_recording *r, bool whole, struct fosr_recording_result *result, struct fosr_err *err)
{
	int ret;

	atomic_store_explicit(&r->over, true, memory_order_release);
	if (r->ring)
		pthread_join(r->thread, NULL);
	*result = (struct fosr_recording_result){
		.ring = r->size, .recorded = r->recorded, .dropped = r->full + r->lost, .disordered = r->disordered};
	ret = finish(r, whole, result, err);
	release(r);
	return ret;
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "xdp/strip.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "strip_batch.skel.h"
#include "xdp/attach.h"
#include "xdp/bpflog.h"

#define ITEMS_SIZE (FOSR_UNTAINT_ITEMS * sizeof(struct fosr_untaint_item))

struct fosr_strip {
	struct strip_batch_bpf *skel;
	struct fosr_untaint_item *shared;
	__u16 *index; /* of the items that the program was given */
	size_t size;
};

int fosr_strip_open(struct fosr_strip **out, size_t size, struct fosr_err *e)
{
	struct fosr_strip *s = calloc(1, sizeof(*s));
	int err;

	fosr_bpflog_begin();
	if (!s)
		return fosr_err(e, -ENOMEM, "out of memory");
	s->size = size;
	s->index = calloc(FOSR_UNTAINT_ITEMS, sizeof(*s->index));
	s->skel = strip_batch_bpf__open();
	err = s->skel && s->index ? 0 : -ENOMEM;
	if (!err) {
		s->skel->rodata->buffer_size = (__u32)size;
		err = bpf_map__set_value_size(s->skel->maps.buffer, (__u32)size);
	}
	if (!err)
		err = strip_batch_bpf__load(s->skel);
	if (!err) {
		s->shared =
			mmap(NULL, ITEMS_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(s->skel->maps.items), 0);
		if (s->shared == MAP_FAILED) {
			s->shared = NULL;
			err = -errno;
		}
	}
	if (err) {
		fosr_attach_refused("program strip_batch", err, e);
		fosr_strip_close(s);
		return err;
	}
	*out = s;
	return 0;
}

int fosr_strip_fd(const struct fosr_strip *s)
{
	return bpf_map__fd(s->skel->maps.buffer);
}

/* The program sees a window behind each frame's beginning, which has to lie within the memory as a whole. */
static __u32 give(struct fosr_strip *s, size_t base, struct fosr_untaint_item *item, __u32 n)
{
	__u32 given = 0;

	for (__u32 i = 0; i < n; i++) {
		size_t off = base + item[i].off;

		off -= off >= s->size ? s->size : 0;
		item[i].pad = off > s->size - FOSR_UNTAINT_WINDOW;
		if (item[i].pad)
			continue;
		s->index[given] = (__u16)i;
		s->shared[given] = item[i];
		s->shared[given++].off = (__u32)off;
	}
	for (__u32 i = given; i % FOSR_UNTAINT_ROW; i++)
		s->shared[i] = (struct fosr_untaint_item){0};
	return given;
}

int fosr_strip_run(struct fosr_strip *s, size_t base, struct fosr_untaint_item *item, __u32 n, struct fosr_err *e)
{
	struct {
		__u32 n;
	} args = {.n = give(s, base, item, n)};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &args, .ctx_size_in = sizeof(args));
	int err = args.n ? bpf_prog_test_run_opts(bpf_program__fd(s->skel->progs.fosr_strip_batch), &opts) : 0;

	if (err || (args.n && opts.retval != (args.n + FOSR_UNTAINT_ROW - 1) / FOSR_UNTAINT_ROW))
		return fosr_err(e, err ? err : -EIO,
			"the program strip_batch failed: %s; --engine user does without it",
			strerror(err ? -err : EIO));
	for (__u32 i = 0; i < args.n; i++) {
		item[s->index[i]].found = s->shared[i].found;
		item[s->index[i]].gone = s->shared[i].gone;
	}
	return 0;
}

void fosr_strip_close(struct fosr_strip *s)
{
	if (!s)
		return;
	if (s->shared)
		munmap(s->shared, ITEMS_SIZE);
	strip_batch_bpf__destroy(s->skel);
	free(s->index);
	free(s);
}

// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * strip_batch: takes taints off thousands of captured frames per call. User space reads a capture into the one value of
 * `buffer`, which it maps, lists the frames in `items`, and calls this by BPF_PROG_TEST_RUN.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include <fosr/untaint.h>

struct window {
	__u8 b[FOSR_UNTAINT_WINDOW];
};

/* Its size is set before loading. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, 1 << 24);
} buffer SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, FOSR_UNTAINT_ITEMS * sizeof(struct fosr_untaint_item));
} items SEC(".maps");

const volatile __u32 buffer_size = 1 << 24;

struct fosr_strip_args {
	__u32 n;
};

/* Global functions: the verifier walks the parser's paths once, on their own. */
__attribute__((noinline)) int fosr_strip_parse(struct window *w, __u32 len, __u32 link, struct fosr_pkt *pkt)
{
	if (!w || !pkt || len > FOSR_UNTAINT_WINDOW)
		return FOSR_PARSE_MALFORMED;
	return fosr_parse_link((enum fosr_link)link, w->b, w->b + len, pkt);
}

__attribute__((noinline)) int fosr_strip_take(
	struct window *w, __u32 len, __u32 res, struct fosr_untaint_item *item, struct fosr_pkt *pkt)
{
	if (!w || !pkt || !item || len > FOSR_UNTAINT_WINDOW)
		return 0;
	fosr_untaint_frame(item, w->b, w->b + len, (enum fosr_parse)res, pkt);
	return 0;
}

/* Anything but a plain frame. */
__attribute__((noinline)) int fosr_strip_other(struct window *w, struct fosr_untaint_item *item)
{
	struct fosr_pkt pkt = {};
	__u32 len, res;

	if (!w || !item)
		return 0;
	len = item->caplen < FOSR_UNTAINT_WINDOW ? item->caplen : FOSR_UNTAINT_WINDOW;
	res = fosr_strip_parse(w, len, item->link, &pkt);
	return fosr_strip_take(w, len, res, item, &pkt);
}

static __always_inline void one(__u8 *b, struct fosr_untaint_item *item)
{
	__u64 off = item->off;
	struct window *w;

	/* Hidden from the compiler, so that what is compared is what is added. */
	asm volatile("" : "+r"(off));
	if (off > buffer_size - FOSR_UNTAINT_WINDOW)
		return;
	w = (struct window *)(b + off);
	if (!fosr_untaint_plain(item, w->b))
		fosr_strip_other(w, item);
}

static long row(__u64 i, void *arg)
{
	__u32 zero = 0, at = (__u32)i, k;
	struct fosr_untaint_item *item = bpf_map_lookup_elem(&items, &zero);
	__u8 *b = bpf_map_lookup_elem(&buffer, &zero);

	if (!item || !b || at >= FOSR_UNTAINT_ITEMS / FOSR_UNTAINT_ROW)
		return 1;
	item += at * FOSR_UNTAINT_ROW;
#pragma unroll
	for (k = 0; k < FOSR_UNTAINT_ROW; k++)
		one(b, item + k);
	return 0;
}

/* Rows, since what a call costs is shared; the last one may be longer than the list, and has nothing there. */
SEC("syscall")
int fosr_strip_batch(struct fosr_strip_args *args)
{
	return (int)bpf_loop((args->n + FOSR_UNTAINT_ROW - 1) / FOSR_UNTAINT_ROW, row, 0, 0);
}

char _license[] SEC("license") = "Dual BSD/GPL";

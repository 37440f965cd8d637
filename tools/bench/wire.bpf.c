// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* For tools/bench: the ends of a wire. Frames carry their number behind 42 bytes of headers, as tools/bench/wire.c
 * makes them. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define NUMBER 42
#define STAMPS (1 << 20)

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, STAMPS);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, __u64);
} stamps SEC(".maps");

const volatile __u32 out_ifindex;

/* The receiver that does the least. */
SEC("xdp")
int drop(struct xdp_md *ctx)
{
	return XDP_DROP;
}

/* When each frame came. */
SEC("xdp")
int stamp(struct xdp_md *ctx)
{
	const __u8 *data = (void *)(long)ctx->data;
	__u64 *slot;
	__u32 n;

	if (data + NUMBER + 8 > (__u8 *)(long)ctx->data_end)
		return XDP_PASS;
	n = *(const __u32 *)(data + NUMBER);
	slot = bpf_map_lookup_elem(&stamps, &n);
	if (slot)
		*slot = bpf_ktime_get_ns();
	return XDP_DROP;
}

/* Live frames that are all the same, which nobody fills: what is the most that such a program can send. */
SEC("xdp")
int constant(struct xdp_md *ctx)
{
	return (int)bpf_redirect(out_ifindex, 0);
}

char _license[] SEC("license") = "Dual BSD/GPL";

// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * inject: one call of BPF_PROG_TEST_RUN in live-frames mode runs this over and over, each time with a frame to fill. It
 * takes the next slot of a ring that user space maps, and, when its time has come, copies its bytes into the frame and
 * sends that out of the slot's interface. While nothing is due it drops the frame, which the kernel then uses again.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include <fosr/parse.h>

/* The slots' number and size are set before loading. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4096);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, 2048);
} slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct fosr_live_control);
} control SEC(".maps");

const volatile __u32 slot_mask = 4095;
const volatile __u32 frame_max =
	1536; /* length of the frames that the kernel lends; FOSR_LIVE_HEADROOM + frame_max fit */

/* Growing a frame would clear it first, so it comes as long as any is, and is made shorter; which the kernel has to
 * undo before it uses the frame again. */
static __always_inline int fill(struct xdp_md *ctx, struct fosr_live_slot *s)
{
	__u32 off = s->off, len = s->len;

	if (off > FOSR_LIVE_HEADROOM || len < FOSR_ETH_LEN || len > frame_max)
		return -1;
	if (len != frame_max && bpf_xdp_adjust_tail(ctx, (int)len - (int)frame_max))
		return -1;
	return bpf_xdp_store_bytes(ctx, 0, s->data + off, len);
}

static __always_inline int send(struct xdp_md *ctx, struct fosr_live_slot *s)
{
	__u32 ifindex = s->ifindex;

	if (!ifindex || fill(ctx, s))
		return XDP_DROP;
	return (int)bpf_redirect(ifindex, 0);
}

SEC("xdp")
int fosr_inject(struct xdp_md *ctx)
{
	__u32 zero = 0, place;
	struct fosr_live_control *c = bpf_map_lookup_elem(&control, &zero);
	volatile __u64 *head, *idle;
	struct fosr_live_slot *s;
	int action = XDP_DROP;

	if (!c)
		return action;
	head = &c->head;
	idle = &c->idle;
	if (c->seen == c->tail) {
		if (*head == c->tail)
			goto idle;
		/* The slots are read after the head: only an atomic operation with a result is a full barrier. */
		c->seen = __sync_fetch_and_add(&c->head, 0);
	}
	place = c->tail & slot_mask;
	s = bpf_map_lookup_elem(&slots, &place);
	if (!s)
		goto idle;
	/* The clock costs a tenth of all this: frames that do not wait for it are not worth that. */
	if (s->due_ns || !(c->tail & 15))
		c->now = bpf_ktime_get_ns();
	if (c->now < s->due_ns)
		goto idle;
	action = send(ctx, s);
	s->sent_ns = c->now;
	__sync_fetch_and_add(&c->tail, 1);
	return action;
idle:
	*idle = *idle + 1;
	return action;
}

char _license[] SEC("license") = "Dual BSD/GPL";

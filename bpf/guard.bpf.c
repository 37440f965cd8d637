// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * guard: XDP on the receive side of an interface that takes part in a campaign. No tagged frame is taken by the
 * kernel's stack: a good one goes to the AF_XDP socket of its queue, or where the verdict says; one of an unknown
 * campaign, with a wrong mac, or that came before, is dropped and counted apart. All other traffic passes untouched, as
 * do unparsable frames: not ours to break.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <xdp/xdp_helpers.h>

#include "maps.h"
#include "verdict.h"

/* For libxdp's dispatcher: early, and what passes goes on to the next program. */
struct {
	__uint(priority, 10);
	__uint(XDP_PASS, 1);
} XDP_RUN_CONFIG(fosr_guard_shared);

/* Receive queue -> AF_XDP socket. An empty slot drops. */
struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, FOSR_QUEUES_MAX);
	__type(key, __u32);
	__type(value, __u32);
} xsks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct fosr_settings);
} settings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1 << FOSR_RECENT_BITS);
	__type(key, __u32);
	__type(value, struct fosr_recent);
} recent SEC(".maps");

const volatile __u32 verdict = FOSR_VERDICT_DROP;
const volatile __u32 mirror; /* ifindex, of FOSR_VERDICT_MIRROR */

static __always_inline const struct fosr_secret *fosr_secret_of(const struct fosr_campaign_key *key)
{
	return bpf_map_lookup_elem(&campaigns, key);
}

/* A global function: the verifier walks the parser's paths once, on their own, instead of once for each way they join
 * with the paths behind it. */
__attribute__((noinline)) int fosr_guard_parse(struct xdp_md *ctx, struct fosr_pkt *pkt)
{
	if (!pkt)
		return FOSR_PARSE_MALFORMED;
	return fosr_parse_eth((void *)(long)ctx->data, (void *)(long)ctx->data_end, pkt);
}

static __always_inline int replayed(const struct fosr_settings *s, const struct fosr_tag *tag)
{
	__u32 slot = fosr_recent_slot(tag->flow);
	struct fosr_recent *r = bpf_map_lookup_elem(&recent, &slot);

	return r && fosr_seen_before(r, s->epoch, tag);
}

/* Best effort: not every driver has room for metadata. */
static __always_inline void stamp(struct xdp_md *ctx)
{
	struct fosr_stamp *s;

	if (bpf_xdp_adjust_meta(ctx, -(int)sizeof(*s)))
		return;
	s = (void *)(long)ctx->data_meta;
	if ((void *)(s + 1) > (void *)(long)ctx->data)
		return;
	s->magic = FOSR_STAMP_MAGIC;
	s->mono_ns = bpf_ktime_get_ns();
}

/* As who receives wants it. */
static __always_inline void prepare(struct xdp_md *ctx, const struct fosr_settings *s, const struct fosr_tag *tag)
{
	__u32 len = (__u32)bpf_xdp_get_buff_len(ctx);

	if (s->stamp)
		stamp(ctx);
	if (s->snap && len > s->snap && !(tag->flags & FOSR_TAG_F_CONTROL))
		bpf_xdp_adjust_tail(ctx, (int)(s->snap - len));
}

static __always_inline int blind(struct xdp_md *ctx)
{
	static const __u8 mac[6] = FOSR_BLIND_MAC;
	__u8 *to = fosr_at((void *)(long)ctx->data, (void *)(long)ctx->data_end, 0, FOSR_ETH_LEN);

	if (!to)
		return XDP_DROP;
	__builtin_memcpy(to, mac, sizeof(mac));
	return XDP_PASS;
}

/* Where a good frame goes. */
static __always_inline int take(struct xdp_md *ctx, const struct fosr_settings *s, const struct fosr_tag *tag,
	int alone, enum fosr_count *reason)
{
	int action = bpf_redirect_map(&xsks, ctx->rx_queue_index, XDP_DROP);

	if (action == XDP_REDIRECT) {
		*reason = FOSR_COUNT_REDIRECTED;
		if (alone)
			prepare(ctx, s, tag);
		return action;
	}
	switch (verdict) {
	case FOSR_VERDICT_MIRROR:
		*reason = FOSR_COUNT_MIRRORED;
		return (int)bpf_redirect(mirror, 0);
	case FOSR_VERDICT_BLIND:
		*reason = FOSR_COUNT_BLINDED;
		return blind(ctx);
	default:
		return XDP_DROP;
	}
}

static __always_inline int guard(struct xdp_md *ctx, int alone)
{
	struct fosr_pkt pkt = {};
	struct fosr_tag tag = {};
	enum fosr_parse res = fosr_guard_parse(ctx, &pkt);
	enum fosr_count reason = fosr_judge((void *)(long)ctx->data, (void *)(long)ctx->data_end, res, &pkt, &tag);
	int action = fosr_judge_passes(reason) ? XDP_PASS : XDP_DROP;
	const struct fosr_settings *s;
	__u32 zero = 0;

	if (reason == FOSR_COUNT_DROPPED) {
		s = bpf_map_lookup_elem(&settings, &zero);
		if (s && replayed(s, &tag))
			reason = FOSR_COUNT_REPLAYED;
		else if (s)
			action = take(ctx, s, &tag, alone, &reason);
	}
	fosr_count(reason);
	return action;
}

SEC("xdp.frags")
int fosr_guard(struct xdp_md *ctx)
{
	return guard(ctx, 1);
}

/*
 * One of several in libxdp's dispatcher. Newer kernels (Debian's 6.12) refuse an extension program that calls helpers
 * that move the packet's ends if what it replaces does not, as in Debian 12's libxdp (xdp-tools issue 503). So it
 * prepares nothing for who receives.
 */
SEC("?xdp.frags")
int fosr_guard_shared(struct xdp_md *ctx)
{
	return guard(ctx, 0);
}

char _license[] SEC("license") = "Dual BSD/GPL";

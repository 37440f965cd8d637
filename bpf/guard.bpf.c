// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * guard: XDP on the receive side of an interface that takes part in a campaign. No tagged frame reaches the kernel's
 * stack: a good one goes to the AF_XDP socket of its queue, or is dropped; one of an unknown campaign or with a wrong
 * mac is dropped and counted apart. All other traffic passes untouched, as do unparsable frames: not ours to break.
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
} XDP_RUN_CONFIG(fosr_guard);

const volatile __u32 verdict = FOSR_VERDICT_DROP;

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

/* Where a good frame goes. */
static __always_inline int take(struct xdp_md *ctx, enum fosr_count *reason)
{
	int action = bpf_redirect_map(&xsks, ctx->rx_queue_index, XDP_DROP);

	if (action == XDP_REDIRECT) {
		*reason = FOSR_COUNT_REDIRECTED;
		return action;
	}
	switch (verdict) {
	case FOSR_VERDICT_DROP:
	default:
		return XDP_DROP;
	}
}

SEC("xdp.frags")
int fosr_guard(struct xdp_md *ctx)
{
	struct fosr_pkt pkt = {};
	enum fosr_parse res = fosr_guard_parse(ctx, &pkt);
	enum fosr_count reason = fosr_judge((void *)(long)ctx->data, (void *)(long)ctx->data_end, res, &pkt);
	int action = fosr_judge_passes(reason) ? XDP_PASS : XDP_DROP;

	if (reason == FOSR_COUNT_DROPPED)
		action = take(ctx, &reason);
	fosr_count(reason);
	return action;
}

char _license[] SEC("license") = "Dual BSD/GPL";

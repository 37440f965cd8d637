// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * untag: XDP on the receive side of a port where a sensor or a capture listens. Takes the tag off, and passes the
 * packet as if it had never been there. Without campaigns to check against, whatever has the shape of a tag comes off;
 * with them only what they have tagged, and frames between injectors are dropped. A frame without our tag is never
 * changed.
 */
#include "maps.h"
#include "verdict.h"

const volatile __u32 check; /* macs against `campaigns` */

static __always_inline const struct fosr_secret *fosr_secret_of(const struct fosr_campaign_key *key)
{
	return bpf_map_lookup_elem(&campaigns, key);
}

/* Global functions: the verifier walks the parser's paths once, on their own. */
__attribute__((noinline)) int fosr_untag_parse(struct xdp_md *ctx, struct fosr_pkt *pkt)
{
	if (!pkt)
		return FOSR_PARSE_MALFORMED;
	return fosr_parse_eth((void *)(long)ctx->data, (void *)(long)ctx->data_end, pkt);
}

__attribute__((noinline)) int fosr_untag_take(struct xdp_md *ctx, struct fosr_pkt *pkt)
{
	int len;

	if (!pkt)
		return -1;
	len = (int)fosr_tag_len(pkt);
	if (fosr_tag_take((void *)(long)ctx->data, (void *)(long)ctx->data_end, pkt))
		return -1;
	return bpf_xdp_adjust_head(ctx, len);
}

static __always_inline enum fosr_count judge(struct xdp_md *ctx, enum fosr_parse res, struct fosr_pkt *pkt)
{
	void *data = (void *)(long)ctx->data, *data_end = (void *)(long)ctx->data_end;
	struct fosr_tag tag = {};
	enum fosr_count reason;

	if (check) {
		reason = fosr_judge(data, data_end, res, pkt, &tag);
		if (reason == FOSR_COUNT_DROPPED && tag.flags & FOSR_TAG_F_CONTROL)
			return FOSR_COUNT_CONTROL;
		return reason == FOSR_COUNT_DROPPED ? FOSR_COUNT_STRIPPED : reason;
	}
	if (res == FOSR_PARSE_NOT_IP)
		return FOSR_COUNT_OTHER;
	if (res != FOSR_PARSE_OK)
		return FOSR_COUNT_UNPARSABLE;
	return pkt->tag_off ? FOSR_COUNT_STRIPPED : FOSR_COUNT_OTHER;
}

SEC("xdp.frags")
int fosr_untag(struct xdp_md *ctx)
{
	struct fosr_pkt pkt = {};
	enum fosr_parse res = fosr_untag_parse(ctx, &pkt);
	enum fosr_count reason = judge(ctx, res, &pkt);

	if (reason == FOSR_COUNT_STRIPPED && fosr_untag_take(ctx, &pkt))
		reason = FOSR_COUNT_UNFIT;
	fosr_count(reason);
	return reason == FOSR_COUNT_CONTROL ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";

// SPDX-License-Identifier: GPL-3.0-or-later
#include "play/control.h"

#include <string.h>

#include <fosr/tag.h>

#define TTL 64

__u8 *fosr_control_frame(
	const struct fosr_common *key, const struct fosr_control_ends *ends, __u8 *frame, __u32 len, __u32 *frame_len)
{
	const struct fosr_tag tag = {
		.campaign = key->id, .flow = ends->nonce, .step = ends->number, .flags = FOSR_TAG_F_CONTROL};
	__u8 *ip = frame + FOSR_CRAFT_ETH;
	struct fosr_pkt pkt;

	memcpy(frame, ends->dst_mac, 6);
	memcpy(frame + 6, ends->src_mac, 6);
	fosr_put16(frame + 12, FOSR_ETH_IP4);
	fosr_put32(ip, 0x45000000 | (FOSR_CRAFT_IP4 + len));
	fosr_put32(ip + 4, 0);
	fosr_put32(ip + 8, TTL << 24 | FOSR_CONTROL_PROTO << 16);
	fosr_put32(ip + 12, ends->src);
	fosr_put32(ip + 16, ends->dst);
	fosr_put16(ip + 10, fosr_csum_finish(fosr_csum_words(0, ip, FOSR_CRAFT_IP4 / 2)));
	*frame_len = FOSR_CONTROL_HEAD + len;
	/* What was just written is well-formed and has room. */
	fosr_parse_eth(frame, frame + *frame_len, &pkt);
	*frame_len = fosr_tag_insert(frame, *frame_len, &pkt, &tag, &key->secret);
	return frame - FOSR_TAG_LEN4;
}

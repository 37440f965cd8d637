/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Frames between injectors: IPv4 packets of protocol 253 (RFC 3692: for experiments), tagged like traffic but for
 * FOSR_TAG_F_CONTROL, so that guards hand them to injectors and no kernel takes them.
 */
#ifndef FOSR_PLAY_CONTROL_H
#define FOSR_PLAY_CONTROL_H

#include "campaign/campaign.h"
#include "campaign/secret.h"

#define FOSR_CONTROL_PROTO 253
#define FOSR_CONTROL_HEAD (FOSR_CRAFT_ETH + FOSR_CRAFT_IP4)

struct fosr_control_ends {
	__u8 src_mac[6], dst_mac[6];
	__u32 src, dst; /* IPv4, host order */
	__u64 nonce; /* the tag's flow */
	__u32 number; /* and step */
};

/*
 * Tags and addresses a message of len bytes that stands at frame + FOSR_CONTROL_HEAD; in front of frame there are
 * FOSR_TAG_LEN4 bytes of room. Returns the frame's new start, and its length in *frame_len.
 */
__u8 *fosr_control_frame(
	const struct fosr_common *key, const struct fosr_control_ends *ends, __u8 *frame, __u32 len, __u32 *frame_len);

#endif

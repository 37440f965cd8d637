/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What the guard thinks of a frame: pure, so that user space runs the same lines over the same packets. Whoever
 * includes this defines fosr_secret_of(): a map lookup in BPF, a table in a test.
 */
#ifndef FOSR_BPF_VERDICT_H
#define FOSR_BPF_VERDICT_H

#include <fosr/tag.h>

/* The secret of a campaign, or NULL if it is not known here. */
static __always_inline const struct fosr_secret *fosr_secret_of(const struct fosr_campaign_key *key);

/* res and pkt: from the parser over [data, data_end). FOSR_COUNT_DROPPED means a good tag, which is then in *tag: where
 * such a frame goes is for the program to say; all other answers are final. */
static __always_inline enum fosr_count fosr_judge(
	const void *data, const void *data_end, enum fosr_parse res, const struct fosr_pkt *pkt, struct fosr_tag *tag)
{
	struct fosr_campaign_key key = {};
	const struct fosr_secret *secret;
	__u64 mac;

	if (res == FOSR_PARSE_NOT_IP)
		return FOSR_COUNT_OTHER;
	if (res != FOSR_PARSE_OK)
		return FOSR_COUNT_UNPARSABLE;
	if (fosr_tag_decode(data, data_end, pkt, tag, &mac))
		return FOSR_COUNT_OTHER;
	key.campaign = tag->campaign;
	key.key_id = tag->key_id;
	secret = fosr_secret_of(&key);
	if (!secret)
		return FOSR_COUNT_UNKNOWN_CAMPAIGN;
	return mac == fosr_tag_mac(tag, secret, pkt) ? FOSR_COUNT_DROPPED : FOSR_COUNT_BAD_MAC;
}

/* The slot of `recent` that a flow has. */
static __always_inline __u32 fosr_recent_slot(__u64 flow)
{
	return (__u32)(flow * 0x9e3779b97f4a7c15ULL >> (64 - FOSR_RECENT_BITS));
}

/*
 * Takes note of a step, and tells if it came before. What is so old that it is no longer known is taken for new:
 * whoever receives keeps a better account. So is what says that it is sent again, and what is no traffic.
 */
static __always_inline int fosr_seen_before(struct fosr_recent *r, __u32 epoch, const struct fosr_tag *tag)
{
	__u32 back = r->next - 1 - tag->step, shift;

	if (tag->flags & (FOSR_TAG_F_CONTROL | FOSR_TAG_F_RETRANS))
		return 0;
	if (r->flow != tag->flow || r->campaign != tag->campaign || r->epoch != epoch) {
		r->epoch = epoch;
		r->flow = tag->flow;
		r->campaign = tag->campaign;
		r->next = 0;
		r->seen = 0;
	}
	if (tag->step >= r->next) {
		shift = tag->step + 1 - r->next;
		r->seen = shift < 64 ? r->seen << shift | 1 : 1;
		r->next = tag->step + 1;
		return 0;
	}
	if (back >= 64)
		return 0;
	if (r->seen >> back & 1)
		return 1;
	r->seen |= 1ULL << back;
	return 0;
}

/* Is the kernel to see a frame of which the guard thinks this? */
static __always_inline int fosr_judge_passes(enum fosr_count reason)
{
	return reason == FOSR_COUNT_OTHER || reason == FOSR_COUNT_UNPARSABLE;
}

#endif

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

/* res and pkt: from the parser over [data, data_end). FOSR_COUNT_DROPPED means a good tag: where such a frame goes is
 * for the program to say; all other answers are final. */
static __always_inline enum fosr_count fosr_judge(
	const void *data, const void *data_end, enum fosr_parse res, const struct fosr_pkt *pkt)
{
	struct fosr_campaign_key key = {};
	const struct fosr_secret *secret;
	struct fosr_tag tag;
	__u64 mac;

	if (res == FOSR_PARSE_NOT_IP)
		return FOSR_COUNT_OTHER;
	if (res != FOSR_PARSE_OK)
		return FOSR_COUNT_UNPARSABLE;
	if (fosr_tag_decode(data, data_end, pkt, &tag, &mac))
		return FOSR_COUNT_OTHER;
	key.campaign = tag.campaign;
	key.key_id = tag.key_id;
	secret = fosr_secret_of(&key);
	if (!secret)
		return FOSR_COUNT_UNKNOWN_CAMPAIGN;
	return mac == fosr_tag_mac(&tag, secret, pkt) ? FOSR_COUNT_DROPPED : FOSR_COUNT_BAD_MAC;
}

/* Is the kernel to see a frame of which the guard thinks this? */
static __always_inline int fosr_judge_passes(enum fosr_count reason)
{
	return reason == FOSR_COUNT_OTHER || reason == FOSR_COUNT_UNPARSABLE;
}

#endif

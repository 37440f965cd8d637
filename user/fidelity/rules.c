// SPDX-License-Identifier: GPL-3.0-or-later
#include "fidelity/rules.h"

#include "flow/step.h"

#define OLDEST (1 << 26) /* bytes back in the sequence: more than any window, so that it is no retransmission */
#define BIT(rule) (1u << (rule))

const char *const fosr_rule_name[FOSR_RULES] = {
	[FOSR_RULE_LENGTHS] = "lengths",
	[FOSR_RULE_CHECKSUM] = "checksum",
	[FOSR_RULE_FLAGS] = "flags",
	[FOSR_RULE_HANDSHAKE] = "handshake",
	[FOSR_RULE_SEQUENCE] = "sequence",
	[FOSR_RULE_ACK] = "acknowledgement",
	[FOSR_RULE_TEARDOWN] = "teardown",
};

static bool sums_up(const struct fosr_pkt *pkt, const __u8 *data)
{
	__u32 len = pkt->l3_end - pkt->l4_off;
	const __u8 *l4 = data + pkt->l4_off;
	__u64 sum;

	if (pkt->l4_proto == FOSR_PROTO_UDP) {
		if (pkt->ip_version == 4 && !fosr_get16(l4 + 6))
			return true;
		len = fosr_get16(l4 + 4);
	}
	sum = pkt->ip_version == 4 ? fosr_csum_pseudo4(pkt->src, pkt->dst, pkt->l4_proto, len)
				   : fosr_csum_pseudo6(pkt->src, pkt->dst, pkt->l4_proto, len);
	return fosr_csum_fold(fosr_csum_add(sum, l4, len)) == 0xffff;
}

__u32 fosr_rules_packet(const struct fosr_pkt *pkt, const __u8 *data, __u32 caplen, __u32 origlen)
{
	bool whole = !pkt->more_frags && !pkt->frag_off, there = pkt->l3_end <= caplen;
	__u32 broken = 0;

	if (pkt->l3_end > origlen)
		broken |= BIT(FOSR_RULE_LENGTHS);
	if (whole && pkt->l4_proto == FOSR_PROTO_UDP && fosr_get16(data + pkt->l4_off + 4) != pkt->l3_end - pkt->l4_off)
		broken |= BIT(FOSR_RULE_LENGTHS);
	if (pkt->ip_version == 4 && fosr_csum_fold(fosr_csum_add(0, data + pkt->l3_off, 4u * pkt->ihl)) != 0xffff)
		broken |= BIT(FOSR_RULE_CHECKSUM);
	if (whole && there && !sums_up(pkt, data))
		broken |= BIT(FOSR_RULE_CHECKSUM);
	return broken;
}

struct fosr_rule_segment fosr_rules_segment(const struct fosr_pkt *pkt, const __u8 *data)
{
	const __u8 *l4 = data + pkt->l4_off;

	return (struct fosr_rule_segment){
		.seq = fosr_get32(l4 + 4),
		.ack = fosr_get32(l4 + 8),
		.len = pkt->payload_end - pkt->payload_off,
		.flags = l4[13],
	};
}

static __u32 feed_syn(struct fosr_rule_state *s, __u8 dir, const struct fosr_rule_segment *seg)
{
	struct fosr_rule_end *mine = &s->end[dir], *other = &s->end[!dir];
	__u32 broken = seg->flags & (FOSR_TCP_FIN | FOSR_TCP_RST) ? BIT(FOSR_RULE_FLAGS) : 0;

	if (!(seg->flags & FOSR_TCP_ACK)) {
		s->syn = true;
	} else {
		s->answered = true;
		if (other->known && s->syn && seg->ack != other->next)
			broken |= BIT(FOSR_RULE_HANDSHAKE);
	}
	*mine = (struct fosr_rule_end){.known = true, .next = seg->seq + 1 + seg->len};
	return broken;
}

static __u32 feed_sequence(struct fosr_rule_end *mine, const struct fosr_rule_segment *seg)
{
	__s32 ahead = (__s32)(seg->seq - mine->next);
	__u32 end = seg->seq + seg->len + (seg->flags & FOSR_TCP_FIN ? 1 : 0), broken = 0;

	if (mine->known && (ahead > 0 || ahead < -OLDEST))
		broken |= BIT(FOSR_RULE_SEQUENCE);
	if (seg->len && (mine->rst || (mine->fin && (__s32)(end - mine->next) > 0)))
		broken |= BIT(FOSR_RULE_TEARDOWN);
	if (!mine->known || (__s32)(end - mine->next) > 0)
		mine->next = end;
	mine->known = true;
	mine->fin |= !!(seg->flags & FOSR_TCP_FIN);
	return broken;
}

static __u32 feed_ack(struct fosr_rule_end *other, const struct fosr_rule_segment *seg)
{
	if (!(seg->flags & FOSR_TCP_ACK))
		return BIT(FOSR_RULE_FLAGS);
	if (!other->known || (__s32)(seg->ack - other->next) <= 0)
		return 0;
	/* Told once, not with every packet that follows. */
	other->next = seg->ack;
	return BIT(FOSR_RULE_ACK);
}

__u32 fosr_rules_segment_feed(struct fosr_rule_state *s, __u8 dir, const struct fosr_rule_segment *seg)
{
	__u32 broken = 0;

	if (seg->flags & FOSR_TCP_SYN)
		return feed_syn(s, dir, seg);
	if (seg->flags & FOSR_TCP_RST) {
		s->end[dir].rst = true;
		return seg->flags & FOSR_TCP_FIN ? BIT(FOSR_RULE_FLAGS) : 0;
	}
	if (s->syn && !s->answered && s->end[!dir].known)
		broken |= BIT(FOSR_RULE_HANDSHAKE);
	if (s->syn && !s->answered && !s->end[!dir].known && seg->len)
		broken |= BIT(FOSR_RULE_HANDSHAKE);
	broken |= feed_sequence(&s->end[dir], seg);
	return broken | feed_ack(&s->end[!dir], seg);
}

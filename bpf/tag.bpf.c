// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * tag: tc or tcx at the egress of an interface. Tags what others send there (a real client, tcpreplay) and a rule
 * names, so that guards hide it and captures can be freed of it as well. What matches and cannot be tagged is dropped
 * and counted: nothing that matches ever leaves untagged.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include <fosr/tag.h>

#include "maps.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, FOSR_TAINT_RULES);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, __u32);
	__type(value, struct fosr_taint_rule);
} rules SEC(".maps");

/* Packets of each flow so far. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, FOSR_TAINT_FLOWS);
	__type(key, struct fosr_taint_flow);
	__type(value, __u32);
} steps SEC(".maps");

const volatile __u32 campaign;
const volatile __u32 mtu; /* of the interface */
const volatile __u64 secret0, secret1;

#define HEADERS 256 /* link, IP, extension, and layer 4 headers up to the ports */

/* Global functions: the verifier walks the parser's paths once, on their own. */
__attribute__((noinline)) int fosr_tag_parse(struct __sk_buff *skb, struct fosr_pkt *pkt)
{
	void *data = (void *)(long)skb->data, *data_end = (void *)(long)skb->data_end;
	const __u8 *ports;
	enum fosr_parse res;

	if (!pkt)
		return FOSR_PARSE_MALFORMED;
	res = fosr_parse_eth(data, data_end, pkt);
	if (res != FOSR_PARSE_OK)
		return res;
	/* A later fragment has no ports. */
	ports = pkt->frag_off ? 0 : fosr_at(data, data_end, pkt->l4_off, 4);
	if (ports) {
		pkt->sport = fosr_get16(ports);
		pkt->dport = fosr_get16(ports + 2);
	}
	return res;
}

__attribute__((noinline)) int fosr_tag_write(struct __sk_buff *skb, struct fosr_pkt *pkt, struct fosr_tag *tag)
{
	const struct fosr_secret secret = {secret0, secret1};

	if (!pkt || !tag)
		return -1;
	return fosr_tag_fill((void *)(long)skb->data, (void *)(long)skb->data_end, pkt, tag, &secret);
}

/* Without a branch: what the verifier walks would double with each. */
static __always_inline __u64 differs(const struct fosr_taint_rule *r, const struct fosr_taint_flow *f)
{
	const __u64 *want = (const __u64 *)&r->want, *mask = (const __u64 *)&r->mask, *have = (const __u64 *)f;
	__u64 differ = 0;
	__u32 i;

#pragma unroll
	for (i = 0; i < sizeof(*f) / 8; i++)
		differ |= (want[i] ^ have[i]) & mask[i];
	return differ;
}

/* Global, so that its loop is walked once. */
__attribute__((noinline)) int fosr_tag_wanted(struct fosr_taint_flow *f)
{
	__u32 i;

	if (!f)
		return 0;
	for (i = 0; i < FOSR_TAINT_RULES; i++) {
		__u32 key = i;
		const struct fosr_taint_rule *r = bpf_map_lookup_elem(&rules, &key);

		if (!r || !r->mask.family)
			return 0;
		if (!differs(r, f))
			return 1;
	}
	return 0;
}

static __always_inline void flow_of(const struct fosr_pkt *pkt, struct fosr_taint_flow *f)
{
	__builtin_memcpy(f->addr[0], pkt->src, 16);
	__builtin_memcpy(f->addr[1], pkt->dst, 16);
	f->port[0] = pkt->sport;
	f->port[1] = pkt->dport;
	f->proto = pkt->l4_proto;
	f->family = pkt->ip_version;
}

/* The flow's number: its 5-tuple, mixed with the key. */
static __always_inline __u64 number_of(const struct fosr_taint_flow *f)
{
	const struct fosr_secret secret = {secret0, secret1};
	__u64 w[5];

	__builtin_memcpy(w, f, sizeof(w));
	return fosr_siphash(&secret, w, 5);
}

static __always_inline __u32 next_step(const struct fosr_taint_flow *f)
{
	__u32 *step = bpf_map_lookup_elem(&steps, f), first = 1;

	if (step)
		return __sync_fetch_and_add(step, 1);
	bpf_map_update_elem(&steps, f, &first, BPF_ANY);
	return 0;
}

/* Parts of one large packet, cut apart later, share its tag: to the guard they are repeats that say so. */
static __always_inline enum fosr_count put(struct __sk_buff *skb, struct fosr_pkt *pkt, const struct fosr_taint_flow *f)
{
	__u32 parts = skb->gso_segs, size = skb->gso_size,
	      base = pkt->l3_off + (pkt->ip_version == 4 ? FOSR_IP4_LEN : FOSR_IP6_LEN);
	struct fosr_tag tag = {};

	/* The room that the kernel makes is behind the base header. */
	if (!fosr_tag_has_room(pkt) || pkt->put_off != base || pkt->vlans)
		return FOSR_COUNT_UNFIT;
	if (!size && skb->len - pkt->l3_off + fosr_tag_len(pkt) > mtu)
		return FOSR_COUNT_TOO_LONG;
	tag.flow = number_of(f);
	tag.campaign = campaign;
	tag.step = next_step(f);
	tag.flags = parts > 1 ? FOSR_TAG_F_RETRANS : 0;
	if (bpf_skb_adjust_room(skb, (int)fosr_tag_len(pkt), BPF_ADJ_ROOM_NET, 0))
		return FOSR_COUNT_UNFIT;
	if (bpf_skb_pull_data(skb, pkt->put_off + fosr_tag_len(pkt)) || fosr_tag_write(skb, pkt, &tag))
		return FOSR_COUNT_UNFIT;
	return FOSR_COUNT_TAGGED;
}

SEC("tc")
int fosr_tag(struct __sk_buff *skb)
{
	enum fosr_count reason = FOSR_COUNT_OTHER;
	struct fosr_taint_flow f = {};
	struct fosr_pkt pkt = {};
	int res;

	bpf_skb_pull_data(skb, skb->len < HEADERS ? skb->len : HEADERS);
	res = fosr_tag_parse(skb, &pkt);
	if (res == FOSR_PARSE_OK) {
		flow_of(&pkt, &f);
		if (!pkt.tag_off && fosr_tag_wanted(&f))
			reason = put(skb, &pkt, &f);
	} else if (res != FOSR_PARSE_NOT_IP) {
		reason = FOSR_COUNT_UNPARSABLE;
	}
	fosr_count(reason);
	return reason == FOSR_COUNT_TOO_LONG || reason == FOSR_COUNT_UNFIT ? TC_ACT_SHOT : TC_ACT_UNSPEC;
}

char _license[] SEC("license") = "Dual BSD/GPL";

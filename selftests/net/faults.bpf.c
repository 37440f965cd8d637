// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * A bad switch, for tests: at the ingress of a port, frames are lost, doubled, or sent by a detour (interface DETOUR, a
 * slow link back into the bridge) where the next ones overtake them. One program per kind of badness:
 *
 *	tc filter add dev PORT ingress bpf direct-action obj faults.bpf.o sec classifier/loss10
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#define DETOUR 100
#define SEEN 1 /* skb->mark of a double, which comes by once more */

static __always_inline int chance(__u32 per_mille)
{
	return bpf_get_prandom_u32() % 1000 < per_mille;
}

static __always_inline int treat(struct __sk_buff *skb, __u32 lost, __u32 doubled, __u32 detoured)
{
	if (skb->mark == SEEN)
		return TC_ACT_OK;
	if (chance(lost))
		return TC_ACT_SHOT;
	if (chance(detoured))
		return (int)bpf_redirect(DETOUR, 0);
	if (chance(doubled)) {
		skb->mark = SEEN;
		bpf_clone_redirect(skb, skb->ifindex, BPF_F_INGRESS);
	}
	return TC_ACT_OK;
}

SEC("classifier/loss1")
int loss1(struct __sk_buff *skb)
{
	return treat(skb, 10, 0, 0);
}

SEC("classifier/loss10")
int loss10(struct __sk_buff *skb)
{
	return treat(skb, 100, 0, 0);
}

SEC("classifier/double")
int doubles(struct __sk_buff *skb)
{
	return treat(skb, 0, 200, 0);
}

SEC("classifier/detour")
int detours(struct __sk_buff *skb)
{
	return treat(skb, 0, 0, 100);
}

SEC("classifier/all")
int all(struct __sk_buff *skb)
{
	return treat(skb, 50, 50, 50);
}

char _license[] SEC("license") = "Dual BSD/GPL";

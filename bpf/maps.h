/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The maps that programs share, their names and shapes part of the ABI: user space pins them and finds them by name. */
#ifndef FOSR_BPF_MAPS_H
#define FOSR_BPF_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include <fosr/abi.h>

/* What the mac of a campaign's tags is checked with. Written by user space only. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, FOSR_CAMPAIGNS_MAX);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, struct fosr_campaign_key);
	__type(value, struct fosr_secret);
} campaigns SEC(".maps");

/* One record per CPU, read by user space through a mapping; it is made as long as there are possible CPUs. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct fosr_counters);
} counters SEC(".maps");

/* A program does not preempt itself on a CPU, so its record has one writer, and an add that is not torn is enough. */
static __always_inline void fosr_count(enum fosr_count reason)
{
	__u32 cpu = bpf_get_smp_processor_id(), slot = reason;
	struct fosr_counters *c = bpf_map_lookup_elem(&counters, &cpu);
	volatile __u64 *n;

	if (!c || slot >= FOSR_COUNTERS)
		return;
	n = &c->n[slot];
	*n = *n + 1;
}

#endif

// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The extension program with which `fosr-xdp probe` finds out whether libxdp's dispatcher can work here. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("freplace/probe_slot")
int probe_extension(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";

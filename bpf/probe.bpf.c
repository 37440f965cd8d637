// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What `fosr-xdp probe` tries a kernel and a driver with: a program that passes everything, one that drops everything,
 * and, in the first, a function that an extension program can take the place of. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

__attribute__((noinline)) int probe_slot(struct xdp_md *ctx)
{
	volatile int action = XDP_PASS; /* or the compiler would know the answer and drop the call */

	return ctx ? action : XDP_PASS;
}

SEC("xdp.frags")
int probe_pass(struct xdp_md *ctx)
{
	return probe_slot(ctx);
}

SEC("xdp")
int probe_drop(struct xdp_md *ctx)
{
	return XDP_DROP;
}

char _license[] SEC("license") = "Dual BSD/GPL";

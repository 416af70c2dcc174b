// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Lets every frame pass. A veth interface takes frames that its peer sent by XDP_TX or by a
 * redirect only while its own NAPI runs, and any XDP program starts that.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("xdp")
int xdp_pass(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A tcx program named tcx_pass on IFACE that lets every packet pass, until this process ends.
 * Prints "attached"; status 77 where the kernel has no tcx (before 6.6).
 *
 * tcx_pass IFACE
 */
#include <errno.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of linux/bpf.h, which may be older. */
#define TCX_INGRESS 46
#define TCX_NEXT (-1)

static int bpf(enum bpf_cmd cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static int load(void)
{
	const struct bpf_insn insn[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = TCX_NEXT },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SCHED_CLS,
		.insns = (unsigned long)insn,
		.insn_cnt = sizeof(insn) / sizeof(*insn),
		.license = (unsigned long)"GPL",
		.prog_name = "tcx_pass",
	};

	return bpf(BPF_PROG_LOAD, &attr);
}

int main(int argc, char **argv)
{
	union bpf_attr attr = { .link_create.attach_type = (enum bpf_attach_type)TCX_INGRESS };
	int prog;

	if (argc != 2)
		return 2;
	prog = load();
	attr.link_create.prog_fd = prog;
	attr.link_create.target_ifindex = if_nametoindex(argv[1]);
	if (prog < 0 || bpf(BPF_LINK_CREATE, &attr) < 0) {
		fprintf(stderr, "tcx_pass: %s\n", strerror(errno));
		return errno == EINVAL ? 77 : 1;
	}
	puts("attached");
	fflush(stdout);
	pause();
	return 0;
}

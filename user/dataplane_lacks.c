// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a kernel lacks that does not take the programs and maps, and what to do about it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "dataplane_parts.h"

/* Below this none can take them. The verifiers from here to 6.1 were not tried: they may refuse. */
#define KERNEL_FLOOR_MAJOR 5
#define KERNEL_FLOOR_MINOR 15
/* What the kernel says about a program that its JIT compiler cannot compile; no errno of C's. */
#define KERNEL_ENOTSUPP 524

int dataplane_check_kernel(struct problem *p)
{
	struct utsname name;
	unsigned int major = 0, minor = 0;

	if (!uname(&name) && sscanf(name.release, "%u.%u", &major, &minor) == 2 &&
	    (major < KERNEL_FLOOR_MAJOR ||
	     (major == KERNEL_FLOOR_MAJOR && minor < KERNEL_FLOOR_MINOR)))
		return problem(p, -EOPNOTSUPP, "kernel", "run Linux 6.1 or newer", "%s is too old",
			       name.release);
	return 0;
}

int dataplane_problem(int err, const char *object, __u32 max_flows, struct problem *p)
{
	switch (err) {
	case -ENOMEM:
		return problem(p, err, "--max-flows",
			       "give a smaller number, or raise the limit of the control group",
			       "not enough memory for a table of %u flows", max_flows);
	case -ENOSYS:
		return problem(p, err, object,
			       "use a kernel with CONFIG_BPF_SYSCALL=y; in a container, run "
			       "natloopctl outside",
			       "the kernel has no BPF (system call bpf), or it is hidden");
	case -EPERM:
		/* The rights of the caller were looked at before: see pins_lock. */
		return problem(p, err, object,
			       "run natloopctl as the machine's root, outside of containers, or "
			       "allow it the system call bpf",
			       "the kernel does not permit the use of BPF");
	case -EMFILE:
	case -ENFILE:
		return problem(p, err, object, "raise the limit of open files ('ulimit -n')",
			       "cannot be loaded: %s", strerror(-err));
	case -KERNEL_ENOTSUPP:
		return problem(p, err, object,
			       "set net.core.bpf_jit_enable=1, and run Linux 6.1 or newer",
			       "the kernel's BPF JIT compiler is off, or cannot compile it");
	default:
		return problem(p, err, object,
			       "it takes Linux 6.1 or newer, with the BPF JIT "
			       "compiler on (net.core.bpf_jit_enable); if it has that, run again "
			       "with -vv and report the verifier's log",
			       "the kernel refused the program: %s", strerror(-err));
	}
}

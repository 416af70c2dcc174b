// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * refuse bpf|mount[/FIRST-ARGUMENT] ERRNO COMMAND [ARGUMENT...]
 *
 * Runs the command with a filter (seccomp) that answers the system call with that errno, a number,
 * as a container's filter or a kernel without the feature does. With FIRST-ARGUMENT, a number, only
 * if that is the call's first one: of bpf() it is the command.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FIRST_HALF (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 0 : 4)

static int usage(void)
{
	fprintf(stderr, "usage: refuse bpf|mount[/FIRST-ARGUMENT] ERRNO COMMAND [ARGUMENT...]\n");
	return 2;
}

/* This program makes no other architecture's calls, nor does natloopctl. */
static int refuse(unsigned int nr, const char *first, unsigned int error)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, args[0]) + FIRST_HALF),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, first ? strtoul(first, NULL, 0) : 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error & SECCOMP_RET_DATA)),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { .len = sizeof(code) / sizeof(*code), .filter = code };

	if (!first)
		code[3] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JA, 0, 0, 0);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		return -errno;
	return 0;
}

int main(int argc, char **argv)
{
	char *first;
	int err;

	if (argc < 4)
		return usage();
	first = strchr(argv[1], '/');
	if (first)
		*first++ = '\0';
	if (strcmp(argv[1], "bpf") != 0 && strcmp(argv[1], "mount") != 0)
		return usage();
	err = refuse(strcmp(argv[1], "bpf") != 0 ? SYS_mount : SYS_bpf, first,
		     strtoul(argv[2], NULL, 10));
	if (!err) {
		execvp(argv[3], argv + 3);
		err = -errno;
	}
	fprintf(stderr, "refuse: %s: %s\n", argv[3], strerror(-err));
	return 1;
}

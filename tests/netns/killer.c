// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Kills a command right before one of the system calls by which it changes something that outlives
 * it. "killer list COMMAND..." runs it to the end, and writes these calls to descriptor 3, one a
 * line; "killer N COMMAND..." kills it by SIGKILL when it is about to make the N-th, from 1. Exit
 * status: that of the command, or 137 if it was killed.
 *
 * What vanishes with the process does not count: looking, and, unless KILLER_ALL is in the
 * environment, loading a program and making a map. What it writes to a mapped map is no system
 * call; but membarrier(2), which follows, counts. With KILLER_FILES in the environment the calls
 * count that change files, and no others but those that always do.
 *
 * "killer stall munmap|membarrier N HOOK COMMAND..." has a shell run HOOK before the N-th such
 * call, whatever it is for, while the command stands still; KILLER_PID is its process. Exit status:
 * that of the command.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ptrace.h>

#define STATUS_KILLED 137

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "killer: %s: %s\n", what, strerror(errno));
	exit(125);
}

static bool peek(pid_t pid, uint64_t address, void *buf, size_t size)
{
	char path[64];
	bool whole;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	whole = fd >= 0 && pread(fd, buf, size, (off_t)address) == (ssize_t)size;
	if (fd >= 0)
		close(fd);
	return whole;
}

/* Is the descriptor a NETLINK_ROUTE socket? */
static bool is_rtnetlink(pid_t pid, int fd)
{
	char path[64], link[64], line[256];
	unsigned long inode, other;
	unsigned int protocol;
	bool found = false;
	ssize_t length;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
	length = readlink(path, link, sizeof(link) - 1);
	if (length < 0)
		return false;
	link[length] = '\0';
	if (sscanf(link, "socket:[%lu]", &inode) != 1)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/net/netlink", pid);
	file = fopen(path, "re");
	while (file && !found && fgets(line, sizeof(line), file))
		found = sscanf(line, "%*s %u %*s %*s %*s %*s %*s %*s %*s %lu", &protocol, &other) ==
				2 &&
			other == inode && protocol == NETLINK_ROUTE;
	if (file)
		fclose(file);
	return found;
}

/* RTM_NEWxxx, RTM_DELxxx, RTM_GETxxx, RTM_SETxxx, four for each kind of object. */
static bool message_changes(pid_t pid, uint64_t address, char *text, size_t size)
{
	struct nlmsghdr nlh;

	if (!peek(pid, address, &nlh, sizeof(nlh)))
		return false;
	snprintf(text, size, "netlink type %u", nlh.nlmsg_type);
	return nlh.nlmsg_type >= RTM_BASE && nlh.nlmsg_type % 4 != RTM_GETLINK % 4;
}

static bool sendmsg_changes(pid_t pid, uint64_t address, char *text, size_t size)
{
	struct msghdr msg;
	struct iovec iov;

	return peek(pid, address, &msg, sizeof(msg)) && msg.msg_iovlen &&
	       peek(pid, (uint64_t)(uintptr_t)msg.msg_iov, &iov, sizeof(iov)) &&
	       message_changes(pid, (uint64_t)(uintptr_t)iov.iov_base, text, size);
}

static bool bpf_changes(uint64_t command, char *text, size_t size)
{
	snprintf(text, size, "bpf command %u", (unsigned int)command);
	switch (command) {
	case BPF_MAP_UPDATE_ELEM:
	case BPF_MAP_DELETE_ELEM:
	case BPF_MAP_LOOKUP_AND_DELETE_ELEM:
	case BPF_MAP_UPDATE_BATCH:
	case BPF_MAP_DELETE_BATCH:
	case BPF_MAP_LOOKUP_AND_DELETE_BATCH:
	case BPF_OBJ_PIN:
	case BPF_PROG_ATTACH:
	case BPF_PROG_DETACH:
	case BPF_PROG_TEST_RUN:
	case BPF_LINK_CREATE:
	case BPF_LINK_UPDATE:
	case BPF_LINK_DETACH:
		return true;
	case BPF_MAP_CREATE:
	case BPF_MAP_FREEZE:
	case BPF_PROG_LOAD:
	case BPF_BTF_LOAD:
		return getenv("KILLER_ALL");
	default:
		return false;
	}
}

/* Of one that is open, or makes it. */
static bool changes_file(const struct ptrace_syscall_info *info, char *text, size_t size)
{
	static const uint64_t calls[] = { SYS_write,	 SYS_pwrite64,	   SYS_ftruncate,
					  SYS_fallocate, SYS_fchown,	   SYS_fchmod,
					  SYS_fsetxattr, SYS_fremovexattr, SYS_fsync };

	snprintf(text, size, "call %llu", (unsigned long long)info->entry.nr);
	if (info->entry.nr == SYS_openat)
		return info->entry.args[2] & O_CREAT;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (info->entry.nr == calls[i])
			return true;
	return false;
}

/* @text says what it is. */
static bool changes_state(pid_t pid, const struct ptrace_syscall_info *info, char *text,
			  size_t size)
{
	static const struct {
		uint64_t nr;
		const char *name;
	} always[] = {
#ifdef SYS_mkdir /* not on arm64 */
		{ SYS_mkdir, "mkdir" },		  { SYS_rmdir, "rmdir" },
		{ SYS_unlink, "unlink" },	  { SYS_rename, "rename" },
		{ SYS_symlink, "symlink" },	  { SYS_link, "link" },
#endif
		{ SYS_mkdirat, "mkdirat" },	  { SYS_unlinkat, "unlinkat" },
		{ SYS_renameat, "renameat" },	  { SYS_renameat2, "renameat2" },
		{ SYS_symlinkat, "symlinkat" },	  { SYS_linkat, "linkat" },
		{ SYS_mount, "mount" },		  { SYS_umount2, "umount" },
		{ SYS_membarrier, "membarrier" },
	};
	const __u64 *args = info->entry.args;

	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++) {
		if (info->entry.nr != always[i].nr)
			continue;
		snprintf(text, size, "%s", always[i].name);
		return true;
	}
	switch (info->entry.nr) {
	case SYS_bpf:
		return bpf_changes(args[0], text, size);
	case SYS_sendto:
		return is_rtnetlink(pid, (int)args[0]) && message_changes(pid, args[1], text, size);
	case SYS_sendmsg:
		return is_rtnetlink(pid, (int)args[0]) && sendmsg_changes(pid, args[1], text, size);
	default:
		return getenv("KILLER_FILES") && changes_file(info, text, size);
	}
}

static pid_t begin(char **argv)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		die("fork");
	if (!pid) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
			die("PTRACE_TRACEME");
		close(3);
		execvp(argv[0], argv);
		die(argv[0]);
	}
	/* The first stop is the SIGTRAP of exec. */
	if (waitpid(pid, &status, 0) < 0 || !WIFSTOPPED(status))
		die(argv[0]);
	if (ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL))
		die("PTRACE_SETOPTIONS");
	return pid;
}

/* What is to be done before call number @nth: that of @nr, else of all that change something. */
struct job {
	unsigned long nth; /* 0: none */
	uint64_t nr;
	const char *hook; /* to be run by a shell with KILLER_PID, else the program is killed */
	FILE *list;
};

static bool is_wanted(pid_t pid, const struct job *job, const struct ptrace_syscall_info *info)
{
	char text[64];

	if (job->hook)
		return info->entry.nr == job->nr;
	if (!changes_state(pid, info, text, sizeof(text)))
		return false;
	if (job->list)
		fprintf(job->list, "%s\n", text);
	return true;
}

static void run_hook(pid_t pid, const char *hook)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	setenv("KILLER_PID", text, 1);
	if (system(hook))
		die(hook);
}

static int run(char **argv, const struct job *job)
{
	pid_t pid = begin(argv);
	unsigned long count = 0;
	int status, signal = 0;

	for (;;) {
		struct ptrace_syscall_info info;

		if (ptrace(PTRACE_SYSCALL, pid, NULL, signal) || waitpid(pid, &status, 0) < 0)
			die("PTRACE_SYSCALL");
		if (WIFEXITED(status))
			return WEXITSTATUS(status);
		if (WIFSIGNALED(status))
			return 128 + WTERMSIG(status);
		signal = WSTOPSIG(status) == (SIGTRAP | 0x80) ? 0 : WSTOPSIG(status);
		if (signal || ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0 ||
		    info.op != PTRACE_SYSCALL_INFO_ENTRY || !is_wanted(pid, job, &info))
			continue;
		if (++count != job->nth)
			continue;
		if (job->hook) {
			run_hook(pid, job->hook);
			continue;
		}
		/* The call is not made: the kernel looks for a fatal signal before it. */
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		return STATUS_KILLED;
	}
}

int main(int argc, char **argv)
{
	bool stall = argc > 5 && !strcmp(argv[1], "stall");
	struct job job = { .nth = argc > 2 ? strtoul(argv[stall ? 3 : 1], NULL, 10) : 0 };

	if (stall) {
		job.nr = strcmp(argv[2], "munmap") ? SYS_membarrier : SYS_munmap;
		job.hook = argv[4];
		return run(argv + 5, &job);
	}
	if (argc > 2 && !strcmp(argv[1], "list")) {
		job.list = fdopen(3, "w");
		return run(argv + 2, &job);
	}
	if (job.nth)
		return run(argv + 2, &job);
	fputs("usage: killer list|N COMMAND...\n"
	      "       killer stall munmap|membarrier N HOOK COMMAND...\n",
	      stderr);
	return 125;
}

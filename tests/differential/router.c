// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "router.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int open_namespace(const char *name)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

/* Sockets and files of /proc/sys/net belong to the namespace in which they were opened. */
static void open_in_namespace(struct router *r)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int there = open_namespace(r->netns);

	if (home < 0 || setns(there, CLONE_NEWNET))
		err(1, "%s", r->netns);
	r->conntrack = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	r->verify = open("/proc/sys/net/netfilter/nf_conntrack_checksum", O_WRONLY | O_CLOEXEC);
	if (r->conntrack < 0 || r->verify < 0)
		err(1, "%s: conntrack", r->netns);
	if (setns(home, CLONE_NEWNET))
		err(1, "setns");
	close(home);
	close(there);
}

void router_open(struct router *r, char *text)
{
	const char *outside;

	r->name = strsep(&text, ",");
	outside = strsep(&text, ",");
	r->netns = strsep(&text, ",");
	r->instance = text;
	if (!outside || !r->netns)
		errx(2, "'%s' lacks its namespaces", r->name);
	r->lab = lab_open(outside);
	if (!r->lab)
		err(1, "%s", outside);
	open_in_namespace(r);
}

static void flush_conntrack(const struct router *r)
{
	struct {
		struct nlmsghdr header;
		struct nfgenmsg family;
	} request = {
		.header = {
			.nlmsg_len = sizeof(request),
			.nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
		},
		.family = { .nfgen_family = AF_INET },
	};
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
	} answer;

	if (send(r->conntrack, &request, sizeof(request), 0) != sizeof(request) ||
	    recv(r->conntrack, &answer, sizeof(answer), 0) < (ssize_t)sizeof(answer))
		err(1, "%s: flush conntrack", r->name);
	if (answer.header.nlmsg_type != NLMSG_ERROR || answer.error.error)
		errx(1, "%s: flush conntrack: %s", r->name, strerror(-answer.error.error));
}

static void flush_natloop(const struct router *r)
{
	const char *program = getenv("NATLOOPCTL");
	int status;
	pid_t pid = fork();

	if (!pid) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, STDOUT_FILENO);
		execl(program, program, "flow", "flush", "--netns", r->netns, "--instance",
		      r->instance, "--config", "/dev/null", NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		errx(1, "%s: natloopctl flow flush failed", r->name);
}

void router_flush(const struct router *r)
{
	flush_conntrack(r);
	if (r->instance)
		flush_natloop(r);
}

void router_verify_checksums(const struct router *r, bool verify)
{
	if (pwrite(r->verify, verify ? "1\n" : "0\n", 2, 0) != 2)
		err(1, "%s: nf_conntrack_checksum", r->name);
}

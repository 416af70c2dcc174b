// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * How long it takes until a new public address or forward works. Runs COMMAND, which makes it, and
 * sends datagrams to it all the time; prints the microseconds to the first answer from the kernel's
 * event of the address in the router's network namespace, or with --from-end from COMMAND's end.
 *
 * first_reply [--from-end] ROUTER-NETNS-FILE ADDRESS PORT COMMAND [ARGUMENT...]
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_US 15000000
#define PAUSE_NS 500000

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "first_reply: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000000) + ts.tv_nsec / 1000;
}

/* Hears of addresses in the other network namespace. */
static int listen_there(const char *netns)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_IPV4_IFADDR };
	int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int there = open(netns, O_RDONLY | O_CLOEXEC);
	int fd;

	if (own < 0 || there < 0 || setns(there, CLONE_NEWNET))
		die(netns);
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		die("netlink");
	if (setns(own, CLONE_NEWNET))
		die("setns");
	close(own);
	close(there);
	return fd;
}

static bool is_new(const struct nlmsghdr *nlh, struct in_addr wanted)
{
	const struct ifaddrmsg *ifa = NLMSG_DATA(nlh);
	int left = (int)IFA_PAYLOAD(nlh);

	if (nlh->nlmsg_type != RTM_NEWADDR)
		return false;
	for (const struct rtattr *a = IFA_RTA(ifa); RTA_OK(a, left); a = RTA_NEXT(a, left))
		if (a->rta_type == IFA_LOCAL && !memcmp(RTA_DATA(a), &wanted, sizeof(wanted)))
			return true;
	return false;
}

/* Has the kernel told of the address? */
static bool has_come(int fd, struct in_addr wanted)
{
	char buf[16384] __attribute__((aligned(8)));
	bool found = false;
	ssize_t length;

	while ((length = recv(fd, buf, sizeof(buf), 0)) > 0) {
		size_t left = (size_t)length;

		for (const struct nlmsghdr *nlh = (void *)buf; NLMSG_OK(nlh, left);
		     nlh = NLMSG_NEXT(nlh, left))
			found |= is_new(nlh, wanted);
	}
	return found;
}

static void run(char **argv)
{
	pid_t child = fork();

	if (child < 0)
		die("fork");
	if (child)
		return;
	execvp(argv[0], argv);
	die(argv[0]);
}

/* Waits a little, at both; returns whether there was an answer. */
static bool wait_a_little(int udp, int netlink)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };
	struct pollfd fds[] = { { .fd = udp, .events = POLLIN },
				{ .fd = netlink, .events = POLLIN } };
	char buf[2048];

	(void)ppoll(fds, 2, &pause, NULL);
	return recv(udp, buf, sizeof(buf), MSG_DONTWAIT) > 0;
}

/* Has the command ended? */
static bool has_ended(void)
{
	siginfo_t info = { .si_pid = 0 };

	return !waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) && info.si_pid;
}

/* NL_PATIENCE: see lib.sh. */
static int64_t patience_us(void)
{
	const char *times = getenv("NL_PATIENCE");

	return PATIENCE_US * (times ? strtol(times, NULL, 10) : 1);
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	int64_t start = now_us(), event = 0;
	int udp, netlink, status;
	bool answered = false, from_end = argc > 1 && !strcmp(argv[1], "--from-end");

	argc -= from_end;
	argv += from_end;
	if (argc < 5 || inet_pton(AF_INET, argv[2], &to.sin_addr) != 1) {
		fputs("usage: first_reply [--from-end] NETNS-FILE ADDRESS PORT COMMAND...\n",
		      stderr);
		return 2;
	}
	to.sin_port = htons((uint16_t)strtoul(argv[3], NULL, 10));
	netlink = listen_there(argv[1]);
	udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (udp < 0 || connect(udp, (struct sockaddr *)&to, sizeof(to)))
		die("socket");
	run(argv + 4);
	while ((!answered || (from_end && !event)) && now_us() < start + patience_us()) {
		(void)send(udp, "hello", 5, MSG_DONTWAIT);
		answered |= wait_a_little(udp, netlink);
		if (!event && (from_end ? has_ended() : has_come(netlink, to.sin_addr)))
			event = now_us();
	}
	if (wait(&status) < 0 || status)
		die("the command failed");
	if (!answered || !event) {
		fputs(event ? "first_reply: no answer\n" : "first_reply: no event\n", stderr);
		return 1;
	}
	printf("%lld\n", (long long)(now_us() - event));
	return 0;
}

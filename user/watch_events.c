// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What tells that something may have changed. It is only a hint: the truth is read afterwards. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <limits.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>

#include "config_file.h"
#include "util.h"
#include "watch_parts.h"

#define BUFFER_SIZE 65536

static int open_groups(int protocol, const int *group, size_t groups, struct mnl_socket **ret)
{
	struct mnl_socket *nl = mnl_socket_open2(protocol, SOCK_CLOEXEC | SOCK_NONBLOCK);
	int err;

	if (!nl)
		return -errno;
	err = mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ? -errno : 0;
	for (size_t i = 0; i < groups && !err; i++) {
		int which = group[i];

		if (mnl_socket_setsockopt(nl, NETLINK_ADD_MEMBERSHIP, &which, sizeof(which)) < 0)
			err = -errno;
	}
	if (err) {
		mnl_socket_close(nl);
		return err;
	}
	*ret = nl;
	return 0;
}

int watch_open_route(struct mnl_socket **ret, struct problem *p)
{
	static const int groups[] = { RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV4_ROUTE,
				      RTNLGRP_IPV4_RULE };
	int err = open_groups(NETLINK_ROUTE, groups, ARRAY_SIZE(groups), ret);

	return err ? problem(p, err, "netlink", "", "changes cannot be followed: %s",
			     strerror(-err)) :
		     0;
}

void watch_open_nftables(struct mnl_socket **ret)
{
	static const int group = NFNLGRP_NFTABLES;

	if (open_groups(NETLINK_NETFILTER, &group, 1, ret))
		*ret = NULL;
}

bool watch_drain(struct mnl_socket *nl)
{
	static char buf[BUFFER_SIZE] __attribute__((aligned(8)));
	bool any = false;

	for (;;) {
		if (mnl_socket_recvfrom(nl, buf, sizeof(buf)) >= 0 || errno == ENOBUFS ||
		    errno == ENOSPC)
			any = true;
		else if (errno != EINTR)
			return any;
	}
}

static const char *config_path(const struct env *env)
{
	return env->config ? env->config : CONFIG_FILE_DEFAULT;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The directory: editors make a new file and rename it over the old one. */
int watch_open_file(const struct env *env)
{
	const char *path = config_path(env);
	_cleanup_close_ int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	char dir[PATH_MAX];

	if (fd < 0 || snprintf(dir, sizeof(dir), "%.*s", (int)(base_name(path) - path), path) >=
			      (int)sizeof(dir))
		return -1;
	if (inotify_add_watch(fd, *dir ? dir : ".",
			      IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE |
				      IN_ONLYDIR) < 0)
		return -1;
	return TAKE_FD(fd);
}

bool watch_drain_file(int fd, const struct env *env)
{
	char buf[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	const char *name = base_name(config_path(env));
	bool ours = false;
	ssize_t length;

	while ((length = read(fd, buf, sizeof(buf))) > 0) {
		const struct inotify_event *event;

		for (ssize_t at = 0; at < length; at += (ssize_t)sizeof(*event) + event->len) {
			event = (const void *)(buf + at);
			if (event->mask & IN_Q_OVERFLOW ||
			    (event->len && !strcmp(event->name, name)))
				ours = true;
		}
	}
	return ours;
}

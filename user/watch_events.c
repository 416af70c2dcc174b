// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What tells that something may have changed. It is only a hint: the truth is read afterwards. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <limits.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>

#include "config_file.h"
#include "util.h"
#include "watch_forwards.h"
#include "watch_loop.h"

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
				      RTNLGRP_IPV4_RULE, RTNLGRP_TC };
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

static unsigned int rules_event(const struct nlmsghdr *nlh, struct watch_forwards *f)
{
	unsigned int type = NFNL_MSG_TYPE(nlh->nlmsg_type);

	if (nlh->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWFLOWTABLE) ||
	    nlh->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_DELFLOWTABLE))
		return WATCH_FLOWTABLES;
	if (!watch_forwards_event(f, nlh))
		return 0;
	return type == NFT_MSG_NEWSETELEM || type == NFT_MSG_DELSETELEM ? WATCH_ELEMENTS :
									  WATCH_RULES;
}

/*
 * Programs are on clsact or ingress, or in a block that several interfaces share. What shapes the
 * traffic that leaves is another matter: SQM scripts change it several times a second.
 */
static unsigned int tc_event(const struct nlmsghdr *nlh)
{
	const struct tcmsg *tcm = mnl_nlmsg_get_payload(nlh);

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*tcm))
		return 0;
	if (tcm->tcm_ifindex != (int)TCM_IFINDEX_MAGIC_BLOCK &&
	    (tcm->tcm_parent == TC_H_ROOT || TC_H_MAJ(tcm->tcm_parent) != TC_H_MAJ(TC_H_CLSACT) ||
	     TC_H_MIN(tcm->tcm_parent) == TC_H_MIN_EGRESS))
		return 0;
	return WATCH_PROGRAMS;
}

static unsigned int route_event(const struct nlmsghdr *nlh)
{
	switch (nlh->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		return WATCH_NETWORK | WATCH_PROGRAMS;
	case RTM_NEWQDISC:
	case RTM_DELQDISC:
	case RTM_NEWTFILTER:
	case RTM_DELTFILTER:
	case RTM_NEWCHAIN:
	case RTM_DELCHAIN:
		return tc_event(nlh);
	case RTM_NEWTCLASS:
	case RTM_DELTCLASS:
		return 0;
	default:
		return WATCH_NETWORK;
	}
}

/* What is lost may have been anything. */
static unsigned int drain(struct mnl_socket *nl, struct watch_forwards *f)
{
	static char buf[BUFFER_SIZE] __attribute__((aligned(8)));
	unsigned int seen = 0;

	for (;;) {
		int left = (int)mnl_socket_recvfrom(nl, buf, sizeof(buf));

		if (left < 0 && (errno == ENOBUFS || errno == ENOSPC))
			seen = f ? WATCH_RULES | WATCH_ELEMENTS | WATCH_FLOWTABLES :
				   WATCH_NETWORK | WATCH_PROGRAMS;
		else if (left < 0 && errno != EINTR)
			return seen;
		for (const struct nlmsghdr *nlh = (const void *)buf; mnl_nlmsg_ok(nlh, left);
		     nlh = mnl_nlmsg_next(nlh, &left))
			seen |= f ? rules_event(nlh, f) : route_event(nlh);
	}
}

unsigned int watch_drain_route(struct mnl_socket *nl)
{
	return drain(nl, NULL);
}

unsigned int watch_drain_nftables(struct mnl_socket *nl, struct watch_forwards *f)
{
	return drain(nl, f);
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
				      IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR) < 0)
		return -1;
	return TAKE_FD(fd);
}

/* Another directory may be in the place of the one that is heard of: then it is not ours. */
bool watch_drain_file(int *fd, const struct env *env)
{
	char buf[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	const char *name = base_name(config_path(env));
	bool ours = false, lost = false;
	ssize_t length;

	while ((length = read(*fd, buf, sizeof(buf))) > 0) {
		const struct inotify_event *event;

		for (ssize_t at = 0; at < length; at += (ssize_t)sizeof(*event) + event->len) {
			event = (const void *)(buf + at);
			if (event->mask & IN_Q_OVERFLOW ||
			    (event->len && !strcmp(event->name, name)))
				ours = true;
			if (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED))
				lost = true;
		}
	}
	if (lost) {
		close(*fd);
		*fd = -1;
	}
	return ours;
}

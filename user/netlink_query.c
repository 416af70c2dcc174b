// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "netlink_query.h"

#include <errno.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define ATTEMPTS 10
#define TIMEOUT_SECONDS 5

/*
 * The kernel fills a dump's datagrams up to the size that the reader offers, and one link with
 * many virtual functions does not fit into a page.
 */
#define BUFFER_SIZE 65536

static void close_socket(struct mnl_socket **nl)
{
	if (*nl)
		mnl_socket_close(*nl);
}

static int open_socket(const struct netlink_query *q, struct mnl_socket **ret)
{
	__attribute__((cleanup(close_socket))) struct mnl_socket *nl = NULL;
	const struct timeval timeout = { .tv_sec = TIMEOUT_SECONDS };
	int one = 1;

	nl = mnl_socket_open2(q->protocol, SOCK_CLOEXEC);
	if (!nl)
		return -errno;
	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	if (setsockopt(mnl_socket_get_fd(nl), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)))
		return -errno;
	if (q->strict && mnl_socket_setsockopt(nl, NETLINK_GET_STRICT_CHK, &one, sizeof(one)) < 0)
		return -errno;
	*ret = nl;
	nl = NULL;
	return 0;
}

static int ask_once(const struct netlink_query *q, struct nlmsghdr *request)
{
	__attribute__((cleanup(close_socket))) struct mnl_socket *nl = NULL;
	static char buf[BUFFER_SIZE] __attribute__((aligned(8)));
	unsigned int portid;
	ssize_t len;
	int err;

	err = open_socket(q, &nl);
	if (err)
		return err;
	if (mnl_socket_sendto(nl, request, request->nlmsg_len) < 0)
		return -errno;

	portid = mnl_socket_get_portid(nl);
	do {
		do
			len = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		while (len < 0 && errno == EINTR);
		if (len < 0)
			return -errno;
		err = mnl_cb_run(buf, (size_t)len, request->nlmsg_seq, portid, q->reply, q->data);
		if (err < 0)
			return -errno;
	} while (err != MNL_CB_STOP);
	return 0;
}

int netlink_query(const struct netlink_query *q, struct nlmsghdr *request)
{
	static unsigned int seq;
	int err = -EINTR;

	request->nlmsg_flags |= NLM_F_REQUEST;
	if ((request->nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
		request->nlmsg_flags |= NLM_F_ACK;

	/* libmnl turns NLM_F_DUMP_INTR into EINTR. Changes come in bursts: let them pass. */
	for (int i = 0; i < ATTEMPTS && err == -EINTR; i++) {
		if (i > 0)
			usleep(1000U << i);
		if (i > 0 && q->restart)
			q->restart(q->data);
		request->nlmsg_seq = ++seq;
		err = ask_once(q, request);
	}
	return err;
}

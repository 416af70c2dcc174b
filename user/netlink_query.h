/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One question to the kernel over netlink, and all of its answer. */
#ifndef NETLINK_QUERY_H
#define NETLINK_QUERY_H

#include <libmnl/libmnl.h>
#include <stdbool.h>

struct netlink_query {
	int protocol; /* NETLINK_ROUTE, NETLINK_GENERIC */
	bool strict;  /* the kernel filters the dump by the request's header (strict checking) */
	/* Called for each message: MNL_CB_OK, or MNL_CB_ERROR with errno set. */
	mnl_cb_t reply;
	/* Forgets what @reply collected, because a dump begins again. NULL: nothing to forget. */
	void (*restart)(void *data);
	void *data; /* for both */
};

/*
 * Sends @request (its type, flags beyond NLM_F_REQUEST and body are set; a request that is no dump
 * gets NLM_F_ACK) on a socket of its own, and hands each answer to @q->reply. A dump that changed
 * under the kernel's hands (NLM_F_DUMP_INTR) is begun again, a few times. 0, or the kernel's or
 * the callback's error as a negative errno; -EAGAIN: nothing came back in time; -EINTR: the dump
 * never held still.
 */
int netlink_query(const struct netlink_query *q, struct nlmsghdr *request);

#endif

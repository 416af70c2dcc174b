/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A router under test, and what is done to it between trains. */
#ifndef ROUTER_H
#define ROUTER_H

#include "lab.h"

struct router {
	const char *name; /* nft, natloop-tc, natloop-xdp */
	const char *netns;
	const char *instance; /* of natloop; NULL: not one */
	struct lab *lab;
	int conntrack; /* netlink */
	int verify;    /* nf_conntrack_checksum */
};

/* From NAME,OUTSIDE,ROUTER[,INSTANCE]: the names of namespaces. Exits if that fails. */
void router_open(struct router *r, char *text);

/* Forgets all connections, flows and fragments. */
void router_flush(const struct router *r);

void router_verify_checksums(const struct router *r, bool verify);

#endif

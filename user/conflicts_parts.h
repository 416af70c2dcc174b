/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The questions of conflicts_find, one in each file. */
#ifndef CONFLICTS_PARTS_H
#define CONFLICTS_PARTS_H

#include <libmnl/libmnl.h>

#include "conflicts.h"
#include "dns_names.h"
#include "netlink.h"

/* What all of them look at, and what they have found. */
struct conflict_search {
	const struct natloop_config *config;
	const struct instance_iface *iface; /* attached; those that are gone are left out */
	size_t ifaces;
	__u32 config_map; /* id: whose programs are ours */
	struct link_table links;
	struct address_table addresses;
	const char *id; /* of the question that is asked */
	struct conflict *found;
	size_t count;
	int err; /* -ENOMEM */
};

/* One more. Does nothing once memory is out. */
__attribute__((format(printf, 4, 5))) void conflict_add(struct conflict_search *search,
							const char *object, const char *remedy,
							const char *what, ...);

/* nft flow tables whose packets never come to natloop. */
void conflicts_flowtables(struct conflict_search *search);
/* Ports of a bridge without natloop, and VLAN tags that XDP cannot see. */
void conflicts_links(struct conflict_search *search);
/* XDP programs and TC filters of others. */
void conflicts_programs(struct conflict_search *search);

/* Names that lead where a forward of RustDesk does. Pure. */
void conflicts_dns(const struct dns_names *names, struct conflict_search *search);

/* Rules of nftables and iptables that reflect the same forwards. */
void conflicts_rules(const struct conflict_rules *rules, struct conflict_search *search);

/* A flow table, as the kernel describes it. */
#define FLOWTABLE_DEVICES 32
struct flowtable {
	char table[64];
	char name[64];
	char device[FLOWTABLE_DEVICES][IFNAMSIZ];
	size_t devices; /* more than there is room for are left out */
	bool hardware;
};

/* One message of NFT_MSG_GETFLOWTABLE's answer into @ret. Pure. False: it is none. */
bool flowtable_parse(const struct nlmsghdr *nlh, struct flowtable *ret);

/* Adds what @table means for the attached interfaces; with @search filled, pure. */
void flowtable_judge(const struct flowtable *table, struct conflict_search *search);

#endif

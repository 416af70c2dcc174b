/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which interfaces and addresses a rule of NAT is for, where the rule says so. Pure. */
#ifndef IMPORT_CONDITION_H
#define IMPORT_CONDITION_H

#include <linux/types.h>
#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>

enum import_subject {
	IMPORT_NO_SUBJECT, /* no condition: holds for every packet */
	IMPORT_INPUT,	   /* interface that the packet came by */
	IMPORT_OUTPUT,	   /* that it leaves by */
	IMPORT_SOURCE,	   /* address */
	IMPORT_DESTINATION,
};

/* IPv4 addresses in host order, both ends included. */
struct import_addresses {
	__u32 first;
	__u32 last;
};

/* One of the values, or with .negated none of them. All zeros: no condition. */
struct import_condition {
	enum import_subject subject;
	bool negated;
	bool unknown; /* a part of it is not understood */
	/* Of an interface; the last letter may be '*', for any rest. */
	char (*name)[IFNAMSIZ];
	size_t names;
	/* Of an address. */
	struct import_addresses *range;
	size_t ranges;
};

/* How many of the packets in question a condition holds for. */
enum import_share {
	IMPORT_NONE, /* or it is not known */
	IMPORT_SOME,
	IMPORT_ALL_OF_THEM,
};

/* Frees what @c holds, and makes it all zeros. */
void import_condition_free(struct import_condition *c);

/* Adds an interface; '+' at its end means what '*' does. -ENOMEM. */
int import_condition_name(struct import_condition *c, const char *name);
/* Adds addresses. -ENOMEM. */
int import_condition_range(struct import_condition *c, const struct import_addresses *range);
/* Adds "192.168.11.0/24" or an address; what is neither makes @c unknown. -ENOMEM. */
int import_condition_prefix(struct import_condition *c, const char *text);

/* For packets of the interface @name; NULL: it is not known which. */
enum import_share import_condition_interface(const struct import_condition *c, const char *name);
/* For packets whose address is in @range. */
enum import_share import_condition_addresses(const struct import_condition *c,
					     const struct import_addresses *range);

#define _cleanup_condition_ __attribute__((cleanup(import_condition_free)))

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The program natloop_dns of an instance and the maps that it has for itself. */
#ifndef DATAPLANE_DNS_H
#define DATAPLANE_DNS_H

#include "dataplane.h"
#include "natloop/dns.h"

struct natloop_dns;

enum dataplane_dns_map {
	DATAPLANE_DNS_NAMES,
	DATAPLANE_DNS_CONFIG,
	DATAPLANE_DNS_STATS,
	DATAPLANE_DNS_MAPS
};

struct dataplane_dns {
	int map[DATAPLANE_DNS_MAPS];
	struct natloop_dns *skel; /* set by dataplane_dns_load only */
};

/* An empty one, safe to close. */
void dataplane_dns_init(struct dataplane_dns *dns);
void dataplane_dns_close(struct dataplane_dns *dns);

/*
 * Opens the pinned maps. -ENOENT without a problem: the instance has none, no name was ever added;
 * -EBADF when a pin is something else.
 */
int dataplane_dns_open(struct dataplane_dns *dns, const struct pins *pins, struct problem *p);

/* Loads natloop_dns of this build on the maps of @dp. Those that @dns has are used, others made. */
int dataplane_dns_load(struct dataplane_dns *dns, const struct dataplane *dp, struct problem *p);

/* What dataplane_dns_load has loaded. */
int dataplane_dns_fd(const struct dataplane_dns *dns);

/* Pins the maps that are not pinned yet. */
int dataplane_dns_pin(const struct dataplane_dns *dns, const struct pins *pins, struct problem *p);

/* Removes those pins. */
void dataplane_dns_unpin(const struct pins *pins);

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the files of the DNS cure of an instance share; commands use instance_dns.h. */
#ifndef INSTANCE_DNS_PARTS_H
#define INSTANCE_DNS_PARTS_H

#include "dns_names.h"
#include "instance_job.h"

/* What is in force, into an empty @ret. With a problem; none is no error. */
int instance_dns_read(const struct instance *inst, struct dns_names *ret, struct problem *p);

struct instance_dns_change {
	const struct dns_names *from; /* in force */
	const struct dns_names *to;   /* to be; without names the program and the maps go */
	bool renew;		      /* another program of this build in place of each */
	bool somewhere;		      /* -EOPNOTSUPP if no interface has an Ethernet header */
};

/*
 * Puts @change->to in force, with natloop_dns on every interface with an Ethernet header; one that
 * misses it gets it. All or nothing.
 */
int instance_dns_set(struct instance *inst, const struct instance_dns_change *change,
		     struct problem *p);

/*
 * The part of an attach that is under way: the names of the settings, if they are given and .more
 * is not set, else those that there are. Fills @job->dns_before.
 */
int instance_dns_attach(struct job *job);

/* Puts @job->dns_before in force again, after instance_dns_attach and a failure. */
void instance_dns_undo(struct job *job);

/* natloop_dns where it should be and is not: instance_check, which it is a part of. */
void instance_dns_check(const struct instance *inst, struct instance_iface *list, size_t count);

#endif

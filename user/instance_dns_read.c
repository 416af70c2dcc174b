// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the maps of natloop_dns hold. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane_dns.h"
#include "dns_key.h"
#include "instance_dns.h"
#include "instance_dns_parts.h"
#include "util.h"

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct dns_name *)a)->name, ((const struct dns_name *)b)->name);
}

static int read_names(int fd, struct dns_names *ret)
{
	struct natloop_dns_key key, next;
	struct natloop_dns_value value;
	const struct natloop_dns_key *last = NULL;
	struct dns_name name;
	int err = 0;

	while (!err) {
		/* The last one is ENOENT. A trie takes memory for this, which may be short. */
		if (bpf_map_get_next_key(fd, last, &next)) {
			err = errno == ENOENT ? 1 : -errno;
			break;
		}
		key = next;
		last = &key;
		if (bpf_map_lookup_elem(fd, &key, &value))
			continue;
		name = (struct dns_name){ .ttl = 0 };
		dns_key_name(&key, name.name);
		name.v4 = value.v4;
		name.v6 = value.v6;
		name.ttl = value.ttl;
		err = dns_names_put(ret, &name);
	}
	if (ret->names)
		qsort(ret->name, ret->names, sizeof(*ret->name), by_name);
	return err < 0 ? err : 0;
}

static int read_config(int fd, struct natloop_dns_config *ret)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(fd, &key, ret) ? -errno : 0;
}

static int read_counts(int fd, struct natloop_dns_counts *ret)
{
	_cleanup_free_ struct natloop_dns_counts *each = NULL;
	int cpus = libbpf_num_possible_cpus();
	__u32 key = 0;

	if (cpus < 0)
		return cpus;
	each = calloc((size_t)cpus, sizeof(*each));
	if (!each)
		return -ENOMEM;
	if (bpf_map_lookup_elem(fd, &key, each))
		return -errno;
	for (int cpu = 0; cpu < cpus; cpu++)
		for (int i = 0; i < NATLOOP_DNS_OUTCOME_COUNT; i++)
			ret->packets[i] += each[cpu].packets[i];
	return 0;
}

/* @counts NULL: not asked for. */
static int read_all(const struct instance *inst, struct dns_names *names,
		    struct natloop_dns_counts *counts, struct problem *p)
{
	struct dataplane_dns dns;
	int err;

	dataplane_dns_init(&dns);
	err = dataplane_dns_open(&dns, &inst->pins, p);
	if (!err) {
		err = read_config(dns.map[DATAPLANE_DNS_CONFIG], &names->resolver);
		if (!err && counts)
			err = read_counts(dns.map[DATAPLANE_DNS_STATS], counts);
		if (!err)
			err = read_names(dns.map[DATAPLANE_DNS_NAMES], names);
		if (err)
			err = problem(p, err, "dns", "", "the names cannot be read: %s",
				      strerror(-err));
	} else if (err == -ENOENT) {
		err = 0;
	}
	dataplane_dns_close(&dns);
	if (err)
		dns_names_free(names);
	return err;
}

int instance_dns_read(const struct instance *inst, struct dns_names *ret, struct problem *p)
{
	return read_all(inst, ret, NULL, p);
}

int instance_dns_list(const struct instance *inst, struct instance_dns *ret, struct problem *p)
{
	struct instance_dns found = { .names = 0 };
	struct dns_names names = { .names = 0 };
	int err = read_all(inst, &names, &found.counts, p);

	if (err)
		return err;
	found.name = names.name;
	found.names = names.names;
	found.config = names.resolver;
	*ret = found;
	return 0;
}

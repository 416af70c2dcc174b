// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "instance_dns.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "attach.h"
#include "dataplane_dns.h"
#include "dns_key.h"
#include "instance_parts.h"
#include "log.h"
#include "netlink.h"
#include "util.h"

static bool is_layer3(const struct link_table *links, int ifindex)
{
	for (size_t i = 0; i < links->links; i++)
		if (links->link[i].ifindex == ifindex)
			return netlink_is_layer3(&links->link[i]);
	return false;
}

/* To each interface of @list that has frames. Their number, or a negative errno. */
static int attach_list(struct instance *inst, int fd, const struct instance_iface *list,
		       size_t count, struct problem *p)
{
	struct link_table links = {};
	int err = netlink_links(&links), attached = 0;

	if (err)
		return problem(p, err, "interfaces", "", "cannot be read: %s", strerror(-err));
	for (size_t i = 0; i < count && !err; i++) {
		if (list[i].gone)
			continue;
		if (is_layer3(&links, list[i].ifindex)) {
			log_info("%s: no DNS answers, it has no Ethernet header",
				 list[i].iface.name);
			continue;
		}
		err = attach_dns(list[i].ifindex, fd, inst->dp.config_id, &list[i].iface, p);
		attached++;
	}
	netlink_links_free(&links);
	return err ? err : attached;
}

static void detach_list(struct instance *inst, const struct instance_iface *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!list[i].gone)
			(void)detach_dns(list[i].ifindex, inst->dp.config_id, &list[i].iface, NULL);
}

int instance_dns_attach(struct instance *inst, struct problem *p)
{
	_cleanup_free_ struct instance_iface *list = NULL;
	struct dataplane_dns dns;
	size_t count = 0;
	int err;

	dataplane_dns_init(&dns);
	err = dataplane_dns_open(&dns, &inst->pins, p);
	if (err) {
		dataplane_dns_close(&dns);
		return err == -ENOENT ? 0 : err;
	}
	err = instance_list(inst, &list, &count, p);
	if (!err)
		err = dataplane_dns_load(&dns, &inst->dp, p);
	if (!err)
		err = attach_list(inst, dataplane_dns_fd(&dns), list, count, p);
	dataplane_dns_close(&dns);
	return err > 0 ? 0 : err;
}

static int read_config(const struct dataplane_dns *dns, struct natloop_dns_config *ret)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(dns->map[DATAPLANE_DNS_CONFIG], &key, ret) ? -errno : 0;
}

static bool has_resolver(const struct natloop_dns_config *config, const struct natloop_addr *a)
{
	for (__u32 i = 0; i < config->resolvers; i++)
		if (address_equal(&config->resolver[i], a))
			return true;
	return false;
}

static int add_resolvers(const struct dataplane_dns *dns, const struct natloop_dns_config *more,
			 struct problem *p)
{
	struct natloop_dns_config config = {};
	__u32 key = 0;
	int err = read_config(dns, &config);

	config.any |= more->any;
	for (__u32 i = 0; i < more->resolvers; i++) {
		if (has_resolver(&config, &more->resolver[i]))
			continue;
		if (config.resolvers == NATLOOP_DNS_RESOLVERS)
			return problem(p, -ENOSPC, "--resolver", "give 'any'",
				       "more than %d addresses", NATLOOP_DNS_RESOLVERS);
		config.resolver[config.resolvers++] = more->resolver[i];
	}
	if (!err && bpf_map_update_elem(dns->map[DATAPLANE_DNS_CONFIG], &key, &config, BPF_ANY))
		err = -errno;
	return err ? problem(p, err, "natloop_dns_config", "", "cannot be written: %s",
			     strerror(-err)) :
		     0;
}

static int put_name(const struct dataplane_dns *dns, const struct dns_name *name, struct problem *p)
{
	struct natloop_dns_value value = { .v4 = name->v4, .v6 = name->v6, .ttl = name->ttl };
	struct natloop_dns_key key;

	dns_key_make(name->name, &key);
	if (!bpf_map_update_elem(dns->map[DATAPLANE_DNS_NAMES], &key, &value, BPF_ANY))
		return 0;
	return problem(p, -errno, name->name, "there is room for 1024 names; delete one",
		       "cannot be added: %m");
}

/* The program first: when the name is there it is answered everywhere. */
static int add(struct instance *inst, struct dataplane_dns *dns, const struct dns_name *name,
	       const struct natloop_dns_config *more, const struct instance_iface *list,
	       size_t count, struct problem *p)
{
	int err = dataplane_dns_load(dns, &inst->dp, p);

	if (!err)
		err = add_resolvers(dns, more, p);
	if (!err)
		err = dataplane_dns_pin(dns, &inst->pins, p);
	if (!err)
		err = attach_list(inst, dataplane_dns_fd(dns), list, count, p);
	if (err < 0)
		return err;
	if (!err)
		return problem(p, -EOPNOTSUPP, "dns", "attach one with 'natloopctl attach'",
			       "no interface with an Ethernet header is attached");
	return put_name(dns, name, p);
}

int instance_dns_add(struct instance *inst, const struct dns_name *name,
		     const struct natloop_dns_config *more, struct problem *p)
{
	_cleanup_free_ struct instance_iface *list = NULL;
	struct dataplane_dns dns;
	bool fresh = false;
	size_t count = 0;
	int err;

	dataplane_dns_init(&dns);
	err = instance_list(inst, &list, &count, p);
	if (!err)
		err = dataplane_dns_open(&dns, &inst->pins, p);
	if (err == -ENOENT) {
		fresh = true;
		/* What of it is there was left by a command that was killed. */
		dataplane_dns_close(&dns);
		dataplane_dns_unpin(&inst->pins);
		err = 0;
	}
	if (!err)
		err = add(inst, &dns, name, more, list, count, p);
	if (err && fresh) {
		detach_list(inst, list, count);
		dataplane_dns_unpin(&inst->pins);
	}
	dataplane_dns_close(&dns);
	return err;
}

static int not_there(const char *name, struct problem *p)
{
	return problem(p, -ENOENT, name, "'natloopctl dns list' shows the names",
		       "is not configured");
}

static int delete (struct instance *inst, const struct dataplane_dns *dns, const char *name,
		   struct problem *p)
{
	_cleanup_free_ struct instance_iface *list = NULL;
	struct natloop_dns_key key, next;
	int fd = dns->map[DATAPLANE_DNS_NAMES], err;
	size_t count = 0;

	dns_key_make(name, &key);
	if (bpf_map_delete_elem(fd, &key))
		return not_there(name, p);
	if (!bpf_map_get_next_key(fd, NULL, &next))
		return 0;
	err = instance_list(inst, &list, &count, p);
	if (err)
		return err;
	for (size_t i = 0; i < count && !err; i++)
		if (!list[i].gone)
			err = detach_dns(list[i].ifindex, inst->dp.config_id, &list[i].iface, p);
	if (!err)
		dataplane_dns_unpin(&inst->pins);
	return err;
}

int instance_dns_delete(struct instance *inst, const char *name, struct problem *p)
{
	struct dataplane_dns dns;
	int err;

	dataplane_dns_init(&dns);
	err = dataplane_dns_open(&dns, &inst->pins, p);
	err = err == -ENOENT ? not_there(name, p) : err ? err : delete (inst, &dns, name, p);
	dataplane_dns_close(&dns);
	return err;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct dns_name *)a)->name, ((const struct dns_name *)b)->name);
}

static int read_names(int fd, struct instance_dns *ret)
{
	struct natloop_dns_key key, next;
	const struct natloop_dns_key *last = NULL;

	ret->name = calloc(NATLOOP_DNS_NAMES, sizeof(*ret->name));
	if (!ret->name)
		return -ENOMEM;
	while (ret->names < NATLOOP_DNS_NAMES && !bpf_map_get_next_key(fd, last, &next)) {
		struct dns_name *name = &ret->name[ret->names];
		struct natloop_dns_value value;

		key = next;
		last = &key;
		if (bpf_map_lookup_elem(fd, &key, &value))
			continue;
		dns_key_name(&key, name->name);
		name->v4 = value.v4;
		name->v6 = value.v6;
		name->ttl = value.ttl;
		ret->names++;
	}
	qsort(ret->name, ret->names, sizeof(*ret->name), by_name);
	return 0;
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

int instance_dns_list(const struct instance *inst, struct instance_dns *ret, struct problem *p)
{
	struct instance_dns found = {};
	struct dataplane_dns dns;
	int err;

	dataplane_dns_init(&dns);
	err = dataplane_dns_open(&dns, &inst->pins, p);
	if (!err) {
		err = read_config(&dns, &found.config);
		if (!err)
			err = read_counts(dns.map[DATAPLANE_DNS_STATS], &found.counts);
		if (!err)
			err = read_names(dns.map[DATAPLANE_DNS_NAMES], &found);
		if (err)
			err = problem(p, err, "dns", "", "the names cannot be read: %s",
				      strerror(-err));
	} else if (err == -ENOENT) {
		err = 0;
	}
	dataplane_dns_close(&dns);
	if (!err)
		*ret = found;
	return err;
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* From the names that are in force to those that are to be. */
#include "instance_dns.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "attach.h"
#include "dataplane_dns.h"
#include "dns_key.h"
#include "instance_dns_parts.h"
#include "log.h"
#include "netlink.h"
#include "util.h"

/* An attached interface that natloop_dns can be on, and whether it is. */
struct place {
	int ifindex;
	struct natloop_iface iface;
	bool there;
};

struct setting {
	struct instance *inst;
	struct dataplane_dns dns;
	struct place *place;
	size_t places;
	bool fresh; /* the maps are made now */
	struct problem *p;
};

static void find_places(struct setting *s, const struct instance_iface *list, size_t count,
			const struct link_table *links)
{
	for (size_t i = 0; i < count; i++) {
		const struct link *link = netlink_link_by_index(links, list[i].ifindex);
		struct place *place = &s->place[s->places];
		__u32 id = 0;

		if (list[i].gone || !link)
			continue;
		if (netlink_is_layer3(link)) {
			log_info("%s: no DNS answers, it has no Ethernet header",
				 list[i].iface.name);
			continue;
		}
		place->ifindex = list[i].ifindex;
		place->iface = list[i].iface;
		place->there = !attach_dns_find(place->ifindex, s->inst->dp.config_id, &id) && id;
		s->places++;
	}
}

static int read_places(struct setting *s)
{
	_cleanup_free_ struct instance_iface *list = NULL;
	struct link_table links = { .links = 0 };
	size_t count = 0;
	int err = instance_list(s->inst, &list, &count, s->p);

	if (err)
		return err;
	err = netlink_links(&links);
	if (err)
		return problem(s->p, err, "interfaces", "", "cannot be read: %s", strerror(-err));
	s->place = calloc(count + 1, sizeof(*s->place));
	if (s->place)
		find_places(s, list, count, &links);
	else
		err = problem(s->p, -ENOMEM, "dns", "", "out of memory");
	netlink_links_free(&links);
	return err;
}

static int detach_all(struct setting *s)
{
	int err = 0;

	for (size_t i = 0; i < s->places && !err; i++)
		err = detach_dns(s->place[i].ifindex, s->inst->dp.config_id, &s->place[i].iface,
				 s->p);
	return err;
}

/* Programs before maps: one whose maps are made again would answer by the old ones. */
static int end(struct setting *s)
{
	int err = detach_all(s);

	if (!err)
		dataplane_dns_unpin(&s->inst->pins);
	return err;
}

static bool is_missing(const struct setting *s)
{
	for (size_t i = 0; i < s->places; i++)
		if (!s->place[i].there)
			return true;
	return false;
}

static int attach_programs(struct setting *s, bool all)
{
	int err = dataplane_dns_load(&s->dns, &s->inst->dp, s->p);

	if (!err)
		err = dataplane_dns_pin(&s->dns, &s->inst->pins, s->p);
	for (size_t i = 0; i < s->places && !err; i++)
		if (all || !s->place[i].there)
			err = attach_dns(s->place[i].ifindex, dataplane_dns_fd(&s->dns),
					 s->inst->dp.config_id, &s->place[i].iface, s->p);
	return err;
}

static int write_resolvers(const struct setting *s, const struct natloop_dns_config *config)
{
	__u32 key = 0;

	if (!bpf_map_update_elem(s->dns.map[DATAPLANE_DNS_CONFIG], &key, config, BPF_ANY))
		return 0;
	return problem(s->p, -errno, "natloop_dns_config", "", "cannot be written: %m");
}

static int put_name(const struct setting *s, const struct dns_name *name)
{
	struct natloop_dns_value value = { .v4 = name->v4, .v6 = name->v6, .ttl = name->ttl };
	struct natloop_dns_key key;

	dns_key_make(name->name, &key);
	if (!bpf_map_update_elem(s->dns.map[DATAPLANE_DNS_NAMES], &key, &value, BPF_ANY))
		return 0;
	return problem(s->p, -errno, name->name, "", "cannot be added: %m");
}

/* Deletes first: there may be no room for both. */
static int write_names(const struct setting *s, const struct dns_names *from,
		       const struct dns_names *to)
{
	struct natloop_dns_key key;
	int err = 0;

	for (size_t i = 0; i < from->names; i++) {
		if (dns_names_find(to, from->name[i].name))
			continue;
		dns_key_make(from->name[i].name, &key);
		(void)bpf_map_delete_elem(s->dns.map[DATAPLANE_DNS_NAMES], &key);
	}
	for (size_t i = 0; i < to->names && !err; i++)
		if (!dns_names_has(from, &to->name[i]))
			err = put_name(s, &to->name[i]);
	return err;
}

/*
 * The program first: when a name is there it is answered everywhere. The other way round when none
 * is left.
 */
static int change(struct setting *s, const struct instance_dns_change *c)
{
	bool all = s->fresh || c->renew;
	int err;

	if (!c->to->names) {
		err = write_names(s, c->from, c->to);
		return err ? err : end(s);
	}
	err = all || is_missing(s) ? attach_programs(s, all) : 0;

	if (!err)
		err = write_resolvers(s, &c->to->resolver);
	if (!err)
		err = write_names(s, c->from, c->to);
	return err;
}

static void undo(struct setting *s, const struct instance_dns_change *c)
{
	s->p = NULL;
	if (s->fresh) {
		(void)end(s);
		return;
	}
	/* Some of them are detached. */
	if (!c->to->names)
		(void)attach_programs(s, true);
	(void)write_names(s, c->to, c->from);
	(void)write_resolvers(s, &c->from->resolver);
}

static int set(struct setting *s, const struct instance_dns_change *c)
{
	int err = dataplane_dns_open(&s->dns, &s->inst->pins, s->p);

	s->fresh = err == -ENOENT;
	if (err && !s->fresh)
		return err;
	/* What of it is there was left by a command that was killed. */
	if (s->fresh) {
		dataplane_dns_close(&s->dns);
		dataplane_dns_unpin(&s->inst->pins);
		if (!c->to->names)
			return 0;
	}
	err = read_places(s);
	if (err)
		return err;
	if (c->somewhere && !s->places)
		return problem(s->p, -EOPNOTSUPP, "dns", "attach one with 'natloopctl attach'",
			       "no interface with an Ethernet header is attached");
	err = change(s, c);
	if (err)
		undo(s, c);
	return err;
}

int instance_dns_set(struct instance *inst, const struct instance_dns_change *change,
		     struct problem *p)
{
	struct setting s = { .inst = inst, .p = p };
	int err;

	dataplane_dns_init(&s.dns);
	err = set(&s, change);
	dataplane_dns_close(&s.dns);
	free(s.place);
	return err;
}

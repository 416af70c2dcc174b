// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "conflicts.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "conflicts_parts.h"
#include "ethtool.h"
#include "forward_text.h"
#include "forwarding.h"
#include "instance_dns_parts.h"
#include "sysctl.h"
#include "util.h"

#define BRIDGE_NF "/proc/sys/net/bridge/bridge-nf-call-iptables"

void conflict_add(struct conflict_search *search, const char *object, const char *remedy,
		  const char *what, ...)
{
	struct conflict *grown, *new;
	va_list ap;

	if (search->err)
		return;
	grown = realloc(search->found, (search->count + 1) * sizeof(*grown));
	if (!grown) {
		search->err = -ENOMEM;
		return;
	}
	search->found = grown;
	new = &grown[search->count++];
	new->id = search->id;
	snprintf(new->object, sizeof(new->object), "%s", object);
	snprintf(new->remedy, sizeof(new->remedy), "%s", remedy);
	va_start(ap, what);
	vsnprintf(new->what, sizeof(new->what), what, ap);
	va_end(ap);
}

/* The kernel asks the interface that the router sees the packet on: a bridge, not its port. */
static void find_forwarding(struct conflict_search *search)
{
	for (size_t i = 0; i < search->links.links; i++) {
		const struct link *link = &search->links.link[i];

		if (plan_is_l3(search->config, link->ifindex) && forwarding_is_off(link->name))
			conflict_add(search, link->name, FORWARDING_REMEDY, FORWARDING_OFF);
	}
}

static void find_own_servers(struct conflict_search *search)
{
	const struct natloop_config *config = search->config;
	char text[FORWARD_TEXT_MAX], remedy[2 * FORWARD_TEXT_MAX], server[ADDRESS_TEXT_MAX];

	for (__u32 i = 0; i < config->forwards; i++) {
		const struct natloop_forward *f = &config->forward[i];

		if (!netlink_has_address(&search->addresses, &f->server))
			continue;
		forward_format(f, text, sizeof(text));
		snprintf(remedy, sizeof(remedy), "natloopctl forward del %s", text);
		conflict_add(search, text, remedy, "%s is an address of this router now",
			     address_format(&f->server, server, sizeof(server)));
	}
}

static void find_lro(struct conflict_search *search)
{
	for (size_t i = 0; i < search->ifaces; i++) {
		const char *name = search->iface[i].iface.name;
		char remedy[64];

		if (ethtool_lro(name) <= 0)
			continue;
		snprintf(remedy, sizeof(remedy), "ethtool -K %s lro off", name);
		conflict_add(search, name, remedy,
			     "LRO merges received packets in a way that cannot be forwarded");
	}
}

static void find_bridge_nf(struct conflict_search *search)
{
	for (size_t i = 0; i < search->ifaces; i++) {
		const struct link *link =
			netlink_link_by_index(&search->links, search->iface[i].ifindex);

		if (link && !strcmp(link->kind, "bridge") && sysctl_digit(BRIDGE_NF) > 0)
			conflict_add(search, link->name,
				     "sysctl -w net.bridge.bridge-nf-call-iptables=0",
				     "bridge-nf-call-iptables is on: the kernel's NAT rules see "
				     "bridged frames before natloop");
	}
}

static void find_names(const struct instance *inst, struct conflict_search *search)
{
	struct dns_names names = { .names = 0 };

	/* Whoever asks for the names hears why they cannot be read. */
	if (!instance_dns_read(inst, &names, NULL))
		conflicts_dns(&names, search);
	dns_names_free(&names);
}

/* Leaves out interfaces that are gone. */
static int read_system(const struct instance *inst, struct instance_iface **list,
		       struct conflict_search *search)
{
	size_t count = 0, kept = 0;
	int err = instance_interfaces(inst, list, &count);

	for (size_t i = 0; i < count && !err; i++)
		if (!(*list)[i].gone)
			(*list)[kept++] = (*list)[i];
	search->iface = *list;
	search->ifaces = kept;
	if (!err)
		err = netlink_links(&search->links);
	return err ? err : netlink_addresses(&search->addresses);
}

static const struct {
	const char *id;
	void (*ask)(struct conflict_search *search);
} questions[] = {
	{ "flow-table", conflicts_flowtables },	  { "ip-forward", find_forwarding },
	{ "server-is-router", find_own_servers }, { "lro", find_lro },
	{ "bridge-nf", find_bridge_nf },	  { "links", conflicts_links },
	{ "programs", conflicts_programs },
};

/* What is asked of the instance and the kernel. */
static int find_around(const struct instance *inst, struct conflict_search *search)
{
	_cleanup_free_ struct instance_iface *list = NULL;
	int err = read_system(inst, &list, search);

	if (err)
		return err;
	for (size_t i = 0; i < ARRAY_SIZE(questions); i++) {
		search->id = questions[i].id;
		questions[i].ask(search);
	}
	search->id = "mixed-cures";
	find_names(inst, search);
	search->iface = NULL;
	search->ifaces = 0;
	return search->err;
}

/* What else there is is in @search; frees it but for what it has found. */
static int find_in_rules(const struct conflict_rules *rules, struct conflict_search *search,
			 int err)
{
	if (!err) {
		search->id = "other-hairpin";
		conflicts_rules(rules, search);
		err = search->err;
	}
	netlink_links_free(&search->links);
	netlink_addresses_free(&search->addresses);
	if (err)
		free(search->found);
	return err;
}

int conflicts_find(const struct instance *inst, const struct conflict_rules *rules,
		   struct conflict **ret, size_t *count)
{
	struct conflict_search search = {
		.config = instance_config(inst),
		.config_map = inst->dp.config_id,
	};
	int err = find_in_rules(rules, &search, find_around(inst, &search));

	if (err)
		return err;
	*ret = search.found;
	*count = search.count;
	return 0;
}

int conflicts_find_and_close(struct instance *inst, const struct conflict_rules *rules,
			     struct conflict **ret, size_t *count)
{
	_cleanup_free_ struct natloop_config *config = malloc(sizeof(*config));
	struct conflict_search search = {
		.config = config,
		.config_map = inst->dp.config_id,
	};
	int err = -ENOMEM;

	if (config) {
		*config = *instance_config(inst);
		err = find_around(inst, &search);
	}
	instance_close(inst);
	err = find_in_rules(rules, &search, err);
	if (err)
		return err;
	*ret = search.found;
	*count = search.count;
	return 0;
}

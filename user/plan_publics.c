// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which addresses do clients dial? */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "log.h"
#include "plan_parts.h"
#include "util.h"

_Static_assert(SETTINGS_MAX_PUBLICS <= 32, "one bit each in plan.publics_left_out");

const struct natloop_lan *plan_neighbour_lan(const struct planner *pl,
					     const struct natloop_addr *addr)
{
	const struct natloop_config *config = &pl->plan->config;

	if (netlink_has_address(&pl->view->addresses, addr))
		return NULL;
	for (size_t i = 0; i < config->lans; i++) {
		const struct natloop_lan *lan = &config->lan[i];
		const struct prefix prefix = { .net = lan->net, .mask = lan->mask };

		if (lan->ifindex && address_in_prefix(addr, &prefix))
			return lan;
	}
	return NULL;
}

const char *plan_no_host(const struct planner *pl, const struct natloop_addr *addr, char *buf,
			 size_t size)
{
	const struct address_table *t = &pl->view->addresses;
	__u32 host = ntohl(addr->w[3]);
	char text[ADDRESS_TEXT_MAX];

	if (netlink_has_address(t, addr))
		return NULL;
	for (size_t i = 0; i < t->addresses; i++) {
		const struct interface_address *a = &t->address[i];
		struct prefix prefix = { a->net, address_mask_v4(a->prefix_length) };
		__u32 mask = ntohl(prefix.mask.w[3]);

		prefix.net.w[3] &= prefix.mask.w[3];
		/* Of two addresses both are hosts (RFC 3021). */
		if (a->prefix_length > 30 || !address_in_prefix(addr, &prefix) ||
		    ((host & ~mask) && ~(host | mask)))
			continue;
		snprintf(buf, size, "the %s address of %s", host & ~mask ? "broadcast" : "network",
			 address_format_prefix(&prefix, text, sizeof(text)));
		return buf;
	}
	return NULL;
}

/* In an interface's own prefix an address that is not the router's is a neighbour, whom clients
 * reach without it.
 */
static int check_public(const struct planner *pl, const struct natloop_addr *addr, const char *spec)
{
	const struct natloop_lan *lan;
	char text[ADDRESS_TEXT_MAX], prefix_text[ADDRESS_TEXT_MAX], what[2 * ADDRESS_TEXT_MAX];
	struct problem inner;

	address_format(addr, text, sizeof(text));
	if (plan_check_host(addr, &inner))
		return problem(pl->p, -EINVAL, spec, "give the address that clients dial",
			       "%s cannot be a public address: %s", text, inner.what);
	if (plan_no_host(pl, addr, what, sizeof(what)))
		return problem(pl->p, -EINVAL, spec, "give the address that clients dial",
			       "%s cannot be a public address: %s", text, what);
	lan = plan_neighbour_lan(pl, addr);
	if (lan) {
		const struct prefix prefix = { .net = lan->net, .mask = lan->mask };

		address_format_prefix(&prefix, prefix_text, sizeof(prefix_text));
		return problem(pl->p, -EINVAL, spec, "give the address that clients dial",
			       "%s is another host of the LAN %s", text, prefix_text);
	}
	return 0;
}

static int add_public(const struct planner *pl, const struct natloop_addr *addr, const char *spec)
{
	struct natloop_config *config = &pl->plan->config;
	int err;

	err = check_public(pl, addr, spec);
	if (err)
		return err;
	for (size_t i = 0; i < config->publics; i++)
		if (address_equal(&config->address[i], addr))
			return 0;
	if (config->publics == ARRAY_SIZE(config->address))
		return problem(pl->p, -E2BIG, spec, "give fewer", "more than %zu public addresses",
			       ARRAY_SIZE(config->address));
	pl->plan->public_from[config->publics] = (__u8)pl->spec;
	config->address[config->publics++] = *addr;
	config->addresses = config->publics;
	return 0;
}

/* Adds the addresses of the interface that may be dialled: 1 if there is one, 0 if not. */
static int add_addresses(const struct planner *pl, int ifindex, const char *spec)
{
	const struct address_table *t = &pl->view->addresses;
	int err, found = 0;

	for (size_t i = 0; i < t->addresses; i++) {
		const struct interface_address *a = &t->address[i];

		if (a->ifindex != ifindex || a->scope != RT_SCOPE_UNIVERSE)
			continue;
		err = add_public(pl, &a->addr, spec);
		if (err)
			return err;
		found = 1;
	}
	return found;
}

/* @remedy is for the case that the interface has no address to dial. */
static int add_interface(const struct planner *pl, int ifindex, const char *spec,
			 const char *remedy)
{
	const struct link *link = netlink_link_by_index(&pl->view->links, ifindex);
	int found = add_addresses(pl, ifindex, spec);

	if (found)
		return found < 0 ? found : 0;
	return problem(pl->p, -EADDRNOTAVAIL, spec, remedy,
		       "interface %s has no global IPv4 address", link ? link->name : "?");
}

/*
 * One that waits for its address does not stand in the way of the others. A LAN with a default
 * route of its own is no uplink, unless there is no other: what is dialled there is the router.
 */
static int add_uplinks(const struct planner *pl, const int *ifindex, int count, bool lans)
{
	int found = 0;

	for (int i = 0; i < count; i++) {
		int added;

		if (plan_is_l3(&pl->plan->config, ifindex[i]) != lans)
			continue;
		added = add_addresses(pl, ifindex[i], "public");
		if (added < 0)
			return added;
		found |= added;
	}
	return found;
}

static int add_auto(const struct planner *pl)
{
	int ifindex[PLAN_UPLINKS_MAX], found;
	int count = pl->view->calls->uplinks(ifindex, ARRAY_SIZE(ifindex));

	if (count == -ESRCH)
		return problem(pl->p, count, "public", "give --public ADDR",
			       "no default route tells which interface is the public one");
	if (count < 0)
		return problem(pl->p, count, "public", "give --public ADDR",
			       "cannot read the default route: %s", strerror(-count));
	found = add_uplinks(pl, ifindex, count, false);
	if (!found)
		found = add_uplinks(pl, ifindex, count, true);
	if (found)
		return found < 0 ? found : 0;
	return add_interface(pl, ifindex[0], "public", "give --public ADDR");
}

/*
 * All addresses of the name or none. What a name server answers is nobody's mistake here (split
 * DNS, rebinding): where a name may wait, an answer that is of no use is as good as none.
 */
static int add_answers(const struct planner *pl, const struct natloop_addr *addr, int count,
		       const char *name)
{
	struct natloop_config *config = &pl->plan->config;
	const __u32 before = config->publics;

	for (int i = 0; i < count; i++) {
		int err = add_public(pl, &addr[i], name);

		if (!err)
			continue;
		if (pl->spec >= pl->s->publics_optional)
			return err;
		config->publics = config->addresses = before;
		log_info("%s: left out: %s", name, pl->p->what);
		return -EADDRNOTAVAIL;
	}
	return 0;
}

static int add_name(const struct planner *pl, const char *name)
{
	struct natloop_addr addr[NATLOOP_MAX_ADDRESSES];
	struct in_addr unused;
	int count;

	if (!settings_may_be_host(name))
		return problem(pl->p, -ENOENT, name, "see 'ip link' for the names",
			       "no such interface, and a host name has a dot");
	/* The resolver takes "192.168.257" for an address, 192.168.1.1. */
	count = inet_aton(name, &unused) ? -ENOENT :
					   pl->view->calls->resolve(name, addr, ARRAY_SIZE(addr));
	if (count == -ENOENT)
		return problem(pl->p, count, name, "give an address, an interface or another name",
			       "neither an IPv4 address nor an interface nor a name with one");
	if (count == -EAGAIN)
		return problem(pl->p, count, name,
			       "give the address itself, or check /etc/resolv.conf",
			       "no name server answers");
	if (count < 0)
		return problem(pl->p, count, name, "give the address itself",
			       "the name cannot be resolved");
	return add_answers(pl, addr, count, name);
}

static int add_spec(const struct planner *pl, const char *spec)
{
	struct natloop_addr addr;
	const struct link *link;
	struct in6_addr v6;

	if (!strcmp(spec, "auto"))
		return add_auto(pl);
	if (inet_pton(AF_INET6, spec, &v6) == 1)
		return address_parse(spec, &addr, pl->p);
	if (!address_parse(spec, &addr, NULL))
		return add_public(pl, &addr, spec);
	link = netlink_link_by_name(&pl->view->links, spec);
	if (link)
		return add_interface(pl, link->ifindex, spec,
				     "give another interface or an address");
	return add_name(pl, spec);
}

/* It may lead to an address later on; see settings.publics_optional. */
static bool may_wait(const struct planner *pl, int err)
{
	return pl->spec < pl->s->publics_optional &&
	       (err == -ENOENT || err == -EAGAIN || err == -EIO || err == -ESRCH ||
		err == -EADDRNOTAVAIL);
}

int plan_publics(struct planner *pl)
{
	struct problem first = { .usage = false }, *p = pl->p;
	size_t left_out = 0;
	int err, first_err = 0;

	if (!pl->s->publics)
		return add_auto(pl);
	for (pl->spec = 0; pl->spec < pl->s->publics; pl->spec++) {
		struct problem inner = { .usage = false };

		pl->p = &inner;
		err = add_spec(pl, pl->s->public_spec[pl->spec]);
		pl->p = p;
		if (err && !left_out) {
			first = inner;
			first_err = err;
		}
		if (err && !may_wait(pl, err)) {
			if (p)
				*p = inner;
			return err;
		}
		if (err) {
			pl->plan->publics_left_out |= 1U << pl->spec;
			left_out++;
		}
	}
	if (!left_out || left_out < pl->s->publics_optional)
		return 0;
	if (p)
		*p = first;
	return first_err;
}

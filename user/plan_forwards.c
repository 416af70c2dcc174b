// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which ports go to which server, and which source address does it see? */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "forward_text.h"
#include "log.h"
#include "lookup.h"
#include "plan_parts.h"
#include "util.h"

static int compare(const void *a, const void *b)
{
	const struct natloop_forward *x = a, *y = b;

	if (x->proto != y->proto)
		return x->proto < y->proto ? -1 : 1;
	return (x->first > y->first) - (x->first < y->first);
}

/* Sorts, drops exact duplicates, refuses overlaps. */
static int sort(const struct planner *pl)
{
	struct natloop_config *config = &pl->plan->config;
	struct natloop_forward *forward = config->forward;
	char text[FORWARD_TEXT_MAX], other[FORWARD_TEXT_MAX];
	size_t kept = 0;

	memcpy(forward, pl->s->forward, pl->s->forwards * sizeof(*forward));
	qsort(forward, pl->s->forwards, sizeof(*forward), compare);
	for (size_t i = 0; i < pl->s->forwards; i++) {
		const struct natloop_forward *last = kept ? &forward[kept - 1] : NULL;

		if (last && !memcmp(last, &forward[i], sizeof(*last)))
			continue;
		if (last && last->proto == forward[i].proto && last->last >= forward[i].first)
			return problem(pl->p, -EINVAL,
				       forward_format(&forward[i], text, sizeof(text)),
				       "leave one of them out", "overlaps %s",
				       forward_format(last, other, sizeof(other)));
		forward[kept++] = forward[i];
	}
	config->forwards = (__u32)kept;
	return 0;
}

/* Does a default route lead there? */
static bool is_uplink(const struct planner *pl, int ifindex)
{
	int uplink[PLAN_UPLINKS_MAX];
	int count = pl->view->calls->uplinks(uplink, ARRAY_SIZE(uplink));

	for (int i = 0; i < count; i++)
		if (uplink[i] == ifindex)
			return true;
	return false;
}

/*
 * "attach it too: natloopctl attach eth1 eth2". Who named an uplink meant the LAN in its place: the
 * neighbours out there should be no clients.
 */
static void attach_too(const struct planner *pl, const struct route *route, const char *name,
		       char *buf, size_t size)
{
	const struct plan *plan = pl->plan;
	char names[160] = "";
	bool instead = false;
	size_t len = 0;

	if (is_uplink(pl, route->ifindex)) {
		snprintf(buf, size, "check the address: %s is an uplink", name);
		return;
	}
	for (size_t i = 0; i < plan->interfaces && len < sizeof(names); i++) {
		const struct link *link = &plan->interface[i].link;

		if (is_uplink(pl, link->ifindex))
			instead = true;
		else
			len += (size_t)snprintf(names + len, sizeof(names) - len, " %s",
						link->name);
	}
	snprintf(buf, size, "attach %s: natloopctl attach%s %s",
		 instead ? "the LAN instead of the uplink" : "it too", names, name);
}

static bool is_public(const struct natloop_config *config, const struct natloop_addr *addr)
{
	int i = lookup_address(config, addr);

	return i >= 0 && (__u32)i < config->publics;
}

/* The commonest reason why there is no route to a server: its LAN is not up (yet). */
static int check_up(const struct planner *pl, const struct natloop_forward *f)
{
	const struct natloop_lan *lan = plan_neighbour_lan(pl, &f->server);
	const struct link *link =
		lan ? netlink_link_by_index(&pl->view->links, (int)lan->ifindex) : NULL;
	char text[FORWARD_TEXT_MAX], server[ADDRESS_TEXT_MAX], remedy[64];

	if (!link || link->flags & IFF_UP)
		return 0;
	snprintf(remedy, sizeof(remedy), "ip link set %s up", link->name);
	return problem(pl->p, -ENETDOWN, link->name, remedy,
		       "is down, so there is no way to %s of %s",
		       address_format(&f->server, server, sizeof(server)),
		       forward_format(f, text, sizeof(text)));
}

static int check_route(const struct planner *pl, const struct natloop_forward *f,
		       const struct route *route)
{
	const struct link *link = netlink_link_by_index(&pl->view->links, route->ifindex);
	const char *name = link ? link->name : "another interface";
	char text[FORWARD_TEXT_MAX], server[ADDRESS_TEXT_MAX], remedy[256];
	char what[2 * ADDRESS_TEXT_MAX];

	forward_format(f, text, sizeof(text));
	address_format(&f->server, server, sizeof(server));
	if (route->type == RTN_LOCAL)
		return problem(pl->p, -EINVAL, text, "leave this forward out",
			       "%s is this router itself: no reflection needed", server);
	if (is_public(&pl->plan->config, &f->server))
		return problem(pl->p, -EINVAL, text, "give the server's address on the LAN",
			       "%s is a public address", server);
	if (plan_no_host(pl, &f->server, what, sizeof(what)))
		return problem(pl->p, -EINVAL, text, "give the server's address on the LAN",
			       "%s is %s", server, what);
	if (route->type != RTN_UNICAST)
		return problem(pl->p, -EINVAL, text, "give the server's address on the LAN",
			       "%s is not the address of one host", server);
	if (!route->prefix_length)
		return problem(pl->p, -ENETUNREACH, text,
			       "check the address, or add a route to the server's network",
			       "%s is on no LAN: only the default route leads there", server);
	if (plan_is_l3(&pl->plan->config, route->ifindex))
		return 0;
	attach_too(pl, route, name, remedy, sizeof(remedy));
	return problem(pl->p, -ENETUNREACH, text, remedy,
		       "%s is behind %s: its replies would pass by natloop", server, name);
}

static int check_server(const struct planner *pl, const struct natloop_forward *f,
			struct route *route)
{
	char text[FORWARD_TEXT_MAX], server[ADDRESS_TEXT_MAX];
	int err;

	err = pl->view->calls->route(&f->server, route);
	if ((err || !route->prefix_length) && check_up(pl, f))
		return -ENETDOWN;
	if (err)
		return problem(pl->p, err, forward_format(f, text, sizeof(text)),
			       "check the server's address, and 'ip route get' it",
			       "no route to %s: %s",
			       address_format(&f->server, server, sizeof(server)), strerror(-err));
	return check_route(pl, f, route);
}

int plan_add_address(struct natloop_config *config, const struct natloop_addr *addr)
{
	if (lookup_address(config, addr) >= 0)
		return 0;
	if (config->addresses == ARRAY_SIZE(config->address))
		return -ENOSPC;
	config->address[config->addresses++] = *addr;
	return 0;
}

static int choose_snat(const struct planner *pl, struct natloop_forward *f,
		       const struct route *route)
{
	const struct natloop_config *config = &pl->plan->config;
	char text[FORWARD_TEXT_MAX];
	struct problem inner;

	switch (config->snat_mode) {
	case NATLOOP_SNAT_PUBLIC:
		f->snat = (struct natloop_addr){ { 0 } };
		return 0;
	case NATLOOP_SNAT_ROUTER:
		if (plan_check_host(&route->source, &inner))
			return problem(pl->p, -EADDRNOTAVAIL, forward_format(f, text, sizeof(text)),
				       "use --snat public or --snat ADDR",
				       "this router has no address towards the server");
		f->snat = route->source;
		break;
	default:
		f->snat = config->snat_addr;
	}
	if (plan_add_address(&pl->plan->config, &f->snat))
		return problem(pl->p, -E2BIG, "snat", "give fewer public addresses",
			       "more than %zu addresses", ARRAY_SIZE(config->address));
	return 0;
}

static int read_snat(const struct planner *pl)
{
	struct natloop_config *config = &pl->plan->config;
	const struct settings *s = pl->s;
	char text[ADDRESS_TEXT_MAX];
	struct problem inner;

	config->snat_mode = s->snat_given ? s->snat_mode : NATLOOP_SNAT_PUBLIC;
	if (config->snat_mode != NATLOOP_SNAT_ADDR)
		return 0;
	if (plan_check_host(&s->snat_addr, &inner))
		return problem(pl->p, -EINVAL, address_format(&s->snat_addr, text, sizeof(text)),
			       "give an address whose packets the server sends to this router",
			       "cannot be the source address: %s", inner.what);
	/* The server would ask for it by ARP, and that host, or nobody, would answer. */
	if (plan_neighbour_lan(pl, &s->snat_addr))
		return problem(pl->p, -EINVAL, address_format(&s->snat_addr, text, sizeof(text)),
			       "give an address whose packets the server sends to this router",
			       "cannot be the source address: it is another host of the LAN");
	config->snat_addr = s->snat_addr;
	return 0;
}

/* Whether the forward runs already; then it stays as it is. See system_view.keep_forwards. */
static bool keep_running(const struct planner *pl, struct natloop_forward *f)
{
	const struct natloop_config *running = pl->view->running;

	for (__u32 i = 0; running && pl->view->keep_forwards && i < running->forwards; i++) {
		struct natloop_forward plain = running->forward[i];

		plain.snat = (struct natloop_addr){ { 0 } };
		if (memcmp(&plain, f, sizeof(plain)) != 0)
			continue;
		*f = running->forward[i];
		return packet_addr_zero(&f->snat) || !plan_add_address(&pl->plan->config, &f->snat);
	}
	return false;
}

/*
 * The router's own rules also send packets to containers, to LANs that are not attached, or to the
 * router itself: such a forward is nobody's mistake. A LAN that is down may be, and takes all away.
 */
static bool may_leave_out(const struct planner *pl, int err, const struct problem *p)
{
	if (!pl->s->forwards_imported || err == -ENETDOWN)
		return false;
	log_info("%s: left out: %s", p->object, p->what);
	return true;
}

/* Keeps those that can be; @route of each is needed for its source address only. */
static int check_servers(const struct planner *pl)
{
	struct natloop_config *config = &pl->plan->config;
	struct problem inner = { .usage = false };
	struct planner quiet = *pl;
	struct route route;
	__u32 kept = 0;
	int err;

	quiet.p = &inner;
	for (__u32 i = 0; i < config->forwards; i++) {
		struct natloop_forward f = config->forward[i];

		err = check_server(&quiet, &f, &route);
		if (!err)
			err = choose_snat(&quiet, &f, &route);
		else if (keep_running(pl, &f))
			err = 0;
		else if (may_leave_out(pl, err, &inner))
			continue;
		if (err)
			return problem(pl->p, err, inner.object, inner.remedy, "%s", inner.what);
		config->forward[kept++] = f;
	}
	memset(&config->forward[kept], 0, (config->forwards - kept) * sizeof(config->forward[0]));
	config->forwards = kept;
	return 0;
}

static int none_left(const struct planner *pl)
{
	char remedy[256];

	snprintf(remedy, sizeof(remedy),
		 "natloopctl attach %s --server ADDR, or --forward tcp/443=ADDR; -v tells why, "
		 "'natloopctl import --dry-run' shows them",
		 pl->plan->interface[0].link.name);
	return problem(pl->p, -ENOENT, "forward", remedy,
		       "none of the %zu in the router's own rules ends on a LAN that is attached",
		       pl->s->forwards);
}

int plan_forwards(struct planner *pl)
{
	int err;

	if (!pl->s->forwards && !pl->s->no_forwards)
		return problem(pl->p, -EINVAL, "forward", "give --server ADDR or --forward SPEC",
			       "none given, so there is nothing to do");
	err = read_snat(pl);
	if (!err)
		err = sort(pl);
	if (!err)
		err = check_servers(pl);
	if (!err && !pl->plan->config.forwards && !pl->s->no_forwards)
		err = none_left(pl);
	return err;
}

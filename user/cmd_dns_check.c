// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "cmd_dns.h"
#include "command.h"
#include "dns_ask.h"
#include "dns_check_words.h"
#include "instance.h"
#include "instance_dns.h"
#include "util.h"
#include "view_dns_check.h"
#include "writer.h"

/* What the command works on. */
struct work {
	char name[HOSTNAME_MAX];
	struct dns_check check;
	struct dns_resolver *resolver; /* DNS_ASK_RESOLVERS of them */
	struct dns_finding each[DNS_ASK_RESOLVERS];
	bool has_way; /* natloop answers for the name: */
	struct dns_name way;
	struct natloop_dns_config way_config;
	char note[256];
};

static bool knows_server(const struct dns_world *world, const struct natloop_addr *a)
{
	for (size_t i = 0; i < world->servers; i++)
		if (address_equal(&world->server[i], a))
			return true;
	return false;
}

static void add_server(struct dns_world *world, const struct natloop_addr *a)
{
	if (!address_is_zero(a) && !knows_server(world, a) && world->servers < DNS_WORLD_SERVERS)
		world->server[world->servers++] = *a;
}

/* What natloop answers for the name. The longest wildcard wins, as in the data path. */
static int read_names(const struct instance *inst, struct work *work, struct problem *p)
{
	struct instance_dns dns = {};
	size_t best = 0;
	int err = instance_dns_list(inst, &dns, p);

	for (size_t i = 0; !err && i < dns.names; i++) {
		const char *entry = dns.name[i].name;
		bool wildcard = *entry == '*';
		size_t rank = wildcard ? strlen(entry) : DNS_NAME_MAX;

		if (rank <= best || !(wildcard ? dns_name_is_below(work->name, entry) :
						 hostname_same(work->name, entry)))
			continue;
		best = rank;
		work->has_way = true;
		work->way = dns.name[i];
		work->way_config = dns.config;
	}
	free(dns.name);
	return err;
}

/* Fills what no option said, and finds out which public addresses lead to the server. */
static void compare_with(const struct natloop_config *config, struct work *work)
{
	struct dns_world *world = &work->check.world;
	bool forwarded = false;

	if (!world->servers && work->has_way) {
		add_server(world, &work->way.v4);
		add_server(world, &work->way.v6);
	} else if (!world->servers) {
		for (__u32 i = 0; i < config->forwards; i++)
			add_server(world, &config->forward[i].server);
	}
	for (__u32 i = 0; i < config->forwards; i++)
		forwarded |= knows_server(world, &config->forward[i].server);
	if (!world->publics) {
		world->publics = config->publics;
		memcpy(world->public, config->address, config->publics * sizeof(*config->address));
	}
	for (size_t i = 0; i < world->publics; i++)
		for (__u32 j = 0; j < config->publics; j++)
			if (address_equal(&world->public[i], &config -> address[j]))
				world->translated[i] = forwarded;
}

/* A running natloop knows the addresses; without one, or without rights, it goes on by the rest. */
static void read_instance(const struct env *env, struct work *work)
{
	struct problem p = { .usage = false };
	struct instance *inst = NULL;
	int err = instance_open(env, &inst, &p);

	if (!err)
		err = read_names(inst, work, &p);
	if (!err)
		compare_with(instance_config(inst), work);
	else if (err != -ENOENT)
		snprintf(work->note, sizeof(work->note),
			 "a running natloop is not compared with: %.100s %.100s", p.object, p.what);
	instance_close(inst);
}

static int parse_options(const struct dns_options *asked, struct work *work, struct problem *p)
{
	struct natloop_addr resolver[DNS_ASK_RESOLVERS];
	struct dns_world *world = &work->check.world;
	int count = 0;

	if (asked->server) {
		count = dns_check_addresses("--server", asked->server, world->server,
					    DNS_WORLD_SERVERS, p);
		if (count < 0)
			return count;
		world->servers = (size_t)count;
	}
	if (asked->public) {
		count = dns_check_addresses("--public", asked->public, world->public,
					    NATLOOP_MAX_ADDRESSES, p);
		if (count < 0)
			return count;
		world->publics = (size_t)count;
	}
	if (!asked->resolver)
		return 0;
	count = dns_check_addresses("--resolver", asked->resolver, resolver, DNS_ASK_RESOLVERS, p);
	for (int i = 0; i < count; i++)
		work->resolver[i].addr = resolver[i];
	work->check.count = count < 0 ? 0 : (size_t)count;
	return count < 0 ? count : 0;
}

static bool is_own(const struct ifaddrs *list, const struct natloop_addr *a)
{
	for (; list; list = list->ifa_next) {
		const struct sockaddr *sa = list->ifa_addr;
		struct natloop_addr own;

		if (!sa || (sa->sa_family != AF_INET && sa->sa_family != AF_INET6))
			continue;
		if (sa->sa_family == AF_INET)
			own = address_from_v4(((const struct sockaddr_in *)sa)->sin_addr.s_addr);
		else
			memcpy(&own, &((const struct sockaddr_in6 *)sa)->sin6_addr, sizeof(own));
		if (address_equal(&own, a))
			return true;
	}
	return false;
}

/* Not of loopback: LAN clients cannot ask that of this machine. */
static bool answers_for(const struct natloop_dns_config *config, const struct ifaddrs *own,
			const struct natloop_addr *a)
{
	if (address_is_loopback(a))
		return false;
	for (__u32 i = 0; i < config->resolvers && i < NATLOOP_DNS_RESOLVERS; i++)
		if (address_equal(&config->resolver[i], a))
			return true;
	return config->any || is_own(own, a);
}

static void set_reply(struct dns_response *r, const struct natloop_addr *a)
{
	memset(r, 0, sizeof(*r));
	r->outcome = address_is_zero(a) ? DNS_EMPTY : DNS_RECORDS;
	if (!address_is_zero(a))
		r->address[r->addresses++] = *a;
}

/*
 * On the router itself questions do not come in by a LAN interface, where natloop answers those of
 * clients: what it says then is put in the place of what the resolver says.
 */
static void answer_on_way(struct work *work)
{
	static const struct natloop_addr none;
	struct ifaddrs *own = NULL;

	if (!work->has_way || getifaddrs(&own))
		return;
	for (size_t i = 0; i < work->check.count; i++) {
		struct dns_resolver *r = &work->resolver[i];

		if (!answers_for(&work->way_config, own, &r->addr))
			continue;
		r->on_way = true;
		set_reply(&r->reply[DNS_UDP][DNS_A], &work->way.v4);
		set_reply(&r->reply[DNS_UDP][DNS_AAAA], &work->way.v6);
		set_reply(&r->reply[DNS_UDP][DNS_HTTPS], &none);
	}
	freeifaddrs(own);
}

static int check(const struct env *env, const char *name, struct work *work, struct problem *p)
{
	struct dns_check *c = &work->check;
	int err = dns_check_name(name, work->name, p);

	if (!err)
		err = parse_options(dns_options(env), work, p);
	if (!err && !c->count) {
		int count = dns_ask_own(work->resolver, p);

		err = count < 0 ? count : 0;
		c->count = count < 0 ? 0 : (size_t)count;
	}
	if (err)
		return err;
	c->name = work->name;
	c->resolver = work->resolver;
	c->each = work->each;
	/* Its lock is not held while resolvers are asked. */
	read_instance(env, work);
	err = dns_ask(work->name, work->resolver, c->count, p);
	if (err)
		return err;
	answer_on_way(work);
	dns_judge(&c->world, c->resolver, c->count, c->each, &c->all);
	return 0;
}

int dns_check_run(const struct env *env, int argc, char **argv, struct problem *p)
{
	_cleanup_free_ struct dns_resolver *resolver = calloc(DNS_ASK_RESOLVERS, sizeof(*resolver));
	_cleanup_free_ struct work *work = calloc(1, sizeof(*work));
	struct writer *w;
	int err;

	(void)argc;
	if (!resolver || !work)
		return problem(p, -ENOMEM, "dns check", "", "out of memory");
	work->resolver = resolver;
	err = check(env, argv[0], work, p);
	if (err)
		return err;
	w = command_writer(env);
	if (w)
		view_dns_check(w, &work->check, work->note, env->json);
	err = command_finish(w, p);
	if (err || dns_verdict_good(work->check.all.verdict))
		return err;
	/* It has been said in full; the exit status is what is left. */
	p->reported = true;
	return -EREMOTE;
}

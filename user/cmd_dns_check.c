// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "cmd_dns.h"
#include "command.h"
#include "dns_ask.h"
#include "dns_check_words.h"
#include "dns_way.h"
#include "instance.h"
#include "util.h"
#include "view_dns_check.h"
#include "writer.h"

/* What the command works on. */
struct work {
	char name[HOSTNAME_MAX];
	struct dns_check check;
	struct dns_resolver *resolver; /* DNS_ASK_RESOLVERS of them */
	struct dns_finding each[DNS_ASK_RESOLVERS];
	struct dns_way way;
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

/* Fills what no option said, and finds out which public addresses lead to the server. */
static void compare_with(const struct natloop_config *config, struct work *work)
{
	struct dns_world *world = &work->check.world;
	bool forwarded = false;

	if (!world->servers && work->way.known) {
		add_server(world, &work->way.name.v4);
		add_server(world, &work->way.name.v6);
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
		err = dns_way_read(inst, work->name, &work->way, &p);
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
	dns_way_answer(&work->way, c->resolver, c->count);
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

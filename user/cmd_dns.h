/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the actions of 'natloopctl dns' share. */
#ifndef CMD_DNS_H
#define CMD_DNS_H

#include <stdbool.h>
#include <stddef.h>

#include "command.h"
#include "dns_name.h"
#include "dns_names.h"

/* The options of all actions, as given; each is refused before an action that does not take it. */
struct dns_options {
	const char *ttl;
	const char *resolver;
	const char *for_version;
	const char *file;
	bool forwarder;
	bool dry_run;
	bool no_check;
	bool reload;
	const char *public;
	const char *server;
	const char *password_file;
	const char *user;
	const char *ca_file;
	const char *state;
	const char *remove;
};

/* What the actions get in the place of an env: its first member. */
struct dns_env {
	struct env env;
	const struct dns_options *asked;
};

static inline const struct dns_options *dns_options(const struct env *env)
{
	return ((const struct dns_env *)env)->asked;
}

/*
 * The name and the addresses in @argv, with --ttl; without words the names that the instance
 * answers, which may be none. Without resolvers; the caller frees ret->name. A usage problem if
 * there is one word, or --ttl without any.
 */
int dns_names_get(const struct env *env, int argc, char **argv, struct dns_names *ret,
		  struct problem *p);

/* The actions, as in struct action. */
int dns_export_run(const struct env *env, int argc, char **argv, struct problem *p);
int dns_apply_run(const struct env *env, int argc, char **argv, struct problem *p);
int dns_check_run(const struct env *env, int argc, char **argv, struct problem *p);

/*
 * 'dns apply' for servers with an HTTP API: argv[0] is adguardhome or pihole, argv[1] the URL, then
 * NAME and addresses, or nothing: the names of the instance.
 */
int dns_apply_http(const struct env *env, int argc, char **argv, struct problem *p);

#endif

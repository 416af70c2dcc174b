// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "cmd_dns.h"
#include "command.h"
#include "conflicts.h"
#include "dns_name.h"
#include "instance.h"
#include "instance_dns.h"
#include "log.h"
#include "options.h"
#include "util.h"
#include "view_dns.h"
#include "writer.h"

#define FIELD(ctype, field) OPTION_FIELD(struct dns_options, ctype, field)

static const struct option_def options[] = {
	{ "ttl", 0, "N", "with an ADDR: how long a client may keep the answer, seconds (60)",
	  OPTION_TEXT, FIELD(const char *, ttl), NULL },
	{ "resolver", 0, "ADDR[,ADDR]...|any",
	  "of add: answer questions to these resolvers, too, or to any; of check: ask these",
	  OPTION_ONCE, FIELD(const char *, resolver), NULL },
	{ "for", 0, "VERSION",
	  "of export: schema of AdGuardHome.yaml (10 to 34), or Pi-hole 5 or 6", OPTION_TEXT,
	  FIELD(const char *, for_version), NULL },
	{ "forwarder", 0, NULL,
	  "of export and apply: for a dnsmasq or unbound that asks another server", OPTION_FLAG,
	  FIELD(bool, forwarder), NULL },
	{ "file", 0, "PATH", "of apply dnsmasq|unbound: the file to write, which the server reads",
	  OPTION_TEXT, FIELD(const char *, file), NULL },
	{ "dry-run", 0, NULL, "of apply: only print what would be changed", OPTION_FLAG,
	  FIELD(bool, dry_run), NULL },
	{ "reload", 0, NULL, "of apply: reload unbound, restart dnsmasq", OPTION_FLAG,
	  FIELD(bool, reload), NULL },
	{ "no-check", 0, NULL, "of apply: do not ask the server's own checker", OPTION_FLAG,
	  FIELD(bool, no_check), NULL },
	{ "password-file", 0, "FILE", "of apply: the password is the only line of FILE",
	  OPTION_TEXT, FIELD(const char *, password_file), NULL },
	{ "user", 0, "NAME", "of apply: whose password, for AdGuard Home", OPTION_TEXT,
	  FIELD(const char *, user), NULL },
	{ "ca-file", 0, "FILE", "of apply: trust these certificates instead of the system's",
	  OPTION_TEXT, FIELD(const char *, ca_file), NULL },
	{ "state", 0, "FILE", "of apply: where natloop keeps what it has added", OPTION_TEXT,
	  FIELD(const char *, state), NULL },
	{ "remove", 0, "NAME", "of apply: take away what natloop added for NAME", OPTION_ONCE,
	  FIELD(const char *, remove), NULL },
	{ "public", 0, "ADDR[,ADDR]...", "of check: the public addresses", OPTION_ONCE,
	  FIELD(const char *, public), NULL },
	{ "server", 0, "ADDR[,ADDR]...", "of check: the server's addresses in the LAN", OPTION_ONCE,
	  FIELD(const char *, server), NULL },
};

#define OF_FILES "ttl forwarder file dry-run reload no-check"
#define OF_APIS "password-file user ca-file state remove dry-run"

/* Which options an action takes, of apply for each server. */
static const struct {
	const char *action, *server, *options;
} takes[] = {
	{ "add", NULL, "ttl resolver" },
	{ "export", NULL, "ttl for forwarder" },
	{ "apply", "dnsmasq", OF_FILES },
	{ "apply", "unbound", OF_FILES },
	{ "apply", "adguardhome", OF_APIS },
	{ "apply", "pihole", OF_APIS },
	{ "check", NULL, "resolver public server" },
};

/* Of what is done now, while somebody looks: a public address ends nothing. */
static void warn(const struct natloop_config *config, const struct dns_name *name)
{
	char text[ADDRESS_TEXT_MAX];
	struct conflict mixed;

	for (__u32 i = 0; i < config->publics; i++)
		if (address_equal(&config->address[i], &name->v4))
			log_notice(
				"%s: %s is the public address; to keep clients from it, give the "
				"server's address in the LAN",
				name->name, address_format(&name->v4, text, sizeof(text)));
	if (conflicts_of_name(config, name, &mixed))
		log_notice("%s: %s; %s", mixed.object, mixed.what, mixed.remedy);
}

static int run_add(const struct env *env, int argc, char **argv, struct problem *p)
{
	const struct dns_options *asked = dns_options(env);
	struct natloop_dns_config more = {};
	struct instance *inst;
	struct dns_name name;
	int err = dns_name_parse(argv[0], argv[1], asked->ttl, &name, p);

	(void)argc;
	if (!err && asked->resolver)
		err = dns_resolvers_parse(asked->resolver, &more, p);
	if (!err)
		err = instance_open(env, &inst, p);
	if (err)
		return err;
	err = instance_dns_add(inst, &name, &more, p);
	if (!err)
		warn(instance_config(inst), &name);
	instance_close(inst);
	return err;
}

static int run_del(const struct env *env, int argc, char **argv, struct problem *p)
{
	struct instance *inst;
	struct dns_name name;
	/* Any address will do: it is the name that is checked. */
	int err = dns_name_parse(argv[0], "192.0.2.1", NULL, &name, p);

	(void)argc;
	if (!err)
		err = instance_open(env, &inst, p);
	if (err)
		return err;
	err = instance_dns_delete(inst, name.name, p);
	instance_close(inst);
	return err;
}

static int run_list(const struct env *env, int argc, char **argv, struct problem *p)
{
	struct instance_dns dns = {};
	struct instance *inst;
	struct writer *w;
	int err = instance_open(env, &inst, p);

	(void)argc;
	(void)argv;
	if (err)
		return err;
	err = instance_dns_list(inst, &dns, p);
	instance_close(inst);
	if (err)
		return err;
	w = command_writer(env);
	if (w)
		view_dns(w, &dns);
	free(dns.name);
	return command_finish(w, p);
}

static const struct action actions[] = {
	{ "add", "a name and its addresses", 2, 2, run_add },
	{ "del", "a name", 1, 1, run_del },
	{ "list", NULL, 0, 0, run_list },
	{ "export", "adguardhome, pihole, dnsmasq, unbound or hosts", 1, 3, dns_export_run },
	{ "apply", "dnsmasq or unbound, or adguardhome or pihole and a URL", 1, 4, dns_apply_run },
	{ "check", "a name", 1, 1, dns_check_run },
};

static bool has_word(const char *words, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = words; (at = strstr(at, word)); at += length) {
		if ((at == words || at[-1] == ' ') && (!at[length] || at[length] == ' '))
			return true;
	}
	return false;
}

/* NULL: a server that apply does not know, whose options nobody can judge. */
static const char *options_of(const char *action, const char *server)
{
	for (size_t i = 0; i < ARRAY_SIZE(takes); i++) {
		if (strcmp(takes[i].action, action) != 0)
			continue;
		if (!takes[i].server || (server && !strcmp(takes[i].server, server)))
			return takes[i].options;
	}
	return strcmp(action, "apply") != 0 ? "" : NULL;
}

/* The options that are given must be those of the action, and of the server behind it. */
static int check_options(int argc, char **argv, const struct dns_options *asked, struct problem *p)
{
	bool apply = !strcmp(argv[1], "apply") && argc > 2;
	const char *mine = options_of(argv[1], apply ? argv[2] : NULL);

	for (size_t i = 0; mine && i < ARRAY_SIZE(options); i++) {
		const void *field = (const char *)asked + options[i].offset;
		bool given = options[i].kind == OPTION_FLAG ? *(const bool *)field :
							      !!*(const char *const *)field;
		char object[32];

		if (!given || has_word(mine, options[i].name))
			continue;
		snprintf(object, sizeof(object), "--%s", options[i].name);
		return problem_usage(p, object, "see 'natloopctl dns --help'",
				     "is no option of 'dns %.20s%s%.20s'", argv[1],
				     apply ? " " : "", apply ? argv[2] : "");
	}
	return 0;
}

static int run(const struct env *env, void *target, int argc, char **argv, struct problem *p)
{
	static const struct actions table = { actions, ARRAY_SIZE(actions) };
	const struct dns_env mine = { *env, target };
	struct command_line line = { argc, argv };
	int err = argc > 1 ? check_options(argc, argv, target, p) : 0;

	return err ? err : command_run_action(&table, &mine.env, &line, p);
}

const struct command command_dns = {
	.name = "dns",
	.usage = "add NAME ADDR[,ADDR6] | del NAME | list |\n"
		 "       export adguardhome|pihole|dnsmasq|unbound|hosts [NAME ADDR[,ADDR6]] |\n"
		 "       apply dnsmasq|unbound --file PATH [NAME ADDR[,ADDR6]] |\n"
		 "       apply adguardhome|pihole URL [NAME ADDR[,ADDR6]] |\n"
		 "       check NAME",
	.help = "answer DNS questions for names, on the way through the router",
	.notes =
		"NAME is rustdesk.example.com, or *.example.com for all names below it. Questions "
		"of\n"
		"LAN hosts over UDP to this router are answered, without a DNS server on it; a "
		"type\n"
		"that the name has no address for has an empty answer, all other names go on as "
		"they\n"
		"came. DNS over TCP, TLS or HTTPS cannot be answered on the way. [dns] of the\n"
		"configuration file has names, too.\n"
		"\n"
		"export prints what makes a DNS server answer the same, and apply writes that "
		"to a\n"
		"file of its own: the names of this natloop, or NAME. With --forwarder it lets "
		"their\n"
		"addresses through the rebind protection of a server that asks another one for "
		"them.\n"
		"\n"
		"apply with a URL gives them to AdGuard Home or Pi-hole 6 by its API, "
		"and\n"
		"takes back what it has given before and is no longer wanted. What others added is "
		"left\n"
		"alone. It works without root and without natloop being attached, if NAME is "
		"given.\n"
		"\n"
		"check asks resolvers, those of this machine or of --resolver, and says what a "
		"LAN\n"
		"client would do with the answers; 0 if every answer leads to the server.\n",
	.options = options,
	.options_count = ARRAY_SIZE(options),
	.options_size = sizeof(struct dns_options),
	.run = run,
};

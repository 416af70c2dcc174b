// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "command.h"
#include "dns_check_words.h"
#include "doctor_client.h"
#include "doctor_router.h"
#include "doctor_verdict.h"
#include "number.h"
#include "options.h"
#include "signals.h"
#include "util.h"
#include "view_doctor.h"

struct doctor_options {
	bool client;
	const char *server;
	const char *port;
	const char *base;
	const char *key;
	const char *outside;
};

#define FIELD(ctype, field) OPTION_FIELD(struct doctor_options, ctype, field)

static const struct option_def options[] = {
	{ "client", 0, NULL, "look from this host of the LAN; needs no root", OPTION_FLAG,
	  FIELD(bool, client), NULL },
	{ "server", 0, "ADDR", "the server's address in the LAN", OPTION_ONCE,
	  FIELD(const char *, server), NULL },
	{ "port", 0, "PROTO/PORT,...", "ask these ports, and not RustDesk's", OPTION_ONCE,
	  FIELD(const char *, port), NULL },
	{ "base", 0, "PORT", "RustDesk's ID server is at PORT (21116)", OPTION_ONCE,
	  FIELD(const char *, base), NULL },
	{ "key", 0, "KEY", "RustDesk's relay asks for this key", OPTION_ONCE,
	  FIELD(const char *, key), NULL },
	{ "outside", 0, "ok|failed", "what you know: it works from the Internet, or not",
	  OPTION_ONCE, FIELD(const char *, outside), NULL },
};

/* All that one run works on. */
struct work {
	struct doctor_asked asked;
	struct doctor_facts facts;
	struct doctor_report report;
	struct doctor_verdict verdict;
};

static int parse_word(const char *text, struct doctor_asked *asked, struct problem *p)
{
	struct problem unused;
	struct in6_addr any;

	/* The words of --server for what is an address, but none that clients can dial. */
	if (inet_pton(AF_INET, text, &any) == 1 || inet_pton(AF_INET6, text, &any) == 1)
		return address_parse_host(text, &asked->public, p);
	/* What is no address, and looks like one, is no name either: dns_check_name says so. */
	if (!address_parse_host(text, &asked->public, &unused))
		return 0;
	return dns_check_name(text, asked->name, p);
}

static int parse_ports(const char *list, struct doctor_asked *asked, struct problem *p)
{
	_cleanup_free_ char *copy = strdup(list);
	char *rest = copy;
	int err = 0;

	if (!copy)
		return problem(p, -ENOMEM, "--port", "", "out of memory");
	while (!err && rest)
		err = doctor_add_port(asked->service, &asked->services, strsep(&rest, ","), p);
	return err;
}

static int parse_base(const char *text, struct doctor_asked *asked, struct problem *p)
{
	unsigned int base;

	if (number_parse(text, 2, 65533, &base))
		return problem_usage(p, "--base", "give a port from 2 to 65533",
				     "'%s' cannot be the port of an ID server", text);
	return doctor_add_rustdesk(asked->service, &asked->services, (__u16)base);
}

static int parse_outside(const char *text, enum doctor_answer *ret, struct problem *p)
{
	if (!strcmp(text, "ok"))
		*ret = DOCTOR_YES;
	else if (!strcmp(text, "failed"))
		*ret = DOCTOR_NO;
	else
		return problem_usage(p, "--outside", "give ok or failed", "'%s' is neither", text);
	return 0;
}

static int parse(const struct doctor_options *o, int argc, char **argv, struct doctor_asked *asked,
		 struct problem *p)
{
	int err = 0;

	if (argc > 2)
		return problem_usage(p, "doctor", "see 'natloopctl doctor --help'",
				     "unexpected '%s'", argv[2]);
	asked->vantage = o->client ? DOCTOR_CLIENT : DOCTOR_ROUTER;
	asked->key = o->key;
	if (argc > 1)
		err = parse_word(argv[1], asked, p);
	if (!err && o->server)
		err = address_parse_host(o->server, &asked->server, p);
	if (!err && o->base)
		err = parse_base(o->base, asked, p);
	if (!err && o->port)
		err = parse_ports(o->port, asked, p);
	if (!err && o->outside)
		err = parse_outside(o->outside, &asked->outside, p);
	return err;
}

static int examine(const struct env *env, struct work *work, struct problem *p)
{
	struct doctor_facts *facts = &work->facts;

	/* What was found until then is shown. */
	signals_hold();
	facts->vantage = work->asked.vantage;
	if (facts->vantage == DOCTOR_CLIENT)
		return doctor_client(env, &work->asked, facts, &work->report, p);
	return doctor_router(env, &work->asked, facts, &work->report, p);
}

static int run(const struct env *env, void *target, int argc, char **argv, struct problem *p)
{
	_cleanup_free_ struct work *work = calloc(1, sizeof(*work));
	int err;

	if (!work)
		return problem(p, -ENOMEM, "doctor", "", "out of memory");
	err = parse(target, argc, argv, &work->asked, p);
	if (!err)
		err = examine(env, work, p);
	if (!err) {
		doctor_judge(&work->facts, &work->report, &work->verdict);
		err = view_doctor(env, &work->verdict, &work->report, p);
	}
	doctor_report_free(&work->report);
	if (err || !doctor_verdict_status(work->verdict.id))
		return err;
	/* It has been said in full; the exit status is what is left. */
	p->reported = true;
	p->status = doctor_verdict_status(work->verdict.id);
	return -EREMOTE;
}

const struct command command_doctor = {
	.name = "doctor",
	.usage = "[NAME|ADDR]",
	.help = "find out why a server is not reached, and what to do",
	.notes = "Looks at this router, asks the server as its clients would, and asks the\n"
		 "resolvers of this machine for NAME; nobody else is asked. Prints a verdict in\n"
		 "one sentence, then each check with what was seen. Exit status: 0 healthy,\n"
		 "1 a problem was found, 3 it could not be told. With --client it looks from\n"
		 "this host of the LAN at what NAME or ADDR leads to; add --server.\n",
	.options = options,
	.options_count = ARRAY_SIZE(options),
	.options_size = sizeof(struct doctor_options),
	.run = run,
};

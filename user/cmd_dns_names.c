// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdlib.h>

#include "cmd_dns.h"
#include "instance.h"
#include "instance_dns.h"

static int names_of_instance(const struct env *env, struct dns_names *ret, struct problem *p)
{
	struct instance_dns dns = {};
	struct instance *inst;
	int err = instance_open(env, &inst, p);

	if (err)
		return err;
	err = instance_dns_list(inst, &dns, p);
	instance_close(inst);
	if (!err)
		*ret = (struct dns_names){ .name = dns.name, .names = dns.names };
	return err;
}

int dns_names_get(const struct env *env, int argc, char **argv, struct dns_names *ret,
		  struct problem *p)
{
	const char *ttl = dns_options(env)->ttl;
	struct dns_name *name;
	int err;

	if (!argc && ttl)
		return problem_usage(p, "--ttl", "give it with NAME ADDR, or to 'dns add'",
				     "the names have theirs already");
	if (!argc)
		return names_of_instance(env, ret, p);
	if (argc == 1)
		return problem_usage(p, argv[0],
				     "give NAME ADDR, or neither for the names of 'dns list'",
				     "has no ADDR");
	name = malloc(sizeof(*name));
	if (!name)
		return problem(p, -ENOMEM, argv[0], "", "out of memory");
	err = dns_name_parse(argv[0], argv[1], ttl, name, p);
	if (err)
		free(name);
	else
		*ret = (struct dns_names){ .name = name, .names = 1 };
	return err;
}

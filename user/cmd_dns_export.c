// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdlib.h>

#include "cmd_dns.h"
#include "command_print.h"
#include "dns_export.h"
#include "util.h"

static int make_text(const struct dns_export *e, const struct dns_names *names, char **ret,
		     struct problem *p)
{
	size_t length;
	FILE *out = open_memstream(ret, &length);
	int err;

	if (!out)
		return problem(p, -ENOMEM, "dns export", "", "out of memory");
	err = dns_export_print(out, e, names->name, names->names, p);
	if (fclose(out) && !err)
		err = problem(p, -ENOMEM, "dns export", "", "out of memory");
	return err;
}

int dns_export_run(const struct env *env, int argc, char **argv, struct problem *p)
{
	const struct dns_options *asked = dns_options(env);
	_cleanup_free_ char *text = NULL;
	struct dns_names names = { .names = 0 };
	struct dns_export e;
	int err = dns_export_parse(argv[0], asked->for_version, asked->forwarder, &e, p);

	if (!err)
		err = dns_names_get(env, argc - 1, argv + 1, &names, p);
	if (!err)
		err = make_text(&e, &names, &text, p);
	free(names.name);
	return err ? err : command_print_text(env, "text", text, p);
}

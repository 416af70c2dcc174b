// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "help.h"

#include <errno.h>
#include <string.h>

#include "natloop/abi.h"
#include "options.h"
#include "util.h"
#include "version.h"
#include "writer.h"

/* Parts of the program that the build can leave out; ends with NULL. */
static const char *const optional_parts[] = {
#ifdef NATLOOP_LIBNFTABLES
	"libnftables",
#endif
#ifdef NATLOOP_LIBCARES
	"libcares",
#endif
#ifdef NATLOOP_LIBCURL
	"libcurl",
#endif
#ifdef NATLOOP_LIBPROTOBUFC
	"libprotobuf-c",
#endif
	NULL,
};

static void print_command(FILE *out, const struct command *command)
{
	fprintf(out, "Usage: natloopctl %s%s%s [OPTION]...\n\n%s\n", command->name,
		*command->usage ? " " : "", command->usage, command->help);
	if (command->options_count) {
		fputs("\nOptions:\n", out);
		options_print(out, command->options, command->options_count);
	}
	if (command->notes)
		fprintf(out, "\n%s", command->notes);
}

static void print_commands(FILE *out, const struct help_tables *tables)
{
	size_t i;

	fputs("Usage: natloopctl [OPTION]... COMMAND [ARGUMENT]...\n\n"
	      "NAT loopback: lets LAN hosts reach a port forward by the public address.\n\n"
	      "Commands:\n",
	      out);
	for (i = 0; i < tables->commands; i++)
		fprintf(out, "  %-9s %s\n", tables->command[i]->name, tables->command[i]->help);
	fputs("\n'natloopctl COMMAND --help' tells more about one command.\n", out);
}

int help_print(FILE *out, const struct help_tables *tables, const struct command *which,
	       struct problem *p)
{
	if (which)
		print_command(out, which);
	else
		print_commands(out, tables);
	fputs("\nGlobal options, before or after the command:\n", out);
	options_print(out, tables->option, tables->options);
	if (!fflush(out) && !ferror(out))
		return 0;
	return problem(p, -EIO, "standard output", "", "cannot be written");
}

static int version_json(FILE *out, struct problem *p)
{
	struct writer *w = writer_json(out);
	const char *const *part;

	if (!w)
		return problem(p, -ENOMEM, "version", "", "out of memory");
	writer_open(w, NULL, WRITER_OBJECT);
	writer_string(w, "version", NATLOOP_VERSION);
	writer_number(w, "abi", NATLOOP_ABI);
	writer_open(w, "parts", WRITER_LIST);
	for (part = optional_parts; *part; part++)
		writer_string(w, NULL, *part);
	writer_close(w);
	writer_close(w);
	return command_finish(w, p);
}

int help_version(const struct env *env, struct problem *p)
{
	const char *const *part;

	if (env->json)
		return version_json(env->out, p);
	fprintf(env->out, "natloopctl %s\nABI %d\noptional parts:", NATLOOP_VERSION, NATLOOP_ABI);
	for (part = optional_parts; *part; part++)
		fprintf(env->out, " %s", *part);
	fputs(*optional_parts ? "\n" : " none\n", env->out);
	if (!fflush(env->out) && !ferror(env->out))
		return 0;
	return problem(p, -EIO, "standard output", "", "cannot be written");
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "hosts_script.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hosts_script_text.h"
#include "util.h"

#define ADDRESSES_TEXT 128

struct script {
	const char *system;
	const char *interpreter; /* the first line, or "" */
	const char *run;	 /* how to run it */
	const char *undo;	 /* and to undo it */
	const char *begin;	 /* before the values */
	bool powershell;
	const char *flush; /* behind them */
	const char *body;
};

static const struct script scripts[] = {
	{ "windows", "", "powershell -ExecutionPolicy Bypass -File THIS-FILE", " -Remove",
	  HOSTS_SCRIPT_POWERSHELL_BEGIN, true, "", HOSTS_SCRIPT_POWERSHELL },
	{ "macos", "#!/bin/sh\n", "sudo sh THIS-FILE", " remove", HOSTS_SCRIPT_SH_BEGIN, false,
	  HOSTS_SCRIPT_FLUSH_MACOS, HOSTS_SCRIPT_SH },
	{ "linux", "#!/bin/sh\n", "sudo sh THIS-FILE", " remove", HOSTS_SCRIPT_SH_BEGIN, false,
	  HOSTS_SCRIPT_FLUSH_LINUX, HOSTS_SCRIPT_SH },
};

/* @addresses between commas. */
static void print_values(FILE *out, const struct script *s, const struct dns_name *name,
			 const char *addresses)
{
	const char *comma = strchr(addresses, ',');
	int first = (int)strcspn(addresses, ",");

	if (s->powershell)
		fprintf(out, "$name = '%s'\n$addresses = @('%.*s'%s%s%s)\n", name->name, first,
			addresses, comma ? ", '" : "", comma ? comma + 1 : "", comma ? "'" : "");
	else
		fprintf(out, "name='%s'\naddresses='%.*s%s%s'\n", name->name, first, addresses,
			comma ? " " : "", comma ? comma + 1 : "");
}

static void print_script(FILE *out, const struct script *s, const struct dns_name *name)
{
	char addresses[ADDRESSES_TEXT];

	dns_name_addresses(name, addresses, sizeof(addresses));
	fprintf(out,
		"%s# By 'natloopctl hosts script %s': on this computer\n# %s\n# leads to %s.\n",
		s->interpreter, s->system, name->name, addresses);
	fprintf(out, "#\n#   %s\n#   %s%s\n#\n", s->run, s->run, s->undo);
	fputs("# The first adds the name, and changes nothing if it is there; the second removes "
	      "it.\n",
	      out);
	fputs(s->powershell ? "# Both in a terminal that was started as administrator.\n#\n" :
			      "#\n",
	      out);
	fputs("# NOT for a laptop that leaves the house: in another network that address is of a\n"
	      "# stranger's computer, or of none, and the server is out of reach by its name.\n",
	      out);
	fputs(s->begin, out);
	print_values(out, s, name, addresses);
	fputs(s->flush, out);
	fputs(s->body, out);
}

int hosts_script_make(const char *system, const struct dns_name *name, char **ret,
		      struct problem *p)
{
	const struct script *s = NULL;
	char *text = NULL;
	size_t length;
	FILE *out;

	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++)
		if (!strcmp(scripts[i].system, system))
			s = &scripts[i];
	if (!s)
		return problem_usage(p, *system ? system : "''", "give windows, macos or linux",
				     "no such system");
	out = open_memstream(&text, &length);
	if (!out)
		return problem(p, -ENOMEM, "hosts", "", "out of memory");
	print_script(out, s, name);
	if (fclose(out)) {
		free(text);
		return problem(p, -ENOMEM, "hosts", "", "out of memory");
	}
	*ret = text;
	return 0;
}

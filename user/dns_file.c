// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dns_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_LINE 128 /* an instance's name has up to 32 characters */

static void first_line(const struct dns_file_owner *owner, char ret[FIRST_LINE])
{
	snprintf(ret, FIRST_LINE,
		 "# By 'natloopctl dns apply %s' of instance %s, which overwrites it.\n",
		 owner->server, owner->instance);
}

int dns_file_make(const struct dns_file_owner *owner, const struct dns_export *e,
		  const struct dns_name *names, size_t count, char **ret, struct problem *p)
{
	char line[FIRST_LINE], *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	int err;

	if (!out)
		return problem(p, -ENOMEM, "dns apply", "", "out of memory");
	first_line(owner, line);
	fputs(line, out);
	err = dns_export_print(out, e, names, count, p);
	if (fclose(out) && !err)
		err = problem(p, -ENOMEM, "dns apply", "", "out of memory");
	if (err)
		free(text);
	else
		*ret = text;
	return err;
}

bool dns_file_is_own(const struct dns_file_owner *owner, const char *byte, size_t length)
{
	char line[FIRST_LINE];
	size_t wanted;

	first_line(owner, line);
	wanted = strlen(line);
	return !length || (length >= wanted && !memcmp(byte, line, wanted));
}

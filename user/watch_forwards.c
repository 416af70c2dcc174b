// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Forwards that come from the router's own rules. */
#include <errno.h>
#include <stdio.h>

#include "import.h"
#include "util.h"
#include "watch_parts.h"

int watch_import_forwards(struct settings *s, struct problem *p)
{
	struct import imported = { .rules = 0 };
	int err;

	if (s->forwards)
		return 0;
	err = import_read(IMPORT_ALL, &imported, p);
	if (!err)
		err = import_add_forwards(&imported, s, p);
	import_free(&imported);
	s->no_forwards = !err && !s->forwards;
	return err;
}

bool watch_imports_forwards(const struct settings *s)
{
	return s->forwards_imported || s->no_forwards;
}

/* iptables-legacy: its tables exist once somebody has used them. */
bool watch_must_poll_forwards(void)
{
	__attribute__((cleanup(util_fclosep))) FILE *file =
		fopen("/proc/net/ip_tables_names", "re");

	return file && fgetc(file) != EOF;
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What "iptables-save -t nat" prints: its lines. */
#include "import_iptables.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

/* @text is cut up. */
static int read_rule(struct import_ruleset *set, char *text)
{
	struct import_line line = { .text = NULL };
	const char *name;
	size_t chain;
	int err = import_iptables_rule(text, &line, &name);

	if (err)
		return err;
	err = import_ruleset_chain(set, name, &chain);
	if (err) {
		import_line_free(&line);
		return err;
	}
	return import_ruleset_line(set, chain, &line);
}

/* Within the table nat. */
static int read_line(struct import_ruleset *set, char *line)
{
	/* "[PACKETS:BYTES] -A ...", as with -c. */
	if (*line == '[')
		line += strcspn(line, "]") + (strchr(line, ']') ? 1 : 0);
	line += strspn(line, " ");
	if (!strncmp(line, "-A ", 3))
		return read_rule(set, line);
	return *line == ':' || *line == '#' || !*line ? 0 : -EPROTO;
}

/* Where the line ends: a comment in quotes may hold line breaks. */
static char *line_end(char *text)
{
	bool quoted = false;

	for (; *text && (quoted || *text != '\n'); text++) {
		if (*text == '\\' && text[1])
			text++;
		else if (*text == '"')
			quoted = !quoted;
	}
	return *text ? text : NULL;
}

/* @text is cut up. Tables other than nat are passed over. */
static int read_tables(struct import_ruleset *set, char *text)
{
	bool nat = false;
	char *line, *next;
	int err = 0;

	for (line = text; !err && line; line = next) {
		next = *line == '-' || *line == '[' ? line_end(line) : strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (*line == '*')
			nat = !strcmp(line, "*nat");
		else if (!strcmp(line, "COMMIT"))
			nat = false;
		else if (nat)
			err = read_line(set, line);
		else if (*line && *line != '#' && *line != '-' && *line != ':' && *line != '[')
			err = -EPROTO;
	}
	return err;
}

static int complain(int err, struct problem *p)
{
	if (err == -ENOMEM)
		return problem(p, err, "iptables", "", "out of memory");
	if (err == -ELOOP)
		return problem(p, err, "iptables", "give the forwards by --forward",
			       "its chains jump to one another more often than can be followed");
	if (err)
		return problem(p, err, "iptables",
			       "give the forwards by --forward, or see 'iptables-save -t nat'",
			       "its rules are not understood");
	return 0;
}

int import_ruleset_iptables(const char *text, struct import_ruleset *ret, struct problem *p)
{
	_cleanup_free_ char *copy = strdup(text);
	size_t before, behind;
	int err = copy ? 0 : -ENOMEM;

	ret->source = IMPORT_IPTABLES;
	if (!err)
		err = import_ruleset_chain(ret, "PREROUTING", &before);
	if (!err)
		err = import_ruleset_chain(ret, "POSTROUTING", &behind);
	if (!err) {
		ret->chain[before].hook = IMPORT_PREROUTING;
		ret->chain[behind].hook = IMPORT_POSTROUTING;
		err = read_tables(ret, copy);
	}
	return complain(err, p);
}

int import_parse_iptables(const char *text, struct import *ret, struct problem *p)
{
	struct import_ruleset set _cleanup_ruleset_ = { .source = IMPORT_IPTABLES };
	int err = import_ruleset_iptables(text, &set, p);

	return err ? err : complain(import_walk(&set, ret), p);
}

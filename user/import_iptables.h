/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The parts of import_parse_iptables. Pure. */
#ifndef IMPORT_IPTABLES_H
#define IMPORT_IPTABLES_H

#include "import_rules.h"

/*
 * One rule, "-A CHAIN ...", which is cut up: @line is to be freed, @chain is a part of @text.
 * -EPROTO: not a rule; -ENOMEM.
 */
int import_iptables_rule(char *text, struct import_line *line, const char **chain);

#define IMPORT_MOST_WORDS 128

/* The words of a line; they point into its copy. */
struct import_words {
	char *word[IMPORT_MOST_WORDS];
	size_t count;
	size_t at;
};

/*
 * Cuts @text at blanks. Words in double quotes may hold blanks; a backslash takes what follows as
 * it is. False: too many words, or an open quote.
 */
bool import_iptables_split(char *text, struct import_words *ret);

#endif

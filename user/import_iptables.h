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

#endif

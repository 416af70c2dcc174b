/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The lines of [lan] as text: who may use which forwards. Pure, fuzzed. */
#ifndef LAN_TEXT_H
#define LAN_TEXT_H

#include <stddef.h>

#include "problem.h"
#include "settings.h"

/* Longest canonical line, with the NUL: it must fit into a line of the file. */
#define LAN_TEXT_MAX 176

/*
 * Adds the line "@who = @value" to the rules of @s: all of it or nothing.
 *
 *	WHO = allow [PORTS]...		these ports and no others; without PORTS all
 *	WHO = deny [PORTS]...		all ports but these; without PORTS none
 *
 * WHO is an interface, or a prefix of clients' addresses. PORTS are public ports, as in
 * forward_parse_ports, with blanks or commas between them. The first line that fits a client has
 * the last word on it, so what becomes of a line is a rule for each of its ports and one for the
 * rest. On failure -EINVAL, @s as it was, and a usage problem whose object is @who or an item of
 * @value.
 */
int lan_rule_parse(const char *who, const char *value, struct settings *s, struct problem *p);

/*
 * The canonical line of the rules of @s that begin at @at, "br-guest = allow tcp/443"; parsing it
 * gives the same rules. @buf has room for LAN_TEXT_MAX. Returns where the next line's rules begin.
 */
size_t lan_rule_format(const struct settings *s, size_t at, char *buf, size_t size);

#endif

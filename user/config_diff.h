/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What has changed between two configurations, in words. Pure. */
#ifndef CONFIG_DIFF_H
#define CONFIG_DIFF_H

#include <stdbool.h>

#include "natloop/abi.h"
#include "netlink.h"

/* Takes one line: "public", "172.16.16.1 -> 172.16.16.9". */
typedef void (*config_diff_line)(void *data, const char *object, const char *text);

/*
 * Calls @line once for each part in which @old and @new differ: public, forwards, snat, lan, rules,
 * links, max-flows, client-flows and the timeouts. Order means nothing, nor do the addresses that
 * only replies of servers go to, which depend on the flows there are. Long lists are cut, and the
 * line says by how much. @links, or NULL, has the names of interfaces. Returns whether anything
 * differs; with @line NULL it does only that.
 */
bool config_diff(const struct natloop_config *old, const struct natloop_config *new,
		 const struct link_table *links, config_diff_line line, void *data);

#endif

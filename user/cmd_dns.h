/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the actions of 'natloopctl dns' share. */
#ifndef CMD_DNS_H
#define CMD_DNS_H

#include "command.h"

/* The options of all actions, as given; each is refused before an action that does not take it. */
struct dns_options {
	const char *ttl;
	const char *resolver;
};

/* What the actions get in the place of an env: its first member. */
struct dns_env {
	struct env env;
	const struct dns_options *asked;
};

static inline const struct dns_options *dns_options(const struct env *env)
{
	return ((const struct dns_env *)env)->asked;
}

#endif

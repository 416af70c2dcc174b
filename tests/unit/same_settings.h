/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whether a function left its settings alone: every member, used or not, but no padding. */
#ifndef SAME_SETTINGS_H
#define SAME_SETTINGS_H

#include <stdbool.h>
#include <string.h>

#include "settings.h"

static inline bool same_settings(const struct settings *a, const struct settings *b)
{
#define SAME(member) (memcmp(&a->member, &b->member, sizeof(a->member)) == 0)
	return SAME(interface) && SAME(interfaces) && SAME(public_spec) && SAME(publics) &&
	       SAME(forward) && SAME(forwards) && SAME(lan) && SAME(lans) && SAME(snat_addr) &&
	       SAME(timeout) && SAME(rule) && SAME(rule_interface) && SAME(rules) &&
	       SAME(from_file) && a->mode_given == b->mode_given && a->mode == b->mode &&
	       a->snat_given == b->snat_given && a->snat_mode == b->snat_mode && SAME(dns) &&
	       a->dns_given == b->dns_given && a->max_flows == b->max_flows &&
	       a->client_flows == b->client_flows && a->forwards_imported == b->forwards_imported &&
	       a->no_forwards == b->no_forwards;
#undef SAME
}

#endif

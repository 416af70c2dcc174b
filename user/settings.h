/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the user asked for, as typed: from options or from the configuration file, before anything
 * is looked up. Pure data, no kernel. A count of 0 or a false *_given means "not said".
 */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>

#include "dns_settings.h"
#include "natloop/abi.h"
#include "problem.h"

#define SETTINGS_MAX_INTERFACES 32
#define SETTINGS_MAX_PUBLICS 32
#define SETTINGS_MAX_LANS 64
#define SETTINGS_LEAST_MAX_FLOWS 64
#define SETTINGS_MOST_MAX_FLOWS 1000000	  /* no more than NATLOOP_MOST_FLOWS */
#define SETTINGS_MOST_TIMEOUT 31536000	  /* seconds: a year */
#define SETTINGS_MOST_FRAGMENT_TIMEOUT 30 /* seconds */
#define SETTINGS_DEFAULT_MAX_FLOWS 16384
#define SETTINGS_DEFAULT_CLIENT_FLOWS 2048

enum settings_mode {
	SETTINGS_MODE_AUTO,
	SETTINGS_MODE_XDP,
	SETTINGS_MODE_XDP_GENERIC,
	SETTINGS_MODE_TC,
};

/* What can be said, by an option or by a key of the file. */
enum settings_key {
	SETTINGS_INTERFACE,
	SETTINGS_PUBLIC,
	SETTINGS_LAN,
	SETTINGS_SNAT,
	SETTINGS_MODE,
	SETTINGS_MAX_FLOWS,
	SETTINGS_CLIENT_FLOWS,
	SETTINGS_FORWARD,
	SETTINGS_RULE,
	SETTINGS_TIMEOUT, /* the first of NATLOOP_TIMEOUT_COUNT */
	/* At the end: the bits of the others are in natloop_config.from_file of what runs. */
	SETTINGS_DNS = SETTINGS_TIMEOUT + NATLOOP_TIMEOUT_COUNT,
	SETTINGS_KEYS
};

/* An address and a mask, IPv4 mapped (so a mask of /24 is 120 one-bits); host bits are zero. */
struct prefix {
	struct natloop_addr net;
	struct natloop_addr mask;
};

struct settings {
	char interface[SETTINGS_MAX_INTERFACES][IFNAMSIZ];
	size_t interfaces;

	bool mode_given;
	enum settings_mode mode;
	/* Of single interfaces, over mode: how those of a running instance were attached. */
	bool interface_mode_given[SETTINGS_MAX_INTERFACES];
	enum settings_mode interface_mode[SETTINGS_MAX_INTERFACES];

	char public_spec[SETTINGS_MAX_PUBLICS][256]; /* "auto", an address, interface or name */
	size_t publics;
	/* So many of the first may lead to no address now, as long as one of them leads to one. */
	size_t publics_optional;

	/* Presets expanded, in the order typed; .snat is zero. */
	struct natloop_forward forward[NATLOOP_MAX_FORWARDS];
	size_t forwards;
	/* They are what import found: the plan leaves out those that end on no LAN. */
	bool forwards_imported;
	bool no_forwards; /* that there are none, or none is left, is meant so */

	bool snat_given;
	enum natloop_snat_mode snat_mode;
	struct natloop_addr snat_addr; /* of NATLOOP_SNAT_ADDR */

	struct prefix lan[SETTINGS_MAX_LANS];
	size_t lans;

	/* Of [lan], in the order of the file; .ifindex is zero, an interface stands beside it. */
	struct natloop_rule rule[NATLOOP_MAX_RULES];
	char rule_interface[NATLOOP_MAX_RULES][IFNAMSIZ]; /* "": a prefix, in .net and .mask */
	size_t rules;
	/* An interface of theirs that is not there is waited for: who asks will hear of it. */
	bool rules_wait;

	/* Names to answer, all of them: of [dns], which only the file has. */
	bool dns_given;
	struct dns_settings dns;

	unsigned int max_flows;			     /* 0: not given */
	unsigned int client_flows;		     /* 0: not given */
	unsigned int timeout[NATLOOP_TIMEOUT_COUNT]; /* seconds, 0: not given */

	unsigned int from_file; /* bits by enum settings_key: what the file has said */
};

/*
 * One value as text, from an option or from the file: checked as far as that goes without asking
 * the system, then added (lists) or set (all others, a later value replaces an earlier one). On
 * failure -EINVAL, @s as it was, and a usage problem whose object is @text.
 */
int settings_add_interface(struct settings *s, const char *text, struct problem *p);
int settings_add_public(struct settings *s, const char *text, struct problem *p);
int settings_add_lan(struct settings *s, const char *text, struct problem *p);
int settings_set_mode(struct settings *s, const char *text, struct problem *p);
int settings_set_snat(struct settings *s, const char *text, struct problem *p);
int settings_set_max_flows(struct settings *s, const char *text, struct problem *p);
int settings_set_client_flows(struct settings *s, const char *text, struct problem *p);
/* @text in seconds. */
int settings_set_timeout(struct settings *s, enum natloop_timeout which, const char *text,
			 struct problem *p);

/*
 * What no single value shows: client_flows beyond max_flows, where both are given, and resolvers
 * without a name.
 */
int settings_check(const struct settings *s, struct problem *p);

/*
 * Adds one forward, keeping settings->forward free of overlaps: an exact duplicate is dropped
 * silently, an overlap with a different forward is a usage problem that names both.
 */
int settings_add_forward(struct settings *s, const struct natloop_forward *forward,
			 struct problem *p);

/*
 * Fills what @s does not say from @below (options over file): whole lists, not single items. What
 * is taken brings its bit of from_file along.
 */
void settings_inherit(struct settings *s, const struct settings *below);

/* Unsays what the file has said, by from_file: the rest came from options and commands. */
void settings_forget_file(struct settings *s);

/* Keys of [natloop], which are the options' names as well: those up to SETTINGS_CLIENT_FLOWS. */
extern const char *const settings_key_name[SETTINGS_CLIENT_FLOWS + 1];

/* "auto", "xdp", "xdp-generic" or "tc": as typed after --mode. */
extern const char *const settings_mode_name[];

/*
 * Timeouts of RFC 4787 REQ-5 and RFC 5382 REQ-5, and how long fragments follow their first one, in
 * seconds; and the names in the file.
 */
extern const unsigned int settings_default_timeout[NATLOOP_TIMEOUT_COUNT];
extern const char *const settings_timeout_name[NATLOOP_TIMEOUT_COUNT];

/*
 * May @spec, a public spec, be a host name? Without a dot it is an interface, there or not: the
 * dial-up interface that is missing at boot is nothing to ask the DNS for. Pure.
 */
bool settings_may_be_host(const char *spec);

#endif

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "settings.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "forward_text.h"
#include "number.h"
#include "util.h"
#include "visible.h"

_Static_assert(SETTINGS_MOST_MAX_FLOWS <= NATLOOP_MOST_FLOWS, "more flows than can be referred to");

const unsigned int settings_default_timeout[NATLOOP_TIMEOUT_COUNT] = {
	[NATLOOP_TIMEOUT_UDP] = 300,
	[NATLOOP_TIMEOUT_TCP_ESTABLISHED] = 7440,
	[NATLOOP_TIMEOUT_TCP_TRANSITORY] = 240,
	[NATLOOP_TIMEOUT_FRAGMENT] = 30,
};

const char *const settings_timeout_name[] = {
	[NATLOOP_TIMEOUT_UDP] = "udp",
	[NATLOOP_TIMEOUT_TCP_ESTABLISHED] = "tcp-established",
	[NATLOOP_TIMEOUT_TCP_TRANSITORY] = "tcp-transitory",
	[NATLOOP_TIMEOUT_FRAGMENT] = "fragment",
};
_Static_assert(ARRAY_SIZE(settings_timeout_name) == NATLOOP_TIMEOUT_COUNT, "one name each");

const char *const settings_key_name[] = {
	[SETTINGS_INTERFACE] = "interface",
	[SETTINGS_PUBLIC] = "public",
	[SETTINGS_LAN] = "lan",
	[SETTINGS_SNAT] = "snat",
	[SETTINGS_MODE] = "mode",
	[SETTINGS_MAX_FLOWS] = "max-flows",
	[SETTINGS_CLIENT_FLOWS] = "client-flows",
};

const char *const settings_mode_name[] = {
	[SETTINGS_MODE_AUTO] = "auto",
	[SETTINGS_MODE_XDP] = "xdp",
	[SETTINGS_MODE_XDP_GENERIC] = "xdp-generic",
	[SETTINGS_MODE_TC] = "tc",
};
_Static_assert(ARRAY_SIZE(settings_mode_name) == SETTINGS_MODE_TC + 1, "one name each");

/* Visible characters, no slash: what a name of an interface or a host never lacks. */
static bool is_name(const char *text)
{
	const char *c;

	if (!*text || *text == '-' || !strcmp(text, ".") || !strcmp(text, ".."))
		return false;
	for (c = text; *c; c++)
		if (isspace((unsigned char)*c) || *c == '/')
			return false;
	for (c = text; *c; c += visible_length(c))
		if (!visible_length(c))
			return false;
	return true;
}

int settings_add_interface(struct settings *s, const char *text, struct problem *p)
{
	if (!is_name(text) || strchr(text, ':') || strlen(text) >= IFNAMSIZ)
		return problem_usage(p, text, "see 'ip link' for the names",
				     "cannot be the name of an interface");
	if (s->interfaces == ARRAY_SIZE(s->interface))
		return problem_usage(p, text, "name fewer", "more than %zu interfaces",
				     ARRAY_SIZE(s->interface));
	snprintf(s->interface[s->interfaces++], IFNAMSIZ, "%s", text);
	return 0;
}

int settings_add_public(struct settings *s, const char *text, struct problem *p)
{
	size_t room = sizeof(s->public_spec[0]);
	struct natloop_addr addr;
	int err;

	/* What can only be meant as an address must be a good one; names are looked up later. */
	if (strchr(text, ':') || (*text && strspn(text, "0123456789.") == strlen(text))) {
		err = address_parse_host(text, &addr, p);
		if (err)
			return err;
	}
	if (!is_name(text) || strlen(text) >= room)
		return problem_usage(p, text, "give auto, an address, an interface or a host name",
				     "cannot be a public address");
	if (s->publics == ARRAY_SIZE(s->public_spec))
		return problem_usage(p, text, "give fewer", "more than %zu public addresses",
				     ARRAY_SIZE(s->public_spec));
	snprintf(s->public_spec[s->publics++], room, "%s", text);
	return 0;
}

bool settings_may_be_host(const char *spec)
{
	return strchr(spec, '.') || strlen(spec) >= IFNAMSIZ;
}

/* Inside of 0.0.0.0/8, 127.0.0.0/8, 224.0.0.0/4 or 240.0.0.0/4, whose sources are never reflected.
 */
static bool is_no_lan(const struct prefix *prefix)
{
	__u32 net = ntohl(prefix->net.w[3]);
	__u32 mask = ntohl(prefix->mask.w[3]);

	if (net >= 0xe0000000)
		return mask >= 0xf0000000;
	return mask >= 0xff000000 && (!(net >> 24) || net >> 24 == 127);
}

int settings_add_lan(struct settings *s, const char *text, struct problem *p)
{
	struct prefix prefix;
	int err;

	err = address_parse_prefix(text, &prefix, p);
	if (err)
		return err;
	if (!prefix.mask.w[3])
		return problem_usage(p, text, "give the prefix of the LAN, like 192.168.11.0/24",
				     "a prefix of length 0 takes in the whole Internet");
	if (is_no_lan(&prefix))
		return problem_usage(p, text, "give the prefix of the LAN, like 192.168.11.0/24",
				     "no host has an address there");
	if (s->lans == ARRAY_SIZE(s->lan))
		return problem_usage(p, text, "give fewer", "more than %zu LAN prefixes",
				     ARRAY_SIZE(s->lan));
	s->lan[s->lans++] = prefix;
	return 0;
}

int settings_set_mode(struct settings *s, const char *text, struct problem *p)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(settings_mode_name); i++) {
		if (strcmp(text, settings_mode_name[i]) != 0)
			continue;
		s->mode = (enum settings_mode)i;
		s->mode_given = true;
		return 0;
	}
	return problem_usage(p, text, "give auto, xdp, xdp-generic or tc", "no such mode");
}

int settings_set_snat(struct settings *s, const char *text, struct problem *p)
{
	enum natloop_snat_mode mode = NATLOOP_SNAT_ADDR;
	struct natloop_addr addr = { { 0 } };
	struct problem inner;
	int err;

	if (!strcmp(text, "public")) {
		mode = NATLOOP_SNAT_PUBLIC;
	} else if (!strcmp(text, "router")) {
		mode = NATLOOP_SNAT_ROUTER;
	} else {
		err = address_parse_host(text, &addr, &inner);
		if (err)
			return problem_usage(p, text, "give public, router or an IPv4 address",
					     "%s", inner.what);
	}
	s->snat_given = true;
	s->snat_mode = mode;
	s->snat_addr = addr;
	return 0;
}

struct range {
	unsigned int min;
	unsigned int max;
	const char *unit;
};

static int parse_in_range(const char *text, const struct range *range, unsigned int *ret,
			  struct problem *p)
{
	char remedy[128];
	int err;

	err = number_parse(text, range->min, range->max, ret);
	if (!err)
		return 0;
	snprintf(remedy, sizeof(remedy), "give a number of %s from %u to %u", range->unit,
		 range->min, range->max);
	return problem_usage(p, text, remedy, "%s",
			     err == -ERANGE ? "out of range" : "not a plain decimal number");
}

int settings_set_max_flows(struct settings *s, const char *text, struct problem *p)
{
	static const struct range range = { SETTINGS_LEAST_MAX_FLOWS, SETTINGS_MOST_MAX_FLOWS,
					    "flows" };

	return parse_in_range(text, &range, &s->max_flows, p);
}

int settings_set_client_flows(struct settings *s, const char *text, struct problem *p)
{
	static const struct range range = { 1, SETTINGS_MOST_MAX_FLOWS, "flows" };

	return parse_in_range(text, &range, &s->client_flows, p);
}

int settings_set_timeout(struct settings *s, enum natloop_timeout which, const char *text,
			 struct problem *p)
{
	static const struct range any = { 1, SETTINGS_MOST_TIMEOUT, "seconds" };
	/* A sender may use an IP ID again; what comes after so long is of another datagram. */
	static const struct range fragment = { 1, SETTINGS_MOST_FRAGMENT_TIMEOUT, "seconds" };
	const struct range *range = which == NATLOOP_TIMEOUT_FRAGMENT ? &fragment : &any;

	return parse_in_range(text, range, &s->timeout[which], p);
}

int settings_check(const struct settings *s, struct problem *p)
{
	char object[32];
	char remedy[64];

	if (!s->client_flows || !s->max_flows || s->client_flows <= s->max_flows)
		return dns_settings_check(&s->dns, p);
	snprintf(object, sizeof(object), "client-flows %u", s->client_flows);
	snprintf(remedy, sizeof(remedy), "give a number from 1 to %u", s->max_flows);
	return problem_usage(p, object, remedy, "more than max-flows (%u)", s->max_flows);
}

static bool same_forward(const struct natloop_forward *a, const struct natloop_forward *b)
{
	return a->proto == b->proto && a->first == b->first && a->last == b->last &&
	       a->server_first == b->server_first && address_equal(&a->server, &b->server) &&
	       address_equal(&a->snat, &b->snat);
}

int settings_add_forward(struct settings *s, const struct natloop_forward *forward,
			 struct problem *p)
{
	const char *proto = forward->proto == IPPROTO_TCP ? "tcp" : "udp";
	char old_text[FORWARD_TEXT_MAX];
	char text[FORWARD_TEXT_MAX];
	size_t i;

	forward_format(forward, text, sizeof(text));
	for (i = 0; i < s->forwards; i++) {
		const struct natloop_forward *old = &s->forward[i];

		if (same_forward(old, forward))
			return 0;
		if (old->proto != forward->proto || old->first > forward->last ||
		    forward->first > old->last)
			continue;
		forward_format(old, old_text, sizeof(old_text));
		return problem_usage(p, text, "keep one of the two",
				     "its %s ports %u-%u overlap the forward %s", proto,
				     forward->first, forward->last, old_text);
	}
	if (s->forwards == ARRAY_SIZE(s->forward))
		return problem_usage(p, text, "use port ranges", "more than %zu forwards",
				     ARRAY_SIZE(s->forward));
	s->forward[s->forwards++] = *forward;
	return 0;
}

/* Whoever has the last word on @key says also whether it is the file's. */
static void take_origin(struct settings *s, const struct settings *below, unsigned int key)
{
	s->from_file = (s->from_file & ~(1U << key)) | (below->from_file & 1U << key);
}

static void inherit_lists(struct settings *s, const struct settings *below)
{
	if (!s->interfaces) {
		memcpy(s->interface, below->interface, sizeof(s->interface));
		s->interfaces = below->interfaces;
		take_origin(s, below, SETTINGS_INTERFACE);
	}
	if (!s->publics) {
		memcpy(s->public_spec, below->public_spec, sizeof(s->public_spec));
		s->publics = below->publics;
		take_origin(s, below, SETTINGS_PUBLIC);
	}
	if (!s->forwards && !s->no_forwards) {
		memcpy(s->forward, below->forward, sizeof(s->forward));
		s->forwards = below->forwards;
		s->forwards_imported = below->forwards_imported;
		take_origin(s, below, SETTINGS_FORWARD);
		s->no_forwards = below->no_forwards;
	}
	if (!s->lans) {
		memcpy(s->lan, below->lan, sizeof(s->lan));
		s->lans = below->lans;
		take_origin(s, below, SETTINGS_LAN);
	}
	if (!s->rules) {
		memcpy(s->rule, below->rule, sizeof(s->rule));
		memcpy(s->rule_interface, below->rule_interface, sizeof(s->rule_interface));
		s->rules = below->rules;
		take_origin(s, below, SETTINGS_RULE);
	}
}

void settings_inherit(struct settings *s, const struct settings *below)
{
	unsigned int i;

	inherit_lists(s, below);
	if (!s->dns_given) {
		s->dns_given = below->dns_given;
		s->dns = below->dns;
		take_origin(s, below, SETTINGS_DNS);
	}
	if (!s->mode_given) {
		s->mode_given = below->mode_given;
		s->mode = below->mode;
		take_origin(s, below, SETTINGS_MODE);
	}
	if (!s->snat_given) {
		s->snat_given = below->snat_given;
		s->snat_mode = below->snat_mode;
		s->snat_addr = below->snat_addr;
		take_origin(s, below, SETTINGS_SNAT);
	}
	if (!s->max_flows) {
		s->max_flows = below->max_flows;
		take_origin(s, below, SETTINGS_MAX_FLOWS);
	}
	if (!s->client_flows) {
		s->client_flows = below->client_flows;
		take_origin(s, below, SETTINGS_CLIENT_FLOWS);
	}
	for (i = 0; i < NATLOOP_TIMEOUT_COUNT; i++) {
		if (s->timeout[i])
			continue;
		s->timeout[i] = below->timeout[i];
		take_origin(s, below, SETTINGS_TIMEOUT + i);
	}
}

void settings_forget_file(struct settings *s)
{
	unsigned int i;

	if (s->from_file & 1U << SETTINGS_INTERFACE)
		s->interfaces = 0;
	if (s->from_file & 1U << SETTINGS_PUBLIC)
		s->publics = 0;
	if (s->from_file & 1U << SETTINGS_LAN)
		s->lans = 0;
	if (s->from_file & 1U << SETTINGS_SNAT)
		s->snat_given = false;
	if (s->from_file & 1U << SETTINGS_MODE)
		s->mode_given = false;
	if (s->from_file & 1U << SETTINGS_MAX_FLOWS)
		s->max_flows = 0;
	if (s->from_file & 1U << SETTINGS_CLIENT_FLOWS)
		s->client_flows = 0;
	if (s->from_file & 1U << SETTINGS_FORWARD)
		s->forwards = 0;
	if (s->from_file & 1U << SETTINGS_RULE)
		s->rules = 0;
	if (s->from_file & 1U << SETTINGS_DNS) {
		s->dns_given = false;
		s->dns = (struct dns_settings){ .names = 0 };
	}
	for (i = 0; i < NATLOOP_TIMEOUT_COUNT; i++)
		if (s->from_file & 1U << (SETTINGS_TIMEOUT + i))
			s->timeout[i] = 0;
	s->from_file = 0;
}

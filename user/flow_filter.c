// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "flow_filter.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "number.h"
#include "util.h"

#define KEYS_REMEDY "use proto=, client=, public=, server=, snat= or state="

static const char *const end_name[] = {
	[FLOW_CLIENT] = "client",
	[FLOW_PUBLIC] = "public",
	[FLOW_SERVER] = "server",
	[FLOW_SNAT] = "snat",
};
_Static_assert(ARRAY_SIZE(end_name) == FLOW_END_COUNT, "one name each");

static const char *const states[] = { "udp", "opening", "established", "closing" };

/* A word of the command line, in two. */
struct word {
	const char *whole;
	char key[16];
	const char *value;
};

static int given_twice(const struct word *word, struct problem *p)
{
	return problem_usage(p, word->whole, "keep one of the two", "%s= is given twice",
			     word->key);
}

static int take_proto(const struct word *word, struct flow_filter *filter, struct problem *p)
{
	if (filter->proto)
		return given_twice(word, p);
	if (!strcmp(word->value, "tcp"))
		filter->proto = IPPROTO_TCP;
	else if (!strcmp(word->value, "udp"))
		filter->proto = IPPROTO_UDP;
	else
		return problem_usage(p, word->whole, "give tcp or udp", "no such protocol");
	return 0;
}

static int take_state(const struct word *word, struct flow_filter *filter, struct problem *p)
{
	size_t i;

	if (filter->state)
		return given_twice(word, p);
	for (i = 0; i < ARRAY_SIZE(states); i++) {
		if (strcmp(word->value, states[i]) != 0)
			continue;
		filter->state = states[i];
		return 0;
	}
	return problem_usage(p, word->whole, "give udp, opening, established or closing",
			     "no such state");
}

static int take_end(const struct word *word, enum flow_end end, struct flow_filter *filter,
		    struct problem *p)
{
	const char *colon = strchr(word->value, ':');
	char text[ADDRESS_TEXT_MAX];
	struct natloop_addr addr;
	struct problem inner;
	unsigned int port = 0;

	if (filter->end[end].given)
		return given_twice(word, p);
	/* Two colons are an IPv6 address: address_parse says what it thinks of them. */
	if (colon && (strchr(colon + 1, ':') || *word->value == '['))
		colon = NULL;
	if (colon && number_parse(colon + 1, 1, 65535, &port))
		return problem_usage(p, word->whole, "give a port from 1 to 65535",
				     "'%s' is not a port", colon + 1);
	snprintf(text, sizeof(text), "%.*s",
		 colon ? (int)(colon - word->value) : (int)strlen(word->value), word->value);
	if (address_parse(text, &addr, &inner))
		return problem_usage(p, word->whole, inner.remedy, "%s", inner.what);
	filter->end[end].given = true;
	filter->end[end].addr = addr;
	filter->end[end].port = htons((__u16)port);
	return 0;
}

static int take_word(const char *text, struct flow_filter *filter, struct problem *p)
{
	const char *equals = strchr(text, '=');
	struct word word = { .whole = text };
	unsigned int i;

	if (!equals)
		return problem_usage(p, text, KEYS_REMEDY, "not a filter: there is no '='");
	word.value = equals + 1;
	snprintf(word.key, sizeof(word.key), "%.*s", (int)(equals - text), text);
	if (!strcmp(word.key, "proto"))
		return take_proto(&word, filter, p);
	if (!strcmp(word.key, "state"))
		return take_state(&word, filter, p);
	for (i = 0; i < FLOW_END_COUNT; i++)
		if (!strcmp(word.key, end_name[i]))
			return take_end(&word, (enum flow_end)i, filter, p);
	return problem_usage(p, text, KEYS_REMEDY, "nothing of a flow is called '%s'", word.key);
}

int flow_filter_parse(int argc, char *const *argv, struct flow_filter *ret, struct problem *p)
{
	struct flow_filter filter = { .proto = 0 };
	int i, err;

	for (i = 0; i < argc; i++) {
		err = take_word(argv[i], &filter, p);
		if (err)
			return err;
	}
	*ret = filter;
	return 0;
}

bool flow_filter_is_empty(const struct flow_filter *filter)
{
	unsigned int i;

	for (i = 0; i < FLOW_END_COUNT; i++)
		if (filter->end[i].given)
			return false;
	return !filter->proto && !filter->state;
}

const struct natloop_addr *flow_end(const struct flow_view *flow, enum flow_end end,
				    __be16 *ret_port)
{
	switch (end) {
	case FLOW_CLIENT:
		*ret_port = flow->to_server.sport;
		return &flow->to_server.src;
	case FLOW_PUBLIC:
		*ret_port = flow->to_server.dport;
		return &flow->to_server.dst;
	case FLOW_SERVER:
		*ret_port = flow->to_client.sport;
		return &flow->to_client.src;
	case FLOW_SNAT:
	case FLOW_END_COUNT:
		break;
	}
	*ret_port = flow->to_client.dport;
	return &flow->to_client.dst;
}

bool flow_filter_match(const struct flow_filter *filter, const struct flow_view *flow)
{
	const struct natloop_addr *addr;
	unsigned int i;
	__be16 port;

	if (filter->proto && filter->proto != flow->proto)
		return false;
	if (filter->state && strcmp(filter->state, flow->state) != 0)
		return false;
	for (i = 0; i < FLOW_END_COUNT; i++) {
		if (!filter->end[i].given)
			continue;
		addr = flow_end(flow, (enum flow_end)i, &port);
		if (!address_equal(&filter->end[i].addr, addr))
			return false;
		if (filter->end[i].port && filter->end[i].port != port)
			return false;
	}
	return true;
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* For each reason why a packet stops: what to do about it. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "lookup.h"
#include "trace_text.h"

struct words {
	char client[ADDRESS_TEXT_MAX];
	char public[ADDRESS_TEXT_MAX];
	char server[ADDRESS_TEXT_MAX]; /* "SERVER" where no forward says it */
	char port[16];		       /* "tcp/21116" */
	const char *interface;
};

static void find_words(const struct trace *t, struct words *w)
{
	const struct natloop_forward *forward =
		lookup_forward(&t->config, t->asked.proto, ntohs(t->asked.dport));
	struct natloop_addr client = address_from_v4(t->asked.src);
	struct natloop_addr public = address_from_v4(t->asked.dst);

	address_format(&client, w->client, sizeof(w->client));
	address_format(&public, w->public, sizeof(w->public));
	snprintf(w->server, sizeof(w->server), "SERVER");
	if (forward)
		address_format(&forward->server, w->server, sizeof(w->server));
	snprintf(w->port, sizeof(w->port), "%s/%u", t->asked.proto == IPPROTO_TCP ? "tcp" : "udp",
		 ntohs(t->asked.dport));
	w->interface = t->there.layer3;
}

static void next_of_lan(const struct words *w, unsigned int outcome, char *buf)
{
	switch (outcome) {
	case NATLOOP_NOT_LAN:
		snprintf(buf, TRACE_SAYS_MAX,
			 "attach the interface where %s lives, or name its network: 'natloopctl "
			 "attach %s --lan CIDR'",
			 w->client, w->interface);
		break;
	case NATLOOP_OWN_SOURCE:
		snprintf(buf, TRACE_SAYS_MAX,
			 "give the address of a LAN host: what this router sends itself does not "
			 "come in by a LAN interface");
		break;
	case NATLOOP_DENIED:
		snprintf(buf, TRACE_SAYS_MAX,
			 "see [lan] in 'natloopctl config show', allow %s there, then 'natloopctl "
			 "reload'",
			 w->port);
		break;
	default:
		snprintf(buf, TRACE_SAYS_MAX, "give the address of a LAN host as CLIENT");
	}
}

static void next_of_limit(const struct trace *t, const struct words *w, unsigned int outcome,
			  char *buf)
{
	switch (outcome) {
	case NATLOOP_TABLE_FULL:
		snprintf(buf, TRACE_SAYS_MAX,
			 "see 'natloopctl flow list' for who has them; 'natloopctl attach %s "
			 "--max-flows N' with more than %u, after 'detach' if that is said",
			 w->interface, t->config.max_flows);
		break;
	case NATLOOP_CLIENT_LIMIT:
		snprintf(buf, TRACE_SAYS_MAX,
			 "see 'natloopctl flow list client=%s'; 'natloopctl attach %s "
			 "--client-flows N' with more than %u",
			 w->client, w->interface, t->config.client_flows);
		break;
	default:
		snprintf(buf, TRACE_SAYS_MAX,
			 "end flows that are not needed: 'natloopctl flow flush client=%s'",
			 w->client);
	}
}

static void next_of(const struct trace *t, const struct words *w, unsigned int outcome, char *buf)
{
	switch (outcome) {
	case NATLOOP_UNRELATED:
		snprintf(buf, TRACE_SAYS_MAX,
			 "see 'natloopctl public list'; 'natloopctl public add %s' if it is this "
			 "router's",
			 w->public);
		break;
	case NATLOOP_NOT_FORWARDED:
		snprintf(buf, TRACE_SAYS_MAX, "'natloopctl forward add %s=%s'", w->port, w->server);
		break;
	case NATLOOP_NO_ROUTE:
		snprintf(buf, TRACE_SAYS_MAX,
			 "see 'ip route get %s' and 'sysctl net.ipv4.ip_forward', which must be 1",
			 w->server);
		break;
	case NATLOOP_NO_NEIGHBOUR:
		snprintf(buf, TRACE_SAYS_MAX,
			 "see that the server is on and has this address: 'ping %s'", w->server);
		break;
	case NATLOOP_OTHER_INTERFACE:
		snprintf(buf, TRACE_SAYS_MAX,
			 "see 'ip route': the kernel's routes name another interface for the "
			 "sender");
		break;
	case NATLOOP_OTHER_MAC:
	case NATLOOP_UNKNOWN_VLAN:
		snprintf(buf, TRACE_SAYS_MAX,
			 "attach again, the interfaces have changed: 'natloopctl attach %s'",
			 w->interface);
		break;
	case NATLOOP_TABLE_FULL:
	case NATLOOP_CLIENT_LIMIT:
	case NATLOOP_NO_PORT:
		next_of_limit(t, w, outcome, buf);
		break;
	case NATLOOP_LOOPBACK_SOURCE:
	case NATLOOP_MULTICAST_SOURCE:
	case NATLOOP_BROADCAST_SOURCE:
	case NATLOOP_OWN_SOURCE:
	case NATLOOP_NOT_LAN:
	case NATLOOP_DENIED:
		next_of_lan(w, outcome, buf);
		break;
	default:
		snprintf(buf, TRACE_SAYS_MAX, "try again; then see 'natloopctl stats -v'");
	}
}

const char *trace_next(const struct trace *t, char buf[TRACE_SAYS_MAX])
{
	struct words w;

	find_words(t, &w);
	switch (trace_result(t)) {
	case TRACE_THROUGH:
		snprintf(buf, TRACE_SAYS_MAX,
			 "if it fails all the same, see whether %s answers on the LAN, and follow "
			 "the packets: 'natloopctl trace --watch %s'",
			 w.server, w.client);
		break;
	case TRACE_UNRESOLVED:
		next_of(t, &w, NATLOOP_NO_NEIGHBOUR, buf);
		break;
	case TRACE_NO_RETURN:
		if (t->no_answer == TRACE_NOT_ATTACHED)
			snprintf(buf, TRACE_SAYS_MAX, "'natloopctl attach %s'", t->answers);
		else
			next_of(t, &w, t->back.outcome, buf);
		break;
	case TRACE_STOPPED:
		next_of(t, &w, t->there.outcome, buf);
		break;
	}
	return buf;
}

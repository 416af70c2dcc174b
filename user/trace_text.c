// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "trace_text.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "event_text.h"
#include "forward_text.h"
#include "hairpin.h"
#include "lifetime.h"
#include "lookup.h"
#include "util.h"

struct steps {
	struct trace_step *step;
	size_t count;
	const char *packet;
};

__attribute__((format(printf, 3, 4))) static void say(struct steps *s, const char *step,
						      const char *format, ...)
{
	struct trace_step *to = &s->step[s->count];
	va_list args;

	if (s->count == TRACE_STEPS_MAX)
		return;
	s->count++;
	to->packet = s->packet;
	to->step = step;
	va_start(args, format);
	vsnprintf(to->says, sizeof(to->says), format, args);
	va_end(args);
}

static const char *end_text(__be32 v4, __be16 port, char buf[ADDRESS_TEXT_MAX])
{
	struct natloop_addr addr = address_from_v4(v4);

	return address_format_port(&addr, port, buf, ADDRESS_TEXT_MAX);
}

static const char *addr_text(__be32 v4, char buf[ADDRESS_TEXT_MAX])
{
	struct natloop_addr addr = address_from_v4(v4);

	return address_format(&addr, buf, ADDRESS_TEXT_MAX);
}

static const char *proto_text(__u8 proto)
{
	return proto == IPPROTO_TCP ? "tcp" : "udp";
}

static const char *flags_text(const struct trace_head *head)
{
	if (head->key.proto != IPPROTO_TCP)
		return "";
	return head->tcp_flags == TH_SYN	    ? " SYN" :
	       head->tcp_flags == (TH_SYN | TH_ACK) ? " SYN ACK" :
						      " ACK";
}

static const char *mac_text(const __u8 *mac, char buf[18])
{
	snprintf(buf, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
		 mac[5]);
	return buf;
}

static void step_sent(struct steps *s, const struct trace_packet *packet)
{
	char a[ADDRESS_TEXT_MAX], b[ADDRESS_TEXT_MAX], mac[18], tag[32] = "";
	const struct trace_head *head = &packet->sent;

	if (head->vlan[1])
		snprintf(tag, sizeof(tag), " with VLAN %u and %u", head->vlan[0], head->vlan[1]);
	else if (head->vlan[0])
		snprintf(tag, sizeof(tag), " with VLAN %u", head->vlan[0]);
	say(s, "sent", "%s %s -> %s%s, in by %s%s to %s, TTL %u", proto_text(head->key.proto),
	    end_text(head->key.src, head->key.sport, a),
	    end_text(head->key.dst, head->key.dport, b), flags_text(head), packet->interface, tag,
	    mac_text(head->dmac, mac), head->ttl);
}

static const struct natloop_forward *forward_of(const struct trace *t)
{
	return lookup_forward(&t->config, t->asked.proto, ntohs(t->asked.dport));
}

static bool is_public(const struct trace *t)
{
	struct natloop_addr dst = address_from_v4(t->asked.dst);
	int i = lookup_address(&t->config, &dst);

	return i >= 0 && (__u32)i < t->config.publics;
}

static void step_client(struct steps *s, const struct trace *t)
{
	struct natloop_tuple tuple = {
		.src = address_from_v4(t->asked.src),
		.dst = address_from_v4(t->asked.dst),
		.sport = t->asked.sport,
		.dport = t->asked.dport,
		.proto = t->asked.proto,
	};
	enum natloop_outcome outcome = lookup_admission(&t->config, t->arrival, &tuple);
	char text[ADDRESS_TEXT_MAX];

	if (outcome == NATLOOP_NEW_FLOW)
		say(s, "client", "%s is in the LAN of %s, and may use this forward",
		    addr_text(t->asked.src, text), t->there.layer3);
	else
		say(s, "client", "%s: %s", addr_text(t->asked.src, text),
		    event_outcome_help(outcome));
}

/* What the configuration says to it, as far as the program asks. */
static void steps_asked(struct steps *s, const struct trace *t)
{
	const struct natloop_forward *forward = forward_of(t);
	char text[FORWARD_TEXT_MAX], addr[ADDRESS_TEXT_MAX];

	if (!is_public(t)) {
		say(s, "address", "%s is no public address of natloop's",
		    addr_text(t->asked.dst, addr));
		return;
	}
	say(s, "address", "%s is a public address", addr_text(t->asked.dst, addr));
	if (t->known)
		return;
	if (!forward) {
		say(s, "forward", "none for %s/%u", proto_text(t->asked.proto),
		    ntohs(t->asked.dport));
		return;
	}
	say(s, "forward", "%s", forward_format(forward, text, sizeof(text)));
	step_client(s, t);
}

static void steps_run(struct steps *s, const struct trace_packet *packet)
{
	static const char *const name[] = { "XDP", "TC" };

	for (int hook = 0; hook < NATLOOP_HOOK_COUNT; hook++) {
		const struct trace_run *run = &packet->run[hook];

		if (run->err)
			say(s, name[hook],
			    "the kernel did not run it on a made-up packet (%s); what TC does "
			    "follows",
			    strerror(-run->err));
		else if (run->ran)
			say(s, name[hook], "%s: %s", event_outcome_name(run->outcome),
			    event_outcome_help(run->outcome));
	}
}

static const char *phase_text(const struct natloop_pair *pair)
{
	static const char *const name[] = {
		[LIFETIME_UDP] = "udp",
		[LIFETIME_OPENING] = "opening",
		[LIFETIME_ESTABLISHED] = "established",
		[LIFETIME_CLOSING] = "closing",
	};

	return name[lifetime_phase(pair->key[0].proto, pair->flow[0].tcp_flags,
				   pair->flow[1].tcp_flags)];
}

static void steps_flow(struct steps *s, const struct trace *t)
{
	const struct natloop_flow *out = &t->pair.flow[NATLOOP_DIR_TO_SERVER];
	char a[ADDRESS_TEXT_MAX], b[ADDRESS_TEXT_MAX];

	if (t->known)
		say(s, "flow", "known: %s, and left as it is", phase_text(&t->pair));
	else
		say(s, "flow", "made, and removed again at the end");
	say(s, "binding", "%s has %s, %s", end_text(t->asked.src, t->asked.sport, a),
	    end_text(out->src, out->sport, b),
	    out->sport == t->asked.sport ? "its own port" :
					   "another port, because its own is taken");
}

enum next_hop {
	HOP_KNOWN,
	HOP_UNRESOLVED, /* its MAC address is not known */
	HOP_MADE_UP,	/* it is ours, that of the client's packet */
};

static void steps_left(struct steps *s, const struct trace_packet *packet, enum next_hop hop)
{
	char a[ADDRESS_TEXT_MAX], b[ADDRESS_TEXT_MAX], mac[18];
	const struct trace_head *left = &packet->left;

	if (!packet->gone)
		return;
	say(s, "edits", "now %s -> %s, TTL %u, checksums %s",
	    end_text(left->key.src, left->key.sport, a),
	    end_text(left->key.dst, left->key.dport, b), left->ttl,
	    left->intact ? "right" : "WRONG");
	if (hop == HOP_KNOWN)
		say(s, "next hop", "%s on %s", mac_text(left->dmac, mac), packet->egress);
	else if (hop == HOP_MADE_UP)
		say(s, "next hop", "on %s, to where the client's packet came from", packet->egress);
	else
		say(s, "next hop", "on %s; its MAC address is not known, the kernel asks by ARP",
		    packet->egress);
}

static void step_verdict(struct steps *s, const struct trace_packet *packet)
{
	static const char *const fate[] = {
		[NATLOOP_FATE_PASS] = "passed on to the kernel as it came",
		[NATLOOP_FATE_SEND] = "sent",
		[NATLOOP_FATE_DROP] = "dropped",
		[NATLOOP_FATE_ANSWER] = "dropped; its sender is told by an ICMP error",
		[NATLOOP_FATE_HOLD] = "held",
		[NATLOOP_FATE_DEFER] = "left to TC",
	};

	if (packet->outcome < NATLOOP_OUTCOME_COUNT)
		say(s, "verdict", "%s", fate[hairpin_fate(packet->outcome)]);
	else
		say(s, "verdict", "the program did not tell");
}

static bool is_resolved(const struct trace *t)
{
	return t->pair.flow[NATLOOP_DIR_TO_SERVER].mtu;
}

size_t trace_steps(const struct trace *t, struct trace_step step[TRACE_STEPS_MAX])
{
	struct steps s = { .step = step, .packet = "client" };

	step_sent(&s, &t->there);
	steps_asked(&s, t);
	steps_run(&s, &t->there);
	if (t->has_flow)
		steps_flow(&s, t);
	steps_left(&s, &t->there, is_resolved(t) ? HOP_KNOWN : HOP_UNRESOLVED);
	step_verdict(&s, &t->there);
	s.packet = "answer";
	if (t->no_answer == TRACE_NOT_ATTACHED)
		say(&s, "sent", "would come in by %s, where natloop is not attached", t->answers);
	if (t->no_answer != TRACE_ANSWERED)
		return s.count;
	step_sent(&s, &t->back);
	steps_run(&s, &t->back);
	steps_left(&s, &t->back, t->known ? HOP_KNOWN : HOP_MADE_UP);
	step_verdict(&s, &t->back);
	return s.count;
}

enum trace_result trace_result(const struct trace *t)
{
	if (!t->there.gone)
		return TRACE_STOPPED;
	if (t->no_answer != TRACE_ANSWERED || !t->back.gone)
		return TRACE_NO_RETURN;
	return is_resolved(t) ? TRACE_THROUGH : TRACE_UNRESOLVED;
}

const char *trace_result_name(enum trace_result result)
{
	static const char *const name[] = {
		[TRACE_THROUGH] = "through",
		[TRACE_UNRESOLVED] = "unresolved",
		[TRACE_NO_RETURN] = "no_return",
		[TRACE_STOPPED] = "stopped",
	};

	return name[result];
}

static const char *why(const struct trace_packet *packet)
{
	return packet->outcome < NATLOOP_OUTCOME_COUNT ? event_outcome_help(packet->outcome) :
							 "the program did not tell why";
}

const char *trace_says(const struct trace *t, char buf[TRACE_SAYS_MAX])
{
	char client[ADDRESS_TEXT_MAX], public[ADDRESS_TEXT_MAX], server[ADDRESS_TEXT_MAX];

	end_text(t->asked.src, t->asked.sport, client);
	end_text(t->asked.dst, t->asked.dport, public);
	end_text(t->there.left.key.dst, t->there.left.key.dport, server);
	switch (trace_result(t)) {
	case TRACE_THROUGH:
		snprintf(buf, TRACE_SAYS_MAX, "%s reaches %s by %s, and the answer comes back",
			 client, server, public);
		break;
	case TRACE_UNRESOLVED:
		snprintf(buf, TRACE_SAYS_MAX,
			 "%s reaches %s by %s if the server answers ARP: its MAC address is not "
			 "known now",
			 client, server, public);
		break;
	case TRACE_NO_RETURN:
		if (t->no_answer == TRACE_NOT_ATTACHED)
			snprintf(buf, TRACE_SAYS_MAX,
				 "%s reaches %s, but its answers come in by %s, where natloop is "
				 "not attached",
				 client, server, t->answers);
		else
			snprintf(buf, TRACE_SAYS_MAX, "%s reaches %s, but the answer stops: %s",
				 client, server, why(&t->back));
		break;
	case TRACE_STOPPED:
		snprintf(buf, TRACE_SAYS_MAX, "%s does not get through to %s: %s", client, public,
			 why(&t->there));
		break;
	}
	return buf;
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "doctor_verdict_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "doctor_cure.h"
#include "forward_text.h"

/* The pieces that sentences are made of. */
struct words {
	const struct doctor_facts *facts;
	const struct doctor_finding *finding;
	struct doctor_verdict *ret;
	char server[ADDRESS_TEXT_MAX]; /* "SERVER" where it is not known */
	char public[ADDRESS_TEXT_MAX]; /* "the public address" */
	char wan[ADDRESS_TEXT_MAX];
	char to[ADDRESS_TEXT_MAX]; /* where the name leads */
	char v6[ADDRESS_TEXT_MAX];
	char port[32];	      /* "udp/21116", of the service that decided */
	char server_port[32]; /* the same at the server */
	char spec[FORWARD_TEXT_MAX];
	const char *lan;  /* "eth1", or "LAN-INTERFACE" */
	const char *lans; /* "eth1 eth2", all that are to be attached to */
	const char *name; /* "NAME" */
	const char *on_router;
};

__attribute__((format(printf, 2, 3))) static void say(struct words *w, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(w->ret->sentence, sizeof(w->ret->sentence), format, ap);
	va_end(ap);
}

__attribute__((format(printf, 2, 3))) static void next(struct words *w, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(w->ret->next, sizeof(w->ret->next), format, ap);
	va_end(ap);
}

static void name_address(const struct natloop_addr *a, const char *unknown, char *buf)
{
	if (address_is_zero(a))
		snprintf(buf, ADDRESS_TEXT_MAX, "%s", unknown);
	else
		address_format(a, buf, ADDRESS_TEXT_MAX);
}

static void make_words(struct words *w)
{
	const struct doctor_facts *f = w->facts;

	name_address(&f->server, "SERVER", w->server);
	name_address(&f->public, "the public address", w->public);
	name_address(&f->wan, "not known", w->wan);
	name_address(&f->dns_address, "nowhere", w->to);
	name_address(&f->dns_v6, "not known", w->v6);
	if (w->finding->service) {
		doctor_service_text(w->finding->service, false, w->port, sizeof(w->port));
		doctor_service_text(w->finding->service, true, w->server_port,
				    sizeof(w->server_port));
		doctor_service_spec(w->finding->service, &f->server, w->spec, sizeof(w->spec));
	}
	w->lan = *f->lan ? f->lan : "LAN-INTERFACE";
	w->lans = *f->lans ? f->lans : w->lan;
	w->name = *f->name ? f->name : "NAME";
	w->on_router = f->vantage == DOCTOR_CLIENT ? "on the router: " : "";
}

/* hbbr closes whatever has not its key. */
static bool say_wrong_key(struct words *w)
{
	const struct doctor_service *s = w->finding->service;

	if (s->kind != PROBE_RUSTDESK_RELAY || s->at[w->finding->at].result != PROBE_CLOSED)
		return false;
	say(w,
	    "the relay at %s on %s closes the connection: --key is not its "
	    "key, or it is another service",
	    w->server, w->server_port);
	next(w, "on the server: compare with what follows -k of hbbr");
	return true;
}

/* Connected, or refused by ICMP: there is more to say than that nothing answers. */
static bool say_half_silent(struct words *w)
{
	const struct probe *probe = &w->finding->service->at[w->finding->at];

	if (w->finding->id == DOCTOR_VERDICT_OTHER_SERVICE && probe->result == PROBE_SILENT) {
		say(w,
		    "the server %s accepts connections on %s, but says nothing: its service "
		    "hangs, or it is another service",
		    w->server, w->server_port);
		next(w, "on the server: ss -tulpn, see who has the port, and restart it");
		return true;
	}
	if (w->finding->id == DOCTOR_VERDICT_SERVER_FIREWALL &&
	    probe->result == PROBE_UNREACHABLE) {
		say(w,
		    "the server %s is there, but %s is refused by ICMP (%s): a firewall on it, or "
		    "before it, rejects the packets",
		    w->server, w->server_port, strerror(probe->error));
		next(w, "on the server: allow %s (for RustDesk tcp 21115-21117 and udp 21116)",
		     w->server_port);
		return true;
	}
	return false;
}

static bool say_server(struct words *w)
{
	switch (w->finding->id) {
	case DOCTOR_VERDICT_SERVER_IS_ROUTER:
		say(w,
		    "the server's address %s is this router's own and answers: no NAT loopback "
		    "is needed",
		    w->server);
		return true;
	case DOCTOR_VERDICT_SERVER_DOWN:
		say(w,
		    "the server %s is there, but refuses %s: its service does not run or "
		    "listens on another port, or a firewall on it rejects",
		    w->server, w->server_port);
		next(w, "on the server: ss -tulpn, and start it");
		return true;
	case DOCTOR_VERDICT_PORT_REFUSED:
		say(w,
		    "the server %s answers on other ports, but refuses %s: a part of its service "
		    "does not run or listens on another port, or a firewall on it rejects",
		    w->server, w->server_port);
		next(w, "on the server: ss -tulpn, and compare the ports");
		return true;
	case DOCTOR_VERDICT_OTHER_SERVICE:
		if (say_wrong_key(w) || say_half_silent(w))
			return true;
		say(w, "what answers at %s on %s is not the service that should be there",
		    w->server, w->server_port);
		next(w, "on the server: ss -tulpn, and see who has the port");
		return true;
	case DOCTOR_VERDICT_SERVER_FIREWALL:
		if (say_half_silent(w))
			return true;
		say(w,
		    "the server %s is there, but gives no answer at all on %s: a firewall on it "
		    "drops the packets",
		    w->server, w->server_port);
		next(w, "on the server: allow %s (for RustDesk tcp 21115-21117 and udp 21116)",
		     w->server_port);
		return true;
	case DOCTOR_VERDICT_SERVER_ABSENT:
		say(w,
		    "nobody in the LAN has the server's address %s: it is off, or has another "
		    "address now",
		    w->server);
		next(w, "on the server: ip address; give it a fixed address, or correct the "
			"forward");
		return true;
	default:
		return false;
	}
}

static bool say_loopback(struct words *w)
{
	const struct doctor_facts *f = w->facts;
	char cure[DOCTOR_CURE_MAX];

	switch (w->finding->id) {
	case DOCTOR_VERDICT_NAT_LOOPBACK:
		say(w,
		    "%s, but %s does not lead to the server from inside the LAN (%s): NAT "
		    "loopback is missing",
		    f->outside == DOCTOR_YES ? "it works from outside" :
					       "the server answers, and the router forwards what "
					       "comes from outside",
		    w->public, w->port);
		next(w, "%s%s", w->on_router,
		     doctor_cure(f, w->finding->service, cure, sizeof(cure)));
		return true;
	case DOCTOR_VERDICT_LOOPBACK_OR_FORWARD:
		say(w,
		    "the server answers, but %s does not from inside the LAN (%s): NAT loopback "
		    "is missing if it works from outside, else the port forward",
		    w->public, w->port);
		next(w, "try it from outside (a phone without Wi-Fi), then add --outside ok or "
			"--outside failed");
		return true;
	case DOCTOR_VERDICT_HALF_HAIRPIN:
		say(w,
		    "half a hairpin: packets of the LAN to %s come to the server, but its "
		    "answers go to the client directly, from an address that it did not ask "
		    "(%s)",
		    w->public, w->port);
		next(w, "%snatloopctl attach %s", w->on_router, w->lans);
		return true;
	case DOCTOR_VERDICT_ROUTER_ANSWERS:
		if (doctor_say_gateway_astray(f, w->finding, w->ret))
			return true;
		say(w,
		    "the router itself answers at %s for %s, not the server: nothing translates "
		    "what comes from inside the LAN",
		    w->public, w->port);
		if (f->vantage == DOCTOR_CLIENT)
			next(w, "on the router: natloopctl doctor");
		else
			next(w, "see who has the port: ss -tulpn; then natloopctl attach %s",
			     w->lans);
		return true;
	default:
		return false;
	}
}

/* Translated, but not as it should be. */
static bool say_way(struct words *w)
{
	switch (w->finding->id) {
	case DOCTOR_VERDICT_SYMMETRIC:
		say(w,
		    "the hairpin gives one client different ports for different destinations "
		    "(%s): RustDesk takes that for a symmetric NAT, and relays all",
		    w->port);
		next(w, "%snatloopctl attach %s, instead of rules that choose ports at random",
		     w->on_router, w->lans);
		return true;
	case DOCTOR_VERDICT_WRONG_GATEWAY:
		say(w,
		    "the server answers the router's address in the LAN, but its answers to "
		    "other addresses do not come back (%s): its default gateway is not this "
		    "router, or its firewall allows the LAN only",
		    w->server_port);
		next(w,
		     "make this router the server's gateway, or natloopctl attach %s --snat "
		     "router",
		     w->lans);
		return true;
	default:
		return false;
	}
}

static bool say_forward(struct words *w)
{
	const struct doctor_facts *f = w->facts;

	switch (w->finding->id) {
	case DOCTOR_VERDICT_FORWARD_MISSING:
		say(w, "%s%s%s is not forwarded to the server%s", w->public, *w->port ? ":" : "",
		    w->port,
		    f->outside == DOCTOR_NO ? ": it fails from outside, too, so the port forward "
					      "is missing, the provider blocks it, or this is not "
					      "the public address" :
					      "");
		next(w, "%sadd a port forward for %s to %s in the router's own rules", w->on_router,
		     *w->port ? w->port : "each port", w->server);
		return true;
	case DOCTOR_VERDICT_UDP_FORWARD_MISSING:
		if (doctor_say_udp_on_client(f, w->finding, w->ret))
			return true;
		say(w, "TCP is forwarded, but %s is not: the UDP forward is missing", w->port);
		if (f->vantage == DOCTOR_ROUTER && f->attached == DOCTOR_YES &&
		    w->finding->service->forwarded == DOCTOR_YES)
			next(w, "natloopctl forward add %s", w->spec);
		else
			next(w, "%sadd a port forward for %s to %s in the router's own rules",
			     w->on_router, w->port, w->server);
		return true;
	case DOCTOR_VERDICT_DOUBLE_NAT:
		say(w,
		    "this router has %s towards the Internet, and the public address is %s: "
		    "another router, or the provider (CGNAT), translates before it, and "
		    "forwards here are reached from outside only if that one forwards, too",
		    w->wan, w->finding->at == DOCTOR_AT_NAME ? w->to : w->public);
		next(w,
		     "forward the ports on the outer router, too, or ask the provider for a "
		     "public address; inside, natloopctl attach %s --public %s works all the "
		     "same",
		     w->lans, w->finding->at == DOCTOR_AT_NAME ? w->to : w->public);
		return true;
	case DOCTOR_VERDICT_OBSTACLE:
	case DOCTOR_VERDICT_MIXED_CURES:
	case DOCTOR_VERDICT_OTHER_HAIRPIN:
		if (!w->finding->check)
			return false;
		say(w, "%s: %s", w->finding->check->object, w->finding->check->evidence);
		next(w, "%s", w->finding->check->next);
		return true;
	default:
		return false;
	}
}

static bool say_name(struct words *w)
{
	const struct doctor_facts *f = w->facts;

	switch (w->finding->id) {
	case DOCTOR_VERDICT_STALE_DNS:
		if (f->vantage == DOCTOR_CLIENT)
			say(w,
			    "%s leads to %s in this LAN, which is not the server (%s): its DNS "
			    "entry is old, or another one's",
			    w->name, w->to, w->server);
		else
			say(w,
			    "%s leads to %s, which is neither the public address (%s) nor the "
			    "server "
			    "(%s): its DNS entry is old, or another one's",
			    w->name, w->to, address_is_zero(&f->wan) ? w->public : w->wan,
			    w->server);
		if (f->vantage == DOCTOR_CLIENT)
			next(w, "%snatloopctl dns add %s %s", w->on_router, w->name, w->server);
		else
			next(w, "let the DDNS client update %s", w->name);
		return true;
	case DOCTOR_VERDICT_NO_ADDRESS:
		say(w, "%s has no address: %s", w->name, f->dns_says);
		break;
	case DOCTOR_VERDICT_REBIND_PROTECTION:
		say(w, "a resolver takes the server's private address out of its answers: %s",
		    f->dns_says);
		break;
	case DOCTOR_VERDICT_RESOLVERS_DIFFER:
		say(w, "the resolvers do not agree on %s: %s", w->name, f->dns_says);
		break;
	case DOCTOR_VERDICT_MIXED_CURES:
		say(w,
		    "%s leads some clients to the server directly, while others come by NAT "
		    "loopback (%llu flows): mixing both breaks direct connections of RustDesk",
		    w->name, f->flows_whole);
		next(w, "keep one cure: natloopctl flow list shows who comes by the loopback");
		return true;
	case DOCTOR_VERDICT_IPV6:
		say(w,
		    "%s has the IPv6 address %s, which clients prefer: no NAT loopback is "
		    "involved, and what fails, fails there",
		    w->name, w->v6);
		next(w, "remove the AAAA record, or %snatloopctl dns add %s %s", w->on_router,
		     w->name, w->server);
		return true;
	case DOCTOR_VERDICT_HTTPS_RECORD:
		say(w, "the HTTPS record of %s leads browsers away: %s", w->name, f->dns_says);
		break;
	default:
		return false;
	}
	if (*f->dns_next)
		next(w, "%s", f->dns_next);
	else
		next(w, "natloopctl dns check %s", w->name);
	return true;
}

static void say_healthy(struct words *w)
{
	const struct doctor_facts *f = w->facts;
	bool by_dns = f->dns_asked == DOCTOR_YES && f->dns == DNS_VERDICT_SERVER;
	const char *inside = f->attached == DOCTOR_YES && *f->served ? f->served : f->lan;

	if (by_dns)
		say(w,
		    "healthy: %s leads clients of the LAN straight to the server %s, which "
		    "answers",
		    w->name, w->server);
	else if (f->vantage == DOCTOR_CLIENT)
		say(w, "healthy: from here %s reaches the service", *f->name ? f->name : w->public);
	else if (f->snat_public == DOCTOR_NO)
		say(w,
		    "healthy inside: the server %s answers, and what is sent to %s comes to it "
		    "from inside the LAN%s%s; whether what comes from outside is answered, too, "
		    "the check of the way back says",
		    w->server, w->public, *inside ? " on " : "", inside);
	else
		say(w,
		    "healthy: the server %s answers, and what is sent to %s comes to it from "
		    "inside the LAN%s%s, and by the router's port forwards from outside, if its "
		    "filters let that through: they are not looked at",
		    w->server, w->public, *inside ? " on " : "", inside);
}

static void next_unknown(struct words *w)
{
	const struct doctor_facts *f = w->facts;
	const char *dialled = *f->name ? f->name : address_is_zero(&f->public) ? "NAME" : w->public;

	if (f->vantage == DOCTOR_CLIENT && f->public_is_own != DOCTOR_YES && !f->interrupted &&
	    address_is_zero(&f->server))
		next(w, "natloopctl doctor --client %s --server ADDR", dialled);
	else if (f->vantage == DOCTOR_CLIENT && f->outside == DOCTOR_NO)
		next(w, "on the router: natloopctl doctor %s", dialled);
	else
		next(w, "see the checks that could not tell");
}

void doctor_verdict_say(const struct doctor_facts *facts, const struct doctor_finding *finding,
			struct doctor_verdict *ret)
{
	struct words w = { .facts = facts, .finding = finding, .ret = ret };

	make_words(&w);
	if (finding->id == DOCTOR_VERDICT_HEALTHY) {
		say_healthy(&w);
		return;
	}
	if (finding->id == DOCTOR_VERDICT_UNKNOWN) {
		say(&w, "could not tell: %s",
		    finding->missing ? finding->missing : "too little is known");
		next_unknown(&w);
		return;
	}
	if (!say_server(&w) && !say_loopback(&w) && !say_way(&w) && !say_forward(&w))
		(void)say_name(&w);
}

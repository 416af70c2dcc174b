// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dns_verdict_text.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "util.h"

#define STUB 0x7f000035 /* 127.0.0.53, systemd-resolved(8) */
#define STUB_PROXY 0x7f000036

const char *dns_verdict_name(enum dns_verdict verdict)
{
	static const char *const names[] = {
#define X(NAME, name) [DNS_VERDICT_##NAME] = (name),
		DNS_VERDICTS(X)
#undef X
	};

	return names[verdict];
}

/* Appends as printf does; what does not fit is cut off. */
__attribute__((format(printf, 3, 4))) static void append(char *buf, size_t size, const char *format,
							 ...)
{
	size_t length = strlen(buf);
	va_list args;

	va_start(args, format);
	vsnprintf(buf + length, size - length, format, args);
	va_end(args);
}

static const char *error_name(unsigned int rcode, char buf[16])
{
	static const char *const names[] = {
		[ns_r_formerr] = "FORMERR",   [ns_r_servfail] = "SERVFAIL",
		[ns_r_nxdomain] = "NXDOMAIN", [ns_r_notimpl] = "NOTIMP",
		[ns_r_refused] = "REFUSED",
	};

	if (rcode < ARRAY_SIZE(names) && names[rcode])
		return names[rcode];
	snprintf(buf, 16, "error %u", rcode);
	return buf;
}

const char *dns_response_text(const struct dns_response *r, enum dns_kind kind, char *buf,
			      size_t size)
{
	static const char *const words[] = {
		[DNS_SILENT] = "no answer",	   [DNS_UNREACHED] = "unreachable",
		[DNS_UNREADABLE] = "not readable", [DNS_EMPTY] = "nothing",
		[DNS_RECORDS] = "no hints",
	};
	char text[ADDRESS_TEXT_MAX], error[16];

	buf[0] = '\0';
	for (unsigned int i = 0; i < r->addresses; i++)
		append(buf, size, "%s%s",
		       i		 ? ", " :
		       kind == DNS_HTTPS ? "hints " :
					   "",
		       address_format(&r->address[i], text, sizeof(text)));
	if (*r->target)
		append(buf, size, "%sleads to %s", *buf ? ", " : "", r->target);
	if (!*buf)
		append(buf, size, "%s",
		       r->outcome == DNS_ERROR || r->outcome == DNS_NXDOMAIN ?
			       error_name(r->rcode, error) :
			       words[r->outcome]);
	if (*r->alias)
		append(buf, size, " (alias of %s)", r->alias);
	if (r->truncated)
		append(buf, size, " (truncated)");
	return buf;
}

static const char *reply_of(const struct dns_check *c, const struct dns_finding *f, char *buf,
			    size_t size)
{
	return dns_response_text(&c->resolver[f->resolver].reply[f->over][f->kind], f->kind, buf,
				 size);
}

const char *dns_resolver_text(const struct dns_resolver *resolver, char *buf)
{
	address_format(&resolver->addr, buf, ADDRESS_TEXT_MAX);
	if (*resolver->device)
		append(buf, ADDRESS_TEXT_MAX, "%%%s", resolver->device);
	return buf;
}

static const char *resolver_name(const struct dns_check *c, size_t i, char *buf)
{
	return dns_resolver_text(&c->resolver[i], buf);
}

const char *dns_finding_text(const struct dns_check *c, const struct dns_finding *f, char *buf,
			     size_t size)
{
	char to[ADDRESS_TEXT_MAX] = "", other[ADDRESS_TEXT_MAX], reply[DNS_SENTENCE_MAX];
	const char *kind = dns_kind_name(f->kind);

	if (f->address)
		address_format(f->address, to, sizeof(to));
	reply_of(c, f, reply, sizeof(reply));
	buf[0] = '\0';
	switch (f->verdict) {
	case DNS_VERDICT_SERVER:
		append(buf, size, "reaches the server, %s", to);
		break;
	case DNS_VERDICT_TRANSLATED:
		append(buf, size,
		       "goes to the public address %s, which natloop leads to the server", to);
		break;
	case DNS_VERDICT_PUBLIC:
		append(buf, size, "goes to the public address %s, and needs NAT loopback there",
		       to);
		break;
	case DNS_VERDICT_LEAKING_AAAA:
		append(buf, size,
		       "prefers, with IPv6, the AAAA record's %s to the server (RFC 6724)", to);
		break;
	case DNS_VERDICT_LEAKING_HTTPS:
		append(buf, size, "is led away from the server by the HTTPS record (browsers): %s",
		       reply);
		break;
	case DNS_VERDICT_ELSEWHERE:
		append(buf, size, "goes to %s, which is neither the server nor its public address",
		       to);
		break;
	case DNS_VERDICT_SEVERAL:
		append(buf, size, "takes any of %s, which lead to different places", reply);
		break;
	case DNS_VERDICT_REBIND_PROTECTION:
		append(buf, size,
		       "gets no address (%s), where %s gives the server's private one: most "
		       "likely rebind protection",
		       reply, resolver_name(c, f->other, other));
		break;
	case DNS_VERDICT_NO_ADDRESS:
		append(buf, size, "gets no address: %s", reply);
		break;
	case DNS_VERDICT_ERROR:
		append(buf, size, "gets an error for %s: %s", kind, reply);
		break;
	case DNS_VERDICT_NO_ANSWER:
		append(buf, size, "gets no answer for %s: %s", kind,
		       strcmp(reply, "no answer") != 0 ? reply : "time-out");
		break;
	case DNS_VERDICT_UDP_TCP_DIFFER:
		append(buf, size, "is told otherwise over TCP than over UDP: %s %s", kind, reply);
		break;
	default:
		break;
	}
	return buf;
}

const char *dns_overall_text(const struct dns_check *c, char *buf, size_t size)
{
	const struct dns_finding *f = &c->all;
	char name[ADDRESS_TEXT_MAX], text[DNS_SENTENCE_MAX];
	const struct dns_finding *pair[] = { &c->each[f->resolver], &c->each[f->other] };

	buf[0] = '\0';
	if (f->verdict != DNS_VERDICT_DIFFERENT) {
		if (c->count > 1 && dns_verdict_good(f->verdict))
			append(buf, size, "all resolvers alike: ");
		else
			append(buf, size, "with %s ", resolver_name(c, f->resolver, name));
		append(buf, size, "a LAN client %s", dns_finding_text(c, f, text, sizeof(text)));
		return buf;
	}
	append(buf, size, "clients ask any of their resolvers, and get different answers:");
	for (size_t i = 0; i < ARRAY_SIZE(pair); i++)
		append(buf, size, "%s with %s a client %s", i ? ";" : "",
		       resolver_name(c, pair[i]->resolver, name),
		       dns_finding_text(c, pair[i], text, sizeof(text)));
	return buf;
}

/* The server for "dns add NAME ...", of each family one. */
static void append_server(const struct dns_check *c, char *buf, size_t size)
{
	const char *comma = "";
	char text[ADDRESS_TEXT_MAX];

	for (int v4 = 1; v4 >= 0; v4--)
		for (size_t i = 0; i < c->world.servers; i++) {
			if (address_is_v4(&c->world.server[i]) != v4)
				continue;
			append(buf, size, "%s%s", comma,
			       address_format(&c->world.server[i], text, sizeof(text)));
			comma = ",";
			break;
		}
	if (!*comma)
		append(buf, size, "SERVER");
}

/*
 * Every resolver whose answers are to be given on the way. Those with private addresses are the
 * router, which needs no option, or hosts on the LAN, whose answers do not pass the router.
 */
static void append_resolvers(const struct dns_check *c, char *buf, size_t size)
{
	const char *before = " --resolver ";
	char text[ADDRESS_TEXT_MAX];

	for (size_t i = 0; i < c->count; i++) {
		const struct natloop_addr *a = &c->resolver[i].addr;

		if (c->each[i].verdict == DNS_VERDICT_SERVER || !dns_address_global(a))
			continue;
		append(buf, size, "%s%s", before, address_format(a, text, sizeof(text)));
		before = ",";
	}
}

const char *dns_next_step(const struct dns_check *c, char *buf, size_t size)
{
	const struct dns_finding *f = &c->all;
	char text[ADDRESS_TEXT_MAX];

	buf[0] = '\0';
	switch (f->verdict) {
	case DNS_VERDICT_SERVER:
	case DNS_VERDICT_TRANSLATED:
		break;
	case DNS_VERDICT_NO_ANSWER:
	case DNS_VERDICT_ERROR:
		append(buf, size, "dig @%s %s %s", resolver_name(c, f->resolver, text), c->name,
		       dns_kind_name(f->kind));
		break;
	case DNS_VERDICT_ELSEWHERE:
		if (!c->world.servers) {
			append(buf, size, "natloopctl dns check %s --server ADDR", c->name);
			break;
		}
		/* fallthrough */
	default:
		append(buf, size, "on the router: natloopctl dns add %s ", c->name);
		append_server(c, buf, size);
		append_resolvers(c, buf, size);
	}
	return buf;
}

static bool tcp_silent(const struct dns_resolver *r)
{
	for (int kind = 0; kind < DNS_KINDS; kind++)
		if (r->reply[DNS_TCP][kind].outcome > DNS_UNREACHED)
			return false;
	return true;
}

/* Wrong answers of what may be a host on the LAN, or the router. */
static bool wrong_on_lan(const struct dns_resolver *r, enum dns_verdict verdict)
{
	return !r->on_way && !dns_verdict_good(verdict) && verdict != DNS_VERDICT_NO_ANSWER &&
	       verdict != DNS_VERDICT_ERROR && !dns_address_global(&r->addr) &&
	       !address_is_loopback(&r->addr);
}

static bool udp_answers(const struct dns_resolver *r)
{
	return r->reply[DNS_UDP][DNS_A].outcome > DNS_UNREACHED;
}

static bool same_over_tcp(const struct dns_resolver *r)
{
	const struct dns_response *udp = &r->reply[DNS_UDP][DNS_A],
				  *tcp = &r->reply[DNS_TCP][DNS_A];

	return !tcp->addresses || udp->truncated ||
	       !memcmp(&udp->address[0], &tcp->address[0], sizeof(udp->address[0])) ||
	       udp->addresses > 1;
}

const char *dns_remark(const struct dns_check *c, size_t i, size_t which, char *buf, size_t size)
{
	const struct dns_resolver *r = &c->resolver[i];
	const struct dns_finding *f = &c->each[i];
	__u32 v4 = address_is_v4(&r->addr) ? ntohl(r->addr.w[3]) : 0;
	bool stub = v4 == STUB || v4 == STUB_PROXY;
	const struct {
		bool true_here;
		const char *text;
	} remarks[] = {
		{ r->on_way, "answered on the way by natloop; what it is told to say over UDP is "
			     "shown, as this router's own questions do not pass it" },
		{ stub, "the stub of systemd-resolved on this machine, which hides the resolvers "
			"behind it ('resolvectl status')" },
		{ r->stub_hides, "is hidden behind systemd-resolved's stub" },
		{ !stub && address_is_loopback(&r->addr),
		  "only this machine can ask it; give --resolver what LAN clients have" },
		{ udp_answers(r) && tcp_silent(r),
		  "does not answer over TCP; clients need that only for truncated answers" },
		{ dns_verdict_good(f->verdict) && !tcp_silent(r) && !same_over_tcp(r),
		  "over TCP leads to the server another way: mixing both breaks direct "
		  "connections of RustDesk, for clients that use TCP" },
		{ f->verdict == DNS_VERDICT_UDP_TCP_DIFFER && f->over == DNS_TCP && udp_answers(r),
		  "natloop answers on the way over UDP only; this may be it" },
		{ wrong_on_lan(r, f->verdict),
		  "if this is a host on the LAN, questions to it do "
		  "not pass the router: the name must be given there" },
		{ f->verdict == DNS_VERDICT_SERVER && f->address &&
			  !dns_world_knows(&c->world, address_is_v4(f->address)),
		  "that it is the server is taken from its private address; --server ADDR "
		  "compares" },
		{ f->verdict == DNS_VERDICT_PUBLIC && !c->world.publics,
		  "that it is the public address is taken from its being global; --public ADDR "
		  "compares" },
	};
	char name[ADDRESS_TEXT_MAX];

	for (size_t n = 0; n < ARRAY_SIZE(remarks); n++) {
		if (!remarks[n].true_here || which--)
			continue;
		snprintf(buf, size, "%s: %s", resolver_name(c, i, name), remarks[n].text);
		return buf;
	}
	return NULL;
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "forward_text.h"

#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "number.h"
#include "util.h"

#define SPEC_REMEDY "write it like tcp/443=192.168.11.30:8443 or rustdesk=192.168.11.20"
#define PORTS_REMEDY "write it like tcp/443, udp/5000-5010 or rustdesk"
#define PORT_REMEDY "give ports from 1 to 65535 as plain decimal numbers"

/* What RustDesk's servers listen on; a preset ends at the first entry without a protocol. */
static const struct preset {
	const char *name;
	struct forward_ports ports[FORWARD_PORTS_MAX];
} presets[] = {
	{ "rustdesk", { { IPPROTO_TCP, 21115, 21117 }, { IPPROTO_UDP, 21116, 21116 } } },
	{ "rustdesk-pro",
	  { { IPPROTO_TCP, 21115, 21117 },
	    { IPPROTO_UDP, 21116, 21116 },
	    { IPPROTO_TCP, 21114, 21114 } } },
	{ "rustdesk-web",
	  { { IPPROTO_TCP, 21115, 21117 },
	    { IPPROTO_UDP, 21116, 21116 },
	    { IPPROTO_TCP, 21118, 21119 } } },
};

/* The forwards that one SPEC stands for, and the SPEC itself for the messages. */
struct pieces {
	const char *spec;
	struct natloop_forward forward[3];
	size_t count;
};

struct ports {
	unsigned int first;
	unsigned int last;
	bool range; /* a dash was typed */
};

/* Cuts @text at the first @c; returns what follows, or NULL. */
static char *cut(char *text, char c)
{
	char *found = strchr(text, c);

	if (!found)
		return NULL;
	*found = '\0';
	return found + 1;
}

static int parse_port(const char *text, const char *spec, unsigned int *ret, struct problem *p)
{
	int err = number_parse(text, 1, 65535, ret);

	if (!err)
		return 0;
	if (!*text)
		return problem_usage(p, spec, PORT_REMEDY, "a port is missing");
	if (err == -ERANGE)
		return problem_usage(p, spec, PORT_REMEDY, "port %s does not exist", text);
	return problem_usage(p, spec, PORT_REMEDY, "'%s' is not a port", text);
}

/* "443" or "5000-5010"; changes @text. */
static int parse_ports(char *text, const char *spec, struct ports *ret, struct problem *p)
{
	char *end = cut(text, '-');
	struct ports ports = { 0 };
	int err;

	err = parse_port(text, spec, &ports.first, p);
	if (err)
		return err;
	ports.last = ports.first;
	ports.range = end;
	if (end) {
		err = parse_port(end, spec, &ports.last, p);
		if (err)
			return err;
	}
	if (ports.first > ports.last)
		return problem_usage(p, spec, "write the lower port first",
				     "the range %u-%u is reversed", ports.first, ports.last);
	*ret = ports;
	return 0;
}

static int parse_server(const char *text, const char *spec, struct natloop_addr *ret,
			struct problem *p)
{
	struct problem inner;

	if (!*text)
		return problem_usage(p, spec, SPEC_REMEDY, "the server's address is missing");
	if (address_parse_host(text, ret, &inner))
		return problem_usage(p, spec, inner.remedy, "server %s: %s", text, inner.what);
	return 0;
}

static const struct preset *find_preset(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(presets); i++)
		if (!strcmp(name, presets[i].name))
			return &presets[i];
	return NULL;
}

static int parse_preset(const struct preset *preset, const char *right, struct pieces *pieces,
			struct problem *p)
{
	const char *colon = strchr(right, ':');
	struct natloop_addr server;
	size_t i;
	int err;

	if (colon && !strchr(colon + 1, ':') && *right != '[')
		return problem_usage(p, pieces->spec,
				     "leave the port out, or write a forward for each port",
				     "%s keeps RustDesk's ports", preset->name);
	err = parse_server(right, pieces->spec, &server, p);
	if (err)
		return err;
	for (i = 0; i < ARRAY_SIZE(preset->ports) && preset->ports[i].proto; i++)
		pieces->forward[pieces->count++] = (struct natloop_forward){
			.server = server,
			.first = preset->ports[i].first,
			.last = preset->ports[i].last,
			.server_first = preset->ports[i].first,
			.proto = preset->ports[i].proto,
		};
	return 0;
}

/* The right side of a forward with @public on its left; changes @right. */
static int parse_target(char *right, const struct ports *public, struct pieces *pieces,
			struct natloop_forward *ret, struct problem *p)
{
	char *colon = strchr(right, ':');
	struct ports server = *public;
	struct natloop_forward forward = { 0 };
	char *port = NULL;
	int err;

	/* More than one colon, or a bracket, is an IPv6 address: parse_server says so. */
	if (colon && !strchr(colon + 1, ':') && *right != '[')
		port = cut(right, ':');
	err = parse_server(right, pieces->spec, &forward.server, p);
	if (err)
		return err;
	if (port) {
		err = parse_ports(port, pieces->spec, &server, p);
		if (err)
			return err;
		if (server.range && server.last - server.first != public->last - public->first)
			return problem_usage(p, pieces->spec, "give both sides as many ports",
					     "unequal ranges: %u on the left, %u on the right",
					     public->last - public->first + 1,
					     server.last - server.first + 1);
		if (server.first + (public->last - public->first) > 65535)
			return problem_usage(p, pieces->spec, "begin with a lower server port",
					     "the server's ports run over 65535");
	}
	forward.first = (__u16) public->first;
	forward.last = (__u16) public->last;
	forward.server_first = (__u16)server.first;
	*ret = forward;
	return 0;
}

/* "tcp+udp/443": the ports into @public, the protocols into @tcp and @udp; changes @left. */
static int parse_public(char *left, const char *spec, struct ports *public, bool *tcp, bool *udp,
			struct problem *p)
{
	char *port = cut(left, '/');

	if (!port)
		return problem_usage(p, spec, strchr(spec, '=') ? SPEC_REMEDY : PORTS_REMEDY,
				     "'%s' is neither PROTO/PORT nor a preset", left);
	*tcp = !strcmp(left, "tcp") || !strcmp(left, "tcp+udp");
	*udp = !strcmp(left, "udp") || !strcmp(left, "tcp+udp");
	if (!*tcp && !*udp)
		return problem_usage(p, spec, "give tcp, udp or tcp+udp",
				     "'%s' is not a protocol that can be forwarded", left);
	return parse_ports(port, spec, public, p);
}

/* "tcp/443" and "192.168.11.30:8443"; changes both. */
static int parse_forward(char *left, char *right, struct pieces *pieces, struct problem *p)
{
	struct natloop_forward forward;
	struct ports public = { 0 };
	bool tcp = false, udp = false;
	int err;

	err = parse_public(left, pieces->spec, &public, &tcp, &udp, p);
	if (err)
		return err;
	err = parse_target(right, &public, pieces, &forward, p);
	if (err)
		return err;

	if (tcp) {
		forward.proto = IPPROTO_TCP;
		pieces->forward[pieces->count++] = forward;
	}
	if (udp) {
		forward.proto = IPPROTO_UDP;
		pieces->forward[pieces->count++] = forward;
	}
	return 0;
}

static int split(char *text, struct pieces *pieces, struct problem *p)
{
	const struct preset *preset;
	char *right;
	size_t i;

	for (i = 0; text[i]; i++)
		if (isspace((unsigned char)text[i]) || iscntrl((unsigned char)text[i]))
			return problem_usage(p, pieces->spec, SPEC_REMEDY, "has white space in it");
	right = cut(text, '=');
	if (!right)
		return problem_usage(p, pieces->spec, SPEC_REMEDY,
				     "not a forward: there is no '='");
	if (!*text)
		return problem_usage(p, pieces->spec, SPEC_REMEDY,
				     "nothing stands left of the '='");
	preset = find_preset(text);
	if (preset)
		return parse_preset(preset, right, pieces, p);
	return parse_forward(text, right, pieces, p);
}

int forward_parse(const char *spec, struct settings *s, struct problem *p)
{
	struct pieces pieces = { .spec = spec };
	size_t before = s->forwards;
	char text[FORWARD_TEXT_MAX];
	struct problem inner;
	size_t i;
	int err;

	if (strlen(spec) >= sizeof(text))
		return problem_usage(p, spec, SPEC_REMEDY, "too long for a forward");
	snprintf(text, sizeof(text), "%s", spec);
	err = split(text, &pieces, p);
	if (err)
		return err;

	for (i = 0; i < pieces.count; i++) {
		err = settings_add_forward(s, &pieces.forward[i], &inner);
		if (err) {
			memset(&s->forward[before], 0,
			       (s->forwards - before) * sizeof(s->forward[0]));
			s->forwards = before;
			return problem_usage(p, spec, inner.remedy, "%s", inner.what);
		}
	}
	return 0;
}

int forward_parse_ports(const char *spec, struct forward_ports *ret, size_t *count,
			struct problem *p)
{
	const struct preset *preset = find_preset(spec);
	struct ports public = { 0 };
	char text[FORWARD_TEXT_MAX];
	bool tcp = false, udp = false;
	size_t n = 0;
	int err;

	if (strlen(spec) >= sizeof(text))
		return problem_usage(p, spec, PORTS_REMEDY, "too long for ports");
	if (preset) {
		for (; n < FORWARD_PORTS_MAX && preset->ports[n].proto; n++)
			ret[n] = preset->ports[n];
		*count = n;
		return 0;
	}
	snprintf(text, sizeof(text), "%s", spec);
	err = parse_public(text, spec, &public, &tcp, &udp, p);
	if (err)
		return err;
	if (tcp)
		ret[n++] = (struct forward_ports){ IPPROTO_TCP, public.first, public.last };
	if (udp)
		ret[n++] = (struct forward_ports){ IPPROTO_UDP, public.first, public.last };
	*count = n;
	return 0;
}

const char *forward_format(const struct natloop_forward *forward, char *buf, size_t size)
{
	const char *proto = forward->proto == IPPROTO_TCP ? "tcp" : "udp";
	unsigned int last = forward->server_first + (forward->last - forward->first);
	char server[ADDRESS_TEXT_MAX];
	char server_ports[32] = "";
	char ports[32];

	address_format(&forward->server, server, sizeof(server));
	if (forward->first == forward->last)
		snprintf(ports, sizeof(ports), "%u", forward->first);
	else
		snprintf(ports, sizeof(ports), "%u-%u", forward->first, forward->last);
	if (forward->server_first != forward->first) {
		if (forward->first == forward->last)
			snprintf(server_ports, sizeof(server_ports), ":%u", forward->server_first);
		else
			snprintf(server_ports, sizeof(server_ports), ":%u-%u",
				 forward->server_first, last);
	}
	snprintf(buf, size, "%s/%s=%s%s", proto, ports, server, server_ports);
	return buf;
}

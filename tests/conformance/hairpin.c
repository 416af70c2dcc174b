// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A host of the LAN reaches a server of the LAN by the public address. */
#include "flow.h"

#include <netinet/in.h>

#define SHOWN(a) (a) >> 24, (a) >> 16 & 255, (a) >> 8 & 255, (a)&255

static void hairpin_udp(struct suite *s)
{
	struct flow f = flow_establish(s, IPPROTO_UDP, CLIENT, suite_port(s), 21116);

	flow_talk(s, &f, "data");
	passed(s, "datagrams pass both ways");
}

static void hairpin_tcp(struct suite *s)
{
	struct flow f = flow_establish(s, IPPROTO_TCP, CLIENT, suite_port(s), 21116);

	flow_talk(s, &f, "data");
	passed(s, "handshake and data pass both ways");
}

static void source(struct suite *s, uint8_t proto)
{
	struct flow f = flow_open(s, proto, CLIENT, suite_port(s), 21116);

	if (f.mapped != PUBLIC)
		failed(s, "the server sees %u.%u.%u.%u, not the public address", SHOWN(f.mapped));
	passed(s, "the server sees the public address, port %u for %u", f.mapped_port,
	       f.client_port);
}

static void source_udp(struct suite *s)
{
	source(s, IPPROTO_UDP);
}

static void source_tcp(struct suite *s)
{
	source(s, IPPROTO_TCP);
}

static void other_port(struct suite *s)
{
	struct flow tcp = flow_establish(s, IPPROTO_TCP, CLIENT, suite_port(s), 8443);
	struct flow udp = flow_establish(s, IPPROTO_UDP, CLIENT, suite_port(s), 5353);

	flow_talk(s, &tcp, "data to another port");
	flow_talk(s, &udp, "data to another port");
	passed(s, "8443 leads to 443, 5353 to 53, and answers come from the port that was dialled");
}

static void other_lan(struct suite *s)
{
	struct flow tcp = flow_establish(s, IPPROTO_TCP, CLIENT, suite_port(s), 22117);
	struct flow udp = flow_establish(s, IPPROTO_UDP, CLIENT, suite_port(s), 22116);

	flow_talk(s, &tcp, "to the server of the other LAN");
	flow_talk(s, &udp, "to the server of the other LAN");
	tcp = flow_establish(s, IPPROTO_TCP, CLIENT_ETH2, suite_port(s), 21117);
	udp = flow_establish(s, IPPROTO_UDP, CLIENT_ETH2, suite_port(s), 21116);
	flow_talk(s, &tcp, "from the client of the other LAN");
	flow_talk(s, &udp, "from the client of the other LAN");
	passed(s, "client and server are in different LANs, either way round");
}

static void itself(struct suite *s)
{
	struct flow tcp = flow_establish(s, IPPROTO_TCP, SERVER, suite_port(s), 21116);
	struct flow udp = flow_establish(s, IPPROTO_UDP, SERVER, suite_port(s), 21116);

	flow_talk(s, &tcp, "the server to itself");
	flow_talk(s, &udp, "the server to itself");
	passed(s, "the server reaches itself by the public address");
}

const struct suite_case hairpin_cases[] = {
	{ "hairpin-udp", "4787 R9", hairpin_udp },
	{ "hairpin-tcp", "5382 R8", hairpin_tcp },
	{ "hairpin-source-udp", "4787 R9a", source_udp },
	{ "hairpin-source-tcp", "5382 R8a", source_tcp },
	{ "hairpin-port-translated", "4787 R9", other_port },
	{ "hairpin-other-lan", "4787 R9", other_lan },
	{ "hairpin-to-itself", "4787 R9", itself },
	{ 0 },
};

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What is said only on a client. */
#include <stdio.h>

#include "address.h"
#include "doctor_judge.h"
#include "doctor_verdict_text.h"

/* So does a socket that is bound to no address. */
bool doctor_say_gateway_astray(const struct doctor_facts *facts,
			       const struct doctor_finding *finding, struct doctor_verdict *ret)
{
	const struct probe *probe = &finding->service->at[finding->at];
	char gateway[ADDRESS_TEXT_MAX], asked[ADDRESS_TEXT_MAX], port[32];

	if (!doctor_gateway_astray(facts, probe))
		return false;
	address_format(&facts->gateway, gateway, sizeof(gateway));
	address_format(&probe->address, asked, sizeof(asked));
	doctor_service_text(finding->service, false, port, sizeof(port));
	snprintf(ret->sentence, sizeof(ret->sentence),
		 "the service runs on the router and answers from another address than was asked: "
		 "from %s, where %s was asked (%s)",
		 gateway, asked, port);
	if (!address_is_zero(&facts->server) && !address_equal(&facts->server, &facts->gateway))
		snprintf(ret->next, sizeof(ret->next),
			 "on the router: natloopctl doctor, and see who has the port: ss -tulpn");
	else
		snprintf(ret->next, sizeof(ret->next),
			 "dial %s by name (on the router: natloopctl dns add %s %s), or bind the "
			 "service to the address that is dialled",
			 gateway, *facts->name ? facts->name : "NAME", gateway);
	return true;
}

/* A router that reflects TCP alone looks the same from inside. */
bool doctor_say_udp_on_client(const struct doctor_facts *facts,
			      const struct doctor_finding *finding, struct doctor_verdict *ret)
{
	char server[ADDRESS_TEXT_MAX] = "SERVER", port[32];

	if (facts->vantage != DOCTOR_CLIENT)
		return false;
	if (!address_is_zero(&facts->server))
		address_format(&facts->server, server, sizeof(server));
	doctor_service_text(finding->service, false, port, sizeof(port));
	snprintf(ret->sentence, sizeof(ret->sentence),
		 "TCP comes to the server, but %s does not: UDP is not forwarded, or not reflected "
		 "to the LAN",
		 port);
	snprintf(ret->next, sizeof(ret->next),
		 "on the router: add a port forward for %s to %s in its own rules, if there is "
		 "none; if there is one: natloopctl attach LAN-INTERFACE",
		 port, server);
	return true;
}

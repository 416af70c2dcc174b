// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which services are asked for. Pure. */
#include <errno.h>
#include <netinet/in.h>

#include "address.h"
#include "doctor_run.h"
#include "forward_text.h"

static int add(struct doctor_service *service, size_t *services, enum probe_kind kind, __u16 port,
	       __u16 port2)
{
	if (*services == DOCTOR_SERVICES)
		return -ENOSPC;
	service[(*services)++] = (struct doctor_service){
		.kind = kind,
		.port = port,
		.port2 = port2,
		.server_port = port,
		.server_port2 = port2,
	};
	return 0;
}

int doctor_add_rustdesk(struct doctor_service *service, size_t *services, __u16 base)
{
	if (*services + 3 > DOCTOR_SERVICES)
		return -ENOSPC;
	(void)add(service, services, PROBE_RUSTDESK_ID, base, 0);
	(void)add(service, services, PROBE_RUSTDESK_NAT, base, base - 1);
	return add(service, services, PROBE_RUSTDESK_RELAY, base + 1, 0);
}

const struct natloop_forward *doctor_find_forward(const struct natloop_forward *list, size_t count,
						  const struct natloop_addr *server, __u8 proto,
						  __u16 port)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].proto == proto && port >= list[i].first && port <= list[i].last &&
		    (!server || address_equal(&list[i].server, server)))
			return &list[i];
	return NULL;
}

size_t doctor_service_ports(const struct doctor_service *service, struct doctor_port *ret)
{
	__u8 proto = doctor_service_is_udp(service) ? IPPROTO_UDP : IPPROTO_TCP;

	ret[0] = (struct doctor_port){ proto, service->port, service->server_port };
	if (!service->port2)
		return 1;
	ret[1] = (struct doctor_port){ proto, service->port2, service->server_port2 };
	return 2;
}

/* A second port is the one before the first. */
const char *doctor_service_spec(const struct doctor_service *service,
				const struct natloop_addr *server, char *buf, size_t size)
{
	const struct natloop_forward forward = {
		.server = *server,
		.first = service->port2 ? service->port2 : service->port,
		.last = service->port,
		.server_first = service->port2 ? service->server_port2 : service->server_port,
		.proto = doctor_service_is_udp(service) ? IPPROTO_UDP : IPPROTO_TCP,
	};

	return forward_format(&forward, buf, size);
}

int doctor_add_port(struct doctor_service *service, size_t *services, const char *text,
		    struct problem *p)
{
	struct forward_ports ports[FORWARD_PORTS_MAX];
	size_t count;
	int err = forward_parse_ports(text, ports, &count, p);

	if (err)
		return err;
	for (size_t i = 0; !err && i < count; i++)
		for (unsigned int port = ports[i].first; !err && port <= ports[i].last; port++)
			err = add(service, services,
				  ports[i].proto == IPPROTO_UDP ? PROBE_UDP : PROBE_TCP,
				  (__u16)port, 0);
	return err ? problem_usage(p, text, "name fewer of them", "%d ports are the most",
				   DOCTOR_SERVICES) :
		     0;
}

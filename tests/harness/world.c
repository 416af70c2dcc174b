// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "world.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

#define MAC_TEXT(m) (m)[0], (m)[1], (m)[2], (m)[3], (m)[4], (m)[5]
#define MAC_FORMAT "%02x:%02x:%02x:%02x:%02x:%02x"

void world_ip(const char *format, ...)
{
	char command[512] = "ip ";
	va_list args;

	va_start(args, format);
	vsnprintf(command + 3, sizeof(command) - 3, format, args);
	va_end(args);
	CHECK(!system(command), "'%s' failed", command);
}

void world_sysctl(const char *name, const char *value)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/%s", name);
	fd = open(path, O_WRONLY);
	CHECK(fd >= 0, "%s cannot be opened: %m", path);
	CHECK(write(fd, value, strlen(value)) > 0, "%s cannot be set to %s: %m", path, value);
	close(fd);
}

static void batch(FILE *ip, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void batch(FILE *ip, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(ip, format, args);
	va_end(args);
	fputc('\n', ip);
}

static void batch_interface(FILE *ip, const char *name, const uint8_t *mac, const char *address)
{
	batch(ip, "link add %s address " MAC_FORMAT " type veth peer name %s-peer", name,
	      MAC_TEXT(mac), name);
	/* Static neighbours only: the kernel must not send anything by itself. */
	batch(ip, "link set %s up", name);
	batch(ip, "link set %s-peer up", name);
	batch(ip, "addr add %s/24 dev %s", address, name);
}

static void batch_neighbour(FILE *ip, const char *name, uint32_t address, const uint8_t *mac)
{
	struct in_addr in = { .s_addr = htonl(address) };

	batch(ip, "neigh add %s lladdr " MAC_FORMAT " dev %s nud permanent", inet_ntoa(in),
	      MAC_TEXT(mac), name);
}

void world_make(uint32_t ifindex[FRAME_INTERFACES])
{
	FILE *ip;

	CHECK(!unshare(CLONE_NEWNET), "no network namespace of our own: %m (root is needed)");
	ip = popen("ip -4 -batch -", "w");
	CHECK(ip, "ip cannot be run: %m");
	batch(ip, "link set lo up");
	batch_interface(ip, "eth1", MAC_ROUTER, "192.168.11.1");
	batch_interface(ip, "eth2", MAC_ROUTER_ETH2, "192.168.12.1");
	batch_neighbour(ip, "eth1", CLIENT, MAC_CLIENT);
	batch_neighbour(ip, "eth1", CLIENT2, MAC_CLIENT2);
	batch_neighbour(ip, "eth1", SERVER, MAC_SERVER);
	batch_neighbour(ip, "eth2", CLIENT_ETH2, MAC_CLIENT_ETH2);
	batch_neighbour(ip, "eth2", SERVER_ETH2, MAC_SERVER_ETH2);
	CHECK(!pclose(ip), "ip could not make the interfaces");
	world_sysctl("ipv4/ip_forward", "1");
	ifindex[ETH1] = if_nametoindex("eth1");
	ifindex[ETH2] = if_nametoindex("eth2");
	CHECK(ifindex[ETH1] && ifindex[ETH2], "eth1 or eth2 is missing");
}

struct natloop_addr world_addr(uint32_t address)
{
	return (struct natloop_addr){ .w = { 0, 0, htonl(0xffff), htonl(address) } };
}

void world_forward(struct natloop_config *cfg, uint8_t proto, uint16_t first, uint16_t last,
		   uint32_t server, uint16_t server_first)
{
	struct natloop_forward forward = {
		.server = world_addr(server),
		.first = first,
		.last = last,
		.server_first = server_first,
		.proto = proto,
	};
	uint32_t at = cfg->forwards++;

	while (at && (cfg->forward[at - 1].proto > proto || (cfg->forward[at - 1].proto == proto &&
							     cfg->forward[at - 1].first > first))) {
		cfg->forward[at] = cfg->forward[at - 1];
		at--;
	}
	cfg->forward[at] = forward;
}

void world_snat(struct natloop_config *cfg, uint32_t address)
{
	for (uint32_t i = 0; i < cfg->forwards; i++) {
		memset(&cfg->forward[i].snat, 0, sizeof(cfg->forward[i].snat));
		if (address)
			cfg->forward[i].snat = world_addr(address);
	}
}

void world_answer_address(struct natloop_config *cfg, uint32_t address)
{
	cfg->address[cfg->addresses++] = world_addr(address);
}

struct natloop_link *world_link(struct natloop_config *cfg, uint32_t ifindex, uint32_t l3_ifindex,
				uint16_t outer, uint16_t inner)
{
	struct natloop_link *link = &cfg->link[cfg->links++];

	*link = (struct natloop_link){
		.ifindex = ifindex,
		.l3_ifindex = l3_ifindex,
		.vlan = { outer, inner },
	};
	memcpy(link->mac, MAC_ROUTER, sizeof(link->mac));
	return link;
}

static void configure_interface(struct natloop_config *cfg, uint32_t ifindex, const uint8_t *mac,
				uint32_t router)
{
	struct natloop_link *link = world_link(cfg, ifindex, ifindex, 0, 0);
	struct natloop_lan *lan = &cfg->lan[cfg->lans++];

	memcpy(link->mac, mac, sizeof(link->mac));
	link->flags = NATLOOP_LINK_XDP_XMIT;
	lan->net = world_addr(router & 0xffffff00);
	lan->router = world_addr(router);
	lan->mask = world_addr(0xffffff00);
	memset(&lan->mask, 0xff, sizeof(lan->mask.w[0]) * 3);
	lan->ifindex = ifindex;
}

void world_configure(struct natloop_config *cfg, const uint32_t ifindex[FRAME_INTERFACES])
{
	memset(cfg, 0, sizeof(*cfg));
	cfg->max_flows = 512;
	cfg->client_flows = 512;
	for (int i = 0; i < NATLOOP_TIMEOUT_COUNT; i++)
		cfg->timeout[i] = 100000;
	cfg->address[0] = world_addr(PUBLIC);
	cfg->address[1] = world_addr(PUBLIC2);
	cfg->publics = cfg->addresses = 2;
	configure_interface(cfg, ifindex[ETH1], MAC_ROUTER, ROUTER);
	configure_interface(cfg, ifindex[ETH2], MAC_ROUTER_ETH2, ROUTER_ETH2);
	world_forward(cfg, IPPROTO_TCP, 21115, 21117, SERVER, 21115);
	world_forward(cfg, IPPROTO_UDP, 21116, 21116, SERVER, 21116);
	world_forward(cfg, IPPROTO_TCP, 8443, 8443, SERVER, 443);
	for (int i = 0; i < 2; i++) {
		uint8_t proto = i ? IPPROTO_UDP : IPPROTO_TCP;

		world_forward(cfg, proto, 9000, 9010, SERVER, 7000);
		world_forward(cfg, proto, 53, 53, SERVER, 53);
		world_forward(cfg, proto, 5000, 5000, SERVER_ETH2, 5000);
		world_forward(cfg, proto, 6000, 6000, SERVER_SILENT, 6000);
	}
}

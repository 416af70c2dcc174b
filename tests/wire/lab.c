// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "lab.h"
#include "wire_packet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define HOSTS_MAX 64
#define RECEIVE_BUFFER (4 << 20)
#define FENCE_TIMEOUT_MS 2000
/* A frame may cause an ARP request, whose answer causes a frame, which may have to go through the
 * router once more: each step is over before the round of pings that follows it. */
#define FENCE_ROUNDS 4
#define FENCE_ID 0x6c62

/* The one that pings; different from all hosts, so that its frames are told apart. */
static const uint8_t MAC_FENCE[6] = { 0x02, 0, 0, 0, 0xfe, 0xfe };

static const struct {
	const char *name; /* in the namespace */
	uint32_t router;
	uint32_t fence;
	const uint8_t *mac; /* of the router */
} ports[LAB_PORTS] = {
	[ETH1] = { "to-eth1", ROUTER, ADDR(192, 168, 11, 250), MAC_ROUTER },
	[ETH2] = { "to-eth2", ROUTER_ETH2, ADDR(192, 168, 12, 250), MAC_ROUTER_ETH2 },
	[ETH0] = { "to-eth0", PUBLIC, ADDR(172, 16, 16, 250), MAC_ROUTER_ETH0 },
};

struct host {
	enum frame_interface interface;
	uint32_t address;
	uint8_t mac[6];
};

struct lab {
	int socket[LAB_PORTS];
	uint16_t fence;
	bool fence_seen[LAB_PORTS];
	size_t hosts;
	struct host host[HOSTS_MAX];
	/* Of the collection under way. */
	struct wire *got;
	size_t max;
	size_t count;
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* --- opening -----------------------------------------------------------------------------------
 */

static int open_port(const char *name)
{
	int s = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL));
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(name),
	};
	int one = 1, size = RECEIVE_BUFFER;

	if (s < 0)
		return -1;
	if (!to.sll_ifindex || bind(s, (struct sockaddr *)&to, sizeof(to)) ||
	    setsockopt(s, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one)) ||
	    setsockopt(s, SOL_PACKET, PACKET_AUXDATA, &one, sizeof(one)) ||
	    setsockopt(s, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size))) {
		int error = errno;

		close(s);
		errno = error;
		return -1;
	}
	return s;
}

static bool open_ports(struct lab *lab, const char *netns)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), there;
	bool done = true;
	char path[128];

	snprintf(path, sizeof(path), "/run/netns/%s", netns);
	there = open(path, O_RDONLY | O_CLOEXEC);
	if (home < 0 || there < 0 || setns(there, CLONE_NEWNET)) {
		done = false;
	} else {
		for (int p = 0; done && p < LAB_PORTS; p++) {
			lab->socket[p] = open_port(ports[p].name);
			done = lab->socket[p] >= 0;
		}
		if (setns(home, CLONE_NEWNET))
			done = false;
	}
	close(home);
	close(there);
	return done;
}

static bool stay_on_one_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	return !sched_setaffinity(0, sizeof(set), &set);
}

struct lab *lab_open(const char *netns)
{
	struct lab *lab = calloc(1, sizeof(*lab));

	if (!lab)
		return NULL;
	for (int p = 0; p < LAB_PORTS; p++)
		lab->socket[p] = -1;
	if (!netns || !open_ports(lab, netns) || !stay_on_one_cpu()) {
		int error = netns ? errno : ENOENT;

		lab_close(lab);
		errno = error;
		return NULL;
	}
	lab_host_add(lab, ETH1, CLIENT, MAC_CLIENT);
	lab_host_add(lab, ETH1, CLIENT2, MAC_CLIENT2);
	lab_host_add(lab, ETH1, SERVER, MAC_SERVER);
	lab_host_add(lab, ETH2, CLIENT_ETH2, MAC_CLIENT_ETH2);
	lab_host_add(lab, ETH2, SERVER_ETH2, MAC_SERVER_ETH2);
	lab_host_add(lab, ETH0, GATEWAY, MAC_GATEWAY);
	for (int p = 0; p < LAB_PORTS; p++)
		lab_host_add(lab, p, ports[p].fence, MAC_FENCE);
	return lab;
}

void lab_close(struct lab *lab)
{
	for (int p = 0; p < LAB_PORTS; p++) {
		if (lab->socket[p] >= 0)
			close(lab->socket[p]);
	}
	free(lab);
}

/* --- hosts -------------------------------------------------------------------------------------
 */

void lab_host_remove(struct lab *lab, uint32_t address)
{
	for (size_t i = 0; i < lab->hosts; i++) {
		if (lab->host[i].address == address)
			lab->host[i--] = lab->host[--lab->hosts];
	}
}

void lab_host_add(struct lab *lab, enum frame_interface interface, uint32_t address,
		  const uint8_t *mac)
{
	struct host *h;

	lab_host_remove(lab, address);
	if (lab->hosts == HOSTS_MAX)
		abort();
	h = &lab->host[lab->hosts++];
	h->interface = interface;
	h->address = address;
	memcpy(h->mac, mac, sizeof(h->mac));
}

/* Answers a request for a host of that port: Ethernet and IPv4, as there is nothing else here. */
static void answer_arp(struct lab *lab, const struct wire *in)
{
	static const uint8_t request[8] = { 0, 1, 8, 0, 6, 4, 0, 1 };
	const uint8_t *arp = in->byte + ETH_HLEN;
	struct wire out = { .interface = in->interface, .length = ETH_HLEN + 28 };
	uint8_t *answer = out.byte + ETH_HLEN;

	if (in->length < out.length || memcmp(arp, request, sizeof(request)))
		return;
	for (size_t i = 0; i < lab->hosts; i++) {
		const struct host *h = &lab->host[i];

		if (h->interface != in->interface || h->address != packet_get32(in, ETH_HLEN + 24))
			continue;
		memcpy(out.byte, arp + 8, 6);
		memcpy(out.byte + 6, h->mac, 6);
		wire_put16(&out, 12, ETH_P_ARP);
		memcpy(answer, request, 7);
		answer[7] = 2;
		memcpy(answer + 8, h->mac, 6);
		memcpy(answer + 14, arp + 24, 4);
		memcpy(answer + 18, arp + 8, 10);
		lab_send(lab, &out);
	}
}

/* --- frames ------------------------------------------------------------------------------------
 */

bool lab_send(struct lab *lab, const struct wire *w)
{
	ssize_t n = send(lab->socket[w->interface], w->byte, w->length, 0);

	return n == w->length;
}

/* The kernel takes the outer VLAN tag out of the bytes. */
static void put_tag_back(struct wire *w, struct msghdr *message)
{
	struct tpacket_auxdata aux;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA)
			continue;
		memcpy(&aux, CMSG_DATA(c), sizeof(aux));
		if (!(aux.tp_status & TP_STATUS_VLAN_VALID) || w->length + 4 > FRAME_MAX)
			continue;
		memmove(w->byte + 16, w->byte + 12, w->length - 12);
		w->length += 4;
		wire_put16(w, 12,
			   aux.tp_status & TP_STATUS_VLAN_TPID_VALID ? aux.tp_vlan_tpid :
								       ETH_P_8021Q);
		wire_put16(w, 14, aux.tp_vlan_tci);
	}
}

/* False: there is none. */
static bool receive(struct lab *lab, enum frame_interface p, struct wire *w)
{
	struct iovec bytes = { w->byte, sizeof(w->byte) };
	char control[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	struct msghdr message = {
		.msg_iov = &bytes,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(lab->socket[p], &message, MSG_DONTWAIT);

	if (n < ETH_HLEN)
		return false;
	w->interface = p;
	w->length = n;
	put_tag_back(w, &message);
	return true;
}

static void take(struct lab *lab, struct wire *w)
{
	uint16_t type = packet_find_headers(w);

	if (type == ETH_P_ARP) {
		answer_arp(lab, w);
	} else if (!memcmp(w->byte, MAC_FENCE, sizeof(MAC_FENCE))) {
		if (w->l4 && packet_get16(w, w->l4) == 0 &&
		    packet_get16(w, w->l4 + 6) == lab->fence)
			lab->fence_seen[w->interface] = true;
	} else if (lab->count < lab->max) {
		lab->got[lab->count++] = *w;
	}
}

/* Takes what there is, and waits at most that long for it. */
static void take_all(struct lab *lab, int milliseconds)
{
	struct pollfd ready[LAB_PORTS];
	struct wire w;

	for (int p = 0; p < LAB_PORTS; p++)
		ready[p] = (struct pollfd){ .fd = lab->socket[p], .events = POLLIN };
	if (poll(ready, LAB_PORTS, milliseconds) <= 0)
		return;
	for (int p = 0; p < LAB_PORTS; p++) {
		while (receive(lab, p, &w))
			take(lab, &w);
	}
}

static void send_fence(struct lab *lab, enum frame_interface p)
{
	struct frame ping = {
		.interface = p,
		.dmac = ports[p].mac,
		.smac = MAC_FENCE,
		.id = lab->fence,
		.ttl = 1, /* for the router and nobody else */
		.proto = IPPROTO_ICMP,
		.src = ports[p].fence,
		.dst = ports[p].router,
		.payload = 8,
		.payload_word = 0x0800,
	};
	struct wire w;

	frame_write(&ping, &w);
	wire_put16(&w, w.l4 + 2, 0);
	wire_put16(&w, w.l4 + 4, FENCE_ID);
	wire_put16(&w, w.l4 + 6, lab->fence);
	wire_put16(&w, w.l4 + 2, wire_sum(w.byte + w.l4, 8, 0));
	lab_send(lab, &w);
}

static bool fence(struct lab *lab)
{
	int64_t end = now_ms() + FENCE_TIMEOUT_MS;
	bool all;

	lab->fence++;
	for (int p = 0; p < LAB_PORTS; p++) {
		lab->fence_seen[p] = false;
		send_fence(lab, p);
	}
	do {
		all = true;
		take_all(lab, 10);
		for (int p = 0; p < LAB_PORTS; p++)
			all = all && lab->fence_seen[p];
	} while (!all && now_ms() < end);
	return all;
}

int lab_collect_late(struct lab *lab, struct wire *got, size_t max, unsigned int milliseconds)
{
	int64_t end = now_ms() + milliseconds, left;

	lab->got = got;
	lab->max = max;
	lab->count = 0;
	while ((left = end - now_ms()) > 0)
		take_all(lab, (int)left);
	for (int i = 0; i < FENCE_ROUNDS; i++) {
		if (!fence(lab))
			return -ETIMEDOUT;
	}
	return (int)lab->count;
}

int lab_collect(struct lab *lab, struct wire *got, size_t max)
{
	return lab_collect_late(lab, got, max, 0);
}

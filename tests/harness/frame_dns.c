// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "frame_dns.h"

#include <arpa/inet.h>
#include <string.h>

#include "check.h"

void message_put(struct message *m, const void *byte, size_t length)
{
	CHECK(m->length + length <= sizeof(m->byte), "the message is too long");
	memcpy(m->byte + m->length, byte, length);
	m->length += length;
}

void message_put16(struct message *m, uint16_t value)
{
	value = htons(value);
	message_put(m, &value, sizeof(value));
}

void message_put32(struct message *m, uint32_t value)
{
	value = htonl(value);
	message_put(m, &value, sizeof(value));
}

void message_count(struct message *m, int count)
{
	m->byte[count + 1]++;
}

static void put_name(struct message *m, const char *name)
{
	while (*name) {
		uint8_t length = strcspn(name, ".");

		message_put(m, &length, 1);
		message_put(m, name, length);
		name += length + (name[length] == '.');
	}
	message_put(m, "", 1);
}

void message_begin(struct message *m, uint16_t id, uint16_t flags, const char *name, uint16_t type)
{
	memset(m, 0, sizeof(*m));
	message_put16(m, id);
	message_put16(m, flags);
	message_put(m, "\0\1\0\0\0\0\0", 8);
	put_name(m, name);
	message_put16(m, type);
	message_put16(m, 1);
}

void message_put_opt(struct message *m, uint16_t size, uint32_t ttl, uint16_t data)
{
	message_count(m, 10);
	message_put(m, "", 1);
	message_put16(m, 41);
	message_put16(m, size);
	message_put32(m, ttl);
	message_put16(m, data);
	for (int i = 0; i < data; i++)
		message_put(m, "\x5a", 1);
}

static void put_record(struct message *m, uint16_t type, uint32_t ttl, uint16_t length)
{
	message_put16(m, 0xc00c);
	message_put16(m, type);
	message_put16(m, 1);
	message_put32(m, ttl);
	message_put16(m, length);
}

void message_put_address(struct message *m, uint16_t type, uint32_t ttl, const void *address,
			 uint16_t length)
{
	message_count(m, 6);
	put_record(m, type, ttl, length);
	message_put(m, address, length);
}

void message_put_soa(struct message *m, uint32_t ttl)
{
	static const uint32_t timers[] = { 1, 3600, 600, 86400 };

	message_count(m, 8);
	put_record(m, 6, ttl, 23);
	message_put16(m, 0xc00c);
	message_put(m, "", 1);
	for (int i = 0; i < 4; i++)
		message_put32(m, timers[i]);
	message_put32(m, ttl);
}

struct way way_v4(void)
{
	return (struct way){
		.src = CLIENT,
		.dst = ROUTER,
		.sport = 40000,
		.dport = 53,
		.smac = MAC_CLIENT,
		.dmac = MAC_ROUTER,
		.id = 0x1234,
	};
}

struct way way_v6(void)
{
	struct way w = way_v4();

	w.src6 = "fd00:11::2";
	w.dst6 = "fd00:11::1";
	return w;
}

struct way way_back(const struct way *w)
{
	struct way back = *w;

	back.src6 = w->dst6;
	back.dst6 = w->src6;
	back.src = w->dst;
	back.dst = w->src;
	back.sport = w->dport;
	back.dport = w->sport;
	back.smac = w->dmac;
	back.dmac = w->smac;
	back.id = 0;
	return back;
}

static void write_ip(const struct way *way, uint16_t payload, struct wire *w)
{
	uint8_t *ip = w->byte + w->l3;

	if (way->dst6) {
		ip[0] = 0x60;
		wire_put16(w, w->l3 + 4, payload);
		ip[6] = 17;
		ip[7] = 64;
		CHECK(inet_pton(AF_INET6, way->src6, ip + 8) == 1, "no address: %s", way->src6);
		CHECK(inet_pton(AF_INET6, way->dst6, ip + 24) == 1, "no address: %s", way->dst6);
		return;
	}
	ip[0] = 0x45;
	wire_put16(w, w->l3 + 2, 20 + payload);
	wire_put16(w, w->l3 + 4, way->id);
	wire_put16(w, w->l3 + 6, way->id ? 0 : FRAME_DF);
	ip[8] = 64;
	ip[9] = 17;
	wire_put16(w, w->l3 + 12, way->src >> 16);
	wire_put16(w, w->l3 + 14, way->src);
	wire_put16(w, w->l3 + 16, way->dst >> 16);
	wire_put16(w, w->l3 + 18, way->dst);
	wire_put16(w, w->l3 + 10, wire_sum(ip, 20, 0));
}

void wire_mend_udp(struct wire *w)
{
	bool v6 = w->byte[w->l3] >> 4 == 6;
	uint16_t length = w->byte[w->l4 + 4] << 8 | w->byte[w->l4 + 5], addresses = v6 ? 32 : 8;
	uint8_t sum[FRAME_MAX] = { 0, 17, length >> 8, length };
	uint16_t check;

	wire_put16(w, w->l4 + 6, 0);
	memcpy(sum + 4, w->byte + w->l3 + (v6 ? 8 : 12), addresses);
	memcpy(sum + 4 + addresses, w->byte + w->l4, length);
	check = wire_sum(sum, 4 + addresses + length, 0);
	wire_put16(w, w->l4 + 6, check ? check : 0xffff);
}

void way_write(const struct way *way, const struct message *m, struct wire *w)
{
	uint16_t udp = 8 + m->length;

	memset(w, 0, sizeof(*w));
	memcpy(w->byte, way->dmac, 6);
	memcpy(w->byte + 6, way->smac, 6);
	w->l3 = 14;
	for (int i = 0; i < way->tags; i++, w->l3 += 4) {
		wire_put16(w, w->l3 - 2, 0x8100);
		wire_put16(w, w->l3, way->tag[i]);
	}
	wire_put16(w, w->l3 - 2, way->dst6 ? 0x86dd : 0x0800);
	w->l4 = w->l3 + (way->dst6 ? 40 : 20);
	write_ip(way, udp, w);
	wire_put16(w, w->l4, way->sport);
	wire_put16(w, w->l4 + 2, way->dport);
	wire_put16(w, w->l4 + 4, udp);
	memcpy(w->byte + w->l4 + 8, m->byte, m->length);
	w->length = w->l4 + udp;
	wire_mend_udp(w);
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* DNS packets, written without anything from bpf/. */
#ifndef FRAME_DNS_H
#define FRAME_DNS_H

#include "frame.h"

#define DNS_MESSAGE_MAX 1400

struct message {
	uint16_t length;
	uint8_t byte[DNS_MESSAGE_MAX];
};

/* What a question is, or an answer: header, question, and then what the test appends. */
void message_begin(struct message *m, uint16_t id, uint16_t flags, const char *name, uint16_t type);
void message_put(struct message *m, const void *byte, size_t length);
void message_put16(struct message *m, uint16_t value);
void message_put32(struct message *m, uint32_t value);
/* One more in the section @count: 4 questions, 6 answers, 8 authorities, 10 additionals. */
void message_count(struct message *m, int count);
/* An OPT record with @data bytes of options. */
void message_put_opt(struct message *m, uint16_t size, uint32_t ttl, uint16_t data);
/* Records of the question's name: an address of @length bytes, or the SOA of an empty answer. */
void message_put_address(struct message *m, uint16_t type, uint32_t ttl, const void *address,
			 uint16_t length);
void message_put_soa(struct message *m, uint32_t ttl);

/* Where a packet goes; of IPv6 the addresses are text. */
struct way {
	const char *src6;
	const char *dst6; /* NULL: IPv4 */
	uint32_t src;
	uint32_t dst;
	uint16_t sport;
	uint16_t dport;
	const uint8_t *smac;
	const uint8_t *dmac;
	int tags;
	uint16_t tag[2];
	uint16_t id; /* IPv4 identification */
};

/* From the client to the router, by IPv4 or IPv6, and back: addresses, ports, MACs swapped. */
struct way way_v4(void);
struct way way_v6(void);
struct way way_back(const struct way *w);

/* With @m in it, and all checksums. An answer's IPv4 header has DF set. */
void way_write(const struct way *way, const struct message *m, struct wire *w);

/* Gives the UDP packet of @w, as it is now, the checksum that it should have. */
void wire_mend_udp(struct wire *w);

#endif

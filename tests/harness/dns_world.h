/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* natloop_dns on the router of prog_run, and one DNS packet through it. */
#ifndef DNS_WORLD_H
#define DNS_WORLD_H

#include "dataplane_dns.h"
#include "expect.h"
#include "frame_dns.h"

#define TYPE_A 1
#define TYPE_AAAA 28
#define NAME "rustdesk.example.com" /* has 192.168.11.20, TTL 60 */
#define RD 0x0100
#define ANSWER 0x8580 /* QR, AA, RD, RA */

struct world {
	struct prog_run *r;
	struct dataplane_dns dns;
	uint32_t gso_size; /* of the packets; 0: none is several */
};

extern const uint8_t dns_v4[4]; /* of NAME */

/* cmocka fixtures; the state is a struct world. */
int dns_setup(void **state);
int dns_teardown(void **state);

#define DNS_TEST(function)                                                                         \
	{                                                                                          \
#function, function, dns_setup, dns_teardown, NULL                                 \
	}

void add_name(struct world *w, const char *name, const char *addresses);

/* @in comes out as it came, and is counted as @outcome; NATLOOP_DNS_OUTCOME_COUNT: not at all. */
void passes(struct world *w, const struct wire *in, enum natloop_dns_outcome outcome);

/* @in goes back the way it came with @answer in it. */
void answered(struct world *w, const struct way *way, const struct wire *in,
	      const struct message *answer, enum natloop_dns_outcome outcome);

/* @question, whatever its letters are, asked for its A record: answered with dns_v4, or passed. */
void expect_a(struct world *w, const struct way *way, const char *question);
void expect_passed(struct world *w, const struct way *way, const char *question,
		   enum natloop_dns_outcome outcome);

#endif

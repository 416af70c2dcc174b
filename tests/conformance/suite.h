/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The conformance suite: what a hairpin NAT has to do, asked from outside by raw frames
 * (tests/wire), of any router that adaptors/ can set up. Nothing here knows which one it is.
 *
 * A case is a function. It ends by passed(), or before that in failed() or not_applicable(), which
 * do not return; each says in one sentence what was seen.
 */
#ifndef CONFORMANCE_SUITE_H
#define CONFORMANCE_SUITE_H

#include "lab.h"
#include "wire_packet.h"

#include <setjmp.h>

#define GOT_MAX 64

enum verdict {
	VERDICT_NONE,
	VERDICT_PASS,
	VERDICT_FAIL,
	VERDICT_NOT_APPLICABLE,
};

struct suite {
	struct lab *lab;
	uint16_t port; /* the last client port that a case took */
	uint16_t id;   /* the last IP ID */
	int count;
	struct wire got[GOT_MAX]; /* what the last collection brought */

	enum verdict verdict;
	char seen[1024];
	jmp_buf leave;
};

struct suite_case {
	const char *name;
	const char *rfc; /* the requirement that it shows: "4787 R9a" is REQ-9 a) of RFC 4787 */
	void (*run)(struct suite *s);
};

/* One list for each area, ended by an entry without a name. */
extern const struct suite_case hairpin_cases[], mapping_cases[], filter_cases[], tcp_cases[],
	icmp_error_cases[], icmp_quote_cases[], own_icmp_cases[], fragment_cases[],
	checksum_cases[], header_cases[], exhaustion_cases[];

__attribute__((format(printf, 2, 3))) void passed(struct suite *s, const char *format, ...);
__attribute__((format(printf, 2, 3), noreturn)) void failed(struct suite *s, const char *format,
							    ...);
__attribute__((format(printf, 2, 3), noreturn)) void not_applicable(struct suite *s,
								    const char *format, ...);

/* A client port, or two neighbouring ones from an even number, that no case has used before. */
uint16_t suite_port(struct suite *s);
uint16_t suite_id(struct suite *s);

#endif

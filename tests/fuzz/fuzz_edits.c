// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The edits of a whole packet: parsed by parse.h, checksums changed by csum.h, judged by the
 * reference. Input: what to do to the checksums first (1 byte), the tuple after the translation
 * (12 bytes), the frame.
 */
#include <arpa/inet.h>

#include "csum.h"
#include "flow_table.h"
#include "fuzz.h"
#include "parse.h"
#include "reference.h"

/* So that the IPv4 header is aligned, as drivers do it. */
#define ROOM 2
#define HEAD 13 /* of the input, before the frame */

enum prepare {
	IP_RIGHT = 1,
	L4_RIGHT = 2,
	NO_UDP_CHECK = 4,
};

static void prepare(uint8_t *frame, const struct reference *r, uint8_t how)
{
	if (how & L4_RIGHT)
		reference_put_l4_check(frame, r);
	if (how & NO_UDP_CHECK && r->proto == IPPROTO_UDP)
		reference_put16(frame + reference_l4_check_at(r), 0);
}

static void edit_l4(uint8_t *l4, const struct packet *pkt, const struct natloop_flow *flow)
{
	size_t at = pkt->tuple.proto == IPPROTO_TCP ? 16 : 6;
	uint32_t diff = (uint32_t)flow->addr_diff + flow->port_diff;
	uint16_t check;

	memcpy(&check, l4 + at, 2);
	check = pkt->tuple.proto == IPPROTO_TCP ? csum_update(check, diff) :
						  csum_update_udp(check, diff);
	memcpy(l4 + at, &check, 2);
	memcpy(l4, &flow->sport, 2);
	memcpy(l4 + 2, &flow->dport, 2);
}

static void edit(uint8_t *frame, const struct packet *pkt, const struct natloop_flow *flow)
{
	struct iphdr *ip = (struct iphdr *)(frame + pkt->l3);

	edit_l4(frame + pkt->l4, pkt, flow);
	ip->check = csum_update(ip->check, (uint32_t)flow->addr_diff + csum_ttl_diff());
	ip->ttl--;
	ip->saddr = flow->src;
	ip->daddr = flow->dst;
}

/* The packet as it should be, but for the checksums. */
static void edit_slowly(uint8_t *frame, const struct reference *r, const uint8_t *tuple)
{
	frame[r->l3 + 8]--;
	memcpy(frame + r->l3 + 12, tuple, 8);
	memcpy(frame + r->l4, tuple + 8, 4);
}

static void check_frame(const uint8_t *before, const uint8_t *got, const struct reference *r,
			const uint8_t *tuple)
{
	size_t ip_check = r->l3 + 10, l4_check = reference_l4_check_at(r);
	enum reference_check ip = reference_ip_check(before, r), l4 = reference_l4_check(before, r);
	uint8_t *expected = malloc(r->end);

	FUZZ_CHECK(expected, "out of memory");
	memcpy(expected, before, r->end);
	edit_slowly(expected, r, tuple);
	memcpy(expected + ip_check, got + ip_check, 2);
	memcpy(expected + l4_check, got + l4_check, 2);
	FUZZ_CHECK(!memcmp(expected, got, r->end), "other bytes than those of the edits");
	FUZZ_CHECK(reference_ip_check(got, r) == ip, "IP checksum: %d before", ip);
	FUZZ_CHECK(reference_l4_check(got, r) == l4, "transport checksum: %d before", l4);
	free(expected);
}

static struct natloop_flow flow_of(const struct packet *pkt, const uint8_t *tuple)
{
	struct natloop_key key = flow_key(&pkt->tuple);
	struct natloop_flow flow = { 0 };

	memcpy(&flow.src, tuple, 4);
	memcpy(&flow.dst, tuple + 4, 4);
	memcpy(&flow.sport, tuple + 8, 2);
	memcpy(&flow.dport, tuple + 10, 2);
	flow.addr_diff = csum_addr_diff(&key, flow.src, flow.dst);
	flow.port_diff = csum_port_diff(&key, flow.sport, flow.dport);
	return flow;
}

/* @before and @after are copies of the frame; @tuple is what it is translated to. */
static void translate(uint8_t *before, uint8_t *after, size_t length, const uint8_t *tuple,
		      uint8_t how)
{
	const struct reference_frame f = { .byte = before, .readable = length, .length = length };
	struct packet pkt = { .frame_length = length };
	enum natloop_outcome stop;
	struct natloop_flow flow;
	struct reference r;

	if (how & IP_RIGHT)
		reference_mend_header(before, &f);
	r = reference_read(&f);
	/* The checksum of a first fragment covers bytes that are not there. */
	if (r.stop != NATLOOP_OUTCOME_COUNT || r.ttl <= 1 || reference_is_fragment(&r))
		return;
	prepare(before, &r, how);
	memcpy(after, before, length);
	FUZZ_CHECK(parse_network(after, after + length, &pkt, &stop) &&
			   parse_transport(after, after + length, &pkt, &stop),
		   "not parsed");
	flow = flow_of(&pkt, tuple);
	edit(after, &pkt, &flow);
	check_frame(before, after, &r, tuple);
	FUZZ_CHECK(!memcmp(before + r.end, after + r.end, length - r.end), "the padding changed");
}

int LLVMFuzzerTestOneInput(const uint8_t *byte, size_t length)
{
	uint8_t *before, *after;

	if (length < HEAD)
		return 0;
	before = malloc(ROOM + length - HEAD);
	after = malloc(ROOM + length - HEAD);
	FUZZ_CHECK(before && after, "out of memory");
	memcpy(before + ROOM, byte + HEAD, length - HEAD);
	translate(before + ROOM, after + ROOM, length - HEAD, byte + 1, *byte);
	free(before);
	free(after);
	return 0;
}

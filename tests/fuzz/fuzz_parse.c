// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * parse.h against the slow reference. Input: how the frame comes (4 bytes), then the frame. It lies
 * in memory of exactly its length, so that a byte too far is seen.
 */
#include <arpa/inet.h>

#include "fuzz.h"
#include "parse.h"
#include "reference.h"

/* Drivers leave two bytes before the frame, so that its IPv4 header is aligned. */
#define ROOM 2

enum how {
	TAG_BESIDE = 1,
	TWO_TAGS_BESIDE = 2,
	SEGMENTED = 4,
	LONGER = 8, /* there is more of the frame than can be read */
	MEND = 16,  /* make the checksum of the IPv4 header right */
};

static struct reference_frame take_frame(struct fuzz_input *in)
{
	uint8_t how = fuzz_u8(in);
	uint16_t tci = fuzz_u16(in);
	size_t more = (size_t)fuzz_u8(in) << (how >> 4 & 8);
	struct reference_frame f = {
		.readable = in->left,
		.length = in->left + (how & LONGER ? more : 0),
		.gso = how & SEGMENTED ? 1 + tci % 1500 : 0,
	};

	if (how & (TAG_BESIDE | TWO_TAGS_BESIDE)) {
		f.tags = how & TWO_TAGS_BESIDE ? 2 : 1;
		f.vlan[0] = tci & 0xfff;
	}
	return f;
}

struct parsed {
	bool ok;
	enum natloop_outcome stop;
	struct packet pkt;
};

/* IPv4 length of the longest packet that the frame stands for. */
static size_t segment_of(const struct reference *r, const uint8_t *frame, uint16_t gso)
{
	if (!gso || r->tiny)
		return r->end - r->l3;
	return r->l4 - r->l3 + gso +
	       (r->proto == IPPROTO_TCP ? (size_t)frame[r->l4 + 12] / 16 * 4 : 8);
}

static void check_numbers(const struct parsed *p, const struct reference *r, const uint8_t *frame)
{
	const struct packet *pkt = &p->pkt;
	const struct natloop_addr src = { .w = { 0, 0, htonl(0xffff), htonl(r->src) } };
	const struct natloop_addr dst = { .w = { 0, 0, htonl(0xffff), htonl(r->dst) } };

	FUZZ_CHECK(pkt->l3 == r->l3 && packet_l3(pkt) == r->l3, "l3 %u, not %zu", pkt->l3, r->l3);
	FUZZ_CHECK(pkt->l4 == r->l4 && packet_l4(pkt) == r->l4, "l4 %u, not %zu", pkt->l4, r->l4);
	FUZZ_CHECK(pkt->segment == segment_of(r, frame, pkt->gso), "segment %u", pkt->segment);
	FUZZ_CHECK(pkt->length == r->end - r->l3, "length %u", pkt->length);
	FUZZ_CHECK(pkt->id == htons(r->id) && pkt->fragment == r->fragment, "fragment %#x",
		   pkt->fragment);
	FUZZ_CHECK(pkt->tiny == r->tiny, "tiny %d", pkt->tiny);
	FUZZ_CHECK(packet_is_fragment(pkt) == reference_is_fragment(r) &&
			   packet_is_later(pkt) == reference_is_later(r),
		   "fragment %#x", pkt->fragment);
	FUZZ_CHECK(pkt->ttl == r->ttl, "TTL %u, not %u", pkt->ttl, r->ttl);
	FUZZ_CHECK(pkt->tcp_flags == r->tcp_flags, "flags %#x", pkt->tcp_flags);
	FUZZ_CHECK(pkt->tuple.proto == r->proto, "protocol %u", pkt->tuple.proto);
	FUZZ_CHECK(ntohs(pkt->tuple.sport) == r->sport, "port %u", ntohs(pkt->tuple.sport));
	FUZZ_CHECK(ntohs(pkt->tuple.dport) == r->dport, "port %u", ntohs(pkt->tuple.dport));
	FUZZ_CHECK(!memcmp(&pkt->tuple.src, &src, sizeof(src)), "source");
	FUZZ_CHECK(!memcmp(&pkt->tuple.dst, &dst, sizeof(dst)), "destination");
	FUZZ_CHECK(pkt->tags == r->tags && pkt->vlan[0] == r->vlan[0] && pkt->vlan[1] == r->vlan[1],
		   "%u tags: %u %u", pkt->tags, pkt->vlan[0], pkt->vlan[1]);
	FUZZ_CHECK(!memcmp(pkt->router_mac, frame, 6), "destination MAC address");
	FUZZ_CHECK(!memcmp(pkt->client_mac, frame + 6, 6), "source MAC address");
	for (size_t i = 0; i < sizeof(pkt->tuple.pad); i++)
		FUZZ_CHECK(!pkt->tuple.pad[i], "padding of the key is not zero");
}

int LLVMFuzzerTestOneInput(const uint8_t *byte, size_t length)
{
	struct fuzz_input in = { byte, length };
	struct reference_frame f = take_frame(&in);
	struct parsed p = { .pkt = { .gso = f.gso } };
	uint8_t *room = malloc(ROOM + f.readable), *frame = room + ROOM;
	struct reference r;

	FUZZ_CHECK(room, "out of memory");
	memcpy(frame, in.byte, f.readable);
	f.byte = frame;
	if (length && *byte & MEND)
		reference_mend_header(frame, &f);
	p.pkt.tags = f.tags;
	p.pkt.vlan[0] = f.vlan[0];
	p.ok = parse_network(frame, frame + f.readable, &p.pkt, &p.stop);
	p.pkt.frame_length = f.length;
	if (p.ok)
		p.ok = parse_transport(frame, frame + f.readable, &p.pkt, &p.stop);
	r = reference_read(&f);
	FUZZ_CHECK(p.ok == (r.stop == NATLOOP_OUTCOME_COUNT), "parsed %d, stop %d, reference %d",
		   p.ok, p.stop, r.stop);
	FUZZ_CHECK(p.ok || p.stop == r.stop, "stop %d, reference %d", p.stop, r.stop);
	FUZZ_CHECK(p.pkt.truncated == r.truncated, "truncated %d", p.pkt.truncated);
	if (p.ok)
		check_numbers(&p, &r, frame);
	free(room);
	return 0;
}

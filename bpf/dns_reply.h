/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A question that dns.h has read becomes its answer. Pure. */
#ifndef DNS_REPLY_H
#define DNS_REPLY_H

#include "dns.h"

#define DNS_SECTION_ANSWER 7	/* the low byte of its count in the header */
#define DNS_SECTION_AUTHORITY 9 /* the same */
#define DNS_UDP_SIZE 1232	/* what fits into every IPv6 path, flag day 2020 */
/* Of the SOA: MNAME is the name, RNAME the root (nobody), and five numbers. */
#define DNS_SOA_DATA (2 + 1 + 5 * 4)

static __always_inline void dns_put16(__u8 *byte, __u16 value)
{
	byte[0] = value >> 8;
	byte[1] = value;
}

static __always_inline void dns_put32(__u8 *byte, __u32 value)
{
	dns_put16(byte, value >> 16);
	dns_put16(byte + 2, value);
}

/* A record's owner, which is the question's name, type, class, TTL and length: 12 bytes. */
static __always_inline __u8 *dns_put_record(__u8 *out, __u16 type, __u32 ttl, __u16 length)
{
	dns_put16(out, 0xc000 | DNS_HEADER);
	dns_put16(out + 2, type);
	dns_put16(out + 4, DNS_CLASS_IN);
	dns_put32(out + 6, ttl);
	dns_put16(out + 10, length);
	return out + 12;
}

/* RFC 2308 3: TTL and MINIMUM say how long there is known to be nothing. */
static __always_inline __u8 *dns_put_soa(__u8 *out, __u32 ttl)
{
	out = dns_put_record(out, DNS_TYPE_SOA, ttl, DNS_SOA_DATA);
	dns_put16(out, 0xc000 | DNS_HEADER);
	out[2] = 0;
	dns_put32(out + 3, 1);
	dns_put32(out + 7, 3600);
	dns_put32(out + 11, 600);
	dns_put32(out + 15, 86400);
	dns_put32(out + 19, ttl);
	return out + DNS_SOA_DATA;
}

/* Without options, unsigned: DO comes back as it came (RFC 3225 3). */
static __always_inline __u8 *dns_put_opt(__u8 *out, bool dnssec_ok)
{
	out[0] = 0;
	dns_put16(out + 1, DNS_TYPE_OPT);
	dns_put16(out + 3, DNS_UDP_SIZE);
	dns_put32(out + 5, dnssec_ok ? 0x8000 : 0);
	dns_put16(out + 9, 0);
	return out + DNS_OPT;
}

static __always_inline bool dns_has(const struct natloop_addr *a)
{
	return a->w[0] | a->w[1] | a->w[2] | a->w[3];
}

static __always_inline enum natloop_dns_outcome
dns_reply_kind(const struct dns_work *w, const struct natloop_dns_value *value)
{
	if (w->type == DNS_TYPE_A && dns_has(&value->v4))
		return NATLOOP_DNS_A;
	if (w->type == DNS_TYPE_AAAA && dns_has(&value->v6))
		return NATLOOP_DNS_AAAA;
	return NATLOOP_DNS_NODATA;
}

/* RD and CD as they came, AD off, no error. */
static __always_inline void dns_reply_header(__u8 *m, bool data, bool edns)
{
	m[2] = DNS_QR | DNS_AA | (m[2] & DNS_RD);
	m[3] = DNS_RA | (m[3] & DNS_CD);
	m[DNS_SECTION_ANSWER] = data;
	m[DNS_SECTION_AUTHORITY] = !data;
	m[11] = edns;
}

/*
 * Writes the answer with what is in @value over the question in @w, which dns_question_read took.
 * Its length in bytes. Authoritative; the name's own record or, for every other type, none
 * (NODATA).
 */
__subprogram int dns_reply(struct dns_work *w, const struct natloop_dns_value *value)
{
	enum natloop_dns_outcome kind;
	__u32 at;
	__u8 *out;

	if (!w || !value)
		return 0;
	kind = dns_reply_kind(w, value);
	dns_reply_header(w->message, kind != NATLOOP_DNS_NODATA, w->edns);
	at = w->question_end & (DNS_ROOM / 2 - 1);
	out = w->message + at;
	if (kind == NATLOOP_DNS_A) {
		out = dns_put_record(out, DNS_TYPE_A, value->ttl, 4);
		__builtin_memcpy(out, &value->v4.w[3], 4);
		at += 12 + 4;
	} else if (kind == NATLOOP_DNS_AAAA) {
		out = dns_put_record(out, DNS_TYPE_AAAA, value->ttl, 16);
		__builtin_memcpy(out, &value->v6, 16);
		at += 12 + 16;
	} else {
		dns_put_soa(out, value->ttl);
		at += 12 + DNS_SOA_DATA;
	}
	if (!w->edns)
		return at;
	dns_put_opt(w->message + (at & (DNS_ROOM / 2 - 1)), w->dnssec_ok);
	return at + DNS_OPT;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A DNS message: is it a plain question, and for which name (RFC 1035 4.1, RFC 6891)? Pure.
 *
 * What the loops carry from byte to byte lies in memory, not in registers: so the verifier knows
 * nothing of it, and walks each turn once instead of once for each way to get there.
 */
#ifndef DNS_H
#define DNS_H

#include "compiler.h"
#include "natloop/dns.h"

#define DNS_HEADER 12
#define DNS_QUESTION_TAIL 4 /* type and class */
#define DNS_OPT 11	    /* the fixed part of an OPT record at the root */
#define DNS_WIRE_NAME 255   /* bytes, RFC 1035 2.3.4 */
#define DNS_LABEL 63
#define DNS_QUERY_MAX 512  /* a longer one is no plain question */
#define DNS_ROOM 1024	   /* 2^n, more than the longest answer */
#define DNS_HEADERS_MAX 48 /* IPv6 and UDP */

enum dns_flags {
	/* byte 2 of the header */
	DNS_QR = 0x80,
	DNS_OPCODE = 0x78,
	DNS_AA = 0x04,
	DNS_TC = 0x02,
	DNS_RD = 0x01,
	/* byte 3 */
	DNS_RA = 0x80,
	DNS_Z = 0x40,
	DNS_CD = 0x10,
	DNS_RCODE = 0x0f,
};

enum dns_type {
	DNS_TYPE_A = 1,
	DNS_TYPE_SOA = 6,
	DNS_TYPE_AAAA = 28,
	DNS_TYPE_OPT = 41,
	DNS_TYPE_META_FIRST = 249, /* TKEY, TSIG, transfers, MAILB, MAILA: no data types */
	DNS_TYPE_META_LAST = 254,
};

#define DNS_CLASS_IN 1

/* Room for one packet and what is found in it. */
struct dns_work {
	/* The headers end where the message begins: IPv4's are in the last 28 bytes. */
	__u8 headers[DNS_HEADERS_MAX];
	__u8 message[DNS_ROOM];
	__u8 text[256]; /* the name from [1] on, lower case, with dots */
	struct natloop_dns_key key;
	__u32 question_end; /* offset in the message behind the question */
	__u32 length;	    /* of the name as text */
	__u16 type;
	__u8 left; /* of the label in hand */
	bool edns;
	bool dnssec_ok;
};

static __always_inline __u16 dns_u16(const __u8 *byte)
{
	return byte[0] << 8 | byte[1];
}

static __always_inline __u8 dns_lower(__u8 byte)
{
	return byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte;
}

/*
 * The name of the question, in a message of @length bytes: fills text, length, and question_end
 * with where the name ends. 1, or 0: it is compressed or too long, or has a byte in it that stands
 * for something else in the keys (a dot or 0 in a label: no name of ours has that).
 */
__subprogram int dns_name_read(struct dns_work *w, __u32 length)
{
	if (!w)
		return 0;
	w->left = 0;
	for (__u32 i = 0; i < DNS_WIRE_NAME; i++) {
		__u8 byte = w->message[DNS_HEADER + i];

		if (DNS_HEADER + i >= length)
			return 0;
		if (!w->left) {
			if (!byte) {
				w->length = i ? i - 1 : 0;
				w->question_end = DNS_HEADER + i + 1;
				return 1;
			}
			if (byte > DNS_LABEL)
				return 0;
			w->left = byte;
			w->text[i] = '.';
		} else {
			if (!byte || byte == '.')
				return 0;
			w->left--;
			w->text[i] = dns_lower(byte);
		}
	}
	return 0;
}

/* The key of the name that was read. */
__subprogram int dns_key_read(struct dns_work *w)
{
	__u32 length;

	if (!w)
		return 0;
	length = w->length;
	for (__u32 i = 0; i < NATLOOP_DNS_TEXT; i++) {
		if (i >= length)
			break;
		w->key.byte[i] = w->text[(length - i) & 0xff];
	}
	w->key.byte[length & 0xff] = 0;
	w->key.bits = (length + 1) * 8;
	return 1;
}

/* RFC 6891 6.1.2: one OPT record, version 0, and nothing behind it. @at: where it begins. */
static __always_inline bool dns_read_opt(struct dns_work *w, __u32 at, __u32 length)
{
	const __u8 *opt = w->message + (at & (DNS_ROOM / 2 - 1));

	if (at + DNS_OPT > length)
		return false;
	/* Name, type, version; the upper bits of an RCODE mean nothing in a question. */
	if (opt[0] || dns_u16(opt + 1) != DNS_TYPE_OPT || opt[6])
		return false;
	w->edns = true;
	w->dnssec_ok = opt[7] & 0x80; /* RFC 3225 */
	return at + DNS_OPT + dns_u16(opt + 9) == length;
}

static __always_inline bool dns_is_query(const __u8 *header)
{
	if (header[2] & (DNS_QR | DNS_OPCODE | DNS_TC) || header[3] & (DNS_Z | DNS_RCODE))
		return false;
	return dns_u16(header + 4) == 1 && !dns_u16(header + 6) && !dns_u16(header + 8) &&
	       dns_u16(header + 10) <= 1;
}

static __always_inline bool dns_is_data_type(__u16 type)
{
	return type && type != DNS_TYPE_OPT &&
	       (type < DNS_TYPE_META_FIRST || type > DNS_TYPE_META_LAST);
}

/*
 * Is the message of @length bytes a plain question, and nothing else? Then 1, and all of @w but the
 * headers is filled in.
 */
__subprogram int dns_question_read(struct dns_work *w, __u32 length)
{
	const __u8 *tail;
	__u32 end;

	if (!w || length < DNS_HEADER + 1 + DNS_QUESTION_TAIL || length > DNS_QUERY_MAX)
		return 0;
	w->edns = false;
	w->dnssec_ok = false;
	if (!dns_is_query(w->message) || !dns_name_read(w, length))
		return 0;
	end = w->question_end;
	if (end + DNS_QUESTION_TAIL > length)
		return 0;
	tail = w->message + (end & (DNS_ROOM / 2 - 1));
	w->type = dns_u16(tail);
	if (!dns_is_data_type(w->type) || dns_u16(tail + 2) != DNS_CLASS_IN)
		return 0;
	end += DNS_QUESTION_TAIL;
	w->question_end = end;
	if (dns_u16(w->message + 10) ? !dns_read_opt(w, end, length) : end != length)
		return 0;
	return dns_key_read(w);
}

#endif

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The packet that an ICMP error quotes, and the errors that must not pass. */
#include "flow.h"

#include <netinet/in.h>
#include <stdio.h>

#define NOP 1

static const uint8_t protos[] = { IPPROTO_UDP, IPPROTO_TCP };

/* @change makes the error, from each side about each protocol, special; it must arrive so. */
static void each_way(struct suite *s, void (*change)(struct frame_icmp *), const char *what)
{
	char text[120];

	for (int i = 0; i < SIDES * 2; i++) {
		struct flow f = flow_establish(s, protos[i / 2], CLIENT, suite_port(s), 21116);
		struct frame_icmp in, out;

		in = flow_error(&f, i % 2, ICMP_IS_UNREACHABLE, ICMP_CODE_PORT);
		change(&in);
		out = flow_error_translated(&f, i % 2, &in);
		snprintf(text, sizeof(text), "%s, %s %s", what, proto_name(f.proto),
			 side_name(i % 2));
		expect_sent_icmp(s, &in, &out, text);
	}
}

static void change_whole(struct frame_icmp *e)
{
	e->quoted.payload = 480;
	e->quoted_length = FRAME_QUOTE_WHOLE;
}

/* 1500 bytes in all. */
static void change_longest(struct frame_icmp *e)
{
	e->quoted.payload = e->quoted.proto == IPPROTO_UDP ? 1444 : 1432;
	e->quoted_length = FRAME_QUOTE_WHOLE;
}

static void change_odd(struct frame_icmp *e)
{
	e->quoted.payload = 333;
	e->quoted_length = 101;
}

static void change_odd_whole(struct frame_icmp *e)
{
	e->quoted.payload = 99;
	e->quoted_length = FRAME_QUOTE_WHOLE;
}

static void lengths(struct suite *s)
{
	each_way(s, change_whole, "a quote of the whole packet");
	each_way(s, change_longest, "a quote that fills 1500 bytes");
	each_way(s, change_odd, "a quote of 101 bytes");
	each_way(s, change_odd_whole, "a quote of a whole packet of odd length");
	passed(s, "quotes of any length are right in all their checksums");
}

static void change_options(struct frame_icmp *e)
{
	e->ip_options = 12;
	e->ip_option_byte = NOP;
}

static void change_quoted_options(struct frame_icmp *e)
{
	e->quoted.ip_options = 20;
	e->quoted.ip_option_byte = NOP;
	e->quoted_length = 40;
}

static void change_both_options(struct frame_icmp *e)
{
	change_options(e);
	change_quoted_options(e);
}

static void options(struct suite *s)
{
	each_way(s, change_options, "an error with IP options");
	each_way(s, change_quoted_options, "a quote with IP options");
	each_way(s, change_both_options, "an error and a quote with IP options");
	passed(s, "IP options in the error and in the quote are walked past");
}

/* A first fragment may be quoted, and a packet that some router has marked. */
static void change_fragment(struct frame_icmp *e)
{
	e->quoted.fragment = FRAME_MF;
	e->quoted.tos = 0x2e << 2;
	e->quoted.id = 0xbeef;
}

static void fragment(struct suite *s)
{
	each_way(s, change_fragment, "a quote of a first fragment");
	passed(s, "an error about a first fragment passes");
}

static void no_checksum(struct suite *s)
{
	for (int side = 0; side < SIDES; side++) {
		struct flow f = flow_establish(s, IPPROTO_UDP, CLIENT, suite_port(s), 21116);
		struct frame_icmp in = flow_error(&f, side, ICMP_IS_UNREACHABLE, ICMP_CODE_PORT);
		struct frame_icmp out;

		in.quoted.no_check = true;
		out = flow_error_translated(&f, side, &in);
		expect_sent_icmp(s, &in, &out, "a quote of a datagram without a checksum");
	}
	passed(s, "a quoted UDP checksum of 0 stays 0");
}

/* The end of the quote may be another packet's, as far as a NAT can know. */
static void change_transport_check(struct frame_icmp *e)
{
	e->quoted.check_error = 0x1000;
	e->quoted_length = FRAME_QUOTE_WHOLE;
}

static void transport_check(struct suite *s)
{
	each_way(s, change_transport_check, "a quote with a wrong transport checksum");
	passed(s,
	       "a wrong transport checksum in the quote is no reason to discard, and stays wrong");
}

/* Refused, from both sides about both protocols. */
static void no_way(struct suite *s, void (*change)(struct frame_icmp *), const char *what)
{
	char text[120];

	for (int i = 0; i < SIDES * 2; i++) {
		struct flow f = flow_establish(s, protos[i / 2], CLIENT, suite_port(s), 21116);
		struct frame_icmp in;

		in = flow_error(&f, i % 2, ICMP_IS_UNREACHABLE, ICMP_CODE_PORT);
		change(&in);
		snprintf(text, sizeof(text), "%s, %s %s", what, proto_name(f.proto),
			 side_name(i % 2));
		expect_kept_icmp(s, &in, text);
		flow_talk(s, &f, "data after a wrong ICMP error");
	}
}

static void change_check(struct frame_icmp *e)
{
	e->check_error = 0x0100;
}

static void bad_check(struct suite *s)
{
	no_way(s, change_check, "an error with a wrong ICMP checksum");
	passed(s, "an error with a wrong ICMP checksum is discarded");
}

static void change_quoted_check(struct frame_icmp *e)
{
	e->quoted.ip_check_error = 0x0100;
}

static void bad_quoted_check(struct suite *s)
{
	no_way(s, change_quoted_check, "an error with a wrong checksum in the quoted IP header");
	passed(s, "an error with a wrong checksum in the quoted IP header is discarded");
}

static void change_ip_check(struct frame_icmp *e)
{
	e->ip_check_error = 0x0001;
}

static void bad_ip_check(struct suite *s)
{
	no_way(s, change_ip_check, "an error with a wrong IP checksum");
	passed(s, "an error with a wrong IP checksum is discarded");
}

static void change_short(struct frame_icmp *e)
{
	e->quoted_length = 3;
}

static void cut_short(struct suite *s)
{
	no_way(s, change_short, "an error that quotes 3 bytes of transport header");
	passed(s, "an error that quotes less than the ports is discarded");
}

const struct suite_case icmp_quote_cases[] = {
	{ "icmp-quote-length", "5508 R4, R5", lengths },
	{ "icmp-quote-options", "5508 R3b", options },
	{ "icmp-quote-fragment", "5508 R4, R5", fragment },
	{ "icmp-quote-no-checksum", "5508 R4, R5", no_checksum },
	{ "icmp-quote-transport-checksum", "5508 R3c", transport_check },
	{ "icmp-bad-checksum", "5508 R3", bad_check },
	{ "icmp-bad-quoted-checksum", "5508 R3a", bad_quoted_check },
	{ "icmp-bad-ip-checksum", "1812 s5.2.2", bad_ip_check },
	{ "icmp-cut-short", "792", cut_short },
	{ 0 },
};

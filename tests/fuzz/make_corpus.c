// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Writes the binary seeds of the corpus with the packet builder of the tests: make_corpus DIRECTORY
 * (tests/fuzz/corpus). Seeds that are text were written by hand.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "frame_icmp.h"

static const char *directory;

/* What a target's input begins with, before the frame. */
struct head {
	const char *target;
	size_t length;
	uint8_t byte[16];
};

static const struct head parse_whole = { "parse", 4, { 16 } };
/* The tag with id 8 beside the frame, and 256 bytes of it not readable. */
static const struct head parse_tagged = { "parse", 4, { 0x99, 0, 8, 1 } };
/* All checksums made right, then 192.168.11.20:21116 and 172.16.16.1:40000. */
static const struct head edits = {
	"edits", 13, { 3, 172, 16, 16, 1, 192, 168, 11, 20, 0x9c, 0x40, 0x52, 0x7c }
};
static const struct head programs = { "programs", 1, { ETH1 } };

static void write_seed(const struct head *head, const char *name, const void *byte, size_t length)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, head->target);
	if (mkdir(path, 0755) && errno != EEXIST) {
		perror(path);
		exit(1);
	}
	snprintf(path, sizeof(path), "%s/%s/%s", directory, head->target, name);
	file = fopen(path, "w");
	if (!file || fwrite(head->byte, 1, head->length, file) != head->length ||
	    (length && fwrite(byte, 1, length, file) != length) || fclose(file)) {
		perror(path);
		exit(1);
	}
}

static void write_frame(const struct head *head, const char *name, const struct frame *f)
{
	struct wire w = { .length = 0 };

	frame_write(f, &w);
	write_seed(head, name, w.byte, w.length);
}

/* One of each kind that the code tells apart. */
static void write_frames(uint8_t proto, const char *name)
{
	static const struct head *const heads[] = { &parse_whole, &edits, &programs };
	struct frame f = frame_from(proto, CLIENT, 40000, PUBLIC, 21116);
	char full[64];

	f.payload = 9;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		write_frame(heads[i], name, &f);
	f.ip_options = 8;
	f.tcp_options = 12;
	f.padding = 6;
	f.tags = 1;
	f.tag[0] = (struct frame_tag){ 0x8100, 0xf008 };
	snprintf(full, sizeof(full), "%s-options-tag", name);
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		write_frame(heads[i], full, &f);
	f.tags = 2;
	f.tag[0].tpid = 0x88a8;
	f.tag[1] = (struct frame_tag){ 0x8100, 0x1009 };
	snprintf(full, sizeof(full), "%s-two-tags", name);
	write_frame(&parse_whole, full, &f);
	f.tags = 1;
	snprintf(full, sizeof(full), "%s-tag-beside", name);
	write_frame(&parse_tagged, full, &f);
}

static void write_odd_frames(void)
{
	struct frame f = frame_from(IPPROTO_UDP, CLIENT, 40000, PUBLIC, 21116);

	f.no_check = true;
	write_frame(&edits, "udp-no-checksum", &f);
	write_frame(&programs, "udp-no-checksum", &f);
	f.no_check = false;
	f.check_error = 0x1111;
	f.ip_check_error = 0x2222;
	write_frame(&programs, "udp-wrong-checksums", &f);
	f = frame_from(IPPROTO_UDP, CLIENT, 40000, PUBLIC, 21116);
	f.fragment = FRAME_MF;
	write_frame(&parse_whole, "first-fragment", &f);
	write_frame(&programs, "first-fragment", &f);
	f = frame_from(0, CLIENT, 0, PUBLIC, 0);
	f.proto = IPPROTO_UDP;
	f.fragment = 5;
	write_frame(&parse_whole, "later-fragment", &f);
	write_frame(&programs, "later-fragment", &f);
	f = frame_from(IPPROTO_ICMP, CLIENT, 0, PUBLIC, 0);
	write_frame(&parse_whole, "icmp", &f);
	write_frame(&programs, "icmp", &f);
	f.proto = IPPROTO_SCTP;
	write_frame(&parse_whole, "sctp", &f);
	f = frame_from(IPPROTO_TCP, SERVER, 21116, PUBLIC, 40000);
	write_frame(&programs, "tcp-reply", &f);
	f = frame_from(IPPROTO_TCP, CLIENT, 40000, PUBLIC, 22);
	write_frame(&programs, "tcp-not-forwarded", &f);
}

/* An ICMP error about the packet that SERVER got: whole for the programs, the message for icmp. */
static void write_error(const char *name, const struct frame_icmp *f)
{
	/* Nothing made right, then 172.16.16.1 -> 192.168.11.2, ports 21116 -> 40000. */
	static const struct head head = {
		"icmp", 13, { 0, 192, 168, 11, 2, 172, 16, 16, 1, 0x9c, 0x40, 0x52, 0x7c }
	};
	struct wire w = { .length = 0 };
	char full[64];

	frame_icmp_write(f, &w);
	write_seed(&head, name, w.byte + w.l4, w.length - w.l4);
	snprintf(full, sizeof(full), "error-%s", name);
	write_seed(&programs, full, w.byte, w.length);
}

static void write_errors(void)
{
	static const uint8_t protos[] = { IPPROTO_TCP, IPPROTO_UDP };
	struct frame about;
	struct frame_icmp f;
	char name[64];
	/* The checksums of IPv4 and ICMP made right, and the quoted one so that it will be 0. */
	static const struct head aimed = {
		"icmp", 13, { 19, 192, 168, 11, 2, 172, 16, 16, 1, 0x9c, 0x40, 0x52, 0x7c }
	};
	struct wire w = { .length = 0 };

	for (size_t i = 0; i < 2; i++) {
		about = frame_from(protos[i], PUBLIC, 40000, SERVER, 21116);
		f = frame_icmp_about(ICMP_IS_UNREACHABLE, ICMP_CODE_PORT, SERVER, &about);
		snprintf(name, sizeof(name), "%s-short", i ? "udp" : "tcp");
		write_error(name, &f);
		f.quoted_length = FRAME_QUOTE_WHOLE;
		f.quoted.ip_options = f.ip_options = 8;
		f.type = ICMP_IS_TIME_EXCEEDED;
		f.code = 0;
		snprintf(name, sizeof(name), "%s-whole-options", i ? "udp" : "tcp");
		write_error(name, &f);
	}
	f.quoted.no_check = true;
	write_error("udp-no-checksum", &f);
	frame_icmp_write(&f, &w);
	write_seed(&aimed, "udp-zero-sum", w.byte + w.l4, w.length - w.l4);
	f.quoted.no_check = false;
	f.check_error = 0x1111;
	write_error("wrong-checksum", &f);
	f.check_error = 0;
	f.quoted.ip_check_error = 0x1111;
	write_error("wrong-quoted-checksum", &f);
}

/* A payload, the room for pieces, flags and offset of what is cut, backwards; then fragments. */
static void write_fragments(void)
{
	static const struct head in_order = { "fragment", 7, { 0x0b, 0xb8, 0x02, 0x28, 0, 0, 0 } };
	static const struct head backwards = { "fragment", 7, { 0x03, 0xe8, 0, 24, 0x20, 5, 3 } };
	/* Last or not, where, how long, twice or not. */
	static const uint8_t gap[] = { 0, 0, 0, 0, 63, 0, 1, 0, 16, 0, 30, 0, 0, 0, 8, 0, 63, 1 };
	static const uint8_t odd[] = { 1, 0, 16, 0, 30, 0, 0, 0,  16, 0, 63, 0,	 1, 0, 8,
				       0, 7, 0,	 0, 0,	4, 0, 63, 0,  0, 0,  64, 0, 7, 0 };
	struct frame f = frame_from(IPPROTO_UDP, CLIENT, 40000, PUBLIC, 21116);
	struct wire w = { .length = 0 };
	uint8_t many[6 * 40] = { 0 };

	/* Every other one, backwards: more gaps than are remembered. */
	for (size_t i = 0; i < sizeof(many); i += 6)
		many[i + 2] = (uint8_t)(100 - i / 3);
	write_seed(&in_order, "many", many, sizeof(many));
	write_seed(&in_order, "gap", gap, sizeof(gap));
	write_seed(&backwards, "odd", odd, sizeof(odd));
	write_seed(&in_order, "none", NULL, 0);
	f.fragment = 0;
	frame_fragment_write(&f, 0, 16, true, &w);
	write_seed(&programs, "fragment-first", w.byte, w.length);
	frame_fragment_write(&f, 16, 24, false, &w);
	write_seed(&programs, "fragment-last", w.byte, w.length);
	f.proto = IPPROTO_TCP;
	frame_fragment_write(&f, 0, 8, true, &w);
	write_seed(&programs, "fragment-tiny", w.byte, w.length);
	f.payload = 1600;
	frame_write(&f, &w);
	write_seed(&programs, "to-be-cut", w.byte, w.length);
}

/* Addresses and ports before and after, and the rest that a checksum covers. */
static void write_sums(void)
{
	static const struct head head = { "csum", 6, { 0x12, 0x34, 0, 0x45, 64, 6 } };
	uint8_t byte[80 + 21];

	for (size_t i = 0; i < sizeof(byte); i++)
		byte[i] = (uint8_t)(i * 37);
	write_seed(&head, "counting", byte, sizeof(byte));
	memset(byte, 0xff, sizeof(byte));
	write_seed(&head, "all-ones", byte, sizeof(byte));
	memset(byte, 0, sizeof(byte));
	write_seed(&head, "all-zero", byte, sizeof(byte));
}

/* A question, then addresses, links, LANs and forwards. */
static void write_lookups(void)
{
	static const struct head client = {
		"lookup", 9, { 1, 2, 1, 0, 0, 6, 0x52, 0x7c } /* 192.168.11.2 on 1, tcp/21116 */
	};
	static const uint8_t small[] = { 2, 2,	1,   1, 20,	  /* two addresses */
					 2, 5,	149,		  /* two links */
					 2, 88, 1,   0, 64, 1, 0, /* two LANs */
					 3, 1,	200, 3, 1,  2, 3, 0 };
	uint8_t full[1024];

	write_seed(&client, "small", small, sizeof(small));
	memset(full, 255, sizeof(full));
	write_seed(&client, "full", full, sizeof(full));
	memset(full + 1, 0x21, sizeof(full) - 1);
	write_seed(&client, "many-addresses", full, sizeof(full));
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: make_corpus DIRECTORY\n");
		return 2;
	}
	directory = argv[1];
	write_frames(IPPROTO_TCP, "tcp");
	write_frames(IPPROTO_UDP, "udp");
	write_odd_frames();
	write_errors();
	write_fragments();
	write_sums();
	write_lookups();
	return 0;
}

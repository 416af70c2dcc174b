// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "client.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stand_in.h"

struct client_options client_options = {
	.relay = "",
	.key = "",
	.speed = 1,
};

static void __attribute__((noreturn)) usage(FILE *to, int status)
{
	fputs("usage: client serve   --server NAME[:PORT] --id ID [OPTION...]\n"
	      "       client connect --server NAME[:PORT] [OPTION...] ID\n"
	      "       client nat     --server NAME[:PORT] [OPTION...]\n"
	      "serve is controlled: prints 'registered', then what happens, a line each.\n"
	      "connect controls ID: prints one line of JSON, and one more after --hold.\n"
	      "nat prints what the NAT test found.\n"
	      "  --relay HOST[:PORT]   serve: the client's own setting of a relay\n"
	      "  --key KEY             what hbbs and hbbr ask for\n"
	      "  --hosts FILE          where names are looked up instead of the system\n"
	      "  --resolver ADDRESS    the same: the only DNS server\n"
	      "  --speed N             all times are N times as short\n"
	      "  --direct-failures N   connect: so often no direct connection was had before\n"
	      "  --force-relay         connect: ask for a relay at once\n"
	      "  --hold SECONDS        connect: keep the session, then ask the peer if it is "
	      "there\n"
	      "  --silent              nothing is sent in a session but its first message\n",
	      to);
	exit(status);
}

static void set_option(int option)
{
	switch (option) {
	case 'S':
		client_options.server = optarg;
		break;
	case 'i':
		client_options.id = optarg;
		break;
	case 'r':
		client_options.relay = optarg;
		break;
	case 'k':
		client_options.key = optarg;
		break;
	case 'H':
		client_options.hosts = optarg;
		break;
	case 'R':
		client_options.resolver = optarg;
		break;
	case 's':
		client_options.speed = parse_number(optarg, 1, 100);
		break;
	case 'd':
		client_options.direct_failures = parse_number(optarg, 0, 1000);
		break;
	case 'f':
		client_options.force_relay = true;
		break;
	case 'o':
		client_options.hold = parse_number(optarg, 1, 100000);
		break;
	case 'q':
		client_options.silent = true;
		break;
	case 'h':
		usage(stdout, STATUS_DONE);
	default:
		usage(stderr, STATUS_USAGE);
	}
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "server", required_argument, NULL, 'S' },
		{ "id", required_argument, NULL, 'i' },
		{ "relay", required_argument, NULL, 'r' },
		{ "key", required_argument, NULL, 'k' },
		{ "hosts", required_argument, NULL, 'H' },
		{ "resolver", required_argument, NULL, 'R' },
		{ "speed", required_argument, NULL, 's' },
		{ "direct-failures", required_argument, NULL, 'd' },
		{ "force-relay", no_argument, NULL, 'f' },
		{ "hold", required_argument, NULL, 'o' },
		{ "silent", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{},
	};
	const char *verb;
	int option, left;

	while ((option = getopt_long(argc, argv, "h", longs, NULL)) != -1)
		set_option(option);
	left = argc - optind;
	if (!left || !client_options.server)
		usage(stderr, STATUS_USAGE);
	verb = argv[optind];
	if (!strcmp(verb, "serve") && left == 1 && client_options.id)
		client_serve();
	if (!strcmp(verb, "connect") && left == 2)
		return client_control(argv[optind + 1]);
	if (!strcmp(verb, "nat") && left == 1) {
		event("%s", client_nat_text(client_nat_test()));
		return STATUS_DONE;
	}
	usage(stderr, STATUS_USAGE);
}

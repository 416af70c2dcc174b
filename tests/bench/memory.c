// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a flow costs in memory: what the kernel has less than before (vmalloc, slabs and per-CPU
 * memory of /proc/meminfo), divided by the flows.
 *
 *	memory natloop FLOWS ROUND		makes the table as attach makes it, and fills it
 *	memory around SYSTEM FLOWS ROUND COMMAND...	the COMMAND makes the flows
 *	memory send INTERFACE FLOWS		the first packets of so many flows, as frames
 *
 * Where others have taken or given memory meanwhile there is no figure, and the status is 75.
 *
 * What each of natloop's maps says it is charged (memlock in its fdinfo) is printed beside it: it
 * is exact, whatever else the machine does, but has no programs in it, and for a map whose
 * elements are allocated one by one it leaves out what the allocator rounds up.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "feed.h"
#include "loaded.h"
#include "record.h"
#include "tables.h"

#define SETTLE_US 300000
#define SETTLE_TURNS 30
#define SETTLED_BYTES 65536
#define PROGRAMS_MOST (4 << 20) /* bytes, of the programs and what belongs to them */
/* Bytes that a flow of another system may take. */
#define FLOW_LEAST 64
#define FLOW_MOST 1024
#define BUSY 75 /* exit status (EX_TEMPFAIL): others have taken or given memory meanwhile */

/* Bytes of the whole machine that belong to what maps and flows can be made of. */
static long long kernel_memory(void)
{
	static const char *const parts[] = { "VmallocUsed:", "SUnreclaim:", "Percpu:" };
	long long sum = 0, kilobytes;
	char line[256], name[64];
	FILE *file = fopen("/proc/meminfo", "r");

	CHECK(file, "/proc/meminfo cannot be read: %m");
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%63s %lld kB", name, &kilobytes) != 2)
			continue;
		for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
			sum += strcmp(name, parts[i]) ? 0 : kilobytes * 1024;
	}
	fclose(file);
	return sum;
}

/* The same when it rests: maps are freed some time after they were closed. */
static long long settled_memory(void)
{
	long long before, now = kernel_memory();

	for (int i = 0; i < SETTLE_TURNS; i++) {
		before = now;
		usleep(SETTLE_US);
		now = kernel_memory();
		if (llabs(now - before) < SETTLED_BYTES)
			break;
	}
	return now;
}

static void report(const char *system, uint32_t flows, int round, long long bytes, const char *note)
{
	char variant[32];

	snprintf(variant, sizeof(variant), "%u flows", flows);
	record("memory", variant, system, round, (double)bytes / flows, "bytes/flow", note);
	fprintf(stderr, "memory: round %d: %s, %s: %.1f bytes/flow\n", round, system, variant,
		(double)bytes / flows);
}

/* Fills a table. True: nothing else in the machine has taken or given memory meanwhile. */
static bool natloop(uint32_t flows, int round)
{
	struct feed_load load = feed_bindings(IPPROTO_UDP, flows);
	long long before = settled_memory(), at_attach, full, charged;
	struct feed feed;
	char note[160];
	bool quiet;
	void *state;

	state = prog_run_make(NATLOOP_HOOK_TC, flows);
	prog_run_program(state, NATLOOP_HOOK_XDP);
	at_attach = settled_memory() - before;
	feed_make(&feed, state, 1);
	feed_choose(&feed, &load);
	feed_expect(&feed, NATLOOP_HOOK_TC, NATLOOP_NEW_FLOW, flows);
	full = settled_memory() - before;
	charged = (long long)tables_charged(state);
	quiet = full > charged && full < charged + charged / 4 + PROGRAMS_MOST;
	snprintf(note, sizeof(note),
		 "maps and programs; %.1f at attach; by the maps' own account %.1f",
		 (double)at_attach / flows, (double)charged / flows);
	if (quiet)
		report("natloop", flows, round, full, note);
	tables_clear(state);
	feed_end(&feed);
	prog_run_teardown(&state);
	loaded_drop();
	return quiet;
}

static int around(const char *system, uint32_t flows, int round, char **command)
{
	long long before = settled_memory(), bytes;
	pid_t child = fork();
	int status = 1;

	if (!child) {
		execvp(command[0], command);
		_exit(127);
	}
	CHECK(child > 0 && waitpid(child, &status, 0) == child, "no process: %m");
	if (status)
		return 1;
	bytes = settled_memory() - before;
	if (bytes < (long long)flows * FLOW_LEAST || bytes > (long long)flows * FLOW_MOST)
		return BUSY;
	report(system, flows, round, bytes, NULL);
	return 0;
}

static void send_flows(const char *interface, uint32_t flows)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_ifindex = (int)if_nametoindex(interface),
	};
	int fd = socket(AF_PACKET, SOCK_RAW, 0);
	struct wire w = {};

	CHECK(fd >= 0 && to.sll_ifindex, "%s: no socket: %m", interface);
	for (uint32_t i = 0; i < flows; i++) {
		/* Of one port of the server's the NAT can tell apart no more flows than ports. */
		struct frame f =
			frame_from(IPPROTO_UDP, CLIENT, 1024 + i / 2, PUBLIC, i % 2 ? 21116 : 5353);

		frame_write(&f, &w);
		CHECK(sendto(fd, w.byte, w.length, 0, (void *)&to, sizeof(to)) == w.length,
		      "%s: a frame was not sent: %m", interface);
	}
	close(fd);
}

static uint32_t number(const char *text, uint32_t most)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	CHECK(*text && !*end && value && value <= most, "%s is no number from 1 to %u", text, most);
	return (uint32_t)value;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "natloop"))
		return natloop(number(argv[2], FEED_FLOWS_MAX), (int)number(argv[3], 1000)) ? 0 :
											      BUSY;
	if (argc > 5 && !strcmp(argv[1], "around"))
		return around(argv[2], number(argv[3], FEED_FLOWS_MAX), (int)number(argv[4], 1000),
			      argv + 5);
	if (argc == 4 && !strcmp(argv[1], "send")) {
		send_flows(argv[2], number(argv[3], 2 * (65536 - 1024)));
		return 0;
	}
	fputs("usage: memory natloop FLOWS ROUND\n"
	      "       memory around SYSTEM FLOWS ROUND COMMAND...\n"
	      "       memory send INTERFACE FLOWS\n",
	      stderr);
	return 2;
}

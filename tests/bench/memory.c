// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a flow of natloop's costs in memory: the table is made as attach makes it, then filled by
 * the first packets of as many flows as it can hold, each with a binding of its own.
 *
 * The figure is what the kernel has less than before (vmalloc, slabs and per-CPU memory of
 * /proc/meminfo), divided by the flows. What each map says it is charged (memlock in its fdinfo) is
 * printed beside it: it is exact, whatever else the machine does, but for a map whose elements are
 * allocated one by one it leaves out what the allocator rounds up.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "feed.h"
#include "record.h"
#include "tables.h"

#define ROUNDS 3
#define SETTLE_US 300000
#define SETTLE_TURNS 30
#define SETTLED_BYTES 65536

/* Bytes of the whole machine that belong to what maps can be made of. */
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

static void measure(uint32_t flows, int round)
{
	struct feed_load load = feed_bindings(IPPROTO_UDP, flows);
	unsigned long long attach_charged, full_charged;
	long long before = settled_memory(), at_attach, full;
	struct feed feed;
	char name[32];
	void *state;

	state = prog_run_make(NATLOOP_HOOK_TC, flows);
	attach_charged = tables_charged(state);
	at_attach = settled_memory() - before;
	feed_make(&feed, state);
	feed_choose(&feed, &load);
	feed_expect(&feed, NATLOOP_HOOK_TC, NATLOOP_NEW_FLOW, flows);
	full = settled_memory() - before;
	full_charged = tables_charged(state);
	snprintf(name, sizeof(name), "%u flows", flows);
	record("memory", name, "natloop", round, (double)full / flows, "bytes/flow");
	fprintf(stderr,
		"%-13s natloop round %d: %.1f bytes/flow, %.1f by the maps' account; at attach "
		"%.1f, %.1f\n",
		name, round, (double)full / flows, (double)full_charged / flows,
		(double)at_attach / flows, (double)attach_charged / flows);
	tables_clear(state);
	feed_end(&feed);
	prog_run_teardown(&state);
}

int main(void)
{
	static const uint32_t sizes[] = { 10000, 100000, 1000000 };

	for (int round = 1; round <= ROUNDS; round++)
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
			measure(sizes[i], round);
	return 0;
}

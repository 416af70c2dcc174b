// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "doctor_ask.h"

#include <errno.h>
#include <stdlib.h>

#include "address.h"
#include "util.h"

/* Of 1000 ms: so long may be the way of a datagram and its answer. */
static const struct probe_options first = { .timeout_ms = 1000, .tries = 2 };
/* The kernel repeats a SYN after 1 s and after 3 s. */
static const struct probe_options second = { .timeout_ms = 1200, .tries = 3 };

/* What a lost packet looks like. Silence of plain UDP says nothing, however often it is asked. */
static bool is_doubtful(const struct probe *probe)
{
	return (probe->result == PROBE_SILENT && probe->kind != PROBE_UDP) ||
	       probe->result == PROBE_CLOSED;
}

/* What is asked, without what came of it. */
static struct probe fresh(const struct probe *probe)
{
	return (struct probe){
		.kind = probe->kind,
		.address = probe->address,
		.port = probe->port,
		.port2 = probe->port2,
		.from = probe->from,
		.key = probe->key,
		.asked = 2,
	};
}

int doctor_ask(struct probe *probe, size_t count, bool again, struct problem *p)
{
	_cleanup_free_ struct probe *more = calloc(count + 1, sizeof(*more));
	size_t doubtful = 0, next = 0;
	int err;

	if (!more)
		return problem(p, -ENOMEM, "probes", "", "out of memory");
	for (size_t i = 0; i < count; i++)
		probe[i].asked = 1;
	err = probe_run(probe, count, &first, p);
	for (size_t i = 0; !err && again && i < count; i++)
		if (is_doubtful(&probe[i]))
			more[doubtful++] = fresh(&probe[i]);
	if (!doubtful)
		return err;
	err = probe_run(more, doubtful, &second, p);
	for (size_t i = 0; i < count; i++)
		if (is_doubtful(&probe[i]))
			probe[i] = more[next++];
	return err;
}

void doctor_add_unreliable(struct doctor_report *report, const struct probe *probe,
			   const char *object)
{
	char address[ADDRESS_TEXT_MAX];

	if (probe->result != PROBE_OK || probe->asked < 2)
		return;
	address_format(&probe->address, address, sizeof(address));
	doctor_add(report, "unreliable", DOCTOR_WARNING, object,
		   "see with ping whether packets get lost: a cable, Wi-Fi, or a busy server",
		   "%s answers only sometimes: 1 of %u questions", address, probe->asked);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Programs that somebody has removed: with the qdisc (tc qdisc del), or by 'ip link set xdp off'.
 */
#include <errno.h>
#include <net/if.h>
#include <string.h>

#include "util.h"
#include "watch_parts.h"

/* Removed once in so long is not again and again: milliseconds. */
#define FORGET 300000
#define RETRY 1000

int64_t watch_programs_due(const struct watch_programs *programs)
{
	int64_t due = burst_due(&programs->events);

	return due == WATCH_NEVER || due > programs->from ? due : programs->from;
}

static bool mark(struct watch *w, const struct instance_iface *iface)
{
	for (size_t i = 0; i < w->interfaces; i++) {
		struct watch_interface *interface = &w->interface[i];

		if (interface->ifindex != iface->ifindex ||
		    (int)if_nametoindex(interface->name) != iface->ifindex)
			continue;
		interface->ifindex = 0;
		interface->removed = true;
		return true;
	}
	return false;
}

/* 1: some program was removed, 0: none; or a negative errno. watch_apply tells what is wrong. */
static int find(struct watch *w)
{
	_cleanup_free_ struct instance_iface *list = NULL;
	struct problem p = { .usage = false };
	struct instance *inst;
	size_t count = 0;
	int err = instance_open(w->env, &inst, &p), any = 0;

	if (err)
		return err;
	if (!instance_unfinished(inst))
		err = instance_interfaces(inst, &list, &count);
	if (!err)
		instance_check(inst, list, count);
	instance_close(inst);
	for (size_t i = 0; i < count && !err; i++)
		any |= list[i].removed && mark(w, &list[i]);
	return err ? err : any;
}

bool watch_programs_look(struct watch_programs *programs, struct watch *w, int64_t now)
{
	int found;

	if (now < watch_programs_due(programs))
		return false;
	programs->events.pending = false;
	found = find(w);
	/* Of what happened nobody tells twice; where nothing is attached nothing is missing. */
	if (found < 0 && found != -ENOENT) {
		burst_event(&programs->events, now);
		if (programs->from < now + RETRY)
			programs->from = now + RETRY;
	}
	if (found <= 0)
		return false;
	if (now - programs->from > FORGET)
		programs->removals = 0;
	programs->removals++;
	programs->from = now + 1000LL * watch_backoff(programs->removals);
	return true;
}

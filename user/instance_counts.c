// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The counters, over CPUs and hooks. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "hairpin.h"
#include "instance_parts.h"
#include "util.h"

int instance_counts(const struct instance *inst, struct natloop_counts *ret)
{
	int cpus = libbpf_num_possible_cpus(), fd = inst->dp.map[DATAPLANE_STATS];
	_cleanup_free_ struct natloop_counts *all = NULL;

	if (cpus < 0)
		return cpus;
	all = calloc(cpus, sizeof(*all));
	if (!all)
		return -ENOMEM;
	memset(ret, 0, sizeof(*ret));
	for (__u32 hook = 0; hook < NATLOOP_HOOK_COUNT; hook++) {
		if (bpf_map_lookup_elem(fd, &hook, all))
			return -errno;
		for (int i = 0; i < cpus * NATLOOP_OUTCOME_COUNT; i++) {
			enum natloop_outcome o = i % NATLOOP_OUTCOME_COUNT;
			const struct natloop_count *c = &all[i / NATLOOP_OUTCOME_COUNT].outcome[o];

			if (hook == NATLOOP_HOOK_XDP && hairpin_fate(o) == NATLOOP_FATE_PASS)
				continue;
			ret->outcome[o].packets += c->packets;
			ret->outcome[o].bytes += c->bytes;
		}
	}
	return 0;
}

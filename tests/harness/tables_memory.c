// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>

#include "natloop_ctl.skel.h"
#include "natloop_tc.skel.h"
#include "natloop_xdp.skel.h"
#include "tables.h"

static unsigned long long charged(int fd)
{
	unsigned long long bytes = 0;
	char path[64], line[256];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "r");
	CHECK(file, "%s cannot be read: %m", path);
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "memlock: %llu", &bytes) == 1)
			break;
	}
	fclose(file);
	return bytes;
}

/* natloop_ctl has all that are shared; @others: the maps that @obj has for itself. */
static unsigned long long charged_object(const struct prog_run *r, const struct bpf_object *obj,
					 bool others)
{
	unsigned long long sum = 0;
	struct bpf_map *map;

	bpf_object__for_each_map (map, obj) {
		if (!others || prog_run_map(r, bpf_map__name(map)) < 0)
			sum += charged(bpf_map__fd(map));
	}
	return sum;
}

unsigned long long tables_charged(const struct prog_run *r)
{
	prog_run_program(r, NATLOOP_HOOK_XDP); /* or its maps would not be there */
	return charged_object(r, r->dp.ctl_skel->obj, false) +
	       charged_object(r, r->dp.tc_skel->obj, true) +
	       charged_object(r, r->dp.xdp_skel->obj, true);
}

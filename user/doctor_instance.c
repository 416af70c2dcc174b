// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "doctor_run.h"
#include "instance.h"
#include "instance_dns.h"
#include "settings.h"
#include "util.h"

static const char *const mode_name[] = {
	[NATLOOP_MODE_TC] = "tc",
	[NATLOOP_MODE_XDP] = "xdp",
	[NATLOOP_MODE_XDP_GENERIC] = "xdp-generic",
};

static void add_interface(struct doctor_run *run, const struct instance_iface *iface)
{
	const char *mode =
		iface->iface.mode < ARRAY_SIZE(mode_name) ? mode_name[iface->iface.mode] : "?";

	char cure[64], gone[64];

	snprintf(cure, sizeof(cure), "natloopctl attach %s", iface->iface.name);
	snprintf(gone, sizeof(gone), "natloopctl detach %s, or make it again", iface->iface.name);
	if (iface->gone)
		doctor_add(run->report, "attached", DOCTOR_WARNING, iface->iface.name, gone,
			   "natloop was attached here; there is no such interface now");
	else if (iface->removed)
		doctor_add(run->report, "attached", DOCTOR_PROBLEM, iface->iface.name, cure, "%s",
			   iface->iface.reason);
	else
		doctor_add(run->report, "attached", DOCTOR_OK, iface->iface.name, "",
			   "natloop is attached by %s%s%s", mode, *iface->iface.reason ? ": " : "",
			   iface->iface.reason);
}

static void read_names(struct doctor_run *run, const struct instance *inst)
{
	struct instance_dns dns = { .names = 0 };
	struct problem p = { .usage = false };

	if (*run->asked->name)
		(void)dns_way_read(inst, run->asked->name, &run->way, &p);
	if (instance_dns_list(inst, &dns, &p))
		return;
	run->facts->dns_cure = dns.names ? DOCTOR_YES : DOCTOR_NO;
	free(dns.name);
}

static void read_flows(struct doctor_run *run, const struct instance *inst)
{
	if (!instance_flows(inst, &run->flow, &run->flows))
		run->facts->flows_known = DOCTOR_YES;
}

/* Each host with Docker has bridge-nf-call-iptables on, and natloop serves its clients there. */
static enum doctor_level level_of(const struct conflict *conflict)
{
	return strcmp(conflict->id, "bridge-nf") ? DOCTOR_PROBLEM : DOCTOR_WARNING;
}

static void add_conflicts(struct doctor_run *run, struct instance *inst)
{
	_cleanup_free_ struct conflict *conflict = NULL;
	size_t count = 0;
	int err = conflicts_find_and_close(inst, run->reflecting, &conflict, &count);

	if (err)
		doctor_add(run->report, "conflicts", DOCTOR_UNKNOWN, run->env->instance, "",
			   "what stands in natloop's way cannot be read: %s", strerror(-err));
	else if (!count)
		doctor_add(run->report, "conflicts", DOCTOR_OK, run->env->instance, "",
			   "nothing of all that 'status' warns of stands in the way");
	for (size_t i = 0; i < count; i++)
		doctor_add(run->report, conflict[i].id, level_of(&conflict[i]), conflict[i].object,
			   conflict[i].remedy, "%s", conflict[i].what);
}

/* Closes it. */
static void look(struct doctor_run *run, struct instance *inst)
{
	_cleanup_free_ struct instance_iface *iface = NULL;
	size_t ifaces = 0;

	run->config = *instance_config(inst);
	run->facts->attached = DOCTOR_YES;
	run->facts->snat_public =
		run->config.snat_mode == NATLOOP_SNAT_PUBLIC ? DOCTOR_YES : DOCTOR_NO;
	if (!instance_interfaces(inst, &iface, &ifaces))
		instance_check(inst, iface, ifaces);
	for (size_t i = 0; i < ifaces; i++)
		add_interface(run, &iface[i]);
	read_names(run, inst);
	read_flows(run, inst);
	add_conflicts(run, inst);
}

void doctor_instance(struct doctor_run *run)
{
	struct problem p = { .usage = false };
	struct instance *inst = NULL;
	int err = instance_open(run->env, &inst, &p);

	if (!err && instance_unfinished(inst)) {
		doctor_add(run->report, "attached", DOCTOR_PROBLEM, run->env->instance,
			   "attach again", "its attach was interrupted");
		instance_close(inst);
	} else if (!err) {
		look(run, inst);
	} else if (err == -ENOENT) {
		run->facts->attached = DOCTOR_NO;
		doctor_add(run->report, "attached", DOCTOR_OK, run->env->instance, "",
			   "natloop is not attached");
	} else {
		doctor_add(run->report, "attached", DOCTOR_UNKNOWN, p.object, p.remedy, "%s",
			   p.what);
	}
}

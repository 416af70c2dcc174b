// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What attach does as it was told, but not without a word. */
#include <string.h>

#include "forwarding.h"
#include "instance_job.h"
#include "log.h"
#include "netlink.h"
#include "orphans.h"
#include "public_note.h"
#include "util.h"

static bool is_new(const struct job *job, size_t i)
{
	return !job->more || job->target[i].touched;
}

/* Without it the kernel's routes lead nowhere for our packets; it may still be switched on. */
static void warn_forwarding_off(const struct natloop_config *config, const struct link_table *links)
{
	/* It asks the interface that the router sees the packet on: a bridge, not its port. */
	for (size_t i = 0; i < links->links; i++)
		if (plan_is_l3(config, links->link[i].ifindex) &&
		    forwarding_is_off(links->link[i].name))
			log_error("%s: " FORWARDING_OFF "; " FORWARDING_REMEDY,
				  links->link[i].name);
}

static bool has_vlans(const struct natloop_config *config, int ifindex)
{
	for (size_t i = 0; i < config->links; i++)
		if (config->link[i].ifindex == (__u32)ifindex && config->link[i].vlan[0])
			return true;
	return false;
}

/* Only real wires finish all checksums; over others some connections would just time out. */
static void warn_checksums(const struct job *job)
{
	for (size_t i = 0; i < job->plan.interfaces; i++) {
		const struct plan_interface *planned = &job->plan.interface[i];

		if (!is_new(job, i) || !plan_breaks_checksums(planned))
			continue;
		if (has_vlans(&job->plan.config, planned->link.ifindex))
			log_error("%s: a %s interface by XDP: " PLAN_BREAKS_CHECKSUMS
				  ", and sees no VLAN tag that is beside the frame; use --mode tc, "
				  "or "
				  "'ethtool -K IFACE tx off txvlan off' at its other end",
				  planned->link.name, planned->link.kind);
		else
			log_error("%s: a %s interface by XDP: " PLAN_BREAKS_CHECKSUMS
				  "; use --mode tc, or 'ethtool -K IFACE tx off' at its other end",
				  planned->link.name, planned->link.kind);
	}
}

/* Of the whole bridge TC sees every frame, and of one port none that comes in by another. */
static void warn_missed_ports(const struct job *job, const struct link_table *links)
{
	const struct plan *plan = &job->plan;
	int attached[ARRAY_SIZE(plan->interface)];

	for (size_t i = 0; i < plan->interfaces; i++)
		attached[i] = plan->interface[i].link.ifindex;
	for (size_t i = 0; i < plan->interfaces; i++) {
		const struct link *port = &plan->interface[i].link, *missed, *bridge;

		missed = plan_missed_port(port, links, attached, plan->interfaces);
		bridge = missed ? netlink_link_by_index(links, missed->master) : NULL;
		if (bridge && is_new(job, i))
			log_error("%s: " PLAN_MISSED_PORT "; attach %s instead", port->name,
				  bridge->name, missed->name, bridge->name);
	}
}

static bool had_note(const struct natloop_config *running, const char *text)
{
	char before[PUBLIC_NOTE_MAX];

	for (__u32 i = 0; running && i < running->publics; i++)
		if (public_note_lan(running, i, before, sizeof(before)) && !strcmp(before, text))
			return true;
	return false;
}

static void warn_public(const struct natloop_config *config, const struct natloop_config *told)
{
	char text[PUBLIC_NOTE_MAX];

	for (__u32 i = 0; i < config->publics; i++)
		if (public_note_lan(config, i, text, sizeof(text)) && !had_note(told, text))
			log_error("%s", text);
}

/* What comes before ours takes the packets, and keeps its own forwards for ever. */
static void warn_orphans(const struct plan *plan)
{
	struct orphans orphans = { .count = 0 };

	for (size_t i = 0; i < plan->interfaces; i++)
		orphans_on(plan->interface[i].link.ifindex, &orphans);
	for (size_t i = 0; i < orphans.count; i++)
		log_error("%s: " ORPHANS_WHAT "; %s", orphans.orphan[i].iface,
			  orphans.orphan[i].what, orphans.orphan[i].remedy);
}

static void warn_waiting(const struct natloop_config *config, const struct natloop_config *running)
{
	const char *name;
	__u32 i = 0;

	while ((name = plan_next_waiting(config, &i)))
		if (!if_nametoindex(name) && !(running && plan_has_rule_for(running, name)))
			log_error("%s: no such interface; [lan] has a line for it, which counts "
				  "when it is there",
				  name);
}

void instance_warn(const struct job *job)
{
	const struct natloop_config *running = job->fresh ? NULL : instance_config(&job->inst);
	const struct plan *plan = &job->plan;
	struct link_table links = { .links = 0 };

	(void)netlink_links(&links);
	warn_checksums(job);
	warn_missed_ports(job, &links);
	warn_public(&plan->config, job->more ? running : NULL);
	warn_waiting(&plan->config, running);
	if (!job->more) {
		warn_forwarding_off(&plan->config, &links);
		warn_orphans(plan);
	}
	netlink_links_free(&links);
}

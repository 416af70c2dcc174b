// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What attach does as it was told, but not without a word. */
#include <string.h>

#include "forwarding.h"
#include "instance_job.h"
#include "log.h"
#include "netlink.h"
#include "orphans.h"
#include "public_note.h"

static bool is_new(const struct job *job, size_t i)
{
	return !job->more || job->target[i].touched;
}

/* Without it the kernel's routes lead nowhere for our packets; it may still be switched on. */
static void warn_forwarding_off(const struct natloop_config *config)
{
	struct link_table links = { .links = 0 };

	/* It asks the interface that the router sees the packet on: a bridge, not its port. */
	(void)netlink_links(&links);
	for (size_t i = 0; i < links.links; i++)
		if (plan_is_l3(config, links.link[i].ifindex) &&
		    forwarding_is_off(links.link[i].name))
			log_error("%s: " FORWARDING_OFF "; " FORWARDING_REMEDY, links.link[i].name);
	netlink_links_free(&links);
}

/* Only real wires finish all checksums; over others some connections would just time out. */
static void warn_checksums(const struct job *job)
{
	for (size_t i = 0; i < job->plan.interfaces; i++) {
		const struct plan_interface *planned = &job->plan.interface[i];

		if (is_new(job, i) && plan_breaks_checksums(planned))
			log_error("%s: a %s interface by XDP: " PLAN_BREAKS_CHECKSUMS
				  "; use --mode tc, or 'ethtool -K IFACE tx off' at its other end",
				  planned->link.name, planned->link.kind);
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

	warn_checksums(job);
	warn_public(&plan->config, job->more ? running : NULL);
	warn_waiting(&plan->config, running);
	if (job->more)
		return;
	warn_forwarding_off(&plan->config);
	warn_orphans(plan);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What attach does as it was told, but not without a word. */
#include "forwarding.h"
#include "instance_parts.h"
#include "log.h"
#include "orphans.h"
#include "public_note.h"

/* Without it the kernel's routes lead nowhere for our packets; it may still be switched on. */
static void warn_forwarding_off(const struct plan *plan)
{
	for (size_t i = 0; i < plan->interfaces; i++)
		if (forwarding_is_off(plan->interface[i].link.name))
			log_error("%s: " FORWARDING_OFF "; " FORWARDING_REMEDY,
				  plan->interface[i].link.name);
}

/* Only real wires finish all checksums; over others some connections would just time out. */
static void warn_checksums(const struct plan *plan)
{
	for (size_t i = 0; i < plan->interfaces; i++) {
		const struct plan_interface *planned = &plan->interface[i];

		if (plan_breaks_checksums(planned))
			log_error("%s: a %s interface by XDP: " PLAN_BREAKS_CHECKSUMS
				  "; use --mode tc, or 'ethtool -K IFACE tx off' at its other end",
				  planned->link.name, planned->link.kind);
	}
}

static void warn_public(const struct natloop_config *config)
{
	char text[PUBLIC_NOTE_MAX];

	for (__u32 i = 0; i < config->publics; i++)
		if (public_note_lan(config, i, text, sizeof(text)))
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

void instance_warn(const struct plan *plan, const struct natloop_config *running)
{
	warn_forwarding_off(plan);
	warn_checksums(plan);
	warn_public(&plan->config);
	warn_orphans(plan);
	warn_waiting(&plan->config, running);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Does somebody else's program see packets before ours? */
#include "attach.h"
#include "conflicts_parts.h"
#include "orphans.h"

/* Those that natloop has left itself need another remedy. */
static void find_orphans(struct conflict_search *search, int ifindex,
			 struct attach_foreign *foreign)
{
	struct orphans orphans = { .count = 0 };

	orphans_on(ifindex, &orphans);
	for (size_t i = 0; i < orphans.count; i++) {
		const struct orphan *orphan = &orphans.orphan[i];

		conflict_add(search, orphan->iface, orphan->remedy, ORPHANS_WHAT, orphan->what);
		if (orphan->prog_id == foreign->xdp_id)
			foreign->xdp_id = 0;
		if (orphan->prog_id == foreign->tc_id)
			foreign->tc_priority = 0;
	}
}

static void add_filter(struct conflict_search *search, const char *iface,
		       const struct attach_foreign *foreign)
{
	char remedy[160];

	snprintf(remedy, sizeof(remedy),
		 "give it a larger preference than %u ('tc filter show dev %s ingress')",
		 foreign->our_priority, iface);
	conflict_add(search, iface, remedy,
		     "TC filter %s of preference %u comes before natloop's (%u): what it takes "
		     "never arrives",
		     foreign->tc_kind, foreign->tc_priority, foreign->our_priority);
}

void conflicts_programs(struct conflict_search *search)
{
	for (size_t i = 0; i < search->ifaces; i++) {
		const struct natloop_iface *iface = &search->iface[i].iface;
		struct attach_foreign foreign = { 0 };

		if (attach_find_foreign(search->iface[i].ifindex, search->config_map, &foreign))
			continue;
		find_orphans(search, search->iface[i].ifindex, &foreign);
		if (foreign.xdp_id)
			conflict_add(search, iface->name,
				     "let it pass packets to public addresses, or take it off",
				     "XDP program %u (%s) may see packets before natloop: what it "
				     "drops or sends on never arrives",
				     foreign.xdp_id, foreign.xdp_name);
		if (foreign.tcx_id)
			conflict_add(
				search, iface->name,
				"let it pass packets to public addresses, or take it off "
				"('bpftool net')",
				"tcx program %u (%s) comes before natloop's TC filter: what it "
				"drops or sends on never arrives",
				foreign.tcx_id, foreign.tcx_name);
		if (foreign.tc_priority)
			add_filter(search, iface->name, &foreign);
	}
}

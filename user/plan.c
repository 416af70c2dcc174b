// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "plan.h"

#include <errno.h>

#include "address.h"
#include "plan_parts.h"
#include "util.h"

#define NSEC_PER_SEC 1000000000ULL
/* Ticks are compared by unsigned difference: half of the range is the longest that can be told. */
#define MAX_TICKS 0x7fffffffULL

int plan_check_host(const struct natloop_addr *addr, struct problem *p)
{
	char text[ADDRESS_TEXT_MAX];
	struct natloop_addr same;

	return address_parse_host(address_format(addr, text, sizeof(text)), &same, p);
}

static int plan_numbers(struct planner *pl)
{
	struct natloop_config *config = &pl->plan->config;
	const struct settings *s = pl->s;

	config->max_flows = s->max_flows ? s->max_flows : SETTINGS_DEFAULT_MAX_FLOWS;
	config->client_flows = s->client_flows ? s->client_flows : SETTINGS_DEFAULT_CLIENT_FLOWS;
	config->from_file = s->from_file;
	for (size_t i = 0; i < NATLOOP_TIMEOUT_COUNT; i++) {
		__u64 seconds = s->timeout[i] ? s->timeout[i] : settings_default_timeout[i];
		__u64 tick = 1ULL << NATLOOP_TICK_SHIFT;
		/* Rounded up: what the RFCs give are minimums. */
		__u64 ticks = (seconds * NSEC_PER_SEC + tick - 1) >> NATLOOP_TICK_SHIFT;

		if (ticks > MAX_TICKS)
			return problem_usage(pl->p, settings_timeout_name[i],
					     "give a shorter timeout",
					     "%llu s is longer than %llu s", seconds,
					     (MAX_TICKS << NATLOOP_TICK_SHIFT) / NSEC_PER_SEC);
		config->timeout[i] = (__u32)ticks;
	}
	return 0;
}

int plan_make(const struct settings *s, const struct system_view *view, struct plan *ret,
	      struct problem *p)
{
	int (*const part[])(struct planner *) = {
		plan_interfaces, plan_links, plan_rules, plan_publics, plan_forwards, plan_numbers,
	};
	_cleanup_free_ struct plan *plan = NULL;
	struct planner pl = { .s = s, .view = view, .p = p };
	int err;

	plan = calloc(1, sizeof(*plan));
	if (!plan)
		return problem(p, -ENOMEM, "memory", "", "not enough");
	pl.plan = plan;
	for (size_t i = 0; i < ARRAY_SIZE(part); i++) {
		err = part[i](&pl);
		if (err)
			return err;
	}
	*ret = *plan;
	return 0;
}

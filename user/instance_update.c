// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The configuration follows the system and the wishes; the programs stay. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "address.h"
#include "config_diff.h"
#include "instance_parts.h"
#include "log.h"
#include "lookup.h"
#include "settings_merge.h"
#include "util.h"

struct update {
	struct instance *inst;
	struct settings now;
	struct settings_merged merged;
	struct plan plan;
	struct problem *p;
};

static long long now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000LL + ts.tv_nsec / 1000;
}

static int check_limits(struct update *u)
{
	struct settings *s = &u->merged.settings;
	__u32 capacity = dataplane_capacity(&u->inst->dp);

	if (!s->max_flows)
		s->max_flows = capacity < SETTINGS_DEFAULT_MAX_FLOWS ? capacity :
								       SETTINGS_DEFAULT_MAX_FLOWS;
	if (s->max_flows <= capacity)
		return 0;
	return problem(u->p, -ENOSPC, "max-flows",
		       "run 'natloopctl detach --all' first; it ends all flows",
		       "%u is more than the running table holds (%u)", s->max_flows, capacity);
}

static int make_plan(struct update *u)
{
	struct system_view view = {};
	int err = system_read(&view, u->p);

	view.running = instance_config(u->inst);
	view.keep_forwards = true;
	if (!err)
		err = plan_make(&u->merged.settings, &view, &u->plan, u->p);
	system_free(&view);
	if (!err)
		instance_keep_link_flags(&u->plan.config, instance_config(u->inst));
	return err;
}

static void note_own_publics(const struct update *u, struct instance_update *ret)
{
	const struct plan *plan = &u->plan;

	for (__u32 i = 0; i < plan->config.publics; i++)
		if (plan->public_from[i] < u->merged.own_publics &&
		    ret->own_publics < ARRAY_SIZE(ret->own_public))
			address_format(&plan->config.address[i],
				       ret->own_public[ret->own_publics++],
				       sizeof(ret->own_public[0]));
}

/* Those that somebody deleted; but the last one cannot be. */
static void drop_absent(struct update *u)
{
	struct natloop_config *config = &u->plan.config;

	for (size_t k = 0; k < u->merged.absents; k++) {
		int i = lookup_address(config, &u->merged.absent[k]);

		if (i < 0 || (__u32)i >= config->publics || config->publics == 1)
			continue;
		config->publics--;
		config->addresses--;
		memmove(&config->address[i], &config->address[i + 1],
			(config->addresses - (__u32)i) * sizeof(config->address[0]));
	}
}

static int merge(struct update *u, const struct settings *base, const struct settings *ours)
{
	const struct settings_merge m = { .base = base, .ours = ours, .now = &u->now };
	int err;

	instance_settings(u->inst, &u->now);
	if (!u->now.max_flows)
		return problem(u->p, -ENODATA, "instance", "attach again",
			       "its attach was interrupted");
	err = instance_add_attached(u->inst, &u->now);
	if (err)
		return problem(u->p, err, "interfaces", "see 'natloopctl status'",
			       "cannot be read: %s", strerror(-err));
	return settings_merge(&m, &u->merged, u->p);
}

/* On those that are attached, and how is not asked again. */
static int name_attached(struct update *u)
{
	struct settings *s = &u->merged.settings;

	s->interfaces = 0;
	memset(s->interface_mode_given, 0, sizeof(s->interface_mode_given));
	return instance_name_attached(u->inst, s, "wait, or attach another one", u->p);
}

static int run(struct update *u, const struct settings *base, const struct settings *ours,
	       struct instance_update *ret)
{
	long long start = now_us(), planned;
	int err = merge(u, base, ours);

	if (!err)
		err = name_attached(u);
	if (!err)
		err = check_limits(u);
	if (!err)
		err = make_plan(u);
	if (err)
		return err;
	note_own_publics(u, ret);
	ret->publics_left_out = u->plan.publics_left_out;
	drop_absent(u);
	planned = now_us();
	ret->before = *instance_config(u->inst);
	ret->changed = config_diff(&ret->before, &u->plan.config, NULL, NULL, NULL);
	if (ret->changed)
		err = instance_switch(u->inst, &u->plan.config, u->p);
	if (err)
		return err;
	ret->after = *instance_config(u->inst);
	instance_forget_gone(u->inst);
	log_debug("update: planned in %lld us, %s in %lld us", planned - start,
		  ret->changed ? "switched" : "nothing to switch", now_us() - planned);
	return 0;
}

int instance_update(struct instance *inst, const struct settings *base, const struct settings *ours,
		    struct instance_update *ret, struct problem *p)
{
	_cleanup_free_ struct update *u = calloc(1, sizeof(*u));
	_cleanup_free_ struct instance_update *result = calloc(1, sizeof(*result));
	int err;

	if (!u || !result)
		return problem(p, -ENOMEM, "configuration", "", "out of memory");
	u->inst = inst;
	u->p = p;
	err = run(u, base, ours, result);
	if (!err)
		*ret = *result;
	return err;
}

int instance_try(struct instance *inst, const struct settings *base, const struct settings *ours,
		 struct problem *p)
{
	_cleanup_free_ struct update *u = calloc(1, sizeof(*u));
	int err;

	if (!u)
		return problem(p, -ENOMEM, "configuration", "", "out of memory");
	u->inst = inst;
	u->p = p;
	err = merge(u, base, ours);
	if (!err && !u->merged.settings.interfaces)
		err = name_attached(u);
	if (!err)
		err = check_limits(u);
	return err ? err : make_plan(u);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What is not asked for: kept from the running instance, or the default? */
#include <errno.h>
#include <string.h>

#include "import.h"
#include "instance_parts.h"
#include "util.h"

/* The limits as asked for, kept, or the defaults. */
static int complete_limits(const struct instance *inst, const struct asked *asked,
			   struct settings *s, struct problem *p)
{
	__u32 capacity = asked->fresh ? 0 : dataplane_capacity(&inst->dp);

	/* A default that is more than an existing table holds is no reason to end all flows. */
	if (!s->max_flows)
		s->max_flows = asked->fresh || capacity > SETTINGS_DEFAULT_MAX_FLOWS ?
				       SETTINGS_DEFAULT_MAX_FLOWS :
				       capacity;
	if (!s->client_flows)
		s->client_flows = SETTINGS_DEFAULT_CLIENT_FLOWS;
	/* A default, or what was given earlier: kept for when --max-flows is raised again. */
	if (s->client_flows > s->max_flows && asked->settings->client_flows)
		return problem(p, -EINVAL, "--client-flows", "give a smaller number",
			       "%u is more than --max-flows (%u)", s->client_flows, s->max_flows);
	if (!asked->fresh && s->max_flows > capacity)
		return problem(p, -ENOSPC, "--max-flows",
			       "run 'natloopctl detach --all' first; it ends all flows",
			       "%u is more than the running table holds (%u)", s->max_flows,
			       capacity);
	return 0;
}

static enum settings_mode attached_mode(const struct natloop_iface *iface)
{
	if (iface->auto_mode)
		return SETTINGS_MODE_AUTO;
	switch ((enum natloop_mode)iface->mode) {
	case NATLOOP_MODE_TC:
		return SETTINGS_MODE_TC;
	case NATLOOP_MODE_XDP:
		return SETTINGS_MODE_XDP;
	case NATLOOP_MODE_XDP_GENERIC:
		return SETTINGS_MODE_XDP_GENERIC;
	}
	return SETTINGS_MODE_AUTO;
}

/* One more interface of @s, unless it is there; SETTINGS_MAX_INTERFACES: no room. */
static size_t place(struct settings *s, const char *name)
{
	size_t i = 0;

	while (i < s->interfaces && strcmp(s->interface[i], name) != 0)
		i++;
	if (i < SETTINGS_MAX_INTERFACES && i == s->interfaces)
		memcpy(s->interface[s->interfaces++], name, IFNAMSIZ);
	return i;
}

static int add_one_attached(const struct asked *asked, const struct instance_iface *attached,
			    bool mode_unsaid, struct settings *s, struct problem *p)
{
	size_t named = asked->settings->interfaces;
	size_t i = place(s, attached->iface.name);

	if (i == SETTINGS_MAX_INTERFACES)
		return problem(p, -ENOSPC, attached->iface.name, "detach some interfaces first",
			       "more than %d interfaces", SETTINGS_MAX_INTERFACES);
	/* On reload the last one added is one that the file leaves out. */
	if (asked->reload && named && i >= named) {
		s->interfaces--;
		return 0;
	}
	s->interface_mode_given[i] = !mode_unsaid && (i >= named || !asked->settings->mode_given);
	s->interface_mode[i] = attached_mode(&attached->iface);
	return 0;
}

/* Interfaces that are attached already take part: they get the new programs, too. */
static int complete_interfaces(const struct instance *inst, const struct asked *asked,
			       struct settings *s, struct problem *p)
{
	/* Its mode was the file's, and the file gives none any more. */
	bool mode_unsaid = asked->reload && !s->mode_given &&
			   instance_config(inst)->from_file & 1U << SETTINGS_MODE;
	_cleanup_free_ struct instance_iface *list = NULL;
	size_t count = 0;
	int err = instance_list(inst, &list, &count, p);

	for (size_t i = 0; i < count && !err; i++)
		if (!list[i].gone)
			err = add_one_attached(asked, &list[i], mode_unsaid, s, p);
	return err;
}

int instance_add_attached(const struct instance *inst, struct settings *s)
{
	_cleanup_free_ struct instance_iface *list = NULL;
	size_t count = 0;
	int err = instance_interfaces(inst, &list, &count);

	for (size_t i = 0; i < count && !err; i++) {
		size_t at;

		if (list[i].gone)
			continue;
		at = place(s, list[i].iface.name);
		if (at == SETTINGS_MAX_INTERFACES)
			return -ENOSPC;
		s->interface_mode_given[at] = true;
		s->interface_mode[at] = attached_mode(&list[i].iface);
	}
	return err;
}

int instance_complete(const struct instance *inst, const struct asked *asked, struct settings *ret,
		      struct problem *p)
{
	_cleanup_free_ struct settings *now = calloc(1, sizeof(*now));
	int err;

	if (!now)
		return problem(p, -ENOMEM, "attach", "", "out of memory");
	*ret = *asked->settings;
	if (!asked->fresh) {
		instance_settings(inst, now);
		if (asked->reload)
			settings_forget_file(now);
		settings_inherit(ret, now);
	}
	err = ret->forwards || ret->no_forwards ? 0 : import_settings(ret, p);
	if (!err)
		err = complete_limits(inst, asked, ret, p);
	if (err || asked->fresh)
		return err;
	return complete_interfaces(inst, asked, ret, p);
}

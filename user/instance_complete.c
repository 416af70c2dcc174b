// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What is not asked for: kept from the running instance, or the default? */
#include <errno.h>
#include <string.h>

#include "import.h"
#include "instance_parts.h"
#include "settings_merge.h"
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
			    struct settings *s, struct problem *p)
{
	size_t i = place(s, attached->iface.name);

	if (i == SETTINGS_MAX_INTERFACES)
		return problem(p, -ENOSPC, attached->iface.name, "detach some interfaces first",
			       "more than %d interfaces", SETTINGS_MAX_INTERFACES);
	s->interface_mode_given[i] =
		i >= asked->settings->interfaces || !asked->settings->mode_given;
	s->interface_mode[i] = attached_mode(&attached->iface);
	return 0;
}

/* Interfaces that are attached already take part: they get the new programs, too. */
static int complete_interfaces(const struct instance *inst, const struct asked *asked,
			       struct settings *s, struct problem *p)
{
	_cleanup_free_ struct instance_iface *list = NULL;
	size_t count = 0;
	int err = instance_list(inst, &list, &count, p);

	for (size_t i = 0; i < count && !err; i++)
		if (!list[i].gone)
			err = add_one_attached(asked, &list[i], s, p);
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

/* The file's word over that of the instance. */
static int complete_reload(const struct instance *inst, const struct settings *file,
			   struct settings *now, struct settings *ret, struct problem *p)
{
	_cleanup_free_ struct settings *base = malloc(sizeof(*base));
	_cleanup_free_ struct settings_merged *merged = malloc(sizeof(*merged));
	const struct settings_merge m = { .base = base, .ours = file, .now = now };
	int err;

	if (!base || !merged)
		return problem(p, -ENOMEM, "reload", "", "out of memory");
	err = instance_add_attached(inst, now);
	if (err)
		return problem(p, err, "interfaces", "see 'natloopctl status'",
			       "cannot be read: %s", strerror(-err));
	settings_file_base(now, file, base);
	err = settings_merge(&m, merged, p);
	if (err)
		return err;
	*ret = merged->settings;
	ret->no_forwards = false;
	/* What the file said before and does not say any more goes: none is left then. */
	ret->dns_given = (now->from_file | file->from_file) & 1U << SETTINGS_DNS;
	return 0;
}

static int complete_settings(const struct instance *inst, const struct asked *asked,
			     struct settings *ret, struct problem *p)
{
	_cleanup_free_ struct settings *now = calloc(1, sizeof(*now));

	if (!now)
		return problem(p, -ENOMEM, "attach", "", "out of memory");
	*ret = *asked->settings;
	if (asked->fresh)
		return 0;
	instance_settings(inst, now);
	if (asked->reload)
		return complete_reload(inst, asked->settings, now, ret, p);
	now->no_forwards = asked->more && !now->forwards;
	settings_inherit(ret, now);
	if (asked->more)
		ret->from_file = now->from_file;
	return 0;
}

int instance_complete(const struct instance *inst, const struct asked *asked, struct settings *ret,
		      struct problem *p)
{
	int err = complete_settings(inst, asked, ret, p);

	if (!err && !ret->forwards && !ret->no_forwards)
		err = import_settings(ret, p);
	if (!err)
		err = complete_limits(inst, asked, ret, p);
	if (err || asked->fresh || asked->reload)
		return err;
	return complete_interfaces(inst, asked, ret, p);
}

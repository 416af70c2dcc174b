// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Who changes the names: dns add and del, attach and reload, watch. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attach.h"
#include "instance_dns.h"
#include "instance_dns_parts.h"
#include "netlink.h"
#include "util.h"

#define _cleanup_names_ __attribute__((cleanup(dns_names_free)))

static int no_room(const char *name, int err, struct problem *p)
{
	if (err == -ENOSPC)
		return problem(p, err, name, "delete some, or use '*.example.com'",
			       "there is room for %d names", NATLOOP_DNS_NAMES);
	return problem(p, err, name, "", "out of memory");
}

int instance_dns_add(struct instance *inst, const struct dns_name *name,
		     const struct natloop_dns_config *more, struct problem *p)
{
	_cleanup_names_ struct dns_names from = { .names = 0 }, to = { .names = 0 };
	const struct instance_dns_change change = { &from, &to, .somewhere = true };
	int err = instance_dns_read(inst, &from, p);

	if (err)
		return err;
	err = dns_names_copy(&from, &to);
	if (!err)
		err = dns_names_put(&to, name);
	if (err)
		return no_room(name->name, err, p);
	/* A last name that was deleted by halves leaves them. */
	if (!from.names)
		to.resolver = (struct natloop_dns_config){ .any = 0 };
	if (dns_resolvers_add(&to.resolver, more))
		return problem(p, -ENOSPC, "--resolver", "give 'any'", "more than %d addresses",
			       NATLOOP_DNS_RESOLVERS);
	return instance_dns_set(inst, &change, p);
}

int instance_dns_delete(struct instance *inst, const char *name, struct problem *p)
{
	_cleanup_names_ struct dns_names from = { .names = 0 }, to = { .names = 0 };
	const struct instance_dns_change change = { .from = &from, .to = &to };
	int err = instance_dns_read(inst, &from, p);

	if (err)
		return err;
	err = dns_names_copy(&from, &to);
	if (err)
		return no_room(name, err, p);
	if (dns_names_drop(&to, name))
		return instance_dns_set(inst, &change, p);
	/* One that was killed may have left the program to a map without names. */
	if (!from.names)
		(void)instance_dns_set(inst, &change, NULL);
	return problem(p, -ENOENT, name, "'natloopctl dns list' shows the names",
		       "is not configured");
}

/* For 'reload' to know whose they are. */
static int note_origin(struct instance *inst, const struct settings *ours, struct problem *p)
{
	_cleanup_free_ struct natloop_config *config = malloc(sizeof(*config));
	const __u32 bit = 1U << SETTINGS_DNS;

	if (!config)
		return problem(p, -ENOMEM, "dns", "", "out of memory");
	*config = *instance_config(inst);
	config->from_file = (config->from_file & ~bit) | (ours->from_file & bit);
	if (config->from_file != instance_config(inst)->from_file)
		dataplane_switch(&inst->dp, config);
	return 0;
}

int instance_dns_follow(struct instance *inst, const struct dns_settings *base,
			const struct settings *ours, char ret[DNS_NAMES_TEXT], struct problem *p)
{
	_cleanup_names_ struct dns_names from = { .names = 0 }, to = { .names = 0 };
	const struct instance_dns_change change = { .from = &from, .to = &to };
	int err;

	err = instance_dns_read(inst, &from, p);
	if (err)
		return err;
	err = dns_names_merge(base, &ours->dns, &from, &to);
	if (err)
		return no_room("[dns]", err, p);
	err = instance_dns_set(inst, &change, p);
	if (err)
		return err;
	dns_names_diff(&from, &to, ret);
	return note_origin(inst, ours, p);
}

int instance_dns_attach(struct job *job)
{
	_cleanup_names_ struct dns_names to = { .names = 0 };
	const struct instance_dns_change change = { &job->dns_before, &to, .renew = !job->more };
	int err = instance_dns_read(&job->inst, &job->dns_before, job->p);

	if (err)
		return err;
	if (job->settings.dns_given && !job->more)
		err = dns_names_of(&job->settings.dns, &to);
	else
		err = dns_names_copy(&job->dns_before, &to);
	if (err)
		return no_room("[dns]", err, job->p);
	job->dns_changed = true;
	return instance_dns_set(&job->inst, &change, job->p);
}

void instance_dns_undo(struct job *job)
{
	_cleanup_names_ struct dns_names now = { .names = 0 };
	const struct instance_dns_change change = { .from = &now, .to = &job->dns_before };

	if (job->dns_changed && !instance_dns_read(&job->inst, &now, NULL))
		(void)instance_dns_set(&job->inst, &change, NULL);
}

void instance_dns_check(const struct instance *inst, struct instance_iface *list, size_t count)
{
	_cleanup_names_ struct dns_names names = { .names = 0 };
	struct link_table links = { .links = 0 };

	if (instance_dns_read(inst, &names, NULL) || !names.names || netlink_links(&links))
		return;
	for (size_t i = 0; i < count; i++) {
		const struct link *link = netlink_link_by_index(&links, list[i].ifindex);
		__u32 id = 0;

		if (list[i].gone || list[i].removed || !link || netlink_is_layer3(link) ||
		    attach_dns_find(list[i].ifindex, inst->dp.config_id, &id) || id)
			continue;
		list[i].removed = true;
		snprintf(list[i].iface.reason, sizeof(list[i].iface.reason),
			 "somebody has removed its DNS program; attach it again");
	}
	netlink_links_free(&links);
}

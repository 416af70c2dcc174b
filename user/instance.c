// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "instance.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "attach.h"
#include "forward_text.h"
#include "instance_dns_parts.h"
#include "instance_parts.h"
#include "lookup.h"
#include "orphans.h"
#include "util.h"

int instance_not_attached(const struct env *env, struct problem *p)
{
	struct orphans orphans = { .count = 0 };
	char object[64];

	snprintf(object, sizeof(object), "instance %s", env->instance);
	orphans_find(&orphans);
	if (orphans.count)
		return problem(p, -ENOENT, object, orphans.orphan[0].remedy,
			       "is not attached anywhere; but on %s " ORPHANS_WHAT,
			       orphans.orphan[0].iface, orphans.orphan[0].what);
	return problem(p, -ENOENT, object, "attach it first, as in 'natloopctl attach eth1'",
		       "is not attached anywhere");
}

int instance_open(const struct env *env, struct instance **ret, struct problem *p)
{
	struct instance *inst = calloc(1, sizeof(*inst));
	int err;

	if (!inst)
		return problem(p, -ENOMEM, env->instance, "", "out of memory");
	inst->pins = PINS_NONE;
	dataplane_init(&inst->dp);
	err = pins_lock(env, false, &inst->pins, p);
	if (!err && !pins_present(&inst->pins))
		err = -ENOENT;
	if (err == -ENOENT)
		err = instance_not_attached(env, p);
	if (!err) {
		err = dataplane_open(&inst->dp, &inst->pins, p);
		/* A pin is missing; -ENOENT would mean that there is no instance at all. */
		if (err == -ENOENT)
			err = -ENODATA;
	}
	if (err) {
		instance_close(inst);
		return err;
	}
	*ret = inst;
	return 0;
}

void instance_close(struct instance *inst)
{
	if (!inst)
		return;
	dataplane_close(&inst->dp);
	pins_unlock(&inst->pins);
	free(inst);
}

const struct natloop_config *instance_config(const struct instance *inst)
{
	return dataplane_config(&inst->dp);
}

bool instance_unfinished(const struct instance *inst)
{
	return !instance_config(inst)->max_flows;
}

int instance_interfaces(const struct instance *inst, struct instance_iface **ret, size_t *count)
{
	_cleanup_free_ struct instance_iface *list = NULL;
	int fd = inst->dp.map[DATAPLANE_IFACES];
	__u32 key = 0, next;
	size_t n = 0;

	for (int err = bpf_map_get_next_key(fd, NULL, &next); !err;
	     err = bpf_map_get_next_key(fd, &key, &next)) {
		struct instance_iface *grown = realloc(list, (n + 1) * sizeof(*list));
		char name[IF_NAMESIZE];

		if (!grown)
			return -ENOMEM;
		list = grown;
		memset(&list[n], 0, sizeof(*list));
		key = next;
		if (bpf_map_lookup_elem(fd, &key, &list[n].iface))
			continue;
		list[n].ifindex = key;
		list[n].gone = !if_indextoname(key, name);
		/* Whoever renames an interface wants to see the new name. */
		if (!list[n].gone)
			snprintf(list[n].iface.name, sizeof(list[n].iface.name), "%s", name);
		n++;
	}
	*ret = TAKE_PTR(list);
	*count = n;
	return 0;
}

void instance_check(const struct instance *inst, struct instance_iface *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct natloop_iface found = list[i].iface;

		if (list[i].gone || attach_find(list[i].ifindex, inst->dp.config_id, &found) ||
		    (found.tc_id && (found.mode == NATLOOP_MODE_TC || found.xdp_id)))
			continue;
		list[i].removed = true;
		snprintf(list[i].iface.reason, sizeof(list[i].iface.reason),
			 "somebody has removed its program; attach it again");
	}
	instance_dns_check(inst, list, count);
}

static void inherit_lists(const struct natloop_config *config, struct settings *s)
{
	char text[ADDRESS_TEXT_MAX];

	for (__u32 i = 0; i < config->publics && i < SETTINGS_MAX_PUBLICS; i++)
		snprintf(s->public_spec[s->publics++], sizeof(s->public_spec[0]), "%s",
			 address_format(&config->address[i], text, sizeof(text)));
	for (__u32 i = 0; i < config->forwards; i++) {
		s->forward[i] = config->forward[i];
		memset(&s->forward[i].snat, 0, sizeof(s->forward[i].snat));
	}
	s->forwards = config->forwards;
	for (__u32 i = 0; i < config->lans && s->lans < SETTINGS_MAX_LANS; i++) {
		if (config->lan[i].ifindex)
			continue;
		s->lan[s->lans].net = config->lan[i].net;
		s->lan[s->lans++].mask = config->lan[i].mask;
	}
}

/* All of them, whatever became of their interfaces: who is to be kept out stays so. */
static void inherit_rules(const struct natloop_config *config, struct settings *s)
{
	for (__u32 i = 0; i < config->rules; i++) {
		s->rule[i] = config->rule[i];
		s->rule[i].ifindex = 0;
		snprintf(s->rule_interface[i], IFNAMSIZ, "%s", config->rule_interface[i]);
	}
	s->rules = config->rules;
}

void instance_settings(const struct instance *inst, struct settings *ret)
{
	const struct natloop_config *config = instance_config(inst);

	memset(ret, 0, sizeof(*ret));
	inherit_lists(config, ret);
	inherit_rules(config, ret);
	ret->snat_given = true;
	ret->snat_mode = config->snat_mode;
	ret->snat_addr = config->snat_addr;
	ret->max_flows = config->max_flows;
	ret->client_flows = config->client_flows;
	for (int i = 0; i < NATLOOP_TIMEOUT_COUNT; i++)
		ret->timeout[i] = ((__u64)config->timeout[i] << NATLOOP_TICK_SHIFT) / 1000000000;
	ret->from_file = config->from_file;
}

int instance_inherit(const struct instance *inst, struct settings *s)
{
	_cleanup_free_ struct settings *now = malloc(sizeof(*now));

	if (!now)
		return -ENOMEM;
	instance_settings(inst, now);
	settings_inherit(s, now);
	return 0;
}

void instance_keep_link_flags(struct natloop_config *config, const struct natloop_config *before)
{
	for (__u32 i = 0; i < config->links; i++) {
		struct natloop_link *link = &config->link[i];

		link->flags &= (__u16)~NATLOOP_LINK_XDP_XMIT;
		for (__u32 k = 0; k < before->links; k++) {
			if (before->link[k].ifindex == link->ifindex &&
			    before->link[k].l3_ifindex == link->l3_ifindex)
				link->flags |= before->link[k].flags & NATLOOP_LINK_XDP_XMIT;
		}
	}
}

int instance_list(const struct instance *inst, struct instance_iface **ret, size_t *count,
		  struct problem *p)
{
	int err = instance_interfaces(inst, ret, count);

	return err ? problem(p, err, "natloop_ifaces", "", "%s", strerror(-err)) : 0;
}

int instance_name_attached(const struct instance *inst, struct settings *s, const char *remedy,
			   struct problem *p)
{
	_cleanup_free_ struct instance_iface *list = NULL;
	size_t count = 0;
	int err = instance_list(inst, &list, &count, p);

	if (err)
		return err;
	for (size_t i = 0; i < count && s->interfaces < SETTINGS_MAX_INTERFACES; i++)
		if (!list[i].gone)
			memcpy(s->interface[s->interfaces++], list[i].iface.name, IFNAMSIZ);
	return s->interfaces ?
		       0 :
		       problem(p, -ENODEV, "interfaces", remedy, "all that were attached are gone");
}

/* Makes @s the configuration, on the interfaces that are attached. */
static int change(struct instance *inst, struct settings *s, struct problem *p)
{
	_cleanup_free_ struct plan *plan = calloc(1, sizeof(*plan));
	struct system_view view = {};
	int err;

	if (!plan)
		return problem(p, -ENOMEM, "configuration", "", "out of memory");
	err = instance_name_attached(inst, s, "attach another one", p);
	if (err)
		return err;
	err = system_read(&view, p);
	view.running = instance_config(inst);
	if (!err)
		err = plan_make(s, &view, plan, p);
	system_free(&view);
	if (err)
		return err;
	instance_keep_link_flags(&plan->config, instance_config(inst));
	return instance_switch(inst, &plan->config, p);
}

int instance_add_forwards(struct instance *inst, const struct settings *add, struct problem *p)
{
	_cleanup_free_ struct settings *s = calloc(1, sizeof(*s));
	int err;

	if (!s || instance_inherit(inst, s))
		return problem(p, -ENOMEM, "forward", "", "out of memory");
	for (size_t i = 0; i < add->forwards; i++) {
		err = settings_add_forward(s, &add->forward[i], p);
		if (err) {
			/* The command is right; what is there stands against it. */
			p->usage = false;
			return err;
		}
	}
	return change(inst, s, p);
}

int instance_set_forwards(struct instance *inst, const struct settings *set, struct problem *p)
{
	_cleanup_free_ struct settings *s = calloc(1, sizeof(*s));

	if (!s)
		return problem(p, -ENOMEM, "forward", "", "out of memory");
	memcpy(s->forward, set->forward, sizeof(s->forward));
	s->forwards = set->forwards;
	s->forwards_imported = set->forwards_imported;
	if (instance_inherit(inst, s))
		return problem(p, -ENOMEM, "forward", "", "out of memory");
	return change(inst, s, p);
}

/* Removes one forward from @s; false if it is not there. */
static bool remove_forward(struct settings *s, const struct natloop_forward *gone)
{
	for (size_t i = 0; i < s->forwards; i++) {
		if (memcmp(&s->forward[i], gone, sizeof(*gone)) != 0)
			continue;
		s->forwards--;
		memmove(&s->forward[i], &s->forward[i + 1],
			(s->forwards - i) * sizeof(s->forward[0]));
		return true;
	}
	return false;
}

/* What is left after a deletion is checked by nobody again: deleting must always work. */
int instance_delete_forwards(struct instance *inst, const struct settings *del, struct problem *p)
{
	_cleanup_free_ struct natloop_config *config = malloc(sizeof(*config));
	_cleanup_free_ struct settings *s = calloc(1, sizeof(*s));
	char text[FORWARD_TEXT_MAX];
	__u32 kept = 0;

	if (!s || !config)
		return problem(p, -ENOMEM, "forward", "", "out of memory");
	inherit_lists(instance_config(inst), s);
	for (size_t i = 0; i < del->forwards; i++) {
		if (!remove_forward(s, &del->forward[i]))
			return problem(
				p, -ENOENT, forward_format(&del->forward[i], text, sizeof(text)),
				"'natloopctl forward list' shows what is there", "no such forward");
	}
	*config = *instance_config(inst);
	for (__u32 i = 0; i < config->forwards; i++) {
		struct natloop_forward plain = config->forward[i];

		memset(&plain.snat, 0, sizeof(plain.snat));
		if (remove_forward(s, &plain))
			config->forward[kept++] = config->forward[i];
	}
	config->forwards = kept;
	return instance_switch(inst, config, p);
}

int instance_add_public(struct instance *inst, const char *spec, struct problem *p)
{
	_cleanup_free_ struct settings *s = calloc(1, sizeof(*s));

	if (!s || instance_inherit(inst, s))
		return problem(p, -ENOMEM, "public", "", "out of memory");
	if (s->publics == SETTINGS_MAX_PUBLICS)
		return problem(p, -ENOSPC, spec, "delete one that is not used any more",
			       "there are %d public addresses already", SETTINGS_MAX_PUBLICS);
	snprintf(s->public_spec[s->publics++], sizeof(s->public_spec[0]), "%s", spec);
	return change(inst, s, p);
}

int instance_delete_public(struct instance *inst, const char *spec, struct problem *p)
{
	_cleanup_free_ struct natloop_config *config = malloc(sizeof(*config));
	struct natloop_addr addr;
	int err, i;

	if (!config)
		return problem(p, -ENOMEM, "public", "", "out of memory");
	err = address_parse(spec, &addr, p);
	if (err)
		return err;
	*config = *instance_config(inst);
	i = lookup_address(config, &addr);
	if (i < 0 || (__u32)i >= config->publics)
		return problem(p, -ENOENT, spec, "'natloopctl public list' shows what is there",
			       "no such public address");
	if (config->publics == 1)
		return problem(p, -EBUSY, spec, "add another one first, or use 'natloopctl detach'",
			       "the last public address");
	config->publics--;
	config->addresses--;
	memmove(&config->address[i], &config->address[i + 1],
		(config->addresses - i) * sizeof(config->address[0]));
	return instance_switch(inst, config, p);
}

int instance_flow_count(const struct instance *inst, __u64 *count, __u32 *max)
{
	struct natloop_state state;
	__u32 key = 0;

	if (bpf_map_lookup_elem(inst->dp.map[DATAPLANE_STATE], &key, &state))
		return -errno;
	*count = state.flows;
	*max = instance_config(inst)->max_flows;
	return 0;
}

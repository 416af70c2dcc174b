// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* detach: the router is as before, and the last interface takes the pins with it. */
#include <bpf/bpf.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "attach.h"
#include "forward_text.h"
#include "instance_parts.h"
#include "log.h"
#include "util.h"

void instance_drop_interface(struct natloop_config *config, __u32 ifindex)
{
	__u32 links = 0, lans = 0;

	for (__u32 i = 0; i < config->links; i++)
		if (config->link[i].ifindex != ifindex)
			config->link[links++] = config->link[i];
	config->links = links;
	/* A LAN stays as long as another interface delivers to it: a port of the same bridge. */
	for (__u32 i = 0; i < config->lans; i++)
		if (!config->lan[i].ifindex || plan_is_l3(config, (int)config->lan[i].ifindex))
			config->lan[lans++] = config->lan[i];
	config->lans = lans;
	/* A rule waits for it to be attached again. */
	for (__u32 i = 0; i < config->rules; i++)
		if (config->rule[i].ifindex && !plan_is_l3(config, (int)config->rule[i].ifindex))
			config->rule[i].ifindex = NATLOOP_NO_INTERFACE;
}

void instance_forget_gone(struct instance *inst)
{
	_cleanup_free_ struct instance_iface *list = NULL;
	size_t count = 0;

	if (instance_interfaces(inst, &list, &count))
		return;
	for (size_t i = 0; i < count; i++) {
		__u32 key = list[i].ifindex;

		if (!list[i].gone)
			continue;
		(void)detach_xdp(list[i].ifindex, &list[i].iface, NULL);
		(void)bpf_map_delete_elem(inst->dp.map[DATAPLANE_IFACES], &key);
	}
}

int instance_detach_one(struct instance *inst, const struct instance_iface *attached,
			struct problem *p)
{
	struct natloop_iface iface = attached->iface;
	__u32 key = attached->ifindex;
	int err;

	/* Of an interface that is gone the record alone tells what libxdp may have left. */
	if (inst->dp.config_id && !attached->gone)
		(void)attach_find(attached->ifindex, inst->dp.config_id, &iface);
	/* So it does of a program that somebody took off without libxdp. */
	if (!iface.xdp_id)
		iface.xdp_id = attached->iface.xdp_id;
	err = detach_xdp(attached->ifindex, &iface, p);
	/* XDP that stays hands over to TC, and must not do so to nobody. */
	if (!err && !attached->gone)
		err = detach_dns(attached->ifindex, inst->dp.config_id, &iface, p);
	if (!err)
		err = detach_tc(attached->ifindex, &iface, p);
	if (err)
		return err;
	(void)bpf_map_delete_elem(inst->dp.map[DATAPLANE_IFACES], &key);
	log_info("%s: detached", iface.name);
	return 0;
}

/* @config without the interfaces. A server behind one of them would be out of reach. */
static int drop_interfaces(const struct instance_iface *list, size_t count,
			   struct natloop_config *config, struct problem *p)
{
	_cleanup_free_ struct natloop_config *before = malloc(sizeof(*before));
	char text[FORWARD_TEXT_MAX], name[IF_NAMESIZE];

	if (!before)
		return problem(p, -ENOMEM, "detach", "", "out of memory");
	*before = *config;
	for (size_t i = 0; i < count; i++)
		instance_drop_interface(config, list[i].ifindex);
	for (__u32 i = 0; i < config->forwards; i++) {
		const struct natloop_forward *f = &config->forward[i];
		struct route route;

		if (netlink_route(&f->server, &route) || !plan_is_l3(before, route.ifindex) ||
		    plan_is_l3(config, route.ifindex))
			continue;
		return problem(p, -EBUSY,
			       if_indextoname((unsigned int)route.ifindex, name) ? name : "detach",
			       "delete that forward first, or detach the other interfaces, too",
			       "the server of %s is behind it",
			       forward_format(f, text, sizeof(text)));
	}
	return 0;
}

/* A detach that was killed takes records first, and links of the configuration at its end. */
static void drop_unrecorded(const struct instance_iface *list, size_t count,
			    struct natloop_config *config)
{
	__u32 link = 0;

	while (link < config->links) {
		__u32 ifindex = config->link[link].ifindex;
		size_t i = 0;

		while (i < count && (__u32)list[i].ifindex != ifindex)
			i++;
		if (i < count)
			link++;
		else
			instance_drop_interface(config, ifindex);
	}
}

static bool has_link(const struct natloop_config *config, const char *name)
{
	__u32 ifindex = if_nametoindex(name);

	for (__u32 i = 0; i < config->links; i++)
		if (config->link[i].ifindex == ifindex)
			return true;
	return false;
}

/*
 * Moves the interfaces called @names to the front of @list. One that only @config knows of is
 * detached already, by a command that was killed.
 */
static int select_named(struct instance_iface *list, size_t count, char *const *names,
			size_t names_count, const struct natloop_config *config, struct problem *p)
{
	size_t chosen = 0;

	for (size_t n = 0; n < names_count; n++) {
		size_t i = 0;

		while (i < count && strcmp(list[i].iface.name, names[n]) != 0)
			i++;
		if (i == count && has_link(config, names[n]))
			continue;
		if (i == count)
			return problem(p, -ENOENT, names[n], "'natloopctl status' shows what is",
				       "is not attached");
		if (i >= chosen) {
			struct instance_iface found = list[i];

			list[i] = list[chosen];
			list[chosen++] = found;
		}
	}
	return chosen;
}

static int remove_pins(const struct pins *pins, struct problem *p)
{
	int err = pins_remove(pins);

	return err ? pins_left(pins, err, p) : 0;
}

/*
 * All its interfaces are detached. What still runs has nothing to translate any more: an XDP
 * program goes with its interface to another network namespace, where this command cannot take it
 * off.
 */
static int end_instance(struct instance *inst, struct problem *p)
{
	_cleanup_free_ struct natloop_config *none = calloc(1, sizeof(*none));

	if (none && inst->dp.configs)
		dataplane_switch(&inst->dp, none);
	return remove_pins(&inst->pins, p);
}

static int detach_some(struct instance *inst, struct instance_iface *list, size_t chosen,
		       size_t count, struct problem *p)
{
	_cleanup_free_ struct natloop_config *config = malloc(sizeof(*config));
	int err = 0;

	if (!config)
		return problem(p, -ENOMEM, "detach", "", "out of memory");
	*config = *instance_config(inst);
	drop_unrecorded(list, count, config);
	if (chosen < count)
		err = drop_interfaces(list, chosen, config, p);
	for (size_t i = 0; i < chosen && !err; i++)
		err = instance_detach_one(inst, &list[i], p);
	if (err)
		return err;
	if (chosen == count)
		return end_instance(inst, p);
	dataplane_switch(&inst->dp, config);
	return 0;
}

static int open_ifaces(const struct pins *pins, int *ret, struct problem *p)
{
	char path[PATH_MAX];
	_cleanup_close_ int fd = bpf_obj_get(pins_path(pins, "natloop_ifaces", path));

	/* One that is there and cannot be read may know of programs that work on. */
	if (fd < 0 && errno != ENOENT)
		return dataplane_pin_problem(path, p);
	if (fd >= 0 && dataplane_is_map(fd, DATAPLANE_IFACES))
		*ret = TAKE_FD(fd);
	return 0;
}

/*
 * An instance of another ABI, or one that lost pins: what is needed to undo it is natloop_ifaces,
 * whose layout does not change between versions.
 */
static int open_anyhow(const struct env *env, struct instance *inst, struct problem *p)
{
	__u32 config_id;
	int err = pins_lock(env, false, &inst->pins, p);

	if (err == -ENOENT)
		return instance_not_attached(env, p);
	if (err)
		return err;
	err = dataplane_open(&inst->dp, &inst->pins, p);
	if (!err || err == -EXDEV)
		return err;
	config_id = inst->dp.config_id;
	dataplane_close(&inst->dp);
	inst->dp.config_id = config_id;
	memset(p, 0, sizeof(*p));
	return err == -ESTALE ? 0 : open_ifaces(&inst->pins, &inst->dp.map[DATAPLANE_IFACES], p);
}

int instance_detach_recorded(struct instance *inst, struct problem *p)
{
	_cleanup_free_ struct instance_iface *list = NULL;
	size_t count = 0;
	int err = instance_list(inst, &list, &count, p);

	for (size_t i = 0; i < count && !err; i++)
		err = instance_detach_one(inst, &list[i], p);
	return err;
}

static int detach_all(const struct env *env, struct instance *inst, struct problem *p)
{
	int err = open_anyhow(env, inst, p);

	if (!err && inst->dp.map[DATAPLANE_IFACES] >= 0)
		err = instance_detach_recorded(inst, p);
	return err ? err : end_instance(inst, p);
}

/*
 * @p says that there is no instance. But a command that was killed may have left pins; they go, and
 * detach is done, unless they still know of an interface: then only detach_all knows what to do.
 */
static int clear_leftovers(const struct env *env, struct problem *p)
{
	struct problem not_attached = *p;
	struct pins pins = PINS_NONE;
	_cleanup_close_ int ifaces = -1;
	__u32 key;
	int err;

	/* -ENOENT leaves @p as it is. */
	err = pins_lock(env, false, &pins, p);
	if (!err)
		err = open_ifaces(&pins, &ifaces, p);
	if (!err &&
	    (pins_present(&pins) || (ifaces >= 0 && !bpf_map_get_next_key(ifaces, NULL, &key)))) {
		*p = not_attached;
		err = -ENOENT;
	}
	if (!err) {
		memset(p, 0, sizeof(*p));
		err = remove_pins(&pins, p);
	}
	pins_unlock(&pins);
	return err;
}

static int detach_named(const struct env *env, char *const *names, size_t count, struct problem *p)
{
	_cleanup_free_ struct instance_iface *list = NULL;
	struct instance *inst = NULL;
	size_t attached = 0;
	int err = instance_open(env, &inst, p);

	if (err == -ENOENT)
		return clear_leftovers(env, p);
	if (err)
		return err;
	err = instance_list(inst, &list, &attached, p);
	/* None: a detach was killed before it removed the pins, or the first attach. */
	if (!err && attached)
		err = select_named(list, attached, names, count, instance_config(inst), p);
	if (err >= 0)
		err = detach_some(inst, list, err, attached, p);
	instance_close(inst);
	return err;
}

int instance_detach(const struct env *env, char *const *names, size_t count, struct problem *p)
{
	struct instance inst = { .pins = PINS_NONE };
	int err;

	if (names)
		return detach_named(env, names, count, p);
	dataplane_init(&inst.dp);
	err = detach_all(env, &inst, p);
	dataplane_close(&inst.dp);
	pins_unlock(&inst.pins);
	return err;
}

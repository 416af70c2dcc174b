// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which interfaces are there, and which must be attached. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "report.h"
#include "settings_merge.h"
#include "util.h"
#include "watch_parts.h"

struct pass {
	struct watch *w;
	struct link_table links;
	struct address_table addresses;
	struct settings_merged merged; /* how it should be */
	struct settings now;
	struct instance_iface *record; /* what is attached */
	size_t records;
	struct settings more; /* what to attach at a time */
	struct problem *p;    /* the first one */
	int err;
};

static struct watch_interface *find(struct watch *w, const char *name)
{
	for (size_t i = 0; i < w->interfaces; i++)
		if (!strcmp(w->interface[i].name, name))
			return &w->interface[i];
	return NULL;
}

static bool names(const struct settings *s, const char *name)
{
	for (size_t i = 0; i < s->interfaces; i++)
		if (!strcmp(s->interface[i], name))
			return true;
	return false;
}

/* Those of held, and those that were attached for an earlier one. */
static void list_interfaces(struct watch *w)
{
	size_t kept = 0;

	for (size_t i = 0; i < w->interfaces; i++)
		if (w->interface[i].ifindex || w->interface[i].removed ||
		    names(&w->held, w->interface[i].name))
			w->interface[kept++] = w->interface[i];
	w->interfaces = kept;
	for (size_t i = 0; i < w->held.interfaces; i++) {
		const char *name = w->held.interface[i];
		struct watch_interface *added = &w->interface[w->interfaces];

		if (find(w, name) || w->interfaces == ARRAY_SIZE(w->interface))
			continue;
		*added = (struct watch_interface){ .ifindex = 0 };
		snprintf(added->name, sizeof(added->name), "%s", name);
		w->interfaces++;
	}
}

void watch_interfaces_look(struct watch *w)
{
	list_interfaces(w);
	for (size_t i = 0; i < w->interfaces; i++) {
		struct watch_interface *interface = &w->interface[i];
		int ifindex = (int)if_nametoindex(interface->name);

		if (!ifindex && (interface->ifindex || interface->removed))
			watch_say(w, interface->name, "gone");
		else if (!ifindex && !interface->missing)
			watch_say(w, interface->name, "not there; it is attached when it comes");
		if (!ifindex)
			interface->retry = (struct watch_retry){ .failures = 0 };
		interface->missing = !ifindex;
		interface->removed = interface->removed && ifindex;
		if (ifindex != interface->ifindex)
			interface->ifindex = 0;
	}
	w->base.interfaces = 0;
	for (size_t i = 0; i < w->interfaces; i++)
		if (w->interface[i].ifindex && w->base.interfaces < SETTINGS_MAX_INTERFACES)
			memcpy(w->base.interface[w->base.interfaces++], w->interface[i].name,
			       IFNAMSIZ);
}

void watch_interfaces_there(const struct settings *wish, struct settings *ret)
{
	*ret = *wish;
	ret->interfaces = 0;
	for (size_t i = 0; i < wish->interfaces; i++)
		if (if_nametoindex(wish->interface[i]))
			memcpy(ret->interface[ret->interfaces++], wish->interface[i], IFNAMSIZ);
	ret->publics_optional = ret->publics;
	/* What is behind the others waits for them, be it all. */
	if (ret->interfaces < wish->interfaces)
		ret->forwards_imported = ret->no_forwards = true;
}

void watch_interfaces_note(struct watch *w)
{
	_cleanup_free_ struct instance_iface *list = NULL;
	struct problem p = { .usage = false };
	struct instance *inst;
	size_t count = 0;

	list_interfaces(w);
	/* The records: an interface may have come since attach looked which there are. */
	if (watch_open_running(w, &inst, &p))
		return;
	(void)instance_interfaces(inst, &list, &count);
	instance_close(inst);
	for (size_t i = 0; i < count; i++) {
		struct watch_interface *interface = find(w, list[i].iface.name);

		if (interface && !list[i].gone)
			interface->ifindex = list[i].ifindex;
	}
}

static __u64 mix(__u64 hash, const void *data, size_t size)
{
	const unsigned char *byte = data;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ byte[i]) * 0x100000001b3ULL; /* FNV-1a */
	return hash;
}

/*
 * How the interface looks, without what attaching changes by itself: an attempt must not be the
 * reason for the next one.
 */
static __u64 look_of(const struct pass *pass, const char *name)
{
	const struct link *link = netlink_link_by_name(&pass->links, name);
	__u64 hash = 0xcbf29ce484222325ULL;
	unsigned int up;

	if (!link)
		return 0;
	up = link->flags & IFF_UP;
	hash = mix(hash, &link->ifindex, sizeof(link->ifindex));
	hash = mix(hash, &link->master, sizeof(link->master));
	hash = mix(hash, &up, sizeof(up));
	hash = mix(hash, link->mac, sizeof(link->mac));
	for (size_t i = 0; i < pass->addresses.addresses; i++) {
		const struct interface_address *a = &pass->addresses.address[i];

		if (a->ifindex != link->ifindex)
			continue;
		hash = mix(hash, &a->addr, sizeof(a->addr));
		hash = mix(hash, &a->prefix_length, sizeof(a->prefix_length));
	}
	return hash;
}

static void fail(struct pass *pass, int err, const struct problem *p)
{
	if (pass->err)
		return;
	pass->err = err;
	*pass->p = *p;
}

/* Attaches what @more names, if it is time; @look is how that looks. Returns whether it is done. */
static bool attach_more(struct pass *pass, struct watch_retry *retry, __u64 look)
{
	struct problem p = { .usage = false }, other = { .usage = false };
	struct instance *inst;
	int err;

	if (retry->failures && look == retry->look && clock_ms() < retry->at) {
		fail(pass, retry->err, &retry->told);
		return false;
	}
	err = instance_attach_more(pass->w->env, &pass->more, &p);
	if (!err) {
		*retry = (struct watch_retry){ .failures = 0 };
		return true;
	}
	retry->failures++;
	retry->at = clock_ms() + 1000LL * watch_backoff(retry->failures);
	retry->look = look;
	retry->err = err;
	/* Other things than the instance may be missing, too. */
	if (err == -ENOENT && !watch_open_running(pass->w, &inst, &other))
		instance_close(inst);
	if (!pass->w->detached)
		watch_report(pass->w, &retry->told, err, &p);
	fail(pass, err, &p);
	return false;
}

/* Each by itself, so that one that cannot be attached keeps no other one out. */
static void attach_new(struct pass *pass, size_t i)
{
	const char *name = pass->merged.settings.interface[i];
	struct watch_interface *interface = find(pass->w, name);
	int ifindex = (int)if_nametoindex(name);
	char text[64];

	if (!interface || !ifindex)
		return;
	memcpy(pass->more.interface[0], name, IFNAMSIZ);
	pass->more.interfaces = 1;
	pass->more.mode_given = true;
	pass->more.mode = pass->merged.settings.interface_mode[i];
	if (!attach_more(pass, &interface->retry, look_of(pass, name)))
		return;
	interface->ifindex = ifindex;
	snprintf(text, sizeof(text), "attached%s, ifindex %d",
		 interface->removed ? " again: its program was gone" : "", ifindex);
	interface->removed = false;
	watch_say(pass->w, name, text);
}

/* Those that are attached and get another mode: all of them, or none. */
static void change_modes(struct pass *pass)
{
	const struct settings *s = &pass->merged.settings;
	struct watch_retry *retry = &pass->w->mode_retry;
	char text[64];
	__u64 look = 0;

	pass->more.interfaces = 0;
	for (size_t i = 0; i < s->interfaces; i++) {
		size_t at = 0;

		while (at < pass->now.interfaces &&
		       strcmp(pass->now.interface[at], s->interface[i]) != 0)
			at++;
		if (at == pass->now.interfaces ||
		    pass->now.interface_mode[at] == s->interface_mode[i])
			continue;
		memcpy(pass->more.interface[pass->more.interfaces++], s->interface[i], IFNAMSIZ);
		pass->more.mode = s->interface_mode[i];
		look = look * 31 + look_of(pass, s->interface[i]);
	}
	pass->more.mode_given = true;
	if (pass->more.interfaces && !attach_more(pass, retry, look + (__u64)pass->more.mode))
		return;
	for (size_t i = 0; i < pass->more.interfaces; i++) {
		snprintf(text, sizeof(text), "attached again, mode %s",
			 settings_mode_name[pass->more.mode]);
		watch_say(pass->w, pass->more.interface[i], text);
	}
	*retry = (struct watch_retry){ .failures = 0 };
	pass->w->base.mode_given = pass->w->held.mode_given;
	pass->w->base.mode = pass->w->held.mode;
}

static const struct instance_iface *record_of(const struct pass *pass, const char *name)
{
	for (size_t i = 0; i < pass->records; i++)
		if (!strcmp(pass->record[i].iface.name, name) && !pass->record[i].gone)
			return &pass->record[i];
	return NULL;
}

/*
 * Those whose program somebody has removed. With a record they are to be attached once more;
 * without one they have been detached by hand since, and that is what counts.
 */
static void sort_removed(struct pass *pass)
{
	struct settings *now = &pass->now;
	struct watch *w = pass->w;
	size_t kept = 0;

	for (size_t i = 0; i < w->interfaces; i++) {
		struct watch_interface *interface = &w->interface[i];

		if (!interface->removed || record_of(pass, interface->name))
			continue;
		interface->removed = false;
		interface->ifindex = (int)if_nametoindex(interface->name);
		if (w->base.interfaces < SETTINGS_MAX_INTERFACES)
			memcpy(w->base.interface[w->base.interfaces++], interface->name, IFNAMSIZ);
	}
	for (size_t i = 0; i < now->interfaces; i++) {
		const struct watch_interface *interface = find(w, now->interface[i]);

		if (interface && interface->removed)
			continue;
		memmove(now->interface[kept], now->interface[i], IFNAMSIZ);
		now->interface_mode_given[kept] = now->interface_mode_given[i];
		now->interface_mode[kept++] = now->interface_mode[i];
	}
	now->interfaces = kept;
}

static int read_all(struct pass *pass, const struct settings *ours)
{
	struct watch *w = pass->w;
	const struct settings_merge m = { .base = &w->base, .ours = ours, .now = &pass->now };
	struct instance *inst;
	int err = watch_open_running(w, &inst, pass->p);

	if (err)
		return err;
	instance_settings(inst, &pass->now);
	err = instance_add_attached(inst, &pass->now);
	if (!err)
		err = instance_interfaces(inst, &pass->record, &pass->records);
	instance_close(inst);
	sort_removed(pass);
	if (!err)
		err = netlink_links(&pass->links);
	if (!err)
		err = netlink_addresses(&pass->addresses);
	if (err)
		return problem(pass->p, err, "interfaces", "try again", "cannot be read: %s",
			       strerror(-err));
	return settings_merge(&m, &pass->merged, pass->p);
}

static void attach_all(struct pass *pass)
{
	const struct settings *s = &pass->merged.settings;

	change_modes(pass);
	for (size_t i = 0; i < s->interfaces && !pass->w->detached; i++) {
		struct watch_interface *interface = find(pass->w, s->interface[i]);
		const struct instance_iface *record = record_of(pass, s->interface[i]);

		if (!names(&pass->now, s->interface[i])) {
			attach_new(pass, i);
		} else if (interface && record) {
			interface->ifindex = record->ifindex;
			interface->retry = (struct watch_retry){ .failures = 0 };
		}
	}
}

int watch_interfaces_attach(struct watch *w, const struct settings *ours, struct problem *p)
{
	_cleanup_free_ struct pass *pass = calloc(1, sizeof(*pass));
	int err;

	if (!pass)
		return problem(p, -ENOMEM, "watch", "", "out of memory");
	pass->w = w;
	pass->p = p;
	err = read_all(pass, ours);
	if (!err)
		attach_all(pass);
	free(pass->record);
	netlink_links_free(&pass->links);
	netlink_addresses_free(&pass->addresses);
	return err ? err : pass->err;
}

int64_t watch_interfaces_due(const struct watch *w)
{
	int64_t due = w->mode_retry.failures ? w->mode_retry.at : WATCH_NEVER;

	for (size_t i = 0; i < w->interfaces; i++)
		if (w->interface[i].retry.failures && w->interface[i].retry.at < due)
			due = w->interface[i].retry.at;
	return due;
}

/* Is natloop where held wants it, on one interface at least? */
static bool any_attached(const struct watch *w)
{
	for (size_t i = 0; i < w->interfaces; i++)
		if (w->interface[i].ifindex && names(&w->held, w->interface[i].name))
			return true;
	return false;
}

void watch_interfaces_drop(struct watch *w)
{
	/* With the last one all would go, flows, too. */
	if (!any_attached(w))
		return;
	for (size_t i = 0; i < w->interfaces; i++) {
		char *name = w->interface[i].name;
		struct problem p = { .usage = false };
		int err;

		if (names(&w->held, name) || (!w->interface[i].ifindex && !w->interface[i].removed))
			continue;
		w->interface[i].ifindex = 0;
		w->interface[i].removed = false;
		err = instance_detach(w->env, &name, 1, &p);
		if (err)
			(void)report_problem(w->env, err, &p);
		else
			watch_say(w, name, "detached");
	}
}

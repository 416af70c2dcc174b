// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* From what is asked for, and what the system is now, to what the instance does. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "address.h"
#include "attach_options.h"
#include "config_diff.h"
#include "config_file.h"
#include "forward_text.h"
#include "log.h"
#include "report.h"
#include "settings_merge.h"
#include "util.h"
#include "watch_names.h"
#include "watch_parts.h"

int watch_read_settings(struct watch *w, struct problem *p)
{
	_cleanup_free_ struct settings *s = malloc(sizeof(*s));
	const char *path = w->env->config ? w->env->config : CONFIG_FILE_DEFAULT;
	bool there = !access(path, F_OK);
	int err;

	if (!s)
		return problem(p, -ENOMEM, "watch", "", "out of memory");
	/* Some editors move it away for a moment. */
	if (w->file_there && !there)
		return problem(p, -ENOENT, path, "put it back, or restart watch",
			       "is gone; what it said stays in force");
	*s = *w->options;
	err = attach_complete(w->env, "watch", s, p);
	if (err)
		return err;
	watch_import_forwards(&w->imported, s);
	if (!s->publics)
		snprintf(s->public_spec[s->publics++], sizeof(s->public_spec[0]), "auto");
	w->wish = *s;
	w->file_there = there;
	watch_names_set(&w->wish);
	return 0;
}

/* The wish is in force, as @update shows. */
static void set_base(struct watch *w, const struct instance_update *update)
{
	settings_rebase(&w->wish, &update->before, &update->after, &w->base);
	memcpy(w->base.public_spec, update->own_public, sizeof(w->base.public_spec));
	w->base.publics = update->own_publics;
}

static void note_attached(struct watch *w)
{
	for (size_t i = 0; i < w->wish.interfaces; i++)
		w->attached[i] = (int)if_nametoindex(w->wish.interface[i]);
	w->mode = w->wish.mode;
}

/*
 * The new configuration may have the same interfaces in other places. One that was not named before
 * counts as new.
 */
static int *find_attached(struct watch *w, const struct settings *before, const char *name)
{
	for (size_t i = 0; i < before->interfaces; i++)
		if (!strcmp(before->interface[i], name))
			return &w->attached[i];
	return NULL;
}

static void move_attached(struct watch *w, const struct settings *before)
{
	int moved[SETTINGS_MAX_INTERFACES] = { 0 };

	for (size_t i = 0; i < w->wish.interfaces; i++) {
		const int *was = find_attached(w, before, w->wish.interface[i]);

		moved[i] = was ? *was : 0;
	}
	memcpy(w->attached, moved, sizeof(moved));
}

int watch_reload(struct watch *w, struct problem *p)
{
	_cleanup_free_ struct settings *before = malloc(sizeof(*before));
	int err;

	if (!before)
		return problem(p, -ENOMEM, "watch", "", "out of memory");
	*before = w->wish;
	err = watch_read_settings(w, p);
	if (!err)
		move_attached(w, before);
	return err;
}

static int open_running(struct watch *w, struct instance **ret, struct problem *p)
{
	int err = instance_open(w->env, ret, p);

	w->detached = err == -ENOENT;
	return err;
}

static int read_running(struct watch *w, struct settings *now, struct problem *p)
{
	struct instance *inst;
	int err = open_running(w, &inst, p);

	if (err)
		return err;
	instance_settings(inst, now);
	instance_close(inst);
	return 0;
}

/* The addresses that attach found are all ours: it takes each list as a whole. */
static int first_base(struct watch *w, struct problem *p)
{
	_cleanup_free_ struct instance_update *update = calloc(1, sizeof(*update));
	struct instance *inst;
	int err;

	if (!update)
		return problem(p, -ENOMEM, "watch", "", "out of memory");
	err = open_running(w, &inst, p);
	if (err)
		return err;
	update->before = update->after = *instance_config(inst);
	instance_close(inst);
	for (__u32 i = 0; i < update->after.publics && i < SETTINGS_MAX_PUBLICS; i++)
		address_format(&update->after.address[i], update->own_public[update->own_publics++],
			       sizeof(update->own_public[0]));
	set_base(w, update);
	return 0;
}

int watch_attach(struct watch *w, struct problem *p)
{
	_cleanup_free_ struct settings *s = malloc(sizeof(*s));
	_cleanup_free_ struct settings *now = calloc(1, sizeof(*now));
	int err;

	if (!s || !now)
		return problem(p, -ENOMEM, "watch", "", "out of memory");
	*s = w->wish;
	/* What was given to a running instance by hand stays, where no rule says anything. */
	if (s->no_forwards && !read_running(w, now, NULL) && now->forwards)
		s->no_forwards = false;
	err = instance_attach(w->env, s, p);
	if (!err)
		err = first_base(w, p);
	if (!err)
		note_attached(w);
	return err;
}

/* Says which of the named interfaces went. Returns whether any must be attached. */
static bool look_at_interfaces(struct watch *w)
{
	bool any = w->wish.mode_given && w->mode != w->wish.mode;

	for (size_t i = 0; i < w->wish.interfaces; i++) {
		int ifindex = (int)if_nametoindex(w->wish.interface[i]);

		if (!ifindex && w->attached[i])
			watch_say(w, w->wish.interface[i], "gone");
		if (!ifindex)
			w->attached[i] = 0;
		any = any || (ifindex && ifindex != w->attached[i]);
	}
	return any;
}

/* With what others changed, for attach takes each list as a whole. */
static int attach_settings(struct watch *w, struct settings *ret, struct problem *p)
{
	_cleanup_free_ struct settings *now = calloc(1, sizeof(*now));
	_cleanup_free_ struct settings_merged *merged = malloc(sizeof(*merged));
	const struct settings_merge m = { .base = &w->base, .ours = &w->wish, .now = now };
	int err;

	if (!now || !merged)
		return problem(p, -ENOMEM, "watch", "", "out of memory");
	err = read_running(w, now, p);
	if (!err)
		err = settings_merge(&m, merged, p);
	if (err)
		return err;
	*ret = merged->settings;
	for (size_t i = 0; i < w->wish.interfaces; i++)
		if (if_nametoindex(w->wish.interface[i]))
			memcpy(ret->interface[ret->interfaces++], w->wish.interface[i], IFNAMSIZ);
	return 0;
}

static int attach_again(struct watch *w, struct problem *p)
{
	_cleanup_free_ struct settings *s = malloc(sizeof(*s));
	char text[64];
	int err;

	if (!s)
		return problem(p, -ENOMEM, "watch", "", "out of memory");
	err = attach_settings(w, s, p);
	if (!err)
		err = instance_attach(w->env, s, p);
	if (err)
		return err;
	for (size_t i = 0; i < w->wish.interfaces; i++) {
		int ifindex = (int)if_nametoindex(w->wish.interface[i]);

		snprintf(text, sizeof(text), "attached%s, ifindex %d",
			 w->attached[i] == WATCH_REMOVED ? " again: its program was gone" : "",
			 ifindex);
		if (ifindex && ifindex != w->attached[i])
			watch_say(w, w->wish.interface[i], text);
	}
	note_attached(w);
	return 0;
}

static void say_changes(struct watch *w, const struct instance_update *update)
{
	struct link_table links = { .links = 0 };

	(void)netlink_links(&links);
	(void)config_diff(&update->before, &update->after, &links, watch_say, w);
	netlink_links_free(&links);
}

static bool names_interface(const struct settings *s, const char *name)
{
	for (size_t i = 0; i < s->interfaces; i++)
		if (!strcmp(s->interface[i], name))
			return true;
	return false;
}

/* Interfaces that the file named, and names no more. What cannot be detached stays, and is told. */
static void detach_dropped(struct watch *w)
{
	for (size_t i = 0; i < w->base.interfaces; i++) {
		char *name = w->base.interface[i];
		struct problem p = { .usage = false };
		int err;

		if (names_interface(&w->wish, name) || !if_nametoindex(name))
			continue;
		err = instance_detach(w->env, &name, 1, &p);
		if (err)
			(void)report_problem(w->env, err, &p);
		else
			watch_say(w, name, "detached");
	}
}

static int update_running(struct watch *w, struct instance_update *update, struct problem *p)
{
	struct instance *inst;
	int err = open_running(w, &inst, p);

	if (err)
		return err;
	err = instance_update(inst, &w->base, &w->wish, update, p);
	instance_close(inst);
	if (err)
		return err;
	if (update->changed)
		say_changes(w, update);
	detach_dropped(w);
	set_base(w, update);
	return 0;
}

/* That one interface cannot be attached does not keep the rest from what is new. */
static int apply(struct watch *w, struct instance_update *update, struct problem *p)
{
	int attach_err = look_at_interfaces(w) ? attach_again(w, p) : 0;
	int err = update_running(w, update, attach_err ? NULL : p);

	return attach_err ? attach_err : err;
}

static bool same_problem(const struct problem *a, const struct problem *b)
{
	return !strcmp(a->object, b->object) && !strcmp(a->what, b->what);
}

int watch_apply(struct watch *w)
{
	_cleanup_free_ struct instance_update *update = calloc(1, sizeof(*update));
	struct problem p = { .usage = false };
	int err =
		update ? apply(w, update, &p) : problem(&p, -ENOMEM, "watch", "", "out of memory");

	if (!err) {
		if (w->failures)
			watch_say(w, "watch", "up to date again");
		w->failures = 0;
		w->retry_at = WATCH_NEVER;
		w->last = (struct problem){ .usage = false };
		return 0;
	}
	w->failures++;
	w->retry_at = watch_now() + 1000LL * watch_backoff(w->failures);
	/* SIGTERM came while another command held the lock. */
	if (!w->detached && err != -EINTR && !same_problem(&w->last, &p))
		(void)report_problem(w->env, err, &p);
	w->last = p;
	return err;
}

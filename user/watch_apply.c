// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* From what is asked for, and what the system is now, to what the instance does. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "address.h"
#include "attach_options.h"
#include "clock.h"
#include "config_diff.h"
#include "config_file.h"
#include "report.h"
#include "settings_merge.h"
#include "util.h"
#include "watch_names.h"
#include "watch_parts.h"

#define RETRY_LEAST 1000 /* milliseconds */

/* Padding may tell equal ones apart: then a wish is tried once more, which does no harm. */
static bool same(const void *a, const void *b)
{
	return !memcmp(a, b, sizeof(struct settings));
}

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
	/* By its name, once it was there: it may be gone since, and that is not an empty one. */
	err = attach_complete(there ? path : w->env->config, "watch", s, p);
	if (err)
		return err;
	watch_import_forwards(&w->imported, s);
	if (!s->publics)
		snprintf(s->public_spec[s->publics++], sizeof(s->public_spec[0]), "auto");
	if (!same(&w->wish, s))
		w->refused = (struct problem){ .usage = false };
	w->wish = *s;
	w->file_there = there;
	watch_names_set(&w->wish, &w->held);
	return 0;
}

bool watch_follows_rules(const struct watch *w)
{
	return watch_imports_forwards(&w->wish) || watch_imports_forwards(&w->held);
}

void watch_renew_forwards(struct watch *w)
{
	if (watch_imports_forwards(&w->wish))
		watch_forwards_renew(&w->imported, &w->wish);
	if (watch_imports_forwards(&w->held))
		watch_forwards_renew(&w->imported, &w->held);
}

/* The wish @ours is in force, as @update shows. */
static void set_base(struct watch *w, const struct settings *ours,
		     const struct instance_update *update)
{
	bool mode_given = w->base.mode_given;
	enum settings_mode mode = w->base.mode;

	settings_rebase(ours, &update->before, &update->after, &w->base);
	memcpy(w->base.public_spec, update->own_public, sizeof(w->base.public_spec));
	w->base.publics = update->own_publics;
	/* That is another step. */
	w->base.mode_given = mode_given;
	w->base.mode = mode;
}

int watch_open_running(struct watch *w, struct instance **ret, struct problem *p)
{
	int err = instance_open(w->env, ret, p);

	w->detached = err == -ENOENT;
	return err;
}

static bool has_forwards(const struct watch *w)
{
	struct problem p = { .usage = false };
	struct instance *inst;
	bool any;

	if (instance_open(w->env, &inst, &p))
		return false;
	any = instance_config(inst)->forwards;
	instance_close(inst);
	return any;
}

/* The addresses that attach found are all ours: it takes each list as a whole. */
static int first_base(struct watch *w, const struct settings *ours, struct problem *p)
{
	_cleanup_free_ struct instance_update *update = calloc(1, sizeof(*update));
	struct instance *inst;
	int err;

	if (!update)
		return problem(p, -ENOMEM, "watch", "", "out of memory");
	err = watch_open_running(w, &inst, p);
	if (err)
		return err;
	update->before = update->after = *instance_config(inst);
	instance_close(inst);
	for (__u32 i = 0; i < update->after.publics && i < SETTINGS_MAX_PUBLICS; i++)
		address_format(&update->after.address[i], update->own_public[update->own_publics++],
			       sizeof(update->own_public[0]));
	set_base(w, ours, update);
	w->base.mode_given = ours->mode_given;
	w->base.mode = ours->mode;
	return 0;
}

static void hold(struct watch *w)
{
	w->held = w->wish;
	w->refused = (struct problem){ .usage = false };
	/* What was asked for otherwise may succeed now. */
	w->mode_retry = (struct watch_retry){ .failures = 0 };
	for (size_t i = 0; i < w->interfaces; i++)
		w->interface[i].retry = (struct watch_retry){ .failures = 0 };
	/* Names and rules that only the one before asked for. */
	watch_names_set(&w->wish, &w->held);
	if (!watch_follows_rules(w))
		watch_forwards_forget(&w->imported);
}

int watch_attach(struct watch *w, struct problem *p)
{
	_cleanup_free_ struct settings *s = malloc(sizeof(*s));
	int err;

	if (!s)
		return problem(p, -ENOMEM, "watch", "", "out of memory");
	watch_interfaces_there(&w->wish, s);
	/* None: attach says so. */
	if (!s->interfaces)
		*s = w->wish;
	/* What was given to a running instance by hand stays, where no rule says anything. */
	if (!s->forwards && has_forwards(w))
		s->no_forwards = false;
	err = instance_attach(w->env, s, p);
	if (!err)
		err = first_base(w, s, p);
	if (err)
		return err;
	w->dns_base = s->dns;
	hold(w);
	watch_interfaces_note(w);
	w->retry_at = clock_ms();
	return 0;
}

static void say_changes(struct watch *w, const struct instance_update *update)
{
	struct link_table links = { .links = 0 };

	(void)netlink_links(&links);
	(void)config_diff(&update->before, &update->after, &links, watch_say, w);
	netlink_links_free(&links);
}

static bool was_silent(const struct watch *w, const char *spec)
{
	for (size_t i = 0; i < w->silents; i++)
		if (!strcmp(w->silent[i], spec))
			return true;
	return false;
}

/* When a spec leads somewhere again, the line of the change says so. */
static void say_silent(struct watch *w, const struct settings *ours, __u32 left_out)
{
	size_t count = 0;

	for (size_t i = 0; i < ours->publics; i++)
		if (left_out & 1U << i && !was_silent(w, ours->public_spec[i]))
			watch_say(w, ours->public_spec[i],
				  "leads to no address now; the other public addresses stay");
	for (size_t i = 0; i < ours->publics; i++)
		if (left_out & 1U << i)
			memcpy(w->silent[count++], ours->public_spec[i], sizeof(w->silent[0]));
	w->silents = count;
}

static int update_running(struct watch *w, const struct settings *ours,
			  struct instance_update *update, struct problem *p)
{
	struct instance *inst;
	int err = watch_open_running(w, &inst, p);

	if (err)
		return err;
	err = instance_update(inst, &w->base, ours, update, p);
	instance_close(inst);
	if (err)
		return err;
	if (update->changed)
		say_changes(w, update);
	say_silent(w, ours, update->publics_left_out);
	watch_interfaces_drop(w);
	set_base(w, ours, update);
	return 0;
}

/* Whether wish can be done, all of it; then it is the one to follow. */
static int try_wish(struct watch *w, struct settings *ours, struct problem *p)
{
	struct instance *inst;
	int err;

	if (same(&w->wish, &w->held))
		return 0;
	/* The rules are being read: until then nothing is known of its forwards. */
	if (watch_imports_forwards(&w->wish) && !w->imported.known)
		return 0;
	watch_interfaces_there(&w->wish, ours);
	if (!ours->interfaces) {
		err = problem(p, -ENODEV, w->wish.interface[0], "see 'ip link' for the names",
			      "no such interface%s",
			      w->wish.interfaces > 1 ? ", nor is any other one there" : "");
		watch_report(w, &w->refused, err, p);
		return err;
	}
	/* What was wrong with all of them there does not become right when one goes. */
	if (*w->refused.object) {
		ours->forwards_imported = w->wish.forwards_imported;
		ours->no_forwards = w->wish.no_forwards;
	}
	err = watch_open_running(w, &inst, p);
	if (err)
		return err;
	err = instance_try(inst, &w->base, ours, p);
	instance_close(inst);
	if (err) {
		watch_report(w, &w->refused, err, p);
		return err;
	}
	hold(w);
	return 0;
}

/*
 * Held in force. If all of it cannot be, without the forwards that cannot, and that is reported:
 * what is not possible behind one interface is no reason not to follow an address of another.
 */
static int update_held(struct watch *w, struct settings *ours, struct instance_update *update,
		       struct problem *p)
{
	struct problem rest = { .usage = false };
	int err = update_running(w, ours, update, p);

	if (!err)
		w->told = (struct problem){ .usage = false };
	if (!err || w->detached)
		return err;
	watch_report(w, &w->told, err, p);
	if (ours->forwards_imported && ours->no_forwards)
		return err;
	ours->forwards_imported = ours->no_forwards = true;
	(void)update_running(w, ours, update, &rest);
	return err;
}

/*
 * Four steps, none of which keeps the others from being taken: a file that cannot be done, or one
 * interface that cannot be attached, is no reason not to follow an address. The first error.
 */
static int apply(struct watch *w, struct instance_update *update, struct problem *p)
{
	_cleanup_free_ struct settings *ours = malloc(sizeof(*ours));
	struct problem attach = { .usage = false }, held = { .usage = false };
	struct problem dns = { .usage = false };
	int err, attach_err, update_err, dns_err;

	if (!ours)
		return problem(p, -ENOMEM, "watch", "", "out of memory");
	watch_interfaces_look(w);
	err = try_wish(w, ours, p);
	if (w->detached)
		return err;
	watch_names_note(&w->held);
	watch_interfaces_look(w);
	watch_interfaces_there(&w->held, ours);
	attach_err = watch_interfaces_attach(w, ours, &attach);
	if (w->detached)
		return attach_err;
	update_err = update_held(w, ours, update, &held);
	dns_err = w->detached ? 0 : watch_dns_apply(w, &dns);
	if (!err && (attach_err || update_err || dns_err))
		*p = update_err ? held : attach_err ? attach : dns;
	if (err)
		return err;
	return update_err ? update_err : attach_err ? attach_err : dns_err;
}

void watch_report(const struct watch *w, struct problem *told, int err, const struct problem *p)
{
	/* SIGTERM came while another command held the lock. */
	if (err == -EINTR || (!strcmp(told->object, p->object) && !strcmp(told->what, p->what)))
		return;
	(void)report_problem(w->env, err, p);
	*told = *p;
}

int watch_apply(struct watch *w)
{
	_cleanup_free_ struct instance_update *update = calloc(1, sizeof(*update));
	struct problem p = { .usage = false };
	int err =
		update ? apply(w, update, &p) : problem(&p, -ENOMEM, "watch", "", "out of memory");
	int64_t due = watch_interfaces_due(w);

	w->last = p;
	if (!err) {
		if (w->failures)
			watch_say(w, "watch", "up to date again");
		w->failures = 0;
		w->retry_at = WATCH_NEVER;
		return 0;
	}
	w->failures++;
	w->retry_at = clock_ms() + 1000LL * watch_backoff(w->failures);
	/* It may be overdue, of an interface that nothing was tried with this time. */
	if (due < clock_ms() + RETRY_LEAST)
		due = clock_ms() + RETRY_LEAST;
	if (due < w->retry_at)
		w->retry_at = due;
	return err;
}

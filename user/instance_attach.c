// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* attach: all interfaces or none. */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "attach.h"
#include "instance_dns_parts.h"
#include "instance_job.h"
#include "log.h"
#include "signals.h"
#include "util.h"

static int open_or_start(struct job *job, const struct env *env)
{
	int err = pins_lock(env, true, &job->inst.pins, job->p);

	if (err)
		return err;
	job->fresh = !pins_present(&job->inst.pins);
	if (!job->fresh)
		err = dataplane_open(&job->inst.dp, &job->inst.pins, job->p);
	/* What a first attach left that was killed is not kept, nor are its interfaces. */
	if (!job->fresh && !err && instance_unfinished(&job->inst)) {
		err = instance_detach_recorded(&job->inst, job->p);
		err = err ? err : -ESTALE;
	}
	if (err == -ESTALE) {
		job->fresh = true;
		dataplane_close(&job->inst.dp);
		err = 0;
	}
	if (err || !job->fresh)
		return err;
	err = pins_clear(&job->inst.pins);
	return err ? pins_left(&job->inst.pins, err, job->p) : 0;
}

/* What reload needs is there already. */
static int open_running(struct job *job, const struct env *env)
{
	int err = pins_lock(env, false, &job->inst.pins, job->p);

	if (!err && !pins_present(&job->inst.pins))
		err = -ENOENT;
	if (err == -ENOENT)
		return instance_not_attached(env, job->p);
	if (!err)
		err = dataplane_open(&job->inst.dp, &job->inst.pins, job->p);
	if (err == -ENOENT)
		return -ENODATA;
	if (!err && instance_unfinished(&job->inst))
		return problem(job->p, -ENODATA, env->instance, "attach again",
			       "its attach was interrupted");
	return err;
}

static int make_plan(struct job *job)
{
	struct system_view view = {};
	int err = system_read(&view, job->p);

	view.running = job->fresh ? NULL : instance_config(&job->inst);
	view.keep_forwards = job->more;
	if (!err)
		err = plan_make(&job->settings, &view, &job->plan, job->p);
	system_free(&view);
	if (err)
		return err;
	for (size_t i = 0; i < job->plan.interfaces; i++) {
		struct target *t = &job->target[i];
		__u32 key = job->plan.interface[i].link.ifindex;

		t->ifindex = key;
		t->was_attached =
			!job->fresh &&
			!bpf_map_lookup_elem(job->inst.dp.map[DATAPLANE_IFACES], &key, &t->before);
		t->now = t->before;
		snprintf(t->now.name, sizeof(t->now.name), "%s", job->plan.interface[i].link.name);
	}
	return 0;
}

/* One object serves all interfaces, so one generic interface decides for all. */
static bool any_generic(const struct plan *plan)
{
	for (size_t i = 0; i < plan->interfaces; i++)
		if (plan->interface[i].mode == NATLOOP_MODE_XDP_GENERIC)
			return true;
	return false;
}

static bool any_layer3(const struct plan *plan)
{
	for (size_t i = 0; i < plan->interfaces; i++)
		if (netlink_is_layer3(&plan->interface[i].link))
			return true;
	return false;
}

static int load(struct job *job)
{
	struct dataplane *dp = &job->inst.dp;
	int err = dataplane_load(dp, job->settings.max_flows, any_layer3(&job->plan), job->p);

	job->generic = any_generic(&job->plan);
	if (!err)
		err = attach_xdp_open(dataplane_xdp_object(dp), job->generic, &job->xdp, job->p);
	if (!err)
		err = dataplane_pin(dp, &job->inst.pins, job->p);
	if (err)
		return err;
	err = dataplane_ctl(dp, NATLOOP_CTL_START, NULL, 0);
	if (err == -EPERM || err == -ENOSYS)
		return dataplane_problem(err, "natloop_ctl", 0, job->p);
	return err ? problem(job->p, err, "natloop_timer", "run Linux 6.1 or newer",
			     "the kernel cannot start the timer: %s", strerror(-err)) :
		     0;
}

static int record(const struct job *job, const struct target *t)
{
	__u32 key = t->ifindex;

	if (!bpf_map_update_elem(job->inst.dp.map[DATAPLANE_IFACES], &key, &t->now, BPF_ANY))
		return 0;
	return problem(job->p, -errno, t->now.name, "detach some interfaces first",
		       "cannot be recorded: %m");
}

static int try_xdp(const struct job *job, struct target *t, struct plan_interface *planned)
{
	struct problem *p = job->p;
	int err = attach_xdp(t->ifindex, job->xdp, planned->mode == NATLOOP_MODE_XDP_GENERIC,
			     &t->now, p);

	if (!err || !planned->auto_mode || err == -ENODEV)
		return err;
	planned->mode = NATLOOP_MODE_TC;
	snprintf(planned->reason, sizeof(planned->reason), "no native XDP: %.*s",
		 (int)sizeof(planned->reason) - 32, p->what);
	memset(p, 0, sizeof(*p));
	return 0;
}

/* TC first: XDP hands over to it, and must not do so to nobody. */
static int attach_hooks(const struct job *job, struct target *t, struct plan_interface *planned)
{
	int fd = dataplane_tc_fd(&job->inst.dp, netlink_is_layer3(&planned->link));
	int err = attach_tc(t->ifindex, fd, &t->now, job->p);

	if (!err && planned->mode != NATLOOP_MODE_TC)
		err = try_xdp(job, t, planned);
	if (!err && planned->mode == NATLOOP_MODE_TC && t->now.xdp_id) {
		err = detach_xdp(t->ifindex, &t->now, job->p);
		t->now.xdp_id = err ? t->now.xdp_id : 0;
	}
	if (err)
		return err;
	t->now.mode = planned->mode;
	t->now.auto_mode = planned->auto_mode;
	snprintf(t->now.reason, sizeof(t->now.reason), "%s", planned->reason);
	return 0;
}

/*
 * The record is written before the programs are attached, and again when they are: whoever is
 * killed in between leaves an interface that the next command knows of, and attach_find tells which
 * of the programs there are ours.
 */
static int attach_one(const struct job *job, struct target *t, struct plan_interface *planned)
{
	int err = attach_find(t->ifindex, job->inst.dp.config_id, &t->now);
	bool missing = false;

	t->touched = true;
	if (err)
		return problem(job->p, err, t->now.name, "see 'ip link' and 'tc filter show'",
			       "cannot be looked at: %s", strerror(-err));
	/* Somebody has taken our XDP program off, and left what libxdp had pinned of it. */
	if (t->was_attached && t->before.xdp_id != t->now.xdp_id)
		(void)detach_xdp(t->ifindex, &t->before, NULL);
	err = attach_tc_look(t->ifindex, &t->now, &missing, job->p);
	if (!err)
		err = record(job, t);
	if (!err && missing)
		err = attach_tc_prepare(t->ifindex, &t->now, job->p);
	if (!err)
		err = attach_hooks(job, t, planned);
	return err ? err : record(job, t);
}

static int attach_all(struct job *job)
{
	for (size_t i = 0; i < job->plan.interfaces; i++) {
		struct target *t = &job->target[i];
		int err;

		if (job->more && i >= job->named && t->was_attached)
			continue;
		err = attach_one(job, t, &job->plan.interface[i]);
		if (err)
			return err;
		log_info("%s: attached, %s", t->now.name, t->now.reason);
	}
	return 0;
}

static bool is_planned(const struct job *job, int ifindex)
{
	for (size_t i = 0; i < job->plan.interfaces; i++)
		if (job->target[i].ifindex == ifindex)
			return true;
	return false;
}

/* The configuration knows nothing of them any more. */
static int detach_unplanned(struct job *job)
{
	_cleanup_free_ struct instance_iface *list = NULL;
	size_t count = 0;
	int err = instance_list(&job->inst, &list, &count, job->p);

	for (size_t i = 0; i < count && !err; i++)
		if (!is_planned(job, list[i].ifindex))
			err = instance_detach_one(&job->inst, &list[i], job->p);
	return err;
}

static int prepare(struct job *job, const struct env *env, const struct settings *s)
{
	int err = job->reload || job->more ? open_running(job, env) : open_or_start(job, env);
	const struct asked asked = {
		.settings = s,
		.fresh = job->fresh,
		.reload = job->reload,
		.more = job->more,
	};

	if (!err)
		err = instance_complete(&job->inst, &asked, &job->settings, job->p);
	if (!err)
		err = make_plan(job);
	if (!err)
		err = load(job);
	return err;
}

/* *@done: the new configuration is in force, and what was attached stays. */
static int run(struct job *job, const struct env *env, const struct settings *s, bool *done)
{
	int err = prepare(job, env, s);

	if (err)
		return err;
	/* ^C waits for the end, which is near: attached by halves is no state to be left in. */
	signals_hold();
	err = attach_all(job);
	if (!err)
		err = instance_dns_attach(job);
	if (err)
		return err;
	instance_forget_gone(&job->inst);
	err = plan_refresh_xmit(&job->plan.config, &job->plan);
	if (err)
		log_info("the drivers' XDP features cannot be read: %s", strerror(-err));
	instance_warn(job);
	err = instance_activate(&job->inst, &job->plan.config, job->p);
	if (err)
		return err;
	*done = true;
	err = instance_settle(&job->inst, job->p);
	return err || !job->reload ? err : detach_unplanned(job);
}

static int do_job(struct job *job, const struct env *env, const struct settings *s)
{
	bool done = false;
	int err;

	job->named = s->interfaces;
	job->inst.pins = PINS_NONE;
	dataplane_init(&job->inst.dp);
	err = run(job, env, s, &done);
	if (err && !done)
		instance_undo(job);
	dns_names_free(&job->dns_before);
	attach_xdp_close(job->xdp);
	dataplane_close(&job->inst.dp);
	pins_unlock(&job->inst.pins);
	return err;
}

int instance_attach(const struct env *env, const struct settings *s, struct problem *p)
{
	_cleanup_free_ struct job *job = calloc(1, sizeof(*job));

	if (!job)
		return problem(p, -ENOMEM, "attach", "", "out of memory");
	job->p = p;
	return do_job(job, env, s);
}

int instance_attach_more(const struct env *env, const struct settings *s, struct problem *p)
{
	_cleanup_free_ struct job *job = calloc(1, sizeof(*job));

	if (!job)
		return problem(p, -ENOMEM, "attach", "", "out of memory");
	job->p = p;
	job->more = true;
	return do_job(job, env, s);
}

int instance_reload(const struct env *env, const struct settings *file, struct problem *p)
{
	_cleanup_free_ struct job *job = calloc(1, sizeof(*job));

	if (!job)
		return problem(p, -ENOMEM, "reload", "", "out of memory");
	job->p = p;
	job->reload = true;
	return do_job(job, env, file);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* attach: all interfaces or none. */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "attach.h"
#include "instance_parts.h"
#include "log.h"
#include "util.h"

struct target {
	int ifindex;
	bool was_attached;
	bool touched; /* by this command */
	struct natloop_iface before;
	struct natloop_iface now;
};

struct job {
	struct instance inst;
	bool fresh; /* this command makes the instance */
	struct settings settings;
	size_t named; /* of settings.interface: those of the command, not those attached before */
	struct plan plan;
	struct target target[SETTINGS_MAX_INTERFACES];
	struct xdp_program *xdp;
	struct problem *p;
};

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
	if (job->fresh)
		pins_clear(&job->inst.pins);
	return err;
}

static enum settings_mode asked_mode(const struct natloop_iface *iface)
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

/* The mode that the interface was attached in, unless the command says another for it. */
static int add_one_attached(struct job *job, const struct instance_iface *attached)
{
	struct settings *s = &job->settings;
	size_t i = 0;

	while (i < s->interfaces && strcmp(s->interface[i], attached->iface.name) != 0)
		i++;
	if (i == SETTINGS_MAX_INTERFACES)
		return problem(job->p, -ENOSPC, attached->iface.name,
			       "detach some interfaces first", "more than %d interfaces",
			       SETTINGS_MAX_INTERFACES);
	if (i == s->interfaces)
		memcpy(s->interface[s->interfaces++], attached->iface.name, IFNAMSIZ);
	s->interface_mode_given[i] = i >= job->named || !s->mode_given;
	s->interface_mode[i] = asked_mode(&attached->iface);
	return 0;
}

/* Interfaces that are attached already take part: they get the new programs, too. */
static int add_attached(struct job *job)
{
	_cleanup_free_ struct instance_iface *list = NULL;
	size_t count = 0;
	int err = instance_interfaces(&job->inst, &list, &count);

	if (err)
		return problem(job->p, err, "natloop_ifaces", "", "%s", strerror(-err));
	for (size_t i = 0; i < count && !err; i++)
		if (!list[i].gone)
			err = add_one_attached(job, &list[i]);
	return err;
}

/* The limits as asked for, kept, or the defaults. */
static int complete_limits(struct job *job, bool client_flows_given)
{
	struct settings *s = &job->settings;
	__u32 capacity = job->fresh ? 0 : dataplane_capacity(&job->inst.dp);

	if (!s->max_flows)
		s->max_flows = SETTINGS_DEFAULT_MAX_FLOWS;
	if (!s->client_flows)
		s->client_flows = SETTINGS_DEFAULT_CLIENT_FLOWS;
	/* A default, or what was given earlier: kept for when --max-flows is raised again. */
	if (s->client_flows > s->max_flows && client_flows_given)
		return problem(job->p, -EINVAL, "--client-flows", "give a smaller number",
			       "%u is more than --max-flows (%u)", s->client_flows, s->max_flows);
	if (!job->fresh && s->max_flows > capacity)
		return problem(job->p, -ENOSPC, "--max-flows",
			       "run 'natloopctl detach --all' first; it ends all flows",
			       "%u is more than the running table holds (%u)", s->max_flows,
			       capacity);
	return 0;
}

static int complete(struct job *job, const struct settings *s)
{
	int err;

	job->settings = *s;
	job->named = s->interfaces;
	if (!job->fresh)
		instance_inherit(&job->inst, &job->settings);
	err = complete_limits(job, s->client_flows);
	if (err || job->fresh)
		return err;
	return add_attached(job);
}

static int make_plan(struct job *job)
{
	struct system_view view = {};
	int err = system_read(&view, job->p);

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

static int load(struct job *job)
{
	struct dataplane *dp = &job->inst.dp;
	int err = dataplane_load(dp, job->settings.max_flows, job->p);

	if (!err)
		err = attach_xdp_open(dataplane_xdp_object(dp), any_generic(&job->plan), &job->xdp,
				      job->p);
	if (!err)
		err = dataplane_pin(dp, &job->inst.pins, job->p);
	if (err)
		return err;
	err = dataplane_ctl(dp, NATLOOP_CTL_START, NULL, 0);
	return err ? problem(job->p, err, "natloop_timer", "run Linux 5.15 or newer",
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
	int err = attach_tc(t->ifindex, dataplane_tc_fd(&job->inst.dp), &t->now, job->p);

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
		int err = attach_one(job, t, &job->plan.interface[i]);

		if (err)
			return err;
		log_info("%s: attached, %s", t->now.name, t->now.reason);
	}
	return 0;
}

/*
 * Interfaces that were attached before keep the new programs: they do the same with the old
 * configuration, which is still the active one.
 */
static void undo(struct job *job)
{
	for (size_t i = 0; i < job->plan.interfaces; i++) {
		struct target *t = &job->target[i];
		__u32 key = t->ifindex;

		if (!t->touched)
			continue;
		if (t->was_attached) {
			(void)bpf_map_update_elem(job->inst.dp.map[DATAPLANE_IFACES], &key, &t->now,
						  BPF_EXIST);
			continue;
		}
		(void)detach_xdp(t->ifindex, &t->now, NULL);
		(void)detach_tc(t->ifindex, &t->now, NULL);
		(void)bpf_map_delete_elem(job->inst.dp.map[DATAPLANE_IFACES], &key);
	}
	if (job->fresh && job->inst.pins.lock >= 0)
		pins_remove(&job->inst.pins);
}

/* From here on ^C waits for the end, which is near; attached by halves is no state to be left in.
 */
static void hold_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
}

/* Without it the kernel's routes lead nowhere for our packets; it may still be switched on. */
static void warn_forwarding_off(const struct job *job)
{
	for (size_t i = 0; i < job->plan.interfaces; i++) {
		char path[64 + IFNAMSIZ], value = '1';
		_cleanup_close_ int fd = -1;

		snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s/forwarding",
			 job->plan.interface[i].link.name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0 && read(fd, &value, 1) == 1 && value == '0')
			log_error("%s: IP forwarding is off, so nothing is reflected; "
				  "sysctl -w net.ipv4.ip_forward=1",
				  job->plan.interface[i].link.name);
	}
}

static int run(struct job *job, const struct env *env, const struct settings *s)
{
	int err = open_or_start(job, env);

	if (!err)
		err = complete(job, s);
	if (!err)
		err = make_plan(job);
	if (!err)
		err = load(job);
	if (err)
		return err;
	hold_signals();
	err = attach_all(job);
	if (err)
		return err;
	instance_forget_gone(&job->inst);
	err = plan_refresh_xmit(&job->plan.config, &job->plan);
	if (err)
		log_info("the drivers' XDP features cannot be read: %s", strerror(-err));
	warn_forwarding_off(job);
	return instance_switch(&job->inst, &job->plan.config, job->p);
}

int instance_attach(const struct env *env, const struct settings *s, struct problem *p)
{
	_cleanup_free_ struct job *job = calloc(1, sizeof(*job));
	int err;

	if (!job)
		return problem(p, -ENOMEM, "attach", "", "out of memory");
	job->p = p;
	job->inst.pins = PINS_NONE;
	dataplane_init(&job->inst.dp);
	err = run(job, env, s);
	if (err)
		undo(job);
	attach_xdp_close(job->xdp);
	dataplane_close(&job->inst.dp);
	pins_unlock(&job->inst.pins);
	return err;
}

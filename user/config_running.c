// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "config_running.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "instance_dns_parts.h"
#include "plan_parts.h"
#include "util.h"

/* Puts @why beside each public address that @plan has, and that has no text yet. */
static void explain(const struct plan *plan, const char *why, struct config_running *ret)
{
	struct natloop_addr addr;

	for (size_t i = 0; i < ret->settings.publics; i++) {
		if (*ret->public_from[i] ||
		    address_parse(ret->settings.public_spec[i], &addr, NULL))
			continue;
		for (__u32 k = 0; k < plan->config.publics; k++)
			if (address_equal(&plan->config.address[k], &addr))
				snprintf(ret->public_from[i], sizeof(ret->public_from[i]), "%s",
					 why);
	}
}

/* The addresses that @spec stands for now, and no others. */
static int explain_spec(const struct system_view *view, const char *spec, const char *why,
			struct config_running *ret)
{
	_cleanup_free_ struct settings *one = calloc(1, sizeof(*one));
	_cleanup_free_ struct plan *plan = calloc(1, sizeof(*plan));
	struct planner pl = { .s = one, .view = view, .plan = plan };

	if (!one || !plan)
		return -ENOMEM;
	/* A name that means nothing explains nothing. */
	if (!settings_add_public(one, spec, NULL) && !plan_publics(&pl))
		explain(plan, why, ret);
	return 0;
}

static int explain_publics(const char *path, const struct config_file *file,
			   struct config_running *ret, struct problem *p)
{
	const struct settings *s = &file->settings;
	struct system_view view = {};
	char why[CONFIG_FROM_MAX];
	int err = system_read(&view, p);

	if (err)
		return err;
	for (size_t i = 0; i < s->publics && !err; i++) {
		snprintf(why, sizeof(why), "%.100s:%u, %.100s", path, file->lines.public_spec[i],
			 s->public_spec[i]);
		err = explain_spec(&view, s->public_spec[i], why, ret);
	}
	if (!s->publics)
		err = explain_spec(&view, "auto",
				   "detection or --public, the interface of the default route",
				   ret);
	system_free(&view);
	return err ? problem(p, err, "public", "", "out of memory") : 0;
}

int config_running_read(const struct env *env, const char *path, const struct config_file *file,
			struct config_running *ret, struct problem *p)
{
	struct instance *inst;
	bool reported = false;
	int err = instance_open(env, &inst, p);

	memset(ret, 0, sizeof(*ret));
	if (err)
		return err == -ENOENT ? 0 : err;
	ret->running = !instance_unfinished(inst);
	if (ret->running) {
		instance_settings(inst, &ret->settings);
		err = instance_add_attached(inst, &ret->settings);
	}
	if (!err && ret->running) {
		err = instance_dns_read(inst, &ret->names, p);
		reported = err;
	}
	instance_close(inst);
	if (reported)
		return err;
	if (err)
		return problem(p, err, env->instance, "see 'natloopctl status'",
			       "the interfaces cannot be read: %s", strerror(-err));
	return ret->running ? explain_publics(path, file, ret, p) : 0;
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <string.h>

#include "address.h"
#include "attach_options.h"
#include "command.h"
#include "config_file.h"
#include "forward_text.h"
#include "instance.h"
#include "options.h"
#include "settings.h"
#include "util.h"
#include "view.h"
#include "writer.h"

static int add_forward(struct settings *s, const char *text, struct problem *p)
{
	return forward_parse(text, s, p);
}

static int add_server(struct settings *s, const char *text, struct problem *p)
{
	char spec[FORWARD_TEXT_MAX];
	struct natloop_addr addr;
	int err;

	/* First as an address: messages must not speak of a SPEC that nobody typed. */
	err = address_parse_host(text, &addr, p);
	if (err)
		return err;
	snprintf(spec, sizeof(spec), "rustdesk=%s", text);
	return forward_parse(spec, s, p);
}

#define SETTING(name, argument, help, set)                                                         \
	{                                                                                          \
		name, 0, argument, help, OPTION_SETTING, 0, set                                    \
	}

const struct option_def attach_options[] = {
	SETTING("mode", "MODE", "auto, xdp, xdp-generic or tc", settings_set_mode),
	SETTING("public", "PUBLIC", "auto, or an address, interface or host name; repeatable",
		settings_add_public),
	SETTING("server", "ADDR", "short for --forward rustdesk=ADDR; repeatable", add_server),
	SETTING("forward", "SPEC", "a port forward, see below; repeatable", add_forward),
	SETTING("snat", "SOURCE", "what servers see: public (default), router or an address",
		settings_set_snat),
	SETTING("lan", "CIDR", "more prefixes that clients live in; repeatable", settings_add_lan),
	SETTING("max-flows", "N", "size of the flow table, 64 to 1000000 (16384)",
		settings_set_max_flows),
	SETTING("client-flows", "N", "most flows of one client, 1 to max-flows (2048)",
		settings_set_client_flows),
};
_Static_assert(ARRAY_SIZE(attach_options) == ATTACH_OPTIONS, "see attach_options.h");

/* What was attached, with -v; the changes themselves are silent. */
static int print_interfaces(const struct env *env, struct problem *p)
{
	_cleanup_free_ struct instance_iface *ifaces = NULL;
	struct instance *inst;
	struct writer *w;
	size_t count = 0;
	int err;

	err = instance_open(env, &inst, p);
	if (err)
		return err;
	err = instance_interfaces(inst, &ifaces, &count);
	instance_close(inst);
	if (err)
		return problem(p, err, env->instance, "see 'natloopctl status'",
			       "attached, but the interfaces cannot be read: %s", strerror(-err));
	w = command_writer(env);
	if (w)
		view_interfaces(w, NULL, ifaces, count);
	return command_finish(w, p);
}

int attach_take_words(struct settings *s, int argc, char **argv, struct problem *p)
{
	for (int i = 1; i < argc; i++) {
		int err = settings_add_interface(s, argv[i], p);

		if (err)
			return err;
	}
	return 0;
}

int attach_complete(const char *path, const char *command, struct settings *s, struct problem *p)
{
	_cleanup_free_ struct settings *file = calloc(1, sizeof(*file));
	char remedy[sizeof(p->remedy)];
	int err;

	if (!file)
		return problem(p, -ENOMEM, command, "", "out of memory");
	err = config_file_read(path, file, p);
	if (err)
		return err;
	settings_inherit(s, file);
	if (!s->interfaces) {
		snprintf(remedy, sizeof(remedy),
			 "name the LAN interface, as in 'natloopctl %s eth1', or in %s", command,
			 path ? path : CONFIG_FILE_DEFAULT);
		return problem_usage(p, command, remedy, "no interface given");
	}
	return settings_check(s, p);
}

static int run(const struct env *env, void *target, int argc, char **argv, struct problem *p)
{
	struct settings *s = target;
	int err;

	err = attach_take_words(s, argc, argv, p);
	if (!err)
		err = attach_complete(env->config, "attach", s, p);
	if (err)
		return err;
	err = instance_attach(env, s, p);
	if (err)
		return err;
	return env->verbose ? print_interfaces(env, p) : 0;
}

const struct command command_attach = {
	.name = "attach",
	.usage = "[IFACE]...",
	.help = "reflect the port forwards on LAN interfaces, or update what is attached",
	.notes = FORWARD_TEXT_HELP
	"\nWithout IFACE the interfaces of the configuration file are meant. Options win over\n"
	"the file; what neither says is kept, or detected when attaching for the first time:\n"
	"the public address by the default route, the forwards as by 'natloopctl import'.\n",
	.options = attach_options,
	.options_count = ARRAY_SIZE(attach_options),
	.options_size = sizeof(struct settings),
	.run = run,
};

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "command.h"
#include "config_text.h"
#include "conflicts.h"
#include "instance.h"
#include "instance_dns.h"
#include "settings.h"
#include "util.h"
#include "version.h"
#include "view.h"
#include "view_dns.h"
#include "visible.h"
#include "writer.h"

/* All that status shows, read before anything is written. */
struct model {
	const struct env *env;
	const struct natloop_config *config;
	const struct settings *settings; /* the same */
	struct instance_iface *iface;
	size_t ifaces;
	__u64 flows;
	__u32 max_flows;
	__u64 memory;
	struct instance_dns dns;
	struct conflict *conflict;
	size_t conflicts;
};

static void note_lans(struct writer *w, const struct natloop_config *config)
{
	char text[ADDRESS_TEXT_MAX];
	__u32 i;

	for (i = 0; i < config->lans && i < ARRAY_SIZE(config->lan); i++) {
		struct prefix prefix = { config->lan[i].net, config->lan[i].mask };

		writer_note(w, i ? "" : "lan", address_format_prefix(&prefix, text, sizeof(text)));
	}
}

static void write_timeouts(struct writer *w, const struct natloop_config *config)
{
	unsigned int i;

	writer_open(w, "timeouts", WRITER_OBJECT);
	for (i = 0; i < NATLOOP_TIMEOUT_COUNT; i++) {
		unsigned int seconds = config_seconds(config->timeout[i]);
		char text[16];

		snprintf(text, sizeof(text), "%u s", seconds);
		writer_quantity(w, settings_timeout_name[i], seconds, text);
	}
	writer_close(w);
}

static void write_memory(struct writer *w, __u64 bytes)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu (%.1f MiB)", bytes, (double)bytes / (1 << 20));
	writer_open(w, "memory", WRITER_OBJECT);
	writer_quantity(w, "bytes", bytes, text);
	writer_close(w);
}

static void write_warnings(struct writer *w, const struct model *m)
{
	writer_open(w, "warnings", WRITER_LIST);
	for (size_t i = 0; i < m->conflicts; i++) {
		writer_open(w, NULL, WRITER_OBJECT);
		writer_string(w, "object", m->conflict[i].object);
		writer_string(w, "what", m->conflict[i].what);
		writer_string(w, "remedy", m->conflict[i].remedy);
		writer_close(w);
	}
	writer_close(w);
}

static void walk(struct writer *w, const struct model *m)
{
	char text[ADDRESS_TEXT_MAX];

	writer_open(w, NULL, WRITER_OBJECT);
	writer_string(w, "version", NATLOOP_VERSION);
	writer_number(w, "abi", NATLOOP_ABI);
	writer_string(w, "instance", m->env->instance);
	view_interfaces(w, "interfaces", m->iface, m->ifaces);
	note_lans(w, m->config);
	view_publics(w, "public", m->config);
	view_notes(w, "notes", m->config);
	writer_string(
		w, "snat",
		config_text_snat(m->config->snat_mode, &m->config->snat_addr, text, sizeof(text)));
	view_forwards(w, "forwards", m->config);
	view_rules(w, "rules", m->settings);
	if (m->dns.names || m->env->json)
		view_dns_short(w, "dns", &m->dns);
	writer_open(w, "flows", WRITER_OBJECT);
	writer_number(w, "count", m->flows);
	writer_number(w, "max", m->max_flows);
	writer_close(w);
	snprintf(text, sizeof(text), "%u",
		 m->config->client_flows < m->max_flows ? m->config->client_flows : m->max_flows);
	writer_note(w, "flows/client", text);
	write_timeouts(w, m->config);
	write_memory(w, m->memory);
	/* As text they are lines of their own. */
	if (m->env->json)
		write_warnings(w, m);
	writer_close(w);
}

static void print_warning(FILE *out, const struct conflict *conflict)
{
	fputs("warning: ", out);
	visible_print(out, conflict->object);
	fputs(": ", out);
	visible_print(out, conflict->what);
	fputs("; ", out);
	visible_print(out, conflict->remedy);
	fputc('\n', out);
}

static int print(const struct model *m, struct problem *p)
{
	FILE *out = m->env->out;
	struct writer *w = command_writer(m->env);
	int err;

	if (w)
		walk(w, m);
	err = command_finish(w, p);
	if (err || m->env->json)
		return err;
	for (size_t i = 0; i < m->conflicts; i++)
		print_warning(out, &m->conflict[i]);
	if (!fflush(out) && !ferror(out))
		return 0;
	return problem(p, -EIO, "standard output", "check where it goes", "cannot be written");
}

static int show(const struct env *env, struct instance *inst, const struct conflict_rules *rules,
		struct problem *p)
{
	_cleanup_free_ struct settings *settings = calloc(1, sizeof(*settings));
	_cleanup_free_ struct instance_iface *iface = NULL;
	_cleanup_free_ struct conflict *conflict = NULL;
	struct model m = { .env = env, .settings = settings };
	int err;

	if (!settings)
		return problem(p, -ENOMEM, env->instance, "", "out of memory");
	m.config = instance_config(inst);
	instance_settings(inst, settings);
	err = instance_interfaces(inst, &iface, &m.ifaces);
	if (!err)
		instance_check(inst, iface, m.ifaces);
	if (!err)
		err = instance_flow_count(inst, &m.flows, &m.max_flows);
	if (!err)
		err = instance_memory(inst, iface, m.ifaces, &m.memory);
	if (!err)
		err = conflicts_find(inst, rules, &conflict, &m.conflicts);
	if (err)
		return problem(p, err, env->instance, "try 'natloopctl attach' again",
			       "the state cannot be read: %s", strerror(-err));
	err = instance_dns_list(inst, &m.dns, p);
	if (err)
		return err;
	m.iface = iface;
	m.conflict = conflict;
	err = print(&m, p);
	free(m.dns.name);
	return err;
}

static int run(const struct env *env, void *target, int argc, char **argv, struct problem *p)
{
	struct conflict_rules *rules;
	struct instance *inst;
	int err;

	(void)target;
	err = command_no_words(argc, argv, p);
	if (err)
		return err;
	rules = conflicts_read_rules();
	err = instance_open(env, &inst, p);
	if (err) {
		conflicts_free_rules(rules);
		return err;
	}
	if (instance_unfinished(inst))
		err = problem(p, -ENODATA, env->instance, "attach again",
			      "its attach was interrupted");
	else
		err = show(env, inst, rules, p);
	instance_close(inst);
	conflicts_free_rules(rules);
	return err;
}

const struct command command_status = {
	.name = "status",
	.usage = "",
	.help = "show what is attached, how, and with which settings",
	.run = run,
};

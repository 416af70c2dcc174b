// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd_dns.h"
#include "command_print.h"
#include "dns_export.h"
#include "dns_file.h"
#include "dns_server.h"
#include "signals.h"
#include "text_file.h"
#include "util.h"
#include "writer.h"

/* What is to be done to a file. */
struct apply {
	struct dns_export export;
	struct dns_file_owner owner;
	const char *path;
	char *text; /* what the file shall be */
	size_t names;
	struct dns_reload reload;
};

static void apply_end(struct apply *a)
{
	free(a->text);
	free(a->reload.program);
}

/* All that can be found out before the file is looked at. */
static int prepare(const struct env *env, int argc, char **argv, struct apply *a, struct problem *p)
{
	const struct dns_options *asked = dns_options(env);
	struct dns_names names = { .names = 0 };
	int err;

	if (!asked->file || !*asked->file)
		return problem_usage(p, "dns apply",
				     "give one that the server reads, such as "
				     "/etc/dnsmasq.d/natloop.conf",
				     "needs --file PATH");
	a->path = asked->file;
	a->owner = (struct dns_file_owner){ argv[0], env->instance };
	err = dns_export_parse(argv[0], NULL, asked->forwarder, &a->export, p);
	if (!err && asked->reload)
		err = dns_reload_find(a->export.server, &a->reload, p);
	if (!err)
		err = dns_names_get(env, argc - 1, argv + 1, &names, p);
	if (!err)
		err = dns_file_make(&a->owner, &a->export, names.name, names.names, &a->text, p);
	a->names = names.names;
	free(names.name);
	return err;
}

static bool is_same(const struct apply *a, const struct text_file *file)
{
	return file->fd >= 0 && file->byte && file->length == strlen(a->text) &&
	       !memcmp(file->byte, a->text, file->length);
}

/* After a failure nothing has changed, for the server either, as far as that can be had. */
static int reload(const struct env *env, const struct apply *a, const struct text_file *file,
		  struct problem *p)
{
	const char *state = "is as it was; look at the server";
	struct problem undone = {};
	bool tried = false;
	int err = 0;

	if (!dns_options(env)->no_check)
		err = dns_server_check(a->export.server, NULL, NULL, p);
	if (!err) {
		tried = true;
		err = dns_reload_run(&a->reload, p);
	}
	if (!err)
		return 0;
	if (!is_same(a, file)) {
		if (text_file_undo(file, a->text, strlen(a->text), &undone)) {
			*p = undone;
			return err;
		}
		/* What did not start with the new text may start with the old one. */
		if (tried && !dns_reload_run(&a->reload, NULL))
			state = "has what it had before, and with that it succeeds";
	}
	snprintf(p->remedy, sizeof(p->remedy), "%.150s %s", a->path, state);
	return err;
}

static int print_done(const struct env *env, const struct apply *a, bool same, struct problem *p)
{
	struct writer *w = command_writer(env);

	if (!w)
		return command_finish(w, p);
	writer_open(w, NULL, WRITER_OBJECT);
	writer_string(w, "file", a->path);
	writer_string(w, "result", same ? "unchanged" : "written");
	writer_number(w, "names", a->names);
	if (a->reload.command || env->json)
		writer_string(w, "reloaded", a->reload.command ? a->reload.command : "");
	if (!same && !a->reload.command)
		writer_note(w, "",
			    a->export.server == DNS_UNBOUND ?
				    "unbound reads it on 'unbound-control reload'" :
				    "dnsmasq reads it only when it is restarted");
	writer_close(w);
	return command_finish(w, p);
}

/* @file is open. */
static int apply(const struct env *env, const struct apply *a, const struct text_file *file,
		 struct problem *p)
{
	const struct text_version before = { file->byte ? file->byte : "", file->length };
	const struct text_version after = { a->text, strlen(a->text) };
	const struct dns_options *asked = dns_options(env);
	bool same = is_same(a, file);
	int err = 0;

	if (!dns_file_is_own(&a->owner, before.byte, before.length))
		return problem(p, -EEXIST, a->path, "give another --file, or delete this one",
			       "was not made by 'dns apply %s' of instance %s", a->owner.server,
			       a->owner.instance);
	if (!same && !asked->no_check)
		err = dns_server_check(a->export.server, a->path, a->text, p);
	if (err)
		return err;
	if (asked->dry_run)
		return command_print_diff(env, a->path, &before, &after, p);
	/* A file that the server has not taken must not stay. */
	if (asked->reload)
		signals_hold();
	if (!same)
		err = text_file_write(file, after.byte, after.length, p);
	if (!err && asked->reload)
		err = reload(env, a, file, p);
	return err ? err : print_done(env, a, same, p);
}

static int apply_file(const struct env *env, int argc, char **argv, struct problem *p)
{
	enum text_file_use use = dns_options(env)->dry_run ? TEXT_FILE_PREVIEW : TEXT_FILE_CHANGE;
	struct apply a __attribute__((cleanup(apply_end))) = {};
	struct text_file file;
	int err = prepare(env, argc, argv, &a, p);

	if (err || !a.text)
		return err;
	err = text_file_open(env, a.path, use, &file, p);
	if (err)
		return err;
	err = apply(env, &a, &file, p);
	text_file_close(&file);
	return err;
}

int dns_apply_run(const struct env *env, int argc, char **argv, struct problem *p)
{
	if (!strcmp(argv[0], "adguardhome") || !strcmp(argv[0], "pihole")) {
		if (argc > 1)
			return dns_apply_http(env, argc, argv, p);
		return problem_usage(p, "dns apply", "give the one where its pages are",
				     "needs a URL of %s", argv[0]);
	}
	if (strcmp(argv[0], "dnsmasq") != 0 && strcmp(argv[0], "unbound") != 0)
		return problem_usage(p, *argv[0] ? argv[0] : "''",
				     "give dnsmasq, unbound, adguardhome or pihole",
				     "no such DNS server is known to 'dns apply'");
	if (argc > 3)
		return problem_usage(p, argv[3], "leave it out", "is one word too many");
	return apply_file(env, argc, argv, p);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cmd_dns.h"
#include "dns_api_run.h"
#include "dns_api_secret.h"
#include "log.h"
#include "util.h"
#include "writer.h"

/* Any will do: it is the name that is checked. */
#define ANY_ADDRESS "192.0.2.1"

static int pick_server(const char *name, const struct dns_api_server **ret, struct problem *p)
{
	static const struct dns_api_server *const servers[] = { &dns_api_adguardhome,
								&dns_api_pihole };

	for (size_t i = 0; i < ARRAY_SIZE(servers); i++) {
		if (strcmp(servers[i]->name, name) != 0)
			continue;
		*ret = servers[i];
		return 0;
	}
	return problem_usage(p, *name ? name : "''", "give adguardhome or pihole",
			     "is no DNS server with an API that is known");
}

static int check_login(const struct dns_options *asked, const struct dns_api_server *server,
		       struct problem *p)
{
	if (asked->user && !server->basic)
		return problem_usage(p, "--user", "leave it out", "means nothing to %s",
				     server->title);
	if (asked->user && !asked->password_file)
		return problem_usage(p, "--user", "give --password-file, too",
				     "means nothing without a password");
	if (asked->user && (!*asked->user || strchr(asked->user, ':')))
		return problem_usage(p, "--user", "give the name to log in with",
				     "is empty or has a colon in it");
	if (asked->password_file && !asked->user && server->basic)
		return problem_usage(p, "--user", "give the name to log in with",
				     "is needed with --password-file for %s", server->title);
	return 0;
}

static int check_ca_file(const struct dns_options *asked, const struct dns_api_url *url,
			 struct problem *p)
{
	if (!asked->ca_file)
		return 0;
	if (!url->tls)
		return problem_usage(p, "--ca-file", "leave it out, or give a URL of https",
				     "means nothing without TLS");
	if (access(asked->ca_file, R_OK))
		return problem(p, -errno, *asked->ca_file ? asked->ca_file : "--ca-file",
			       "give a file with certificates in PEM form", "cannot be read: %s",
			       strerror(errno));
	return 0;
}

/* --remove: the name that is to go has no address. */
static int removed_name(const struct env *env, int words, struct dns_names *ret, struct problem *p)
{
	char *argv[] = { (char *)dns_options(env)->remove, (char *)ANY_ADDRESS };

	if (words)
		return problem_usage(p, "--remove", "do one of the two at a time",
				     "goes without NAME ADDR");
	return dns_names_get(env, ARRAY_SIZE(argv), argv, ret, p);
}

/* The words behind the URL, --remove, or all names of the instance. @job points to @names. */
static int find_names(const struct env *env, int argc, char **argv, struct dns_names *names,
		      struct dns_api_job *job, struct problem *p)
{
	const struct dns_options *asked = dns_options(env);
	int err = asked->remove ? removed_name(env, argc, names, p) :
				  dns_names_get(env, argc, argv, names, p);

	if (err)
		return err;
	job->name = names->name;
	job->names = asked->remove ? 0 : names->names;
	if (argc || asked->remove)
		job->scope = (struct dns_api_scope){ .instance = "", .name = names->name->name };
	else
		job->scope = (struct dns_api_scope){ .instance = env->instance };
	return 0;
}

static void write_change(struct writer *w, const struct dns_api_change *change)
{
	const struct dns_api_entry *entry = change->is ? change->is : change->was;

	writer_open(w, NULL, WRITER_OBJECT);
	writer_string(w, "action", !change->is ? "delete" : change->was ? "update" : "add");
	writer_string(w, "kind", dns_api_kind_name(entry->kind));
	writer_string(w, "entry", entry->text);
	writer_string(w, "was", change->is && change->was ? change->was->text : "");
	writer_close(w);
}

static int show(const struct env *env, const struct dns_api_job *job, const struct dns_api_run *run,
		struct problem *p)
{
	struct writer *w;

	if (!run->plan.changes && !env->json) {
		log_notice("%s: nothing to change", job->url.text);
		return 0;
	}
	w = command_writer(env);
	if (w) {
		writer_open(w, NULL, WRITER_LIST);
		for (size_t i = 0; i < run->plan.changes; i++)
			write_change(w, &run->plan.change[i]);
		writer_close(w);
	}
	return command_finish(w, p);
}

static int run_job(const struct env *env, const struct dns_options *asked, struct dns_api_job *job,
		   struct problem *p)
{
	struct dns_api_run run;
	char *password = NULL;
	int err = 0;

	if (asked->password_file)
		err = dns_api_secret_read(asked->password_file, &password, p);
	if (err)
		return err;
	job->password = password;
	err = dns_api_run(env, job, &run, p);
	dns_api_secret_free(password);
	if (err)
		return err;
	err = show(env, job, &run, p);
	dns_api_run_free(&run);
	return err;
}

int dns_apply_http(const struct env *env, int argc, char **argv, struct problem *p)
{
	const struct dns_options *asked = dns_options(env);
	struct dns_api_job job = { .user = asked->user,
				   .ca_file = asked->ca_file,
				   .state = asked->state,
				   .dry_run = asked->dry_run };
	__attribute__((cleanup(dns_names_free))) struct dns_names names = { .names = 0 };
	int err = pick_server(argv[0], &job.server, p);

	if (!err)
		err = dns_api_url_parse(argv[1], &job.url, p);
	if (!err)
		err = check_login(asked, job.server, p);
	if (!err)
		err = check_ca_file(asked, &job.url, p);
	if (err)
		return err;
	err = find_names(env, argc - 2, argv + 2, &names, &job, p);
	return err ? err : run_job(env, asked, &job, p);
}

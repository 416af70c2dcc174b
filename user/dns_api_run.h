/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Gives a DNS server with an HTTP API the names that it is to answer, and remembers which. */
#ifndef DNS_API_RUN_H
#define DNS_API_RUN_H

#include "command.h"
#include "dns_api.h"

struct dns_api_job {
	const struct dns_api_server *server;
	struct dns_api_url url;
	const char *user;     /* or NULL */
	const char *password; /* or NULL */
	const char *ca_file;  /* or NULL */
	const char *state;    /* --state, or NULL */
	bool dry_run;
	const struct dns_name *name;
	size_t names;
	struct dns_api_scope scope; /* its instance is that of the names, too */
};

/* What was found, and done: dns_api_run_free(). */
struct dns_api_run {
	struct dns_api_list wanted;
	struct dns_api_list listed;
	struct dns_api_list owned;
	struct dns_api_plan plan;
};

/*
 * Asks the server what it has, and changes what differs; with dry_run only finds that out. Before
 * an entry is added the state file says that it is natloop's, so that a run that was ended at any
 * time leaves nothing there that the next one does not know.
 */
int dns_api_run(const struct env *env, const struct dns_api_job *job, struct dns_api_run *ret,
		struct problem *p);
void dns_api_run_free(struct dns_api_run *run);

#endif

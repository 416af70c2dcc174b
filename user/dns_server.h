/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The programs that come with dnsmasq and unbound: they check configuration, and read it anew. */
#ifndef DNS_SERVER_H
#define DNS_SERVER_H

#include "dns_export.h"
#include "problem.h"

/*
 * Has the server's own checker read @text, without anything else of the configuration; NULL: the
 * configuration that is in force when the server is started without arguments. @path stands for
 * @text in messages. -ENOENT: the checker is not installed; -EINVAL: it refused, and its first
 * complaint is in @p; -ETIMEDOUT after 10 s; or what made running it fail.
 */
int dns_server_check(enum dns_server server, const char *path, const char *text, struct problem *p);

/* What makes a server read its configuration. */
struct dns_reload {
	enum dns_server server;
	char *program;	     /* its path; the caller frees it */
	const char *command; /* "systemctl restart dnsmasq" */
};

/*
 * unbound-control reload; for dnsmasq, which reads its configuration only when it starts, systemctl
 * where systemd runs, else the script in /etc/init.d. -ENOENT: there is no such program.
 */
int dns_reload_find(enum dns_server server, struct dns_reload *ret, struct problem *p);

/* Runs it, 60 s at the most. The problem says why it failed, and has no remedy. */
int dns_reload_run(const struct dns_reload *reload, struct problem *p);

#endif

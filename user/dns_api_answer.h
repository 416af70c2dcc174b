/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What AdGuard Home and Pi-hole 6 answer in JSON. Pure.
 *
 * Formats: AdGuardHome internal/filtering/rewritehttp.go and openapi/openapi.yaml; FTL
 * src/api/auth.c, src/api/config.c and src/webserver/http-common.c.
 *
 * All return -EBADMSG if it is no JSON or not of that form, or -ENOMEM, with @ret left alone (a
 * list may have got a part). Members that are not named here are not looked at.
 */
#ifndef DNS_API_ANSWER_H
#define DNS_API_ANSWER_H

#include "dns_api_list.h"

#define DNS_API_SID 128
#define DNS_API_MESSAGE 200

/* GET /control/rewrite/list: appends its entries. "enabled" came with v0.107.68. */
int dns_api_answer_rewrites(const char *text, size_t length, struct dns_api_list *ret);

/* {"enabled":BOOL}: GET /control/rewrite/settings and /control/filtering/status. */
int dns_api_answer_enabled(const char *text, size_t length, bool *ret);

/* GET and POST /api/auth */
struct dns_api_login {
	bool valid; /* the session may be used */
	bool totp;  /* there is a second factor */
	/* Letters, digits, and "+/=-_" only, so that it may go into a header; "": needs none. */
	char sid[DNS_API_SID];
};
int dns_api_answer_login(const char *text, size_t length, struct dns_api_login *ret);

/* GET /api/config/dns?detailed=true: appends hosts and CNAMEs. */
struct dns_api_settings {
	bool hosts_forced; /* by an environment variable: dns.hosts */
	bool lines_forced; /* misc.dnsmasq_lines */
	bool read_only;	   /* misc.readOnly */
};
int dns_api_answer_dns(const char *text, size_t length, struct dns_api_list *ret,
		       struct dns_api_settings *settings);
/* GET /api/config/misc?detailed=true: appends the lines. */
int dns_api_answer_misc(const char *text, size_t length, struct dns_api_list *ret,
			struct dns_api_settings *settings);

/* {"error":{"key","message","hint"}}, which Pi-hole answers instead. */
struct dns_api_error {
	char key[64];
	char text[DNS_API_MESSAGE]; /* message, and hint in brackets; one line, for a terminal */
};
int dns_api_answer_error(const char *text, size_t length, struct dns_api_error *ret);

#endif

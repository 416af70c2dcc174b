/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Requests to the web interface of a DNS server. By libcurl; a build without it has
 * dns_http_open() fail with a sentence that says so.
 */
#ifndef DNS_API_HTTP_H
#define DNS_API_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "dns_api_url.h"
#include "problem.h"

#define DNS_HTTP_CONNECT_SECONDS 5
/* Of a whole request: a small board takes seconds to check a password. */
#define DNS_HTTP_SECONDS 15
#define DNS_HTTP_LARGEST (4UL << 20)

struct dns_http;

struct dns_http_options {
	const struct dns_api_url *url;
	const char *ca_file;  /* trusted beside none other, or NULL: what the system trusts */
	const char *user;     /* for Basic authentication, or NULL */
	const char *password; /* goes with user */
	bool secret;	      /* a password will be sent, as Basic authentication or otherwise */
};

/*
 * What is passed must live as long as @ret. From here on SIGINT, SIGTERM and SIGHUP only end the
 * request that is under way, with -EINTR, and all later ones; a second one ends the program.
 */
int dns_http_open(const struct dns_http_options *options, struct dns_http **ret, struct problem *p);
/* Has one of these signals come since? For those who wait between requests. */
bool dns_http_told_to_end(void);
/* NULL: nothing to do. */
void dns_http_close(struct dns_http *h);

/* A header for all later requests: "X-FTL-SID: ...". -ENOMEM */
int dns_http_header(struct dns_http *h, const char *header);

struct dns_http_answer {
	long status; /* 200 to 299, or from 400 on */
	char *body;  /* with a NUL behind it; the caller frees it */
	size_t length;
};

/* @path begins with a slash and follows that of the URL; @json: the body, or NULL. */
struct dns_http_request {
	const char *method;
	const char *path;
	const char *json;
	bool last_words; /* to be sent even after a signal, and given little time */
};

/*
 * Fails, with a problem, if there is no answer, or one that is a redirect or too large; any other
 * status is the caller's to judge. Redirects are not followed, proxies not asked.
 */
int dns_http_ask(struct dns_http *h, const struct dns_http_request *request,
		 struct dns_http_answer *ret, struct problem *p);

/* Made one line without control characters and ';', for a message. Returns @text. */
char *dns_http_visible(char *text);

#endif

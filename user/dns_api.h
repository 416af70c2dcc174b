/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A DNS server with an HTTP API: what both kinds have in common. */
#ifndef DNS_API_H
#define DNS_API_H

#include "dns_api_answer.h"
#include "dns_api_compare.h"
#include "dns_api_http.h"

/* One run. What is pointed to belongs to the caller. */
struct dns_api {
	struct dns_http *http;
	const char *url;
	const char *password;		  /* or NULL */
	struct dns_api_settings settings; /* Pi-hole: as list() found them */
	bool session;			  /* Pi-hole: there is one to end */
	bool restarted;			  /* Pi-hole: its DNS server starts again */
};

/* All fail with a problem whose object is the URL. Those marked so may be NULL. */
struct dns_api_server {
	const char *name;  /* "adguardhome" */
	const char *title; /* "AdGuard Home" */
	bool basic;	   /* user and password go with each request */
	int (*wanted)(const struct dns_name *names, size_t count, const char *instance,
		      struct dns_api_list *ret);
	int (*begin)(struct dns_api *api, struct problem *p); /* or NULL */
	/* Appends all that may matter. */
	int (*list)(struct dns_api *api, struct dns_api_list *ret, struct problem *p);
	/* Could @plan be made, as far as can be told? Or NULL. */
	int (*check)(const struct dns_api *api, const struct dns_api_plan *plan, struct problem *p);
	/* Makes it. On failure the same run once more does the rest. */
	int (*change)(struct dns_api *api, struct dns_api_plan *plan, struct problem *p);
	/* Also after failures, and after a begin() that failed. Or NULL. */
	void (*end)(struct dns_api *api);
};

extern const struct dns_api_server dns_api_adguardhome;
extern const struct dns_api_server dns_api_pihole;

/* A request; the caller frees @ret->body. */
int dns_api_ask(const struct dns_api *api, const char *method, const char *path, const char *json,
		struct dns_http_answer *ret, struct problem *p);
/* "is no answer of ...": for an answer that could not be read, @err. Returns that. */
int dns_api_strange(const struct dns_api *api, int err, const char *path, struct problem *p);
/* For a status that nothing more is known about. */
int dns_api_refused(const struct dns_api *api, const struct dns_http_answer *answer,
		    const char *path, struct problem *p);

#endif

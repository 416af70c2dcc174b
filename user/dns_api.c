// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dns_api.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int dns_api_ask(const struct dns_api *api, const char *method, const char *path, const char *json,
		struct dns_http_answer *ret, struct problem *p)
{
	const struct dns_http_request request = { .method = method, .path = path, .json = json };

	return dns_http_ask(api->http, &request, ret, p);
}

int dns_api_strange(const struct dns_api *api, int err, const char *path, struct problem *p)
{
	if (err == -ENOMEM)
		return problem(p, err, api->url, "", "out of memory");
	return problem(p, err, api->url, "is it the right URL, and the right kind of server?",
		       "%.80s answers what is not expected there", path);
}

/* The first line of a text, or what Pi-hole's JSON says. */
static void say(const struct dns_http_answer *answer, char *buf, size_t size)
{
	struct dns_api_error error;

	if (!dns_api_answer_error(answer->body, answer->length, &error))
		snprintf(buf, size, ": %.150s", error.text);
	else if (*answer->body && *answer->body != '<' && *answer->body != '{')
		snprintf(buf, size, ": %.*s", (int)strcspn(answer->body, "\r\n"), answer->body);
	else
		*buf = '\0';
	dns_http_visible(buf);
}

int dns_api_refused(const struct dns_api *api, const struct dns_http_answer *answer,
		    const char *path, struct problem *p)
{
	char said[160];

	say(answer, said, sizeof(said));
	return problem(p, -EIO, api->url,
		       answer->status >= 500 ? "look at its log, and try again later" :
					       "look at its log",
		       "%.60s is refused with HTTP status %ld%s", path, answer->status, said);
}

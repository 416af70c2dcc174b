// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * AdGuard Home: HTTP Basic authentication, and rewrites that are added, updated and deleted one by
 * one (AdGuardHome internal/filtering/rewritehttp.go). add appends a second one if it is there;
 * delete takes all that are the same; update, where there is one, answers 400 if there is none.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "dns_api.h"
#include "dns_api_wanted.h"
#include "log.h"
#include "util.h"

#define LIST "/control/rewrite/list"
#define SETTINGS "/control/rewrite/settings"
#define FILTERING "/control/filtering/status"

/* What is wrong if the list is not to be had. */
static int list_problem(const struct dns_api *api, const struct dns_http_answer *answer,
			struct problem *p)
{
	switch (answer->status) {
	case 401:
	case 403: /* in older versions */
		return api->password ?
			       problem(p, -EACCES, api->url, "check --user and --password-file",
				       "the user or the password is wrong") :
			       problem(p, -EACCES, api->url, "give --user and --password-file",
				       "asks for a user and a password");
	case 429:
		return problem(p, -EACCES, api->url,
			       "wait for as long as block_auth_min of AdGuardHome.yaml says",
			       "refuses this machine after too many wrong passwords");
	case 404:
		return problem(p, -ENOENT, api->url,
			       "give the URL of its web interface, without a page",
			       "there is no AdGuard Home");
	default:
		return dns_api_refused(api, answer, LIST, p);
	}
}

/* Says so if rewrites do nothing there. Versions without @path have no such switch. */
static int warn_if_off(const struct dns_api *api, const char *path, const char *what,
		       struct problem *p)
{
	struct dns_http_answer answer = { .body = NULL };
	bool enabled = true;
	int err = dns_api_ask(api, "GET", path, NULL, &answer, p);

	if (err)
		return err;
	if (answer.status < 300)
		(void)dns_api_answer_enabled(answer.body, answer.length, &enabled);
	free(answer.body);
	if (!enabled)
		log_notice("%s: %s, and rewrites do nothing until that is switched on", api->url,
			   what);
	return 0;
}

static int list(struct dns_api *api, struct dns_api_list *ret, struct problem *p)
{
	struct dns_http_answer answer = { .body = NULL };
	int err = dns_api_ask(api, "GET", LIST, NULL, &answer, p);

	if (err)
		return err;
	if (answer.status >= 300) {
		err = list_problem(api, &answer, p);
	} else {
		err = dns_api_answer_rewrites(answer.body, answer.length, ret);
		if (err)
			err = dns_api_strange(api, err, LIST, p);
	}
	free(answer.body);
	if (!err)
		err = warn_if_off(api, SETTINGS, "rewrites are switched off", p);
	if (!err)
		err = warn_if_off(api, FILTERING, "filtering is switched off", p);
	return err;
}

/* {"domain","answer"} of "DOMAIN ANSWER"; NULL: no memory. */
static struct json_object *rewrite(const struct dns_api_entry *entry)
{
	struct json_object *o = json_object_new_object();
	size_t length = strcspn(entry->text, " ");

	if (!o)
		return NULL;
	if (!json_object_object_add(o, "domain",
				    json_object_new_string_len(entry->text, (int)length)) &&
	    !json_object_object_add(o, "answer", json_object_new_string(entry->text + length + 1)))
		return o;
	json_object_put(o);
	return NULL;
}

/* Sends @o, which it takes over, and frees the answer. @ret_status: for some, no failure. */
static int send_json(const struct dns_api *api, const char *method, const char *path,
		     struct json_object *o, long *ret_status, struct problem *p)
{
	struct dns_http_answer answer = { .body = NULL };
	const char *json = o ? json_object_to_json_string(o) : NULL;
	int err;

	if (json)
		err = dns_api_ask(api, method, path, json, &answer, p);
	else
		err = problem(p, -ENOMEM, api->url, "", "out of memory");
	json_object_put(o);
	if (err)
		return err;
	*ret_status = answer.status;
	if (answer.status >= 300)
		err = dns_api_refused(api, &answer, path, p);
	free(answer.body);
	return err;
}

static int add(const struct dns_api *api, struct dns_api_change *change, struct problem *p)
{
	long status = 0;
	int err;

	change->begun = true;
	err = send_json(api, "POST", "/control/rewrite/add", rewrite(change->is), &status, p);
	if (status >= 400)
		change->begun = false;
	return err;
}

static int delete (const struct dns_api *api, const struct dns_api_change *change,
		   struct problem *p)
{
	long status;

	return send_json(api, "POST", "/control/rewrite/delete", rewrite(change->was), &status, p);
}

static struct json_object *update_body(const struct dns_api_change *change)
{
	struct json_object *o = json_object_new_object();

	/* Without "enabled" it stays as it is. */
	if (o && !json_object_object_add(o, "target", rewrite(change->was)) &&
	    !json_object_object_add(o, "update", rewrite(change->is)))
		return o;
	json_object_put(o);
	return NULL;
}

static int update(const struct dns_api *api, struct dns_api_change *change, struct problem *p)
{
	long status = 0;
	int err;

	change->begun = true;
	err = send_json(api, "PUT", "/control/rewrite/update", update_body(change), &status, p);
	if (!err || status < 400)
		return err;
	change->begun = false;
	if (status != 404 && status != 405)
		return err;
	/* An older one; the new address first, so that the name always has one. */
	err = add(api, change, p);
	return err ? err : delete (api, change, p);
}

static int change(struct dns_api *api, struct dns_api_plan *plan, struct problem *p)
{
	int err = 0;

	for (size_t i = 0; !err && i < plan->changes; i++) {
		struct dns_api_change *one = &plan->change[i];

		if (!one->was)
			err = add(api, one, p);
		else
			err = one->is ? update(api, one, p) : delete (api, one, p);
	}
	return err;
}

const struct dns_api_server dns_api_adguardhome = {
	.name = "adguardhome",
	.title = "AdGuard Home",
	.basic = true,
	.wanted = dns_api_wanted_adguardhome,
	.list = list,
	.change = change,
};
